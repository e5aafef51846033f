"""Backing up the home that is held, and the monthly drill: the newest backup restored into a folder of its own, verified, removed.

A drill looks at what a restore would find, beside the living home's log and keyring, and signs nothing there. It writes nothing to the
medium: what it puts together lies in the home for as long as it looks, but the vault, which is read where it is. Whether it went
well is entered; the morning asks for one every 35 days (`compliance.backup.register`).
"""

from __future__ import annotations

import errno
import shutil
from dataclasses import dataclass
from pathlib import Path

from application.home.session import Outlook
from application.restore import Restored, RestoreOrder, put_into
from application.stores import STORES
from compliance.audit.log import KEY_FILE
from compliance.backup.manifest import FILES, BackupManifest, backups_in
from compliance.backup.register import BackupDeed, BackupEvent, last_event, record_event
from compliance.backup.taking import sweep, take
from compliance.errors import ComplianceError
from compliance.ground import durable
from compliance.ground.acts import SYSTEM, Actor, Result
from compliance.ground.home import Home
from compliance.keys.signing import read_key

NOT_TOLD = "Nobody said where the backups lie: set MADOGUCHI_BACKUPS."
_SPARED = 0.05
"""Of the home's disk: a trial never fills it."""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was made; `links` of its files are second names of the home's own, on one disk with it."""

    folder: Path
    manifest: BackupManifest
    links: int


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill found; null where no backup could be looked into."""

    name: str
    restored: Restored | None
    problems: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether that backup can be lived from."""
        return not self.problems


def backed_up(workplace: Outlook, target: Path) -> BackedUp:
    """Back the home up below `target` and enter it; the caller holds its run lock.

    Raises:
        EntryRefused: the target cannot be one, or an erasure is under way.
        OSError: the medium is full or fails; no backup lies there then.
    """
    folder, manifest, links = take(workplace.engine, workplace.home, STORES, target, workplace.now)
    event = BackupEvent(
        BackupDeed.MADE.value,
        workplace.now,
        folder.name,
        Result.DONE.value,
        manifest.epoch,
        len(manifest.files),
        manifest.size_bytes,
    )
    record_event(workplace.engine, Actor(SYSTEM, workplace.now), event)
    return BackedUp(folder, manifest, links)


def drilled(workplace: Outlook, folder: Path | None) -> Drilled:
    """Try the newest backup below `folder`, and enter the result; null, a folder that is not there or one without a backup is a
    trial that failed. The caller holds the home's run lock."""
    if folder is None:
        found = Drilled("", None, (NOT_TOLD,))
    else:
        found = _looked_into(workplace, folder.absolute())
    manifest = found.restored.manifest if found.restored else None
    event = BackupEvent(
        BackupDeed.DRILLED.value,
        workplace.now,
        found.name,
        (Result.DONE if found.is_right else Result.FAILED).value,
        manifest.epoch if manifest else 0,
        len(manifest.files) if manifest else 0,
        manifest.size_bytes if manifest else 0,
    )
    record_event(workplace.engine, Actor(SYSTEM, workplace.now), event)
    return found


def _looked_into(workplace: Outlook, folder: Path) -> Drilled:
    there = backups_in(folder)
    if not there:
        return Drilled("", None, (f"No backup lies in {folder}.",))
    newest = there[-1]
    sweep(workplace.home.root)  # of a drill that was killed
    home = Home(durable.temporary_beside(workplace.home.root / "drill"), workplace.home.keys)
    order = RestoreOrder(
        newest, home, known_log=workplace.home.audit, keyrings=workplace.home.keyrings
    )
    problems: list[str] = []
    last = last_event(workplace.engine, BackupDeed.MADE)
    if last is not None and newest.name < last.backup:
        problems.append(f"{last.backup} was made later and does not lie there.")
    restored = None
    try:
        _make_sure_of_room(newest, workplace.home)
        held = read_key(workplace.home.keys / KEY_FILE).public
        restored = put_into(order, held, workplace.now, is_drill=True)
        problems += restored.problems
        if restored.manifest.name != newest.name:
            problems.append(f"What lies there as {newest.name} is {restored.manifest.name}.")
    except ComplianceError as error:
        problems.append(str(error))
    except OSError as error:
        problems.append(f"{newest.name} could not be tried: {error.strerror}.")
    finally:
        shutil.rmtree(home.root, ignore_errors=True)
    return Drilled(newest.name, restored, tuple(problems))


def _make_sure_of_room(backup: Path, home: Home) -> None:
    """Look whether the home's disk holds what a trial puts together.

    Raises:
        OSError: it does not.
    """
    files = backup / FILES
    needed = sum(
        path.lstat().st_size
        for path in files.rglob("*")
        if path.is_file() and not path.is_relative_to(files / "vault")
    )
    room = shutil.disk_usage(home.root)
    if room.free - needed < room.total * _SPARED:
        raise OSError(errno.ENOSPC, "the home's disk has no room for a trial")
