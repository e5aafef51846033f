"""The whole life of an installation, without a network: built, installed, run; backed up, destroyed, restored at another place;
brought to the next version, kept from one that does not answer; taken away. Each step's seconds are printed (`-s`)."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.homes import AS_OF, ROOT, HomeOnTrial

CUT_OFF = ("unshare", "-n")
BEFORE, BROKEN = "0.0.1", "9.9.9"


@contextmanager
def _step(name: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    print(f"{name:<44} {time.monotonic() - begun:6.1f} s", flush=True)


def _done(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """A command in an environment that knows no checkout, cut off from every network where the machine lets us."""
    alone = subprocess.run([*CUT_OFF, "true"], capture_output=True).returncode == 0
    kept = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PIP_NO_INDEX": "1"}
    command = [*(CUT_OFF if alone else ()), *map(str, words)]
    return subprocess.run(command, env=kept, cwd="/", capture_output=True, text=True, timeout=400)


def _state(*folders: Path) -> dict[str, tuple[int, int]]:
    paths = [path for folder in folders for path in folder.rglob("*") if not path.is_dir()]
    return {str(p): (p.lstat().st_size, p.lstat().st_mtime_ns) for p in paths}


def _sealed(tree: Path, version: str) -> Path:
    """The tree as a bundle of that version: its label and the sums over it."""
    label = tree / "BUNDLE"
    lines = label.read_text().splitlines()
    label.unlink()
    label.write_text("".join(f"version={version}\n" if one.startswith("version=") else f"{one}\n" for one in lines))  # fmt: skip
    sums = tree / "SHA256SUMS"
    sums.unlink()
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    sums.write_text(
        "".join(f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.relative_to(tree)}\n" for f in files)
    )  # fmt: skip
    return tree


def stamped(unpacked: Path, version: str) -> Path:
    """The same bundle under another version: the project's own wheel says it, too."""
    tree = unpacked.with_name(f"stamped-{version}")
    shutil.copytree(unpacked, tree, copy_function=os.link)
    (own,) = (tree / "wheels").glob("madoguchi-*.whl")
    was = own.name.split("-")[1]
    named = own.with_name(own.name.replace(f"-{was}-", f"-{version}-"))
    info, becomes = f"madoguchi-{was}.dist-info/", f"madoguchi-{version}.dist-info/"
    with zipfile.ZipFile(own) as read, zipfile.ZipFile(named, "w") as written:
        for name in read.namelist():
            content = read.read(name)
            if name == f"{info}METADATA":
                content = content.replace(
                    f"\nVersion: {was}\n".encode(), f"\nVersion: {version}\n".encode(), 1
                )
            elif name == f"{info}RECORD":  # digests are left blank, which the form permits
                content = b"".join(f"{one.split(',')[0].replace(info, becomes)},,\n".encode() for one in content.decode().splitlines())  # fmt: skip
            written.writestr(name.replace(info, becomes), content)
    own.unlink()
    return _sealed(tree, version)


def broken(unpacked: Path, installed: Path) -> Path:
    """A bundle whose version is whole and does not answer: the installed one once more, its `service status` broken. Its files
    are second names of the installed version's, so that it takes neither a minute nor the room of another one."""
    tree = unpacked.with_name(f"stamped-{BROKEN}")
    shutil.copytree(unpacked, tree, copy_function=os.link)
    _sealed(tree, BROKEN)
    version = installed.with_name(BROKEN)
    shutil.copytree(installed, version, symlinks=True, copy_function=os.link)
    ((site),) = version.glob("lib/python3*/site-packages")
    for path, text in (
        (version / "bin" / "madoguchi", (installed / "bin" / "madoguchi").read_text().replace(str(installed), str(version))),
        (site / "application" / "service_state.py", "raise RuntimeError('this version does not answer')\n"),
        (version / ".whole", hashlib.sha256((tree / "SHA256SUMS").read_bytes()).hexdigest() + "\n"),
    ):  # fmt: skip
        path.unlink()
        path.write_text(text)
    (version / "bin" / "madoguchi").chmod(0o755)
    for cached in (site / "application" / "__pycache__").glob("service_state.*"):
        cached.unlink()
    return tree


def _facts(folder: Path, home: Path, pbx: Path) -> tuple[object, ...]:
    """What a home's warehouse and its weekly papers hold."""
    folder.mkdir()
    (folder / "home").symlink_to(home)
    found = HomeOnTrial(folder, pbx)
    return found.tables(), found.papers()


