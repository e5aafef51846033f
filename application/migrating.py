"""The operations database brought to a newer programme's schema, whole or not at all, and back as long as nothing happened since.

A home's database is never migrated in place: SQLite commits each change of a table by itself, and a power cut would leave half of
them. A copy is migrated and looked at, and takes the database's name in one rename; the database as it was stays beside it
(`operations.db.before`) until the newer programme is seen to answer. Going back is the same rename the other way. It is refused once
anything was noted since: whoever could bring an older database back would undo what people did, a closed account among it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from application.errors import UpgradeRefused
from compliance.audit.log import AuditFolder
from compliance.audit.verify import verify
from compliance.errors import StoreUnavailable
from compliance.ground import durable
from compliance.ground.home import Home
from compliance.ground.operations import last_revision, open_operations
from compliance.ground.run_lock import run_lock, service_lock

OUTBOX = "audit_outbox"
_REVISION = "alembic_version"


@dataclass(frozen=True, slots=True)
class Migrated:
    """From which revision to which; `log_entries` is how long the audit log was, `rows` what the tables held in all."""

    before: str
    after: str
    log_entries: int
    rows: int


def kept_database(home: Home) -> Path:
    """Where the database as it was lies while an upgrade is under way."""
    return home.operations_database.with_name(f"{home.operations_database.name}.before")


def is_under_way(home: Home) -> bool:
    """Whether a migration was begun and neither settled nor taken back."""
    return kept_database(home).exists()


def migrate(home: Home, url: str) -> Migrated:
    """Give the home a migrated database, once a copy of it was migrated and found whole.

    Raises:
        UpgradeRefused: the database is not in the home, entries wait for the log, or the copy is not as it should be.
        StoreUnavailable: the database was written by a newer programme; nothing was changed.
        HomeBusy: a run or a service is at work.
    """
    if url != home.operations_url:
        raise UpgradeRefused(
            "The operations database does not lie in the home: dump it (pg_dump), stop the services, and let the newer programme's "
            "first command migrate it; the way back is pg_restore."
        )
    with _alone(home):
        if is_under_way(home):
            raise UpgradeRefused(
                f"{kept_database(home)} is of an upgrade that was not ended: end it with `madoguchi service upgrade`."
            )
        durable.sweep_temporaries(home.root)
        trial = durable.temporary_beside(home.operations_database)
        try:
            return _migrated(home, trial)
        finally:
            for path in home.root.glob(f"{trial.name}*"):
                path.unlink(missing_ok=True)


def go_back(home: Home) -> int:
    """Give the home the database back that it had, unless something was noted since: returns how many entries, 0 where it has it
    now. Safe to repeat.

    Raises:
        HomeBusy: a run or a service is at work.
    """
    kept, present = kept_database(home), home.operations_database
    with _alone(home):
        if not kept.exists():
            durable.remove_durably(_note_of(home))
            return 0
        if since := _noted_since(home):
            return since
        _quieten(present)
        durable.publish(kept, present)
        durable.remove_durably(_note_of(home))
    return 0


def settle(home: Home) -> None:
    """Let the database as it was go: the newer programme answers. Safe to repeat."""
    durable.remove_durably(kept_database(home))
    durable.remove_durably(_note_of(home))


def _migrated(home: Home, trial: Path) -> Migrated:
    present = home.operations_database
    if not present.is_file():
        raise UpgradeRefused(f"No command has run in {home.root} yet: there is nothing to migrate.")
    _copy(present, trial)
    held, before = _counts(trial), _revision(trial)
    if held.get(OUTBOX):
        raise UpgradeRefused(
            f"{held[OUTBOX]} entries wait for the audit log: run any command of the version that is current, then upgrade."
        )
    try:
        open_operations(f"sqlite:///{trial}").dispose()
    except StoreUnavailable as error:
        if error.__cause__ is None:  # it is newer, and the message says so
            raise
        raise UpgradeRefused(
            f"A migration fails on a copy of the database ({type(error.__cause__).__name__}); the home is as it was."
        ) from error
    _quieten(trial)
    wrong = list(_wrong_with(trial, held, home))
    if wrong:
        raise UpgradeRefused(
            f"The migrated copy is not right, nothing was changed: {'; '.join(wrong)}"
        )
    log = sum(len(lines) for lines in AuditFolder(home.audit).lines())
    done = Migrated(before, last_revision(), log, sum(held.values()))
    if before == done.after:
        return done
    _quieten(present)
    durable.write_durably(_note_of(home), json.dumps(asdict(done)).encode())
    aside = durable.temporary_beside(present)
    _copy(present, aside)
    durable.publish(aside, kept_database(home))
    durable.publish(trial, present)
    return done


def _wrong_with(path: Path, held: dict[str, int], home: Home) -> Iterator[str]:
    """What of a migrated copy, or of the log that it speaks of, is not whole; in names and counts only."""
    with closing(sqlite3.connect(path)) as database:
        if (told := database.execute("pragma integrity_check(1)").fetchone()[0]) != "ok":
            yield f"integrity: {told}"
        if broken := database.execute("pragma foreign_key_check").fetchall():
            yield f"{len(broken)} rows point to rows that are not there"
    if _revision(path) != last_revision():
        yield f"its schema is {_revision(path)}, not {last_revision()}"
    now = _counts(path)
    yield from (
        f"{name} holds {now[name]} rows, not {count}"
        for name, count in held.items()
        if name in now and now[name] < count
    )
    yield from (f"the audit log, {one}" for one in verify(AuditFolder(home.audit)).problems)


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    home.guard()
    with run_lock(home), service_lock(home):
        yield


def _note_of(home: Home) -> Path:
    """Says how long the log was when the database was migrated."""
    return home.operations_database.with_name(f"{home.operations_database.name}.upgrade")


def _noted_since(home: Home) -> int:
    """Entries of the log, and those that wait for it, from after the migration; a log whose length then is not known grew."""
    log = sum(len(lines) for lines in AuditFolder(home.audit).lines())
    waiting = _counts(home.operations_database).get(OUTBOX, 0)
    try:
        then = int(json.loads(_note_of(home).read_bytes())["log_entries"])
    except (OSError, ValueError, KeyError, TypeError):
        then = 0
    return max(0, log - then) + waiting


def _copy(source: Path, target: Path) -> None:
    """A database as it is at one instant, in one file."""
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        target.chmod(0o600)
        read.backup(written)
        written.execute("pragma journal_mode=delete")


def _quieten(path: Path) -> None:
    """Bring what stands in the log beside a database into it: a rename moves one file."""
    try:
        with closing(sqlite3.connect(path)) as database:
            database.execute("pragma journal_mode=delete").fetchone()
    except sqlite3.OperationalError as error:
        raise UpgradeRefused(
            f"{path.name} is open in another process, or cannot be written: end that process first."
        ) from error


def _revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        try:
            row = database.execute(f"select version_num from {_REVISION}").fetchone()
        except sqlite3.Error:
            row = None
    return str(row[0]) if row else ""


def _counts(path: Path) -> dict[str, int]:
    """How many rows each table holds."""
    with closing(sqlite3.connect(path)) as database:
        names = [
            str(name)
            for (name,) in database.execute(
                "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
            )
        ]
        return {
            name: int(database.execute(f'select count(*) from "{name}"').fetchone()[0])
            for name in names
        }
