"""An older catalogue brought to what is known: what was erased since is erased in it, too, and who was logged in is not.

Nothing is called erased because its key is missing: a damaged keyring would erase by itself. The log's word is needed;
a key that is missing without it is counted and told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from sqlalchemy import Engine, bindparam, delete, select, update

from compliance.audit.line import read_line
from compliance.audit.log import AuditFolder, entry_key
from compliance.errors import EntryRefused
from compliance.ground.acts import audit_outbox
from compliance.inquiries.sealed_texts import forget_texts, sealed_texts
from compliance.keys.keyring import Keyring
from compliance.sign_in.sessions import sessions
from compliance.vault.catalogue import PORTION, recording_copies, recordings
from compliance.vault.media import media, registered_media
from compliance.vault.states import RecordingState


def enter_erased(engine: Engine, erased: Collection[str]) -> int:
    """Enter as erased what the log calls erased and the catalogue holds sealed; returns how many. Their acts stand in the
    log already, so that none is noted again. Safe to repeat."""
    with engine.begin() as connection:
        held = _in_state(connection.execute(select(recordings.c.recording_id, recordings.c.state)))
        going = sorted(held & set(erased))
        for start in range(0, len(going), PORTION):
            portion = going[start : start + PORTION]
            connection.execute(
                update(recordings)
                .where(recordings.c.recording_id.in_(portion))
                .values(state=RecordingState.ERASED.value)
            )
            connection.execute(
                delete(recording_copies).where(recording_copies.c.recording_id.in_(portion))
            )
    return len(going)


def forget_erased_words(engine: Engine, erased: Collection[str]) -> int:
    """Remove the sealed words of records of inquiries that the log calls erased; returns of how many there were some. Codes stay, as
    the erasure left them. Safe to repeat."""
    going = sorted({one.key_id for one in sealed_texts(engine)} & set(erased))
    with engine.begin() as connection:
        forget_texts(connection, going)
    return len(going)


def words_without_key(engine: Engine, ring: Keyring | None) -> int:
    """Of how many records of inquiries sealed words are held for which no key is kept."""
    held = {one.key_id for one in sealed_texts(engine) if one.size}
    return len(held - (frozenset() if ring is None else ring.ids))


def without_key(engine: Engine, ring: Keyring | None) -> int:
    """How many recordings the catalogue holds sealed for which no key is kept."""
    with engine.connect() as connection:
        held = _in_state(connection.execute(select(recordings.c.recording_id, recordings.c.state)))
    return len(held - (frozenset() if ring is None else ring.ids))


def _in_state(rows: object) -> set[str]:
    found: Iterator[tuple[str, str]] = iter(rows)  # type: ignore[call-overload]
    return {one for one, state in found if state == RecordingState.SEALED.value}


def forget_what_is_logged(engine: Engine, log: AuditFolder, size: int) -> int:
    """Take out of the outbox what stands in the log after its first `size` entries, or just before; returns how many.

    A drain knows what it moved by the log's last entries; a log that went on elsewhere is longer than that.
    """
    with engine.begin() as connection:
        waiting = {entry_key(row): row.seq for row in connection.execute(select(audit_outbox))}
        if not waiting:
            return 0
        first = max(0, size - len(waiting))
        known = [read_line(line)["id"] for line in log.lines_from(first)]
        gone = [waiting[one] for one in known if one in waiting]
        if gone:
            connection.execute(
                delete(audit_outbox).where(audit_outbox.c.seq == bindparam("moved")),
                [{"moved": seq} for seq in gone],
            )
    return len(gone)


def end_sessions(engine: Engine) -> int:
    """Whoever was logged in when the backup was made logs in again: it may have been ended since."""
    with engine.begin() as connection:
        return connection.execute(delete(sessions)).rowcount


def move_media(engine: Engine, places: Mapping[str, Path]) -> None:
    """Enter where registered media are mounted now.

    Raises:
        EntryRefused: one is not registered, or does not lie there.
    """
    known = {one.medium_id for one in registered_media(engine)}
    if strangers := sorted(places.keys() - known):
        raise EntryRefused(f"媒体 {strangers[0]} は登録されていません。")
    with engine.begin() as connection:
        for medium_id, path in places.items():
            connection.execute(
                update(media)
                .where(media.c.medium_id == medium_id)
                .values(path=str(path.absolute()))
            )
    for one in registered_media(engine):
        if one.medium_id in places and not one.is_mounted():
            raise EntryRefused(
                f"媒体 {one.medium_id} が {one.path} にありません。先にそこへマウントしてください。"
            )