@pytest.mark.slow
def test_an_installation_lives_without_a_network_from_its_archive_to_its_removal(
    tmp_path: Path, samples: Path
) -> None:
    with _step("the archive is built"):
        built = subprocess.run(
            [sys.executable, ROOT / "deploy" / "bundle.py"], capture_output=True, text=True, timeout=500
        )  # fmt: skip
    assert built.returncode == 0, built.stderr[-2000:]
    with tarfile.open(ROOT / built.stdout.split()[0]) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    version = unpacked.name.split("-")[1]
    root, pbx = tmp_path / "root", shutil.copytree(samples / "pbx", tmp_path / "pbx")
    command, opt = root / "usr/local/bin/madoguchi", root / "opt/madoguchi"
    install = stamped(unpacked, BEFORE) / "install.sh"
    with _step("the version before is installed"):
        first = _done(install, "--root", root)
    assert first.returncode == 0, first.stderr
    home, keys = root / "var/lib/madoguchi", root / "var/lib/madoguchi-keys"
    assert home.stat().st_mode & 0o777 == keys.stat().st_mode & 0o777 == 0o700
    assert _done(command, "settings").returncode == 0
    assert _done(command, "doctor", "--pbx", pbx, "--as-of", AS_OF).returncode in (0, 3)
    with _step("the first run makes the weekly paper"):
        ran = _done(command, "run", "--pbx", pbx, "--as-of", AS_OF)
    assert ran.returncode in (0, 3), ran.stderr
    assert list((home / "outbox" / "weekly").rglob("*.pdf"))

    data = (home, keys, root / "etc/madoguchi")
    before, programme = _state(*data), _state(root / "opt")
    again = _done(install, "--root", root)
    assert again.returncode == 0 and "this build already" in again.stdout, again.stderr
    assert _state(*data) == before
    link = str(opt / "current")
    assert {**_state(root / "opt"), link: ()} == {**programme, link: ()}

    medium, elsewhere = tmp_path / "medium", root / "srv/elsewhere"
    later = (
        tmp_path / "medium-2",
        tmp_path / "medium-3",
    )  # a simulated home's instant does not move
    for folder in (medium, *later):
        folder.mkdir()
    facts = _facts(tmp_path / "as-it-was", home, pbx)
    with _step("the home is backed up"):
        made = _done(command, "backup", "--to", medium, "--json")
    assert made.returncode == 0, made.stderr
    log = shutil.copytree(home / "audit", tmp_path / "log-elsewhere")
    shutil.rmtree(home)
    elsewhere.parent.mkdir()
    places = root / "etc/madoguchi/madoguchi.env"
    places.write_text(places.read_text().replace(f"MADOGUCHI_HOME={home}\n", f"MADOGUCHI_HOME={elsewhere}\n"))  # fmt: skip
    with _step("it is restored at another place"):
        back = _done(command, "restore", json.loads(made.stdout)["backup"], "--known-log", log, "--json")  # fmt: skip
    assert back.returncode == 0, back.stdout + back.stderr
    told = json.loads(back.stdout)
    assert (told["problems"], told["without_key"]) == ([], 0) and told["recordings_opened"] > 0
    assert not home.exists() and not (elsewhere / "warehouse.duckdb").exists()
    with _step("log, vault and backup are verified"):
        for words in (("audit", "verify"), ("vault", "verify"), ("backup", "--to", medium, "--drill")):  # fmt: skip
            looked = _done(command, *words)
            assert looked.returncode == 0, (words, looked.stdout, looked.stderr)
    with _step("the warehouse is built anew"):
        ran = _done(command, "run", "--pbx", pbx, "--as-of", AS_OF)
    assert ran.returncode in (0, 3), ran.stderr
    assert _facts(tmp_path / "as-it-is", elsewhere, pbx) == facts

    with _step("the next version is laid beside it"):
        beside = _done(unpacked / "install.sh", "--root", root)
    assert f"lies beside {BEFORE}" in beside.stdout, beside.stdout + beside.stderr
    assert not home.exists(), "the home that lives is the one that the services are told"
    with _step("the next version takes over"):
        over = _done(unpacked / "install.sh", "--root", root, "--upgrade", later[0])
    assert over.returncode == 0 and f"{version} is current" in over.stdout, (
        over.stdout + over.stderr
    )
    stands = _state(elsewhere / "outbox")
    with _step("one that does not answer goes back by itself"):
        refused = _done(broken(unpacked, opt / version) / "install.sh", "--root", root, "--upgrade", later[1])  # fmt: skip
    assert (
        refused.returncode == 1
        and f"{version} is current as before: {BROKEN}: service status" in refused.stdout
    ), refused.stdout
    assert str((opt / "current").readlink()) == version and not (opt / "upgrade.json").exists()
    assert json.loads(_done(command, "service", "status", "--json").stdout)["version"] == version
    with _step("the version that stayed runs"):
        ran = _done(command, "run", "--pbx", pbx, "--as-of", AS_OF)
    assert ran.returncode in (0, 3), ran.stderr
    assert _state(elsewhere / "outbox") == stands, "nothing moved, so no paper did"

    before = _state(elsewhere, *data[1:])
    wheel = next((unpacked / "wheels").iterdir())
    content = wheel.read_bytes()[:-1]
    wheel.unlink()
    wheel.write_bytes(content)
    touched = _done(unpacked / "install.sh", "--root", root)
    assert touched.returncode == 1 and "not as it was packed" in touched.stderr

    gone = _done(install, "--root", root, "--uninstall")
    assert gone.returncode == 0 and str(elsewhere) in gone.stdout, gone.stdout
    assert _state(elsewhere, *data[1:]) == before
    assert not opt.exists() and not command.exists()
    assert not list((root / "etc/systemd/system").iterdir())
