"""The installed machine: units follow the version, commands are the version's own, a failing one is told by its last line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from application.errors import UpgradeFailed
from application.migrating import is_under_way
from application.upgrade import Programmes
from compliance.ground import operations
from orchestration.cli import app
from orchestration.command.upgrading import InstalledMachine
from tests.homes import ROOT
from tests.support.newer_versions import NEWER, brought_here, newer, revision
from tests.support.released import CONTRACT, laid


@pytest.fixture
def place(tmp_path: Path) -> Programmes:
    """Two versions in a trial's root; what a version's command does is written in a line of shell."""
    found = Programmes(tmp_path / "opt" / "madoguchi")
    for version, does in (("1", 'echo "$MADOGUCHI_HOME $*"'), ("2", "echo secret >&2; echo why >&2; exit 4")):  # fmt: skip
        (found.root / version / "bin").mkdir(parents=True)
        (found.root / version / "systemd").mkdir()
        (found.root / version / "systemd" / "madoguchi-web.service").write_text(version)
        command = found.root / version / "bin" / "madoguchi"
        command.write_text(f"#!/bin/sh\n{does}\n")
        command.chmod(0o755)
    (found.root / "1" / "systemd" / "madoguchi-old.timer").write_text("1")
    (tmp_path / "etc" / "systemd" / "system").mkdir(parents=True)
    (tmp_path / "etc" / "systemd" / "system" / "other.service").write_text("theirs")
    (tmp_path / "etc" / "madoguchi").mkdir()
    (tmp_path / "etc" / "madoguchi" / "madoguchi.env").write_text("MADOGUCHI_HOME=/there\n")
    return found


def test_the_units_are_those_of_the_version_and_others_are_left(
    place: Programmes, tmp_path: Path
) -> None:
    machine, units = InstalledMachine(place), tmp_path / "etc" / "systemd" / "system"
    machine.furnish("1")
    assert {one.name for one in units.iterdir()} == {
        "other.service",
        "madoguchi-web.service",
        "madoguchi-old.timer",
    }
    machine.furnish("2")
    assert (units / "madoguchi-web.service").read_text() == "2"
    assert not (units / "madoguchi-old.timer").exists() and (units / "other.service").exists()
    assert machine.running() == [], "below another root nothing runs"


def test_a_command_is_the_versions_own_on_the_home_of_the_units(place: Programmes) -> None:
    machine = InstalledMachine(place)
    assert machine.done("1", "service", "migrate") == "/there service migrate\n"
    with pytest.raises(UpgradeFailed, match=r"^2: service migrate: why$"):
        machine.done("2", "service", "migrate", "--back")


def test_the_steps_on_the_home_are_commands(tmp_path: Path) -> None:
    home = laid("0.1.0", tmp_path)

    def said(*words: str) -> tuple[int, str]:
        given = ("--config", str(CONTRACT), "--home", str(home.root))
        done = CliRunner().invoke(app, ["service", "migrate", *words, *given])
        return done.exit_code, done.stdout

    assert said()[0] == 0
    assert said("--back", "--json") == (0, '{"noted_since": 0}\n')
    assert said("--settle") == (0, "settled\n")


@pytest.mark.parametrize("option", ["--left", "--at-boot"])
def test_a_boot_asks_by_the_link_and_begins_no_upgrade_to_it(
    place: Programmes, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """`current` is where the units' programme lies, and no version's name."""
    place.current.symlink_to("1")
    monkeypatch.setattr(sys, "prefix", str(place.current))
    done = CliRunner().invoke(app, ["service", "upgrade", option, "--json"])
    assert (done.exit_code, done.stdout) == (0, "null\n")
    assert not place.journal.exists() and str(place.current.readlink()) == "1"


@pytest.mark.slow
@pytest.mark.parametrize("then", ["", "raise ValueError"], ids=["right", "whose migration breaks"])
def test_the_command_itself_brings_a_released_home_over_or_leaves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    """Real commands of two versions as processes of their own; nothing runs in a trial's root, so no unit is asked."""
    home, place = brought_here(laid("0.1.0", tmp_path)), Programmes(tmp_path / "opt" / "madoguchi")
    newest = newer(tmp_path, then)
    for version, migrations in (("0.1.0", operations.MIGRATIONS), ("0.2.0", newest)):
        (place.root / version / "bin").mkdir(parents=True)
        (place.root / version / ".whole").write_text("build")
        script = place.root / version / "bin" / "main.py"
        script.write_text(
            f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom pathlib import Path\n"
            f"from compliance.ground import operations\noperations.MIGRATIONS = Path({str(migrations)!r})\n"
            "from orchestration.cli import main\nmain()\n"
        )
        command = script.with_name("madoguchi")
        command.write_text(f'#!/bin/sh\nexec {sys.executable} {script} "$@"\n')
        command.chmod(0o755)
    place.current.symlink_to("0.1.0")
    (tmp_path / "etc" / "madoguchi").mkdir(parents=True)
    (tmp_path / "etc" / "madoguchi" / "madoguchi.env").write_text(
        f"MADOGUCHI_CONFIG={CONTRACT}\nMADOGUCHI_HOME={home.root}\nMADOGUCHI_KEYS={home.keys}\n"
    )
    (tmp_path / "medium").mkdir()
    monkeypatch.setattr(sys, "prefix", str(place.root / "0.2.0"))
    done = CliRunner().invoke(
        app, ["service", "upgrade", "--to", str(tmp_path / "medium"), "--json"]
    )
    told = json.loads(done.stdout)
    assert Path(told["backup"]).is_dir() and not place.journal.exists()
    assert not is_under_way(home)
    if then:
        assert (done.exit_code, told["end"]) == (1, "back"), told
        assert (str(place.current.readlink()), revision(home)) == (
            "0.1.0",
            operations.last_revision(),
        )
    else:
        assert (done.exit_code, told["end"]) == (0, "done")
        assert (str(place.current.readlink()), revision(home)) == ("0.2.0", NEWER)
