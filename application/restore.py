"""A home put back from a backup, anywhere: whole under its name once everything of it was verified, or not there.

It is put together beside the place where it shall lie; the last step is a rename. The warehouse is not in a backup: the next
`madoguchi run` derives it from landing and reference. What the log known elsewhere says that the copy does not is counted by
action, and what was erased since is erased in the restored home as well.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from compliance.audit.log import KEY_FILE, AuditFolder, AuditLog
from compliance.backup.afterwards import (
    end_sessions,
    enter_erased,
    forget_erased_words,
    forget_what_is_logged,
    move_media,
    without_key,
    words_without_key,
)
from compliance.backup.manifest import BackupManifest, read_signed
from compliance.backup.putting import LaterActs, later_acts, put_files, put_keyring, put_log
from compliance.backup.taking import SQLITE
from compliance.errors import HomeBusy, RestoreRefused
from compliance.ground import durable
from compliance.ground.acts import SYSTEM, Action, Entry, ObjectKind, note
from compliance.ground.clock import ClockKind, read_clock
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.ground.run_lock import is_in_use
from compliance.keys.backups import registered_backups
from compliance.keys.chain import read_chain
from compliance.keys.keyring import Keyring
from compliance.keys.signing import PublicKey, read_key
from compliance.vault.custody import verify_vault
from compliance.vault.media import registered_media


@dataclass(frozen=True, slots=True)
class RestoreOrder:
    """What shall be restored where. `known_log`: the folder audit/ of the home that was, or a copy of it; `keyrings`: where the
    present epoch's keyring lies (left out: beside the known log); `media`: where media are mounted now, by id."""

    backup: Path
    home: Home
    known_log: Path | None = None
    keyrings: Path | None = None
    fingerprint: str | None = None
    media: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restored home is. `later` is null where no log was given to compare with; `without_key` counts recordings that the
    catalogue holds sealed and nobody can open; `problems` are texts with ids only."""

    manifest: BackupManifest
    age: timedelta
    later: LaterActs | None
    erased: int
    without_key: int
    opened: int
    problems: tuple[str, ...]
    away: tuple[str, ...]
    """Media and key copies that do not lie where the home expects them."""
    forgotten: int = 0
    """Records of inquiries whose words were erased since, and are gone here, too."""


def restored(order: RestoreOrder, now: datetime) -> Restored:
    """Restore a home.

    Raises:
        RestoreRefused: something lies where it shall go, or the log or keyring that is known does not fit.
        HomeBusy: the home whose log was named is in use.
        BackupTouched: the backup is not what was signed.
        KeyUnavailable: the key folder is missing, or lacks the key that signs.
    """
    home = order.home
    if home.root.is_symlink() or (
        home.root.exists() and (not home.root.is_dir() or any(home.root.iterdir()))
    ):
        raise RestoreRefused(
            f"{home.root} is not empty: a home is restored into a new folder. Move away what lies there, or name another."
        )
    if order.known_log is not None and is_in_use(order.known_log.absolute().parent):
        raise HomeBusy(
            f"The home {order.known_log.absolute().parent} lives: of two homes with the same keys each would sign a log of its own. "
            "Stop its services for good first."
        )
    held = read_key(home.keys / KEY_FILE).public
    beside = home.root.with_name(f"{durable.TEMPORARY_PREFIX}restore-{home.root.name}")
    with durable.held(home.root.parent):
        shutil.rmtree(beside, ignore_errors=True)  # of a restore that was killed
        staged = RestoreOrder(
            order.backup, Home(beside, home.keys), order.known_log, order.keyrings, order.fingerprint, order.media
        )  # fmt: skip
        try:
            found = put_into(staged, held, now)
            durable.publish_folder(beside, home.root)
        except Exception:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    return found


def put_into(
    order: RestoreOrder, held: PublicKey, now: datetime, *, is_drill: bool = False
) -> Restored:
    """Put a backup together in the order's home and verify it; a drill enters and signs nothing.

    Raises:
        RestoreRefused, BackupTouched: as for `restored`.
    """
    home, known = order.home, None
    chain: list[PublicKey] = []
    keyrings = order.keyrings
    if order.known_log is not None:
        known = AuditFolder(order.known_log.absolute())
        chain, _ = read_chain(known.root / "keys")
        keyrings = keyrings or known.root.with_name("keys")
    manifest = read_signed(order.backup.absolute(), held, chain, order.fingerprint)
    later = None if known is None else later_acts(known, manifest, held)
    erased = later.erased if later else frozenset()
    home.root.mkdir(mode=0o700, parents=True)
    put_files(order.backup.absolute(), manifest, home.root, erased, may_link=is_drill)
    put_log(home, manifest, None if is_drill else known, later.signed_size if later else 0)
    epoch = put_keyring(home, keyrings)
    ring = Keyring.open(home) if epoch else None
    if manifest.operations != SQLITE:
        text = "The operations database is not in the backup: restore its dump (pg_restore) before the first run."
        return Restored(manifest, now - manifest.made_at, later, 0, 0, 0, (text,), ())
    engine = open_operations(home.operations_url)
    try:
        if not is_drill:
            forget_what_is_logged(engine, AuditFolder(home.audit), manifest.checkpoint.size)
            end_sessions(engine)
            move_media(engine, order.media)
        entered = enter_erased(engine, erased)
        forgotten = forget_erased_words(engine, erased)
        keyless, wordless = without_key(engine, ring), words_without_key(engine, ring)
        opened, problems = (0, []) if ring is None else verify_vault(engine, home, ring)
        if not is_drill:
            _note(engine, home, order.backup.name, now)
        told = [str(one) for one in problems]
        if later and later.unsigned:
            told.append(
                f"{later.unsigned} entries of the known log stand after its last signed checkpoint: they are not believed and left out."
            )
        if keyless:
            told.append(
                f"{keyless} recordings are sealed by the catalogue and have no key: they were erased since, which the log known "
                "elsewhere would say (--known-log), or the keyring is not the newest."
            )
        if wordless:
            told.append(
                f"The words of {wordless} records of inquiries have no key: they were erased since, which the log known elsewhere would "
                "say (--known-log), or the keyring is not the newest."
            )
        return Restored(
            manifest, now - manifest.made_at, later, entered, keyless, opened, tuple(told), tuple(_away(engine)), forgotten
        )  # fmt: skip
    finally:
        engine.dispose()


def _note(engine: Engine, home: Home, name: str, now: datetime) -> None:
    """The log says where the home went on from; signed at once, so that a wrong key is found before the home is in place."""
    clock = read_clock(engine)
    at = clock[1] if clock and clock[0] is ClockKind.SIMULATED else now
    with engine.begin() as connection:
        note(connection, Entry(at, SYSTEM, Action.HOME_RESTORED, ObjectKind.HOME, name))
    log = AuditLog(home)
    log.drain(engine)
    log.checkpoint()


def _away(engine: Engine) -> list[str]:
    media = [
        f"medium {one.medium_id}: {one.path}"
        for one in registered_media(engine)
        if not one.is_mounted()
    ]
    copies = [
        f"key copy {one.backup_id}: {one.path}"
        for one in registered_backups(engine)
        if not one.has_ended and not one.is_reachable()
    ]
    return [*media, *copies]
