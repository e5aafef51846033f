"""Voicemail: the facts of each message, when, on which channel, how long, heard or silent.

A message is one wherever it lies: `app_voicemail` moves it from INBOX to Old once it was heard (Work, Family, Friends,
Urgent and folders of the site's own by hand), numbers a folder's files anew, and may give it its `msg_id` only then. So it
is known by what its text says, never by its place, and once landed it stays. In `tmp` lies what a caller is just saying.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from telephony_ingest.asterisk.audio import (
    AUDIO_COLUMNS,
    SUFFIXES,
    Audio,
    HeaderState,
    audio_values,
    examine,
)
from telephony_ingest.asterisk.moments import length_of, moment_of
from telephony_ingest.asterisk.settings import PbxSettings
from telephony_ingest.asterisk.sounds import SeenRecording
from telephony_ingest.landing import objects, sources
from telephony_ingest.landing.report import LandingReport
from telephony_ingest.landing.session import LandingSession
from telephony_ingest.landing.sources import SourceState, State

COLUMNS = {
    **objects.LINEAGE,
    "recorded_at": "timestamptz",
    "channel": "varchar",
    "caller_pseudonym": "varchar",
    "mailbox": "varchar",
    "context": "varchar",
    "duration_seconds": "double",
    "message_id": "varchar",
    "audio_duration_seconds": "double",
    **AUDIO_COLUMNS,
}


def land_voicemail(session: LandingSession, report: LandingReport, settings: PbxSettings) -> None:
    """Land the facts of messages that are new."""
    known = _Known.landed(session)
    rows: list[dict[str, object]] = []
    for path, told in objects.files(session, report, settings.sources.messages, shown_name):
        if _is_scratch(path):
            continue
        with objects.named_if_lost(report, told):
            rows += _message(session, report, path, told, known, settings.audible_peak)
    objects.publish(session, report, COLUMNS, rows)


def shown_name(session: LandingSession, path: Path) -> str:
    """A message's name as it is shown: `app_voicemail` numbers them; any other is a code."""
    return (
        path.name
        if re.fullmatch(r"msg[0-9]{4}\.txt", path.name)
        else (session.pseudonyms.names.code(path.stem) + ".txt")
    )


