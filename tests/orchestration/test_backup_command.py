"""`madoguchi backup` and `madoguchi restore`, as an admin types them, on a home that really ran."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.homes import AS_OF, ROOT, HomeOnTrial
from tests.warm import run_warm


@dataclass(frozen=True, slots=True)
class Ended:
    status: int
    out: str
    err: str


def madoguchi(home: Path, keys: Path, *words: str) -> Ended:
    environment = {**HomeOnTrial(home, home).environment(), "MADOGUCHI_KEYS": str(keys)}
    given = ("--config", str(ROOT / "contracts/sapporo-2023/contract.toml"), "--home", str(home))
    done = run_warm((*words, *given), ROOT, environment, 120)
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def lived(finished_home: HomeOnTrial, tmp_path: Path) -> HomeOnTrial:
    """A home of its own, as the recorded weeks left it."""
    shutil.copytree(finished_home.root, tmp_path / "lived", symlinks=True)
    return HomeOnTrial(tmp_path / "lived", tmp_path / "lived" / "pbx")


@pytest.mark.slow
def test_a_home_that_is_destroyed_goes_on_elsewhere_from_its_backup(
    lived: HomeOnTrial, tmp_path: Path
) -> None:
    medium, keys = tmp_path / "medium", lived.root / "home-keys"
    medium.mkdir()
    tables, papers = lived.tables(), lived.papers()
    made = madoguchi(lived.path, keys, "backup", "--to", str(medium), "--json")
    assert made.status == 0, made.err
    folder = json.loads(made.out)["backup"]
    tried = madoguchi(lived.path, keys, "backup", "--to", str(medium), "--drill")
    assert tried.status == 0 and "can be lived from" in tried.out, tried.out + tried.err
    log = shutil.copytree(lived.path / "audit", tmp_path / "log-elsewhere")
    shutil.rmtree(lived.path)
    again = HomeOnTrial(tmp_path / "elsewhere", lived.pbx)
    back = madoguchi(again.path, keys, "restore", folder, "--known-log", str(log), "--json")
    assert back.status == 0, back.out + back.err
    told = json.loads(back.out)
    assert told["later"]["home_backed_up"] == 1 and told["problems"] == []
    assert told["recordings_opened"] > 0 and told["without_key"] == 0
    shutil.move(keys, again.root / "home-keys")
    done = again.run(AS_OF)
    assert done.returncode == 0, done.stderr
    assert again.tables() == tables and again.papers() == papers
    verified = madoguchi(again.path, again.root / "home-keys", "audit", "verify")
    assert verified.status == 0, verified.out + verified.err


def test_a_backup_that_was_touched_is_told_with_its_status(
    lived: HomeOnTrial, tmp_path: Path
) -> None:
    medium, keys = tmp_path / "medium", lived.root / "home-keys"
    medium.mkdir()
    made = madoguchi(lived.path, keys, "backup", "--to", str(medium), "--json")
    path = next((Path(json.loads(made.out)["backup"]) / "home" / "landing").rglob("*.parquet"))
    path.unlink()
    folder = json.loads(made.out)["backup"]
    back = madoguchi(tmp_path / "elsewhere", keys, "restore", folder)
    assert back.status == 7 and "was touched" in back.err
    assert madoguchi(lived.path, keys, "backup", "--to", str(medium), "--drill").status == 7
    assert madoguchi(lived.path, keys, "restore", folder).status == 6
    assert not (tmp_path / "elsewhere").exists()
