"""Recordings: the header facts of each file, and the call that its name tells.

Sites name them as they like (`<unique id>.wav`, `q-400-<number>-<date>-<time>-<unique id>.wav`,
`<unique id>-in.wav`, `mikopbx-<unique id>_x.wav`), in dated folders or none and in any format: what counts is the unique
id within the name. Where each side of a call has a file of its own (`_in`, `_out`, and often the two mixed), each is landed and sealed, and
all are one recording: the side stays at the name's end as it is shown. The sound itself is examined where it lies and stays there. A sound file below the PBX's folder that
no pattern matches is personal data outside custody, so it is named.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from telephony_ingest.asterisk import uniqueids
from telephony_ingest.asterisk.audio import AUDIO_COLUMNS, SUFFIXES, audio_values, examine
from telephony_ingest.asterisk.settings import PbxSettings, Sources
from telephony_ingest.asterisk.sounds import SeenRecording
from telephony_ingest.landing import objects, sources
from telephony_ingest.landing.names import is_harmless
from telephony_ingest.landing.report import LandingReport
from telephony_ingest.landing.session import LandingSession
from telephony_ingest.landing.sources import SourceState, State

_GREETING = re.compile(r"(?i)greet|unavail|busy|temp")
"""The names that `app_voicemail` gives to a mailbox's own announcements."""
SIDES = "in|out|rx|tx|read|write|left|right|mix|mixed|both"
"""What `Monitor`, `MixMonitor` (options r and t) and sites put at the end of a name to tell one side from the other."""
_SIDE = re.compile(rf"(?i)[-_.](?:{SIDES})$")
COLUMNS = {
    **objects.LINEAGE,
    "call_uniqueid": "varchar",
    "recorded_at": "timestamptz",
    "duration_seconds": "double",
    "channels": "integer",
    "sample_rate_hz": "integer",
    "bits": "integer",
    **AUDIO_COLUMNS,
    "content_key": "varchar",
}


def land_recordings(session: LandingSession, report: LandingReport, settings: PbxSettings) -> None:
    """Land the header facts of recordings that are new."""
    known = objects.known(session, report.kind, "source_name || ' ' || size_bytes")
    rows: list[dict[str, object]] = []
    for path, told in objects.files(session, report, settings.sources.recordings, shown_name):
        name = shown_name(session, path)
        if path.suffix.lower() not in SUFFIXES:
            continue
        with objects.named_if_lost(report, told):
            if f"{name} {path.stat().st_size}" not in known:
                rows += _recording(session, report, path, told, settings.audible_peak)
    objects.publish(session, report, COLUMNS, rows)
    strays = _strays(session, settings.sources)
    report.sounds_unmatched = strays.total()
    report.sources += [_told(strays)] if strays else []


def _strays(session: LandingSession, patterns: Sources) -> Counter[str]:
    """Sound files below the PBX's folder that neither the recordings' pattern nor a message names, counted by suffix; those
    being written just now are left for later.

    A mailbox's greetings are the centre's own words, none of a caller's.
    """
    known = {*sources.found(session.root, patterns.recordings)}
    known |= {text.with_suffix("") for text in sources.found(session.root, patterns.messages)}
    counted: Counter[str] = Counter()
    for folder, _, names in os.walk(session.root):
        for name in names:
            path = Path(folder, name)
            if path.suffix.lower() not in SUFFIXES or _GREETING.fullmatch(path.stem):
                continue
            if path in known or path.with_suffix("") in known:
                continue
            with suppress(OSError):  # it went away meanwhile
                counted[path.suffix] += not session.is_being_written(path)
    return +counted


def _told(strays: Counter[str]) -> SourceState:
    suffixes = ", ".join(f"{suffix} {count}" for suffix, count in sorted(strays.items()))
    detail = (
        f"{strays.total()} sound files below [pbx] root are matched by no pattern ({suffixes}): they may be personal data "
        "outside custody, and no call has them. Widen [pbx.sources] recordings, or move them away"
    )
    return SourceState("sound files that no pattern matches", State.PARTIAL, detail)


