"""A consistent copy of a living home, made by whoever holds it: whole under its name, or not there.

First the database as it is at one instant (SQLite's backup API; the floor goes on writing), then whatever it speaks of: the
log is drained and signed after it, keys and files are copied after it, so that the copy never names what it lacks. Files
that are only ever replaced by a rename get a second name where one file system allows it; those that are appended to (log,
keyring) are copied up to a whole line. PostgreSQL is not copied here: its own dump is consistent and goes back in one piece,
rows carried over into SQLite would be another store that nobody ever ran; the manifest says so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine

from compliance.audit.checkpoint import Checkpoint
from compliance.audit.log import AuditLog
from compliance.backup.manifest import FILES, NAME, SIGNATURE, BackupManifest, KeptFile, sign
from compliance.erasure.register import executing_case
from compliance.errors import EntryRefused
from compliance.ground import durable
from compliance.ground.home import Home
from compliance.ground.stores import REBUILT, Store
from compliance.keys.keyring import epochs

_PIECE = 1 << 20
_HALF_DONE = "landing/*/compacting.json"
"""Says which small files are just becoming one: without it they would count twice."""
_HISTORY = "dagster/*"
SQLITE, ELSEWHERE = "sqlite", "pg_dump"


def take(
    engine: Engine, home: Home, stores: Sequence[Store], target: Path, now: datetime
) -> tuple[Path, BackupManifest, int]:
    """Back a home up into a folder of its own below `target`; the caller holds the run lock. Returns that folder, its
    manifest, and how many files are second names of the home's own.

    Raises:
        EntryRefused: the target is no folder or lies in the home or beside the keys, or an erasure is under way.
        OSError: the medium is full or fails; nothing lies there under a backup's name.
    """
    target = target.absolute()
    if not target.is_dir():
        raise EntryRefused(f"フォルダ {target} がありません。先に媒体をマウントしてください。")
    if any(target.resolve().is_relative_to(root.resolve()) for root in (home.root, home.keys)):
        raise EntryRefused(
            "バックアップは、ホームの中にも鍵のフォルダの中にも置けません。別のフォルダを指定してください。"
        )
    if executing_case(engine) is not None or len(epochs(home)) > 1:
        raise EntryRefused(
            "消去が実施中です。先に終えてください（このままでは、消す鍵がバックアップに入ります）。"
        )
    sweep(target)
    temporary = durable.temporary_beside(target / "backup")
    temporary.mkdir(mode=0o700)
    try:
        return _filled(engine, home, stores, temporary, now)
    except Exception:
        shutil.rmtree(temporary, ignore_errors=True)  # a full medium is not left full
        raise


def _filled(
    engine: Engine, home: Home, stores: Sequence[Store], temporary: Path, now: datetime
) -> tuple[Path, BackupManifest, int]:
    base = temporary / FILES
    files: list[KeptFile] = []
    operations = SQLITE if engine.dialect.name == "sqlite" else ELSEWHERE
    if operations == SQLITE:
        files.append(_snapshot(engine, home, base))
    checkpoint = _signed_log(engine, home)
    links = 0
    for path in _kept(home, stores):
        name = path.relative_to(home.root).as_posix()
        place = base / name
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_appended(name):
            files.append(copied(path, place, name, durable_size(path)))
        elif durable.linked(path, place):
            links += 1
            files.append(described(place, name))
        else:
            files.append(copied(path, place, name))
    present = epochs(home)
    manifest = BackupManifest(
        now, version("madoguchi"), checkpoint, present[-1].number if present else 0, operations,
        tuple(sorted(files, key=lambda one: one.path)), tuple(_left_out(home, stores, operations)),
    )  # fmt: skip
    content, signature = sign(manifest, AuditLog(home).keys.signing_key())
    durable.write_durably(temporary / NAME, content)
    durable.write_durably(temporary / SIGNATURE, signature)
    folder = temporary.with_name(manifest.name)
    if folder.exists():
        raise EntryRefused(f"バックアップ {manifest.name} は、すでにあります。")
    durable.publish_folder(temporary, folder)
    return folder, manifest, links


def sweep(target: Path) -> None:
    """Remove what a killed backup or restore left half-made in a folder."""
    for path in target.glob(f"{durable.TEMPORARY_PREFIX}*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)


def copied(source: Path, place: Path, name: str, size: int | None = None) -> KeptFile:
    """Copy a plain file (its first `size` bytes, else all) durably; what was copied, as it was written.

    Raises:
        OSError: it cannot be read, is a link, or the disk is full.
    """
    digest, written = hashlib.sha256(), 0

    def write(file: BinaryIO) -> None:
        nonlocal written
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as read:
            while piece := read.read(_PIECE if size is None else min(_PIECE, size - written)):
                digest.update(piece)
                written += file.write(piece)

    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    durable.write_durably(place, write)
    return KeptFile(name, written, digest.hexdigest())


def described(path: Path, name: str) -> KeptFile:
    """A file as it lies there."""
    with path.open("rb") as file:
        return KeptFile(
            name, os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()
        )


def durable_size(path: Path) -> int:
    """How long a file that only grows is, in whole lines, while nobody appends."""
    with durable.AppendedFile(path) as file, file.held():
        return path.stat().st_size


def _is_appended(name: str) -> bool:
    return name == "audit/log.jsonl" or fnmatch(name, "keys/*.keyring")


def _snapshot(engine: Engine, home: Home, base: Path) -> KeptFile:
    place = base / home.operations_database.name
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = durable.temporary_beside(place)
    raw = engine.raw_connection()
    try:
        target = sqlite3.connect(temporary)
        try:
            temporary.chmod(0o600)
            raw.driver_connection.backup(target)  # type: ignore[union-attr]
            target.execute("pragma journal_mode=delete")  # one file, without a log beside it
        finally:
            target.close()
    finally:
        raw.close()
    durable.publish(temporary, place)
    return described(place, place.name)


def _signed_log(engine: Engine, home: Home) -> Checkpoint:
    log = AuditLog(home)
    log.drain(engine)
    return log.checkpoint()


def _kept(home: Home, stores: Sequence[Store]) -> Iterator[Path]:
    """What cannot be made again, by the inventory: its files but the database's, in order."""
    for path in sorted(home.root.rglob("*")):
        if (
            not path.is_file()
            or path.is_symlink()
            or path.name.startswith(durable.TEMPORARY_PREFIX)
        ):
            continue
        name = path.relative_to(home.root).as_posix()
        store = next((one for one in stores if fnmatch(name, one.pattern)), None)
        if name.startswith(home.operations_database.name) or store is None:
            continue
        if store.pattern == _HALF_DONE or (
            store.retention != REBUILT and store.pattern != _HISTORY
        ):
            yield path


def _left_out(home: Home, stores: Sequence[Store], operations: str) -> Iterator[str]:
    yield "the secrets (MADOGUCHI_KEYS): `madoguchi keys backup`"
    yield "what `madoguchi run` derives again: warehouse, reference, floor, published, quality, logs"
    yield "dagster/: the history of runs that the UI shows (where it lies on PostgreSQL, that database too)"
    if operations == ELSEWHERE:
        yield "the operations database, which is PostgreSQL's: back it up with pg_dump at the same time"
    patterns = [one.pattern for one in stores]
    strangers = sum(
        path.is_file()
        and not any(fnmatch(path.relative_to(home.root).as_posix(), one) for one in patterns)
        for path in home.root.rglob("*")
    )
    if strangers:
        yield f"{strangers} files that stand in no inventory"
