"""Voicemail: the facts of each message, when, on which channel, how long, heard or silent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from telephony_ingest.asterisk.audio import (
    AUDIO_COLUMNS,
    Audio,
    HeaderState,
    audio_values,
    examine,
)
from telephony_ingest.asterisk.settings import PbxSettings
from telephony_ingest.landing import objects
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
    known = objects.known(session, report.kind, "source_id")
    rows: list[dict[str, object]] = []
    for path in objects.files(session, report, settings.sources.voicemail, shown_name):
        with objects.named_if_lost(report, shown_name(session, path)):
            rows += _message(session, report, path, known, settings.audible_peak)
    objects.publish(session, report, COLUMNS, rows)


def shown_name(session: LandingSession, path: Path) -> str:
    """A message's name as it is shown: `app_voicemail` numbers them; any other is a code."""
    return (
        path.name
        if re.fullmatch(r"msg[0-9]{4}\.txt", path.name)
        else (session.pseudonyms.names.code(path.stem) + ".txt")
    )


def _message(
    session: LandingSession,
    report: LandingReport,
    path: Path,
    known: set[str],
    audible_peak: float,
) -> Iterator[dict[str, object]]:
    """The row of a message, or nothing while it is being written, lies ahead or is known."""
    values = _values(path)
    names = session.pseudonyms.names
    try:
        recorded_at = datetime.fromtimestamp(int(values["origtime"]), UTC)
        duration = float(values.get("duration") or "nan")
    except (KeyError, ValueError, OverflowError):
        if not session.is_being_written(path):
            report.reject("unreadable_message")
            detail = "has no readable origtime or duration; its message is not accounted for"
            report.sources.append(SourceState(shown_name(session, path), State.PARTIAL, detail))
        return
    identity = session.pseudonyms.line(
        "|".join(
            ["voicemail", *(values.get(k, "") for k in ("msg_id", "origtime", "callerchan"))]
        ).encode()
    )
    if identity in known:
        return
    is_running = duration != duration  # the length is written when the caller has finished
    ended_at = recorded_at + timedelta(seconds=0 if is_running else duration)
    if session.is_later(ended_at) or (is_running and session.is_being_written(path)):
        report.rows_waiting += 1
        return
    sound = path.with_suffix(".wav")
    audio = examine(sound) if sound.is_file() else Audio(0, HeaderState.EMPTY)
    yield {
        **objects.lineage(session, shown_name(session, path), identity),
        "recorded_at": recorded_at,
        "channel": names.channel(values.get("callerchan", "")),
        "caller_pseudonym": session.pseudonyms.number(values.get("callerid")),
        "mailbox": names.name(values.get("origmailbox", "")),
        "context": names.name(values.get("context", "")),
        "duration_seconds": None if is_running else duration,
        "message_id": _message_id(values.get("msg_id", "")),
        "audio_duration_seconds": audio.duration_seconds,
        **audio_values(audio, audible_peak),
    }


def _message_id(text: str) -> str | None:
    """`app_voicemail`'s own id: a second and eight hexadecimal digits."""
    return text.replace("-", "_") if re.fullmatch(r"[0-9]{9,11}-[0-9a-f]{8}", text) else None


def _values(path: Path) -> dict[str, str]:
    text = path.read_bytes().decode("utf-8", "replace")
    pairs = (line.partition("=") for line in text.splitlines() if not line.startswith((";", "[")))
    return {name.strip(): value.strip() for name, sign, value in pairs if sign}
