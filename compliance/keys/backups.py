"""Backups of the key folder: registered copies of the secrets, each known by where it lies and what it holds.

A secret of which nobody knows the copies can never be said to be destroyed; so a copy is made by a command,
entered, and looked at again. Private keys of people are copied as they are, under their passphrases.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Column, Engine, Integer, String, Text, func, insert, select

from compliance.errors import EntryRefused, KeyUnavailable
from compliance.ground import durable
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.home import Home
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Kept
from compliance.keys.keyring import epochs
from compliance.keys.master import UNLOCKED

_FOLDER = "madoguchi-keys"

key_backups = table(
    "key_backups",
    Kept("鍵の控えの台帳"),
    Column("backup_id", Integer, primary_key=True),
    Column("path", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("digests_json", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(32), nullable=False),
)

key_backup_ends = table(
    "key_backup_ends",
    Kept("鍵の控えの破棄"),
    Column("backup_id", Integer, primary_key=True),
    Column("ended_at", Instant, nullable=False),
    Column("ended_by", String(32), nullable=False),
)


@dataclass(frozen=True, slots=True)
class KeyBackup:
    """One registered copy of the key folder. `digests` are SHA-256 by name, keyed by nothing: of random secrets."""

    backup_id: int
    path: str
    epoch: int
    digests: Mapping[str, str]
    made_at: datetime
    has_ended: bool = False
    """Its secrets of an epoch were destroyed there."""

    @property
    def name_ja(self) -> str:
        """What pages call it."""
        return f"控え{self.backup_id}（第{self.epoch}期）"

    @property
    def medium(self) -> Path:
        """The folder of the medium that it lies on."""
        return Path(self.path).parent

    def is_reachable(self) -> bool:
        """Whether the copy is there now."""
        return Path(self.path).is_dir()

    def problems(self) -> list[str]:
        """What of it is not there, or not as it was copied, or is there again after it was destroyed; empty where it is as it ought to be."""
        if self.has_ended:
            return [
                f"{name} is there again"
                for name in self.digests
                if (Path(self.path) / name).exists()
            ]
        found: list[str] = []
        for name, digest in self.digests.items():
            path = Path(self.path) / name
            if not path.is_file():
                found.append(f"{name} is not there")
            elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                found.append(f"{name} is not what was copied")
        return found


def back_up(engine: Engine, home: Home, actor: Actor, target: Path) -> KeyBackup:
    """Copy the key folder to a folder of its own below `target`, read it back, and enter the copy. What a crash
    left half-made there is made anew.

    Raises:
        EntryRefused: the target is no folder, or lies in the home or the key folder.
    """
    target = target.absolute()
    if not target.is_dir():
        raise EntryRefused(f"フォルダ {target} がありません。先に媒体をマウントしてください。")
    if any(target.resolve().is_relative_to(root.resolve()) for root in (home.root, home.keys)):
        raise EntryRefused("鍵の写しは、ホームの中にも鍵のフォルダの中にも置けません。")
    present = epochs(home)
    epoch = present[-1].number if present else 0
    folder = target / f"{_FOLDER}-{actor.at:%Y%m%dT%H%M%SZ}-e{epoch:04d}"
    if any(made.path == os.fspath(folder) for made in registered_backups(engine)):
        raise EntryRefused(f"{folder} は、すでにあります。別のフォルダを指定してください。")
    folder.mkdir(mode=0o700, exist_ok=True)
    digests = {}
    others = set(home.keys.glob("epoch-*.secret")) - {e.secret for e in present[-1:]}
    opened = home.keys / UNLOCKED
    here = [p for p in home.keys.rglob("*") if p.is_file() and opened not in p.parents]
    for path in sorted(p for p in here if p not in others):
        name = path.relative_to(home.keys).as_posix()
        content = path.read_bytes()
        copy = folder / name
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        durable.write_durably(copy, content)
        digests[name] = hashlib.sha256(content).hexdigest()
        if hashlib.sha256(copy.read_bytes()).hexdigest() != digests[name]:
            raise KeyUnavailable(
                f"The copy of {name} in {folder} does not read back: it was not entered."
            )
    with engine.begin() as connection:
        number = connection.execute(select(func.coalesce(func.max(key_backups.c.backup_id), 0)))
        backup_id = int(number.scalar_one()) + 1
        connection.execute(
            insert(key_backups).values(
                backup_id=backup_id,
                path=os.fspath(folder),
                epoch=epoch,
                digests_json=json.dumps(digests, sort_keys=True),
                made_at=actor.at,
                made_by=actor.staff_id,
            )
        )
        note(connection, actor.entry(Action.KEYS_BACKED_UP, ObjectKind.KEY, str(backup_id)))
    return KeyBackup(backup_id, os.fspath(folder), epoch, digests, actor.at)


def registered_backups(engine: Engine) -> list[KeyBackup]:
    """Every copy that was ever made, the first first."""
    with engine.connect() as connection:
        ended = set(connection.execute(select(key_backup_ends.c.backup_id)).scalars())
        rows = connection.execute(select(key_backups).order_by(key_backups.c.backup_id))
        return [
            KeyBackup(
                r.backup_id, r.path, r.epoch, json.loads(r.digests_json), r.made_at,
                r.backup_id in ended,
            )
            for r in rows
        ]  # fmt: skip


def outdated_backups(engine: Engine, epoch: int) -> list[KeyBackup]:
    """The copies that hold the secret of an epoch before this one, and were not destroyed."""
    return [b for b in registered_backups(engine) if not b.has_ended and b.epoch < epoch]


def destroy_backup(engine: Engine, actor: Actor, made: KeyBackup) -> bool:
    """Overwrite and remove every file of a copy, then enter its end; safe to repeat. False where it cannot be
    reached: nothing is entered then.

    A copy goes whole: what it holds beside the epoch's secret lies in a newer copy.
    """
    if not made.is_reachable():
        return False
    folder = Path(made.path)
    try:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                durable.overwrite_durably(path, secrets.token_bytes(path.stat().st_size))
                durable.remove_durably(path)
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir()
    except OSError:
        return False
    with engine.begin() as connection:
        connection.execute(
            insert(key_backup_ends).values(
                backup_id=made.backup_id, ended_at=actor.at, ended_by=actor.staff_id
            )
        )
        note(
            connection,
            actor.entry(Action.KEY_COPY_DESTROYED, ObjectKind.KEY, str(made.backup_id)),
        )
    return True
