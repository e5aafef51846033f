"""From an archive to a weekly paper, without a network: built, installed, run, installed again, taken away."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.homes import AS_OF, ROOT

CUT_OFF = ("unshare", "-n")


def _done(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """A command in an environment that knows no checkout, cut off from every network where the machine lets us."""
    alone = subprocess.run([*CUT_OFF, "true"], capture_output=True).returncode == 0
    kept = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PIP_NO_INDEX": "1"}
    command = [*(CUT_OFF if alone else ()), *map(str, words)]
    return subprocess.run(command, env=kept, cwd="/", capture_output=True, text=True, timeout=400)


def _state(*folders: Path) -> dict[str, tuple[int, int]]:
    paths = [path for folder in folders for path in folder.rglob("*") if not path.is_dir()]
    return {str(p): (p.lstat().st_size, p.lstat().st_mtime_ns) for p in paths}


@pytest.mark.slow
def test_a_server_without_a_network_comes_from_the_archive_to_its_weekly_paper(
    tmp_path: Path, samples: Path
) -> None:
    built = subprocess.run(
        [sys.executable, ROOT / "deploy" / "bundle.py"], capture_output=True, text=True, timeout=500
    )
    assert built.returncode == 0, built.stderr[-2000:]
    with tarfile.open(ROOT / built.stdout.split()[0]) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    root, pbx = tmp_path / "root", shutil.copytree(samples / "pbx", tmp_path / "pbx")
    install, command = unpacked / "install.sh", root / "usr/local/bin/madoguchi"
    first = _done(install, "--root", root)
    assert first.returncode == 0, first.stderr
    home, keys = root / "var/lib/madoguchi", root / "var/lib/madoguchi-keys"
    assert home.stat().st_mode & 0o777 == keys.stat().st_mode & 0o777 == 0o700
    assert _done(command, "settings").returncode == 0
    assert _done(command, "doctor", "--pbx", pbx, "--as-of", AS_OF).returncode in (0, 3)
    ran = _done(command, "run", "--pbx", pbx, "--as-of", AS_OF)
    assert ran.returncode in (0, 3), ran.stderr
    assert list((home / "outbox" / "weekly").rglob("*.pdf"))

    data = (home, keys, root / "etc/madoguchi")
    before, programme = _state(*data), _state(root / "opt")
    again = _done(install, "--root", root)
    assert again.returncode == 0 and "this build already" in again.stdout, again.stderr
    assert _state(*data) == before
    link = str(root / "opt/madoguchi/current")
    assert {**_state(root / "opt"), link: ()} == {**programme, link: ()}

    wheel = next((unpacked / "wheels").iterdir())
    wheel.write_bytes(wheel.read_bytes()[:-1])
    touched = _done(install, "--root", root)
    assert touched.returncode == 1 and "not as it was packed" in touched.stderr

    gone = _done(install, "--root", root, "--uninstall")
    assert gone.returncode == 0 and str(home) in gone.stdout
    assert _state(*data) == before
    assert not (root / "opt/madoguchi").exists() and not command.exists()
    assert not list((root / "etc/systemd/system").iterdir())
