"""Sources that are objects, not lines: recordings and voicemail messages.

A file is landed once, under an identity made of its content, and only when nobody is still writing it.
The sound itself is examined where it lies and stays there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telephony_ingest.asterisk.audio import Audio, HeaderState, examine
from telephony_ingest.landing import sources
from telephony_ingest.landing.sources import SourceState, State

if TYPE_CHECKING:
    import pyarrow as pa

    from telephony_ingest.landing.logs import Desk, LandingReport, SourceKind

_BEGAN = re.compile(r"([0-9]{9,11})\.[0-9]{1,9}$")
"""The second in which a channel began, within its unique id."""
_LINEAGE = {
    "source_id": "varchar",
    "source_name": "varchar",
    "byte_offset": "bigint",
    "line_no": "bigint",
    "row_key": "varchar",
    "landed_at": "timestamptz",
}
_AUDIO = {
    "size_bytes": "bigint",
    "header_state": "varchar",
    "is_audible": "boolean",
    "peak": "double",
}
_COLUMNS: dict[str, dict[str, str]] = {
    "recordings": {
        **_LINEAGE,
        "call_uniqueid": "varchar",
        "recorded_at": "timestamptz",
        "duration_seconds": "double",
        "channels": "integer",
        "sample_rate_hz": "integer",
        "bits": "integer",
        **_AUDIO,
        "content_key": "varchar",
    },
    "voicemail": {
        **_LINEAGE,
        "recorded_at": "timestamptz",
        "channel": "varchar",
        "caller_pseudonym": "varchar",
        "mailbox": "varchar",
        "context": "varchar",
        "duration_seconds": "double",
        "message_id": "varchar",
        "audio_duration_seconds": "double",
        **_AUDIO,
    },
}


@dataclass(frozen=True, slots=True)
class SeenRecording:
    """A recording for the catalogue; see `compliance.recordings.RecordingSeen`."""

    recording_id: str
    call_uniqueid: str
    size_bytes: int
    duration_seconds: float | None
    header_state: str
    is_audible: bool | None
    recorded_at: datetime


def empty_query(kind: SourceKind) -> str:
    """A query of no rows with the columns of a kind."""
    typed = ", ".join(f"null::{sql} as {name}" for name, sql in _COLUMNS[kind].items())
    return f"select {typed} where false"


def land_recordings(
    desk: Desk, report: LandingReport, register: Callable[[Sequence[Any]], object] | None
) -> None:
    """Land the header facts of recordings that are new, and hand them to the catalogue."""
    known = _known(desk, "recordings", "source_name || ' ' || size_bytes")
    rows: list[dict[str, object]] = []
    for path in _files(desk, report, desk.settings.sources.recordings):
        with _named_if_lost(report, path):
            if f"{sources.shown_name(path)} {path.stat().st_size}" not in known:
                rows += _recording(desk, report, path)
    _publish(desk, report, rows)
    if register is not None:
        register(_catalogued(desk))


def _recording(desk: Desk, report: LandingReport, path: Path) -> Iterator[dict[str, object]]:
    """The row of a recording, or nothing while it is being written or lies ahead."""
    uniqueid = sources.uniqueid_in(path.stem)
    if uniqueid is None:
        detail = "is not named by a call's unique id, so it belongs to no call; look at MixMonitor"
        report.sources.append(SourceState(sources.shown_name(path), State.PARTIAL, detail))
        return
    if _is_being_written(desk, path):
        report.rows_waiting += 1
        return
    audio = examine(path)
    recorded_at = datetime.fromtimestamp(int(_BEGAN.search(uniqueid)[1]), UTC)  # type: ignore[index]
    if _is_later(desk, recorded_at + timedelta(seconds=audio.duration_seconds or 0)):
        report.rows_waiting += 1
        return
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").digest()
    identity = desk.pseudonyms.line(b"source recordings " + path.name.encode() + content)
    yield {
        **_lineage(desk, path, identity),
        "call_uniqueid": uniqueid,
        "recorded_at": recorded_at,
        "duration_seconds": audio.duration_seconds,
        "channels": audio.channels,
        "sample_rate_hz": audio.sample_rate_hz,
        "bits": audio.bits,
        **_audio(desk, audio),
        "content_key": desk.pseudonyms.line(b"content " + content),
    }


@contextmanager
def _named_if_lost(report: LandingReport, path: Path) -> Iterator[None]:
    """A file that goes away or breaks while it is read is named; the others go on."""
    try:
        yield
    except OSError as error:
        detail = (
            f"{error.strerror or type(error).__name__}; it is looked for again at the next ingest"
        )
        report.sources.append(SourceState(sources.shown_name(path), State.UNREADABLE, detail))


def land_voicemail(desk: Desk, report: LandingReport) -> None:
    """Land the facts of messages that are new: when, on which channel, how long, heard or silent."""
    known = _known(desk, "voicemail", "source_id")
    rows: list[dict[str, object]] = []
    for path in _files(desk, report, desk.settings.sources.voicemail):
        with _named_if_lost(report, path):
            rows += _message(desk, report, path, known)
    _publish(desk, report, rows)


def _message(
    desk: Desk, report: LandingReport, path: Path, known: set[str]
) -> Iterator[dict[str, object]]:
    """The row of a message, or nothing while it is being written, lies ahead or is known."""
    values = _values(path)
    try:
        recorded_at = datetime.fromtimestamp(int(values["origtime"]), UTC)
        duration = float(values.get("duration") or "nan")
    except (KeyError, ValueError, OverflowError):
        if not _is_being_written(desk, path):
            reasons = report.rejected_by_reason
            reasons["unreadable_message"] = reasons.get("unreadable_message", 0) + 1
            detail = "has no readable origtime or duration; its message is not accounted for"
            report.sources.append(SourceState(sources.shown_name(path), State.PARTIAL, detail))
        return
    identity = desk.pseudonyms.line(
        "|".join(
            ["voicemail", *(values.get(k, "") for k in ("msg_id", "origtime", "callerchan"))]
        ).encode()
    )
    if identity in known:
        return
    is_running = duration != duration  # the length is written when the caller has finished
    ended_at = recorded_at + timedelta(seconds=0 if is_running else duration)
    if _is_later(desk, ended_at) or (is_running and _is_being_written(desk, path)):
        report.rows_waiting += 1
        return
    sound = path.with_suffix(".wav")
    audio = examine(sound) if sound.is_file() else Audio(0, HeaderState.EMPTY)
    yield {
        **_lineage(desk, path, identity),
        "recorded_at": recorded_at,
        "channel": _channel(values.get("callerchan", "")),
        "caller_pseudonym": desk.pseudonyms.number(values.get("callerid")),
        "mailbox": _code(values.get("origmailbox", "")),
        "context": _code(values.get("context", "")),
        "duration_seconds": None if is_running else duration,
        "message_id": _code(values.get("msg_id", "").replace("-", "_"), digits=True),
        "audio_duration_seconds": audio.duration_seconds,
        **_audio(desk, audio),
    }


def _files(desk: Desk, report: LandingReport, pattern: str) -> Iterable[Path]:
    from telephony_ingest.landing.logs import missing

    root = desk.settings.root
    paths = sources.found(root, pattern)
    folder = root / Path(pattern).parts[0] if pattern else root
    if pattern and not paths and not folder.is_dir():
        report.sources.append(missing(root, pattern))
    for path in paths:
        if reason := sources.why_unreadable(path):
            report.sources.append(SourceState(sources.shown_name(path), State.UNREADABLE, reason))
        else:
            yield path
    if paths:
        report.sources.append(SourceState(f"{pattern} ({len(paths)})", State.OK))


def _publish(desk: Desk, report: LandingReport, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    rows.sort(key=lambda row: str(row["source_id"]))
    identity = desk.pseudonyms.line("|".join(str(row["source_id"]) for row in rows).encode())
    name = f"{identity}-{0:012d}-{len(rows):012d}.parquet"
    desk.connection.register("seen", _table(rows))
    typed = ", ".join(
        f"{column}::{sql} as {column}" for column, sql in _COLUMNS[report.kind].items()
    )
    desk.publish(f"select {typed} from seen", desk.landing / report.kind / name, {})
    desk.connection.unregister("seen")
    report.files.append(name)
    report.rows_landed += len(rows)


def _table(rows: list[dict[str, object]]) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pylist(rows)


def _catalogued(desk: Desk) -> list[SeenRecording]:
    rows = desk.connection.execute(
        "select source_id, call_uniqueid, size_bytes, duration_seconds, header_state, is_audible, "
        f"epoch(recorded_at) from read_parquet('{desk.landing / 'recordings'}/*.parquet') order by 1"
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


def _known(desk: Desk, kind: str, expression: str) -> set[str]:
    rows = desk.connection.execute(
        f"select {expression} from read_parquet('{desk.landing / kind}/*.parquet')"
    ).fetchall()
    return {str(row[0]) for row in rows}


def _lineage(desk: Desk, path: Path, identity: str) -> dict[str, object]:
    return {
        "source_id": identity,
        "source_name": sources.shown_name(path),
        "byte_offset": 0,
        "line_no": 1,
        "row_key": identity,
        "landed_at": desk.now,
    }


def _audio(desk: Desk, audio: Audio) -> dict[str, object]:
    return {
        "size_bytes": audio.size_bytes,
        "header_state": audio.header_state.value,
        "is_audible": audio.is_audible(desk.settings.audible_peak),
        "peak": audio.peak,
    }


def _is_later(desk: Desk, moment: datetime) -> bool:
    return desk.upto is not None and moment > desk.upto


def _is_being_written(desk: Desk, path: Path) -> bool:
    """Whether the file changed just now by the home's own clock; other clocks mean nothing here."""
    age = desk.now.timestamp() - path.stat().st_mtime
    return 0 <= age < desk.settings.settle_seconds


def _values(path: Path) -> dict[str, str]:
    text = path.read_bytes().decode("utf-8", "replace")
    pairs = (line.partition("=") for line in text.splitlines() if not line.startswith((";", "[")))
    return {name.strip(): value.strip() for name, sign, value in pairs if sign}


def _channel(text: str) -> str | None:
    if not re.fullmatch(r"[A-Za-z0-9]{1,16}/.*-[0-9a-f]{8}(;[12])?", text):
        return None
    if re.search(r"[0-9]{5}|[^A-Za-z0-9_.@-]", text.split("/", 1)[1].rsplit("-", 1)[0]):
        return re.sub(r"/.*-([0-9a-f]{8})", r"/#-\1", text)
    return text


def _code(text: str, *, digits: bool = False) -> str | None:
    if not re.fullmatch(r"[A-Za-z0-9_.*#/@-]{1,64}", text):
        return None
    return text if digits or not re.search(r"[0-9]{5}", text) else None