def catalogued(session: LandingSession) -> list[SeenRecording]:
    """Every recording that has landed, for the catalogue."""
    rows = session.connection.execute(
        "select source_id, call_uniqueid, size_bytes, duration_seconds, header_state, is_audible, "
        f"epoch(recorded_at) from read_parquet('{session.landing / 'recordings'}/*.parquet') order by 1"
    ).fetchall()
    return [
        SeenRecording(
            recording_id=row[0],
            call_uniqueid=row[1],
            size_bytes=row[2],
            duration_seconds=row[3],
            header_state=row[4],
            is_audible=row[5],
            recorded_at=datetime.fromtimestamp(row[6], UTC),
        )
        for row in rows
    ]


def spooled_files(
    session: LandingSession, settings: PbxSettings, wanted: Collection[str]
) -> dict[str, Path]:
    """Where the files of those recordings (by id) lie, as far as they are there and can be read.

    A file that was left by a link out of the PBX's folder is none of ours.
    """
    if not wanted:
        return {}
    landed: dict[str, set[str]] = {}
    query = (
        "select source_name || ' ' || size_bytes, source_id "
        f"from read_parquet('{session.landing / 'recordings'}/*.parquet')"
    )
    for place, recording_id in session.connection.execute(query).fetchall():
        landed.setdefault(place, set()).add(recording_id)
    found: dict[str, Path] = {}
    for path in sources.found(session.root, settings.sources.recordings):
        try:
            size = path.lstat().st_size
        except OSError:
            continue
        ids = landed.get(f"{shown_name(session, path)} {size}", set()) & set(wanted)
        if len(ids) > 1 and not sources.why_unreadable(path):
            ids &= {_identity(session, path)}
        for recording_id in ids:
            found[recording_id] = path
    return found


def call_of(path: Path) -> str | None:
    """The unique id in a recording's name; the exchange's system name stays with it where the two are
    the whole name and it is made of words of the trade."""
    stem = _SIDE.sub("", path.stem)
    tail = uniqueids.tail_in(stem)
    system = stem.removesuffix(f"-{tail}")
    return stem if system != stem and is_harmless(system) else tail


def shown_name(session: LandingSession, path: Path) -> str:
    """A recording's name as it is shown: the unique id and the side, after a code for whatever else it says.

    `stg_pbx__recordings` brings the sides of one recording together by it.
    """
    stem = _SIDE.sub("", path.stem)
    side = path.stem[len(stem) :]
    tail = uniqueids.tail_in(stem)
    suffix = path.suffix if path.suffix.lower() in SUFFIXES else ".wav"
    if tail is not None and call_of(path) == stem:
        return stem + side + suffix
    code = session.pseudonyms.names.code(stem)
    return (f"{code}-{tail}" if tail else code) + side + suffix


def _recording(
    session: LandingSession, report: LandingReport, path: Path, told: str, audible_peak: float
) -> Iterator[dict[str, object]]:
    """The row of a recording, or nothing while it is being written or lies ahead."""
    uniqueid = call_of(path)
    if uniqueid is None:
        detail = "has no call's unique id in its name, so it belongs to no call; look at MixMonitor"
        report.sources.append(SourceState(told, State.PARTIAL, detail))
        return
    if session.is_being_written(path):
        report.rows_waiting += 1
        return
    audio = examine(path)
    recorded_at = datetime.fromtimestamp(uniqueids.began_at(uniqueid) or 0, UTC)
    if session.is_later(recorded_at + timedelta(seconds=audio.duration_seconds or 0)):
        report.rows_waiting += 1
        return
    content = _content(path)
    yield {
        **objects.lineage(session, shown_name(session, path), _identity(session, path, content)),
        "call_uniqueid": uniqueid,
        "recorded_at": recorded_at,
        "duration_seconds": audio.duration_seconds,
        "channels": audio.channels,
        "sample_rate_hz": audio.sample_rate_hz,
        "bits": audio.bits,
        **audio_values(audio, audible_peak),
        "content_key": session.pseudonyms.line(b"content " + content),
    }


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _identity(session: LandingSession, path: Path, content: bytes | None = None) -> str:
    """A recording's id: keyed over its name and content, so that it says neither."""
    content = _content(path) if content is None else content
    return session.pseudonyms.line(b"source recordings " + path.name.encode() + content)
