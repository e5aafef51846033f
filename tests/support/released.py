"""Homes as released versions left them: `tests/samples/homes/<version>/home.tar.xz`, made once by that version and never again.

A founded centre of invented people whose passphrase is `support.people.PASSPHRASE`, a permit in a register, a signed log; its keys open
nothing else. `python -m tests.support.released VERSION` makes one, by the version that is checked out.

>>> released()
['0.1.0']
"""

from __future__ import annotations

import sys
import tarfile
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from application.home.session import open_workplace, read_settings
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring
from compliance.registers.entries import Draft, save
from compliance.registers.handling import PERMITS
from tests.homes import ROOT
from tests.support.people import found_home

HOMES = ROOT / "tests" / "samples" / "homes"
CONTRACT = ROOT / "contracts/sapporo-2023/contract.toml"
AT = datetime(2023, 11, 20, 1, tzinfo=UTC)
PERMIT = {
    "kind": "network",
    "target": "192.0.2.10",
    "scope": "執務室",
    "permitted_on": "2023-11-01",
}


def released() -> list[str]:
    """The versions of which a home is kept."""
    return sorted(path.parent.name for path in HOMES.glob("*/home.tar.xz"))


def laid(version: str, folder: Path) -> Home:
    """That version's home, in a folder, with its keys beside it."""
    with tarfile.open(HOMES / version / "home.tar.xz") as archive:
        archive.extractall(folder, filter="tar")
    home = Home.at(folder / "home")
    for root in (home.root, home.keys):
        for path in (root, *root.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
    return home


def make(folder: Path) -> Home:
    """A home of the version at hand."""
    settings = read_settings(CONTRACT, folder / "home", environment={})
    with open_workplace(settings, as_of=AT) as place:
        found_home(place.engine, place.home, AT, date(2023, 11, 20))
        ring = Keyring.open(place.home)
        save(place.engine, ring, PERMITS, Actor("mg1", AT), [Draft("", PERMIT)])
    return Home.at(folder / "home")


def main(version: str) -> None:
    """Keep a home of the version at hand under its name."""
    target = HOMES / version / "home.tar.xz"
    target.parent.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        home = make(Path(folder))
        with tarfile.open(target, "w:xz") as archive:
            for root in (home.root, home.keys):
                archive.add(root, root.name, filter=_nobody)


def _nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


if __name__ == "__main__":
    main(sys.argv[1])
