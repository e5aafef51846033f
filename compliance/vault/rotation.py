"""Rotation: after its days online a recording lives on two registered media, and only there (6(3)カ).

Sixty days are the capacity to keep, not a day on which anything may be destroyed: what is dropped is the copy at hand,
once two copies on two media were read back and compared. Nothing is dropped while a medium is missing, a digest
differs, the recording is younger than its calendar days in Japan, or somebody holds it.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from compliance.errors import EntryRefused, SealBroken
from compliance.ground import durable
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.vault.catalogue import (
    ONLINE,
    KeptCopy,
    copies_by_last_look,
    drop_copies,
    kept_copies,
    last_look,
    record_copies,
    record_looks,
    recorded_at,
)
from compliance.vault.custody import GROUP, online_path
from compliance.vault.media import Medium
from compliance.vault.reach import digest_of, reachable

COPIES = 2
"""On so many media a recording must have been verified before the copy at hand goes."""


@dataclass(frozen=True, slots=True)
class Held:
    """A recording at hand, as rotation sees it; `recorded_at` is an aware instant."""

    recording_id: str
    recorded_at: datetime


@dataclass(slots=True)
class RotationReport:
    """What a rotation did. `refused` says why nothing was done, in words for a person; blank where it was."""

    due: int = 0
    rotated: int = 0
    removed_leftovers: int = 0
    refused: str = ""
    failed: list[str] = field(default_factory=list)


def due_for_rotation(
    recordings: Iterable[Held], online_days: int, holds: Collection[str], today: date
) -> list[str]:
    """The recordings whose days online are over and that nobody holds, the oldest first. Pure.

    A recording of 20 November counts 60 days on 19 January: civil days in Japan.
    """
    last = today - timedelta(days=online_days)
    due = [
        held
        for held in recordings
        if civil_date(held.recorded_at) <= last and held.recording_id not in holds
    ]
    return [
        held.recording_id for held in sorted(due, key=lambda h: (h.recorded_at, h.recording_id))
    ]


def rotate(
    engine: Engine,
    home: Home,
    media: Sequence[Medium],
    due: Sequence[str],
    now: datetime,
) -> RotationReport:
    """Bring what is due to two media, then drop the copies at hand. What was cut off goes on where it was.

    Raises:
        OSError: a disk is full or fails; nothing at hand was dropped that is not on two media.
    """
    report = RotationReport(due=len(due), removed_leftovers=_remove_leftovers(engine, home))
    if not due:
        return report
    mounted = [medium for medium in media if medium.is_mounted()]
    if len(mounted) < COPIES:
        names = ", ".join(medium.medium_id for medium in media) or "none registered"
        report.refused = (
            f"{len(mounted)} of the {COPIES} media that are needed are mounted ({names}): mount them and run again. "
            "Nothing was dropped."
        )
        return report
    for medium in mounted[:COPIES]:
        durable.sweep_temporaries(Path(medium.path), is_deep=True)
    at_hand = {copy.recording_id: copy for copy in kept_copies(engine) if copy.place == ONLINE}
    wanted = [at_hand[recording_id] for recording_id in due if recording_id in at_hand]
    for start in range(0, len(wanted), GROUP):
        _rotate_group(engine, home, mounted[:COPIES], wanted[start : start + GROUP], now, report)
    return report


def held_at_hand(engine: Engine) -> list[Held]:
    """Every recording with a copy at hand."""
    return [Held(name, moment) for name, moment in recorded_at(engine, ONLINE).items()]


def restore(engine: Engine, home: Home, actor: Actor, recording_id: str) -> None:
    """Bring a recording from a mounted medium back to hand; the copies on the media stay.

    Unless it is held, the next rotation takes the copy at hand away again.

    Raises:
        EntryRefused: it is at hand already, is kept nowhere, or no medium that has it is mounted.
        SealBroken: the copy on the medium is not what was sealed.
    """
    copy, source = reachable(engine, home, recording_id)
    if copy.place == ONLINE:
        raise EntryRefused(f"録音 {recording_id} は、すでに手元にあります。")
    target = online_path(home, recording_id)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with source.open("rb") as file:
        durable.write_durably(target, lambda out: shutil.copyfileobj(file, out, 1 << 20))
    if digest_of(target) != copy.sealed_sha256:
        raise SealBroken("the copy at hand does not read back: it was not entered")
    record_copies(engine, [copy], ONLINE, actor.at)
    with engine.begin() as connection:
        note(
            connection,
            actor.entry(Action.RECORDING_RESTORED, ObjectKind.RECORDING, recording_id),
        )


@dataclass(frozen=True, slots=True)
class MediumLooked:
    """What a look at a medium found: how many copies were read, and the recordings whose copy is not what was sealed."""

    medium_id: str
    read: int
    wrong: tuple[str, ...]


def look_at_medium(
    engine: Engine, medium: Medium, now: datetime, limit: int | None = None
) -> MediumLooked:
    """Read copies on a mounted medium and compare them with the catalogue, those first that were looked at longest ago;
    with a `limit` only so many, else the whole medium. What is right is noted as looked at.

    Raises:
        EntryRefused: the medium is not mounted.
    """
    if not medium.is_mounted():
        raise EntryRefused(f"媒体 {medium.medium_id} がマウントされていません。")
    wanted = copies_by_last_look(engine, medium.medium_id)[:limit]
    right: list[str] = []
    wrong: list[str] = []
    for copy in wanted:
        path = medium.place_of(copy.recording_id)
        is_right = path.exists() and digest_of(path) == copy.sealed_sha256
        (right if is_right else wrong).append(copy.recording_id)
    record_looks(engine, right, medium.medium_id, now)
    return MediumLooked(medium.medium_id, len(wanted), tuple(wrong))


def least_looked_at(engine: Engine, media: Sequence[Medium]) -> Medium | None:
    """The mounted medium whose copies were looked at longest ago; null where none is mounted or has copies."""
    oldest = {
        medium.medium_id: last_look(engine, medium.medium_id)
        for medium in media
        if medium.is_mounted()
    }
    known = [(at, name) for name, at in oldest.items() if at is not None]
    return next(m for m in media if m.medium_id == min(known)[1]) if known else None


def _rotate_group(
    engine: Engine,
    home: Home,
    media: Sequence[Medium],
    group: Sequence[KeptCopy],
    now: datetime,
    report: RotationReport,
) -> None:
    done = []
    for copy in group:
        try:
            for medium in media:
                _copied(online_path(home, copy.recording_id), medium, copy)
        except SealBroken as error:
            report.failed.append(f"{copy.recording_id}: {error}")
            continue
        done.append(copy)
    for medium in media:
        record_copies(engine, done, medium.medium_id, now)
    drop_copies(engine, [copy.recording_id for copy in done], ONLINE, now)
    for copy in done:
        durable.remove_durably(online_path(home, copy.recording_id))
    report.rotated += len(done)


def _copied(source: Path, medium: Medium, copy: KeptCopy) -> None:
    """A copy on a medium that was read back; one that lies there already is only read."""
    target = medium.place_of(copy.recording_id)
    if target.exists() and digest_of(target) == copy.sealed_sha256:
        return
    if not source.exists() or digest_of(source) != copy.sealed_sha256:
        raise SealBroken("the copy at hand is not the file that was sealed: nothing was dropped")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with source.open("rb") as file:
        durable.write_durably(target, lambda out: shutil.copyfileobj(file, out, 1 << 20))
    if digest_of(target) != copy.sealed_sha256:
        raise SealBroken(f"the copy on {medium.medium_id} does not read back: nothing was dropped")


def _remove_leftovers(engine: Engine, home: Home) -> int:
    """Files at hand whose catalogue entry is gone because two media have them: a crash left them."""
    copies = kept_copies(engine)
    on_media: dict[str, int] = {}
    for copy in copies:
        if copy.place != ONLINE:
            on_media[copy.recording_id] = on_media.get(copy.recording_id, 0) + 1
    at_hand = {copy.recording_id for copy in copies if copy.place == ONLINE}
    left = [
        recording_id
        for recording_id, count in on_media.items()
        if count >= COPIES
        and recording_id not in at_hand
        and online_path(home, recording_id).exists()
    ]
    for recording_id in left:
        durable.remove_durably(online_path(home, recording_id))
    return len(left)
