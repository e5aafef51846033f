"""`install.sh` itself, with a programme that does nothing: what it puts where, and that a living home keeps its version."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.homes import ROOT

MAIN = "import sys\ndef main():\n    open(sys.prefix + '/asked', 'a').write(' '.join(sys.argv[1:]) + chr(10))\n"


def bundle(folder: Path, version: str) -> Path:
    """An unpacked bundle of a stand-in for the programme."""
    tree = folder / f"bundle-{version}"
    shutil.copytree(ROOT / "deploy" / "systemd", tree / "systemd")
    shutil.copytree(ROOT / "contracts" / "sapporo-2023", tree / "contract")
    shutil.copyfile(ROOT / "deploy" / "install.sh", tree / "install.sh")
    (tree / "install.sh").chmod(0o755)
    (tree / "docs").mkdir()
    (tree / "wheels").mkdir()
    for name in ("LICENCES.tsv", "CHANGELOG.md", "docs/install.md"):
        (tree / name).write_text(version)
    (tree / "systemd" / "madoguchi-web.service").open("a").write(f"\n# {version}\n")
    info = f"madoguchi-{version}.dist-info"
    files = {
        "application/__init__.py": "",
        "application/cli.py": MAIN,
        "application/warehouse/__init__.py": "",
        "application/warehouse/manifest.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: madoguchi\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nmadoguchi = application.cli:main\n",
    }
    with zipfile.ZipFile(tree / "wheels" / f"madoguchi-{version}-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
        wheel.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in files))
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    (tree / "BUNDLE").write_text(f"version={version}\npython={python}\nplatform=any\n")
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(tree)}\n"
        for path in sorted(tree.rglob("*"))
        if path.is_file()
    ]
    (tree / "SHA256SUMS").write_text("".join(sums))
    return tree


def installed(tree: Path, root: Path, *words: str) -> str:
    command = [tree / "install.sh", "--root", root, *words]
    alone = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    done = subprocess.run(command, env=alone, cwd="/", capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_newer_bundle_lies_beside_a_living_homes_version_until_the_upgrade_is_asked_for(
    tmp_path: Path,
) -> None:
    root, opt = tmp_path / "root", tmp_path / "root" / "opt" / "madoguchi"
    unit = root / "etc/systemd/system/madoguchi-web.service"
    first, second = bundle(tmp_path, "1.0"), bundle(tmp_path, "2.0")
    installed(first, root)
    assert str((opt / "current").readlink()) == "1.0" and unit.read_text().endswith("# 1.0\n")
    assert str(opt) in unit.read_text()
    (root / "var/lib/madoguchi/operations.db").write_bytes(b"lived")
    said = installed(second, root)
    assert "lies beside 1.0" in said and "--upgrade" in said
    assert str((opt / "current").readlink()) == "1.0" and unit.read_text().endswith("# 1.0\n")
    assert (opt / "2.0" / "systemd" / unit.name).read_text().endswith("# 2.0\n")
    assert not (opt / "2.0" / "asked").exists()
    installed(second, root, "--upgrade", str(tmp_path / "medium"))
    assert (opt / "2.0" / "asked").read_text() == f"service upgrade --to {tmp_path / 'medium'}\n"
    installed(first, root)
    assert str((opt / "current").readlink()) == "1.0"


@pytest.mark.slow
def test_without_a_home_the_newest_bundle_is_current_at_once(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for version in ("1.0", "2.0"):
        installed(bundle(tmp_path, version), root)
    assert str((root / "opt/madoguchi/current").readlink()) == "2.0"


@pytest.mark.slow
def test_an_earlier_installation_is_told_where_the_backups_lie_and_keeps_what_it_says(
    tmp_path: Path,
) -> None:
    root, tree = tmp_path / "root", bundle(tmp_path, "1.0")
    installed(tree, root)
    places, line = root / "etc/madoguchi/madoguchi.env", "MADOGUCHI_BACKUPS=/mnt/madoguchi-backup"
    first = places.read_text()
    assert first.splitlines()[-1] == line
    for earlier in (first.replace(f"{line}\n", ""), first.replace(f"\n{line}\n", "")):
        places.write_text(earlier)
        assert f"{line} added" in installed(tree, root)
        assert places.read_text() == first
    for own in (
        "MADOGUCHI_BACKUPS=/mnt/other",
        "# MADOGUCHI_BACKUPS=/mnt/other",
        "MADOGUCHI_BACKUPS=",
    ):
        told = first.replace(line, own)
        places.write_text(told)
        assert "added" not in installed(tree, root)
        assert places.read_text() == told


BACKUPS = "MADOGUCHI_BACKUPS=/mnt/madoguchi-backup"


@pytest.mark.slow
@pytest.mark.parametrize("own", ["", "MADOGUCHI_BACKUPS=/mnt/other", "# MADOGUCHI_BACKUPS=/mnt/other"])  # fmt: skip
def test_a_living_home_is_told_where_the_backups_lie_by_its_upgrade_alone_and_once(
    tmp_path: Path, own: str
) -> None:
    root, medium = tmp_path / "root", str(tmp_path / "medium")
    places = root / "etc/madoguchi/madoguchi.env"
    first, second = bundle(tmp_path, "1.0"), bundle(tmp_path, "2.0")
    installed(first, root)
    installed(first, root)
    assert places.read_text().count(BACKUPS) == 1
    earlier = places.read_text().replace(f"{BACKUPS}\n", f"{own}\n" if own else "")
    places.write_text(earlier)
    (root / "var/lib/madoguchi/operations.db").write_bytes(b"lived")
    assert "added" not in installed(second, root)
    assert places.read_text() == earlier, "laid beside: nothing else happens"
    for _ in range(2):
        installed(second, root, "--upgrade", medium)
    assert places.read_text() == (earlier if own else f"{earlier}{BACKUPS}\n")
    (root / "opt/madoguchi/current").unlink()
    (root / "opt/madoguchi/current").symlink_to("2.0")
    assert "added" not in installed(second, root)
    assert places.read_text() == (earlier if own else f"{earlier}{BACKUPS}\n")