class _Known:
    """The messages that landed: by their id, and by second and channel, whether they have an `msg_id` or lack it."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._moments: dict[tuple[int, str | None], dict[str | None, str]] = {}

    @staticmethod
    def landed(session: LandingSession) -> _Known:
        """Those of this landing."""
        known = _Known()
        rows = session.connection.execute(
            "select source_id, cast(epoch(recorded_at) as bigint), channel, message_id "
            f"from read_parquet('{session.landing / 'voicemail'}/*.parquet') order by 1"
        ).fetchall()
        for row in rows:
            known.add(*row)
        return known

    def add(self, identity: str, second: int, channel: str | None, message_id: str | None) -> None:
        """Take in a landed message."""
        self._ids.add(identity)
        self._moments.setdefault((second, channel), {}).setdefault(message_id, identity)

    def same(
        self, identity: str, second: int, channel: str | None, message_id: str | None
    ) -> str | None:
        """The id under which a message landed; null where it is new.

        An exchange may give a message its `msg_id` later than we saw it. Two that have one each are two: a message left in
        several mailboxes at once is a file in each, and each is taken into custody.
        """
        if identity in self._ids:
            return identity
        others = self._moments.get((second, channel), {})
        return min(others.values(), default=None) if message_id is None else others.get(None)


def _is_scratch(path: Path) -> bool:
    """Whether a message is only being made: `app_voicemail` names it once the caller has finished."""
    return path.parent.name == "tmp"


def _message(
    session: LandingSession,
    report: LandingReport,
    path: Path,
    told: str,
    known: _Known,
    audible_peak: float,
) -> Iterator[dict[str, object]]:
    """The row of a message, or nothing while it is being written, lies ahead or is known."""
    values = _values(path)
    names = session.pseudonyms.names
    recorded_at = moment_of(values.get("origtime", ""))
    is_running = not values.get("duration")  # the length is written when the caller has finished
    duration = length_of(values.get("duration") or "0")
    if recorded_at is None or duration is None:
        if not session.is_being_written(path):
            report.reject("unreadable_message")
            detail = "has no readable origtime or duration; its message is not accounted for"
            report.sources.append(SourceState(told, State.PARTIAL, detail))
        return
    identity = _identity(session, values)
    channel = names.channel(values.get("callerchan", ""))
    message_id = _message_id(values.get("msg_id", ""))
    facts = (identity, int(recorded_at.timestamp()), channel, message_id)
    if known.same(*facts) is not None:
        return
    ended_at = recorded_at + timedelta(seconds=duration)
    if session.is_later(ended_at) or (is_running and session.is_being_written(path)):
        report.rows_waiting += 1
        return
    sound = _sound(path)
    audio = examine(sound) if sound else Audio(0, HeaderState.EMPTY)
    known.add(*facts)
    yield {
        **objects.lineage(session, shown_name(session, path), identity),
        "recorded_at": recorded_at,
        "channel": channel,
        "caller_pseudonym": session.pseudonyms.number(values.get("callerid")),
        "mailbox": names.name(values.get("origmailbox", "")),
        "context": names.name(values.get("context", "")),
        "duration_seconds": None if is_running else duration,
        "message_id": message_id,
        "audio_duration_seconds": audio.duration_seconds,
        **audio_values(audio, audible_peak),
    }


def catalogued(session: LandingSession) -> list[SeenRecording]:
    """Every message with sound that has landed, for the catalogue."""
    rows = session.connection.execute(
        "select source_id, size_bytes, audio_duration_seconds, header_state, is_audible, "
        f"epoch(recorded_at) from read_parquet('{session.landing / 'voicemail'}/*.parquet') "
        "where size_bytes > 0 order by 1"
    ).fetchall()
    return [
        SeenRecording(
            recording_id=row[0],
            call_uniqueid="",
            size_bytes=row[1],
            duration_seconds=row[2],
            header_state=row[3],
            is_audible=row[4],
            recorded_at=datetime.fromtimestamp(row[5], UTC),
            kind="message",
        )
        for row in rows
    ]


def spooled_files(
    session: LandingSession, settings: PbxSettings, wanted: Collection[str]
) -> dict[str, Path]:
    """Where the sounds of those messages (by id) lie. The exchange numbers its files anew when one is
    deleted, so a message is known by what its text file says, never by its name."""
    found: dict[str, Path] = {}
    known = _Known.landed(session) if wanted else _Known()
    for path in sources.found(session.root, settings.sources.messages) if wanted else ():
        try:
            values = _values(path)
        except OSError:
            continue
        recorded_at = moment_of(values.get("origtime", ""))
        if recorded_at is None or _is_scratch(path):
            continue
        identity = known.same(
            _identity(session, values),
            int(recorded_at.timestamp()),
            session.pseudonyms.names.channel(values.get("callerchan", "")),
            _message_id(values.get("msg_id", "")),
        )
        sound = _sound(path)
        if identity is not None and identity in wanted and sound:
            found[identity] = sound
    return found


def _identity(session: LandingSession, values: Mapping[str, str]) -> str:
    """A message's id: keyed over what the exchange says of it."""
    parts = (values.get(name, "") for name in ("msg_id", "origtime", "callerchan"))
    return session.pseudonyms.line("|".join(["voicemail", *parts]).encode())


def _sound(path: Path) -> Path | None:
    """The sound beside a message's text, the one with most in it first; null where there is none."""
    beside = {
        one.suffix: one for one in path.parent.glob(f"{glob.escape(path.stem)}.*") if one.is_file()
    }
    sounds = [suffix for suffix in beside if suffix.lower() in SUFFIXES]
    return beside[min(sounds, key=lambda suffix: (suffix != ".wav", suffix))] if sounds else None


def _message_id(text: str) -> str | None:
    """`app_voicemail`'s own id: a second and eight hexadecimal digits."""
    return text.replace("-", "_") if re.fullmatch(r"[0-9]{9,11}-[0-9a-f]{8}", text) else None


def _values(path: Path) -> dict[str, str]:
    text = path.read_bytes().decode("utf-8", "replace")
    pairs = (line.partition("=") for line in text.splitlines() if not line.startswith((";", "[")))
    return {name.strip(): value.strip() for name, sign, value in pairs if sign}
