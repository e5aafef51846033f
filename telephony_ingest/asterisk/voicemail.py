"""Voicemail: the facts of each message, when, on which channel, how long, heard or silent.

A message is one wherever it lies: `app_voicemail` moves it from INBOX to Old once it was heard (Work, Family, Friends,
Urgent and folders of the site's own by hand), numbers a folder's files anew, and may give it its `msg_id` only then. So it
is known by what its text says, never by its place, and once landed it stays. In `tmp` lies what a caller is just saying.

An exchange that writes several formats at once (`format=wav49|gsm|wav`) leaves the same voice several times beside one text. One
of them is the message's sound, on the row that bears the text's name; each of the others has a row that bears its own and is
taken into custody too. `stg_pbx__messages` reads the texts' rows alone, so a message is one however often it was written.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
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

TEXT = ".txt"
"""How the name of a message's own row ends, whatever its text is called; that of a further sound ends as a sound does."""
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
            rows += _further_sounds(session, report, path, known, settings.audible_peak)
    objects.publish(session, report, COLUMNS, rows)


def shown_name(session: LandingSession, path: Path) -> str:
    """A message's name as it is shown: `app_voicemail` numbers them; any other is a code."""
    return (
        path.name
        if re.fullmatch(r"msg[0-9]{4}\.txt", path.name)
        else (session.pseudonyms.names.code(path.stem) + TEXT)
    )


class _Known:
    """What landed: messages by their id, and by second and channel, whether they have an `msg_id` or lack it; further sounds
    of theirs by their id alone."""

    def __init__(self) -> None:
        self._messages: dict[str, dict[str, object]] = {}
        self._further: set[str] = set()
        self._moments: dict[tuple[int, str | None], dict[str | None, str]] = {}

    @staticmethod
    def landed(session: LandingSession) -> _Known:
        """Those of this landing."""
        known = _Known()
        read = session.connection.execute(
            "select *, cast(epoch(recorded_at) as bigint) as second "
            f"from read_parquet('{session.landing / 'voicemail'}/*.parquet') order by source_id"
        )
        names = [str(column[0]) for column in read.description]
        for values in read.fetchall():
            row = dict(zip(names, values, strict=True))
            known.add(row, row.pop("second"))
        return known

    def add(self, row: dict[str, object], second: int) -> None:
        """Take in a landed row."""
        identity, channel, message_id = (
            row[name] for name in ("source_id", "channel", "message_id")
        )
        if not str(row["source_name"]).endswith(TEXT):
            self._further.add(str(identity))
            return
        self._messages[str(identity)] = row
        moment = (second, None if channel is None else str(channel))
        ids = self._moments.setdefault(moment, {})
        ids.setdefault(None if message_id is None else str(message_id), str(identity))

    def has(self, further: str) -> bool:
        """Whether that further sound landed."""
        return further in self._further

    def row(self, identity: str) -> dict[str, object]:
        """A message as it landed."""
        return self._messages[identity]

    def of(self, session: LandingSession, values: Mapping[str, str]) -> str | None:
        """The id under which the message of that text landed; null where it is new, or its text names no second."""
        recorded_at = moment_of(values.get("origtime", ""))
        if recorded_at is None:
            return None
        return self.same(
            _identity(session, values),
            int(recorded_at.timestamp()),
            session.pseudonyms.names.channel(values.get("callerchan", "")),
            _message_id(values.get("msg_id", "")),
        )

    def same(
        self, identity: str, second: int, channel: str | None, message_id: str | None
    ) -> str | None:
        """The id under which a message landed; null where it is new.

        An exchange may give a message its `msg_id` later than we saw it. Two that have one each are two: a message left in
        several mailboxes at once is a file in each, and each is taken into custody.
        """
        if identity in self._messages:
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
    sound = next(iter(_sounds(path)), None)
    audio = examine(sound) if sound else Audio(0, HeaderState.EMPTY)
    row: dict[str, object] = {
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
    known.add(row, int(recorded_at.timestamp()))
    yield row


def _further_sounds(
    session: LandingSession,
    report: LandingReport,
    path: Path,
    known: _Known,
    audible_peak: float,
) -> Iterator[dict[str, object]]:
    """The rows of a landed message's sounds beside the one that its own row is about, as far as they are new and written."""
    identity = known.of(session, _values(path))
    if identity is None:
        return
    message = known.row(identity)
    sounds = _sounds(path)
    own = _own(sounds, message)
    for sound in sounds:
        size = sound.stat().st_size
        further = _further_identity(session, identity, sound, size)
        if sound == own or size == 0 or known.has(further):
            continue
        if session.is_being_written(sound):
            report.rows_waiting += 1
            continue
        audio = examine(sound)
        row = {
            **message,
            **objects.lineage(session, _name_of_sound(session, path, sound), further),
            "audio_duration_seconds": audio.duration_seconds,
            **audio_values(audio, audible_peak),
        }
        known.add(row, 0)
        yield row


def catalogued(session: LandingSession) -> list[SeenRecording]:
    """Every sound of a message that has landed, for the catalogue."""
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
    """Where those sounds of messages (by id) lie. The exchange numbers its files anew when one is
    deleted, so a message is known by what its text file says, never by its name."""
    found: dict[str, Path] = {}
    known = _Known.landed(session) if wanted else _Known()
    for path in sources.found(session.root, settings.sources.messages) if wanted else ():
        try:
            identity = None if _is_scratch(path) else known.of(session, _values(path))
            if identity is None:
                continue
            sounds = _sounds(path)
            ids = [_further_identity(session, identity, one, one.stat().st_size) for one in sounds]
        except OSError:
            continue
        found |= {one: sound for one, sound in zip(ids, sounds, strict=True) if one in wanted}
        own = _own(sounds, known.row(identity)) or next(iter(sounds), None)
        if identity in wanted and own:
            found[identity] = own
    return found


def _identity(session: LandingSession, values: Mapping[str, str]) -> str:
    """A message's id: keyed over what the exchange says of it."""
    parts = (values.get(name, "") for name in ("msg_id", "origtime", "callerchan"))
    return session.pseudonyms.line("|".join(["voicemail", *parts]).encode())


def _further_identity(session: LandingSession, identity: str, sound: Path, size: int) -> str:
    """A further sound's id: keyed over its message, its format and its size, so that one converted later is another."""
    return session.pseudonyms.line(f"voicemail {identity} {size} {sound.suffix}".encode())


def _own(sounds: Sequence[Path], message: Mapping[str, object]) -> Path | None:
    """Which of the sounds beside a message's text its own row is about; null where none is as long as that one was. Of several that
    are (μ-law and A-law take the same room) it is the one that is as loud."""
    alike = [sound for sound in sounds if sound.stat().st_size == message["size_bytes"]]
    if len(alike) > 1:
        alike = [one for one in alike if examine(one).peak == message["peak"]] or alike
    return next(iter(alike), None)


def _name_of_sound(session: LandingSession, text: Path, sound: Path) -> str:
    return shown_name(session, text).removesuffix(TEXT) + sound.suffix


def _sounds(path: Path) -> list[Path]:
    """The sounds beside a message's text, the one with most in it first."""
    beside = path.parent.glob(f"{glob.escape(path.stem)}.*")
    sounds = [one for one in beside if one.suffix.lower() in SUFFIXES and one.is_file()]
    return sorted(sounds, key=lambda one: (one.suffix != ".wav", one.suffix))


def _message_id(text: str) -> str | None:
    """`app_voicemail`'s own id: a second and eight hexadecimal digits."""
    return text.replace("-", "_") if re.fullmatch(r"[0-9]{9,11}-[0-9a-f]{8}", text) else None


def _values(path: Path) -> dict[str, str]:
    text = path.read_bytes().decode("utf-8", "replace")
    pairs = (line.partition("=") for line in text.splitlines() if not line.startswith((";", "[")))
    return {name.strip(): value.strip() for name, sign, value in pairs if sign}
