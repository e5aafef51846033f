"""Landing: every source row once, typed and pseudonymised, as immutable Parquet.

One file per source and byte range, with the range in its name: the rename that gives it its name
commits rows and range together, so there is no moment at which one is stored without the other. Lines
that cannot be read are set aside first, by place and reason, in a file of the same name under
`rejects/`; a rejects file whose rows file is not there belongs to a range that was never committed, and
is swept. "Once" is per place: the same line elsewhere lands again with the same `row_key`, and the model
counts it as a repeat.

Bad input is never an error. A source that cannot be read is named in the report and the others go on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from telephony_ingest.asterisk import formats
from telephony_ingest.asterisk.formats import LogFormat
from telephony_ingest.asterisk.settings import PbxSettings
from telephony_ingest.errors import LandingUnwritable
from telephony_ingest.landing import lines, sources
from telephony_ingest.landing.pseudonyms import Pseudonyms
from telephony_ingest.landing.sources import Landed, SourceState, State

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


class SourceKind(StrEnum):
    """The kinds of sources, each with a landing folder of its name."""

    QUEUE_LOG = "queue_log"
    CDR = "cdr"
    CEL = "cel"
    RECORDINGS = "recordings"
    VOICEMAIL = "voicemail"

    @property
    def title_ja(self) -> str:
        """What screens call it."""
        return _TITLES[self.value]


_TITLES = {
    "queue_log": "待ち行列の記録（queue_log）",
    "cdr": "通話明細（CDR）",
    "cel": "回線の出来事（CEL）",
    "recordings": "録音ファイルの目録",
    "voicemail": "預かりメッセージの目録",
}


class CursorCache(Protocol):
    """Where the composition root keeps how far sources were read; landing wins over it."""

    def end_of(self, source_id: str) -> int | None: ...
    def move(self, source_id: str, kind: str, source_name: str, end_offset: int) -> None: ...


class Durable(Protocol):
    """The durable steps that the composition root hands in."""

    def publish(self, temporary: Path, path: Path) -> None: ...
    def temporary_beside(self, path: Path) -> Path: ...
    def sweep_temporaries(self, folder: Path) -> int: ...


@dataclass(slots=True)
class LandingReport:
    """What one ingest of one kind did. Rows waiting: later than the present, or still being written."""

    kind: SourceKind
    rows_landed: int = 0
    rows_waiting: int = 0
    rejected_by_reason: dict[str, int] = field(default_factory=dict)
    sources: list[SourceState] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def rows_rejected(self) -> int:
        """Lines set aside by this ingest."""
        return sum(self.rejected_by_reason.values())

    @property
    def is_refused(self) -> bool:
        """Whether any source or line was refused."""
        return bool(self.rejected_by_reason) or any(s.state is not State.OK for s in self.sources)


@dataclass(frozen=True, slots=True)
class Desk:
    """What one ingest works with: handed in, never looked up."""

    settings: PbxSettings
    landing: Path
    upto: datetime | None
    now: datetime
    pseudonyms: Pseudonyms
    cursors: CursorCache
    durable: Durable
    connection: duckdb.DuckDBPyConnection

    def publish(self, query: str, path: Path, notes: Mapping[str, object]) -> None:
        """Write a query's rows to a landing file, durably, under its final name.

        Raises:
            LandingUnwritable: the folder cannot be written; nothing that landed is touched.
        """
        import duckdb

        temporary = self.durable.temporary_beside(path)
        texts = ", ".join(f"{name}: '{value}'" for name, value in notes.items())
        with_notes = f", kv_metadata {{{texts}}}" if texts else ""
        try:
            self.connection.execute(
                f"copy ({query}) to '{temporary}' (format parquet, compression zstd{with_notes})"
            )
            self.durable.publish(temporary, path)
        except (OSError, duckdb.IOException) as error:
            reason = (
                error.strerror if isinstance(error, OSError) else "the database could not write"
            )
            raise LandingUnwritable(
                f"The landing folder {path.parent} cannot be written ({reason}): check its rights "
                "and the free space, then run again; nothing landed is lost."
            ) from error


LINEAGE = (
    "source_id",
    "source_name",
    "byte_offset",
    "line_no",
    "row_key",
    "landed_at",
)

_BLANK = "blank"
"""The reason of an empty line: nothing to land, nothing to set aside."""

_REJECT_COLUMNS = (
    "'{kind}' as kind, '{source_id}' as source_id, '{source_name}' as source_name, byte_offset, "
    "length_bytes, coalesce(bad_key, line_key(line)) as line_hmac, reason, "
    "near_at, {landed_at} as landed_at"
)


def log_formats(settings: PbxSettings, kind: SourceKind) -> list[tuple[str, LogFormat]]:
    """(pattern, format) for each writer of a kind of log."""
    where = settings.sources
    match kind:
        case SourceKind.QUEUE_LOG:
            return [(where.queue_log, formats.QUEUE_LOG)]
        case SourceKind.CDR:
            return [
                (where.cdr_custom, formats.CDR_CUSTOM),
                (where.cdr_classic, formats.CDR_CLASSIC),
            ]
        case SourceKind.CEL:
            return [(where.cel, formats.CEL)]
        case _:
            return []


def land(
    kind: SourceKind,
    settings: PbxSettings,
    landing: Path,
    *,
    upto: datetime | None,
    now: datetime,
    pseudonyms: Pseudonyms,
    cursors: CursorCache,
    durable: Durable,
    register_recordings: Callable[[Sequence[Any]], object] | None = None,
) -> LandingReport:
    """Land what is new of one kind. Rows later than `upto` stay unread, the cursor before them.

    Raises:
        LandingUnwritable: the landing folder cannot be written.
    """
    from telephony_ingest.asterisk import objects

    report = LandingReport(kind)
    with _session(settings, pseudonyms) as connection:
        desk = Desk(settings, landing, upto, now, pseudonyms, cursors, durable, connection)
        _prepare(desk, kind)
        if kind is SourceKind.RECORDINGS:
            objects.land_recordings(desk, report, register_recordings)
        elif kind is SourceKind.VOICEMAIL:
            objects.land_voicemail(desk, report)
        else:
            for pattern, log_format in log_formats(settings, kind):
                _land_logs(desk, report, pattern, log_format)
    return report


def _land_logs(desk: Desk, report: LandingReport, pattern: str, log_format: LogFormat) -> None:
    paths = sources.found(desk.settings.root, pattern)
    if pattern and not paths:
        report.sources.append(missing(desk.settings.root, pattern))
    index = landed_ranges(desk.landing / report.kind)
    for path in paths:
        name = sources.shown_name(path)
        reason = sources.why_unreadable(path)
        if reason is None:
            try:
                with sources.opened(path) as file:
                    state = _land_file(desk, report, log_format, index, name, file)
            except (OSError, EOFError) as error:
                detail = error.strerror if isinstance(error, OSError) and error.strerror else ""
                reason = f"could not be read to its end ({detail or 'compressed data cut off'})"
        if reason is not None:
            state = SourceState(name, State.UNREADABLE, reason)
        report.sources.append(state)


def _land_file(
    desk: Desk,
    report: LandingReport,
    log_format: LogFormat,
    index: dict[str, Landed],
    name: str,
    file: BinaryIO,
) -> SourceState:
    head = sources.first_line(file)
    if head is None:
        return SourceState(name, State.OK)
    identity, landed = _identify(desk, report.kind, index, head, file)
    if landed is None:
        return SourceState(
            name,
            State.PARTIAL,
            "is shorter than what was read from it before; what landed is kept, nothing new was read",
        )
    while raw := sources.read_lines(file, landed.end_offset, desk.settings.chunk_bytes):
        after = _land_chunk(desk, report, log_format, identity, name, landed, raw, file)
        if after == landed:
            break
        landed = index[identity] = after
    desk.cursors.move(identity, report.kind, name, landed.end_offset)
    return SourceState(name, State.OK)


def _identify(
    desk: Desk, kind: str, index: Mapping[str, Landed], head: bytes, file: BinaryIO
) -> tuple[str, Landed | None]:
    """Which source this file is, and how far it was landed; null where it ends before that."""
    ordinal = 1
    while True:
        identity = sources.source_id(desk.pseudonyms, kind, head, ordinal)
        landed = index.get(identity)
        if landed is None:
            return identity, Landed(0, 0, "")
        tail = sources.tail_key(desk.pseudonyms, file, landed.end_offset)
        if tail is None:
            return identity, None
        if tail == landed.tail:
            return identity, landed
        ordinal += 1


def _land_chunk(
    desk: Desk,
    report: LandingReport,
    log_format: LogFormat,
    identity: str,
    name: str,
    landed: Landed,
    raw: bytes,
    file: BinaryIO,
) -> Landed:
    table = _judged(
        desk,
        log_format,
        lines.table_of(raw, landed.end_offset, landed.end_line, log_format.fields, desk.pseudonyms),
    )
    cut = _first_later_line(table, desk.upto)
    due = table if cut is None else table.slice(0, cut)
    report.rows_waiting += table.num_rows - due.num_rows
    if not due.num_rows:
        return landed
    end = landed.end_offset + len(raw) if cut is None else int(table["byte_offset"][cut].as_py())
    end_line = landed.end_line + due.num_rows
    file_name = f"{identity}-{landed.end_offset:012d}-{end:012d}.parquet"
    good, reasons = _counted(due)
    desk.connection.register("lines", due)
    try:
        if reasons:
            _set_aside(desk, report.kind, log_format, identity, name, file_name)
        rows = _rows(desk, log_format, identity, name, is_all_good=good == due.num_rows)
        tail = sources.tail_key(desk.pseudonyms, file, end) or ""
        desk.publish(
            rows, desk.landing / report.kind / file_name, {"end_line": end_line, "tail": tail}
        )
    finally:
        desk.connection.unregister("lines")
    report.files.append(file_name)
    report.rows_landed += good
    for reason, count in reasons.items():
        report.rejected_by_reason[reason] = report.rejected_by_reason.get(reason, 0) + count
    return Landed(end, end_line, tail)


def _judged(desk: Desk, log_format: LogFormat, table: pa.Table) -> pa.Table:
    """The lines with `row_time` and `reason`: null for a good line. Judged once, since it costs."""
    bad = " ".join(f"when {when} then '{reason}'" for reason, when in log_format.bad_when)
    desk.connection.register("lines", table)
    try:
        verdict = desk.connection.execute(
            f"select {log_format.row_time} as row_time, case when bad_reason is not null then bad_reason "
            f"when line = chr(10) then '{_BLANK}' {bad} end as reason from {log_format.prepared}"
        ).to_arrow_table()
    finally:
        desk.connection.unregister("lines")
    for name in verdict.column_names:
        table = table.append_column(name, verdict[name])
    return table


def _counted(table: pa.Table) -> tuple[int, dict[str, int]]:
    """How many lines are good, and how many are to be set aside by reason."""
    reasons = Counter(table["reason"].drop_null().to_pylist())
    good = table.num_rows - reasons.total()
    return good, {str(reason): n for reason, n in reasons.items() if reason != _BLANK}


def _first_later_line(table: pa.Table, upto: datetime | None) -> int | None:
    """The index of the first good line that is later than the present."""
    if upto is None:
        return None
    import pyarrow as pa
    import pyarrow.compute as pc

    is_later = pc.and_kleene(
        pc.is_null(table["reason"]), pc.greater(table["row_time"], pa.scalar(upto))
    )
    found: int = pc.index(is_later, pa.scalar(True)).as_py()
    return None if found < 0 else found


def _set_aside(
    desk: Desk, kind: str, log_format: LogFormat, identity: str, name: str, file_name: str
) -> None:
    columns = _REJECT_COLUMNS.format(
        kind=kind, source_id=identity, source_name=_quoted(name), landed_at=_instant(desk.now)
    )
    good = "case when reason is null then row_time end"
    near = (
        f"(select *, coalesce(last_value({good} ignore nulls) over before, "
        f"first_value({good} ignore nulls) over after, {_instant(desk.now)}) as near_at "
        f"from {log_format.prepared} "
        "window before as (order by line_no rows between unbounded preceding and 1 preceding), "
        "after as (order by line_no rows between 1 following and unbounded following))"
    )
    desk.publish(
        f"select {columns} from {near} where reason is not null and reason <> '{_BLANK}'",
        desk.landing / "rejects" / f"{kind}-{file_name}",
        {},
    )


def _rows(desk: Desk, log_format: LogFormat, identity: str, name: str, *, is_all_good: bool) -> str:
    columns = ", ".join(f"{sql} as {column}" for column, sql in log_format.columns.items())
    where = "" if is_all_good else " where reason is null"
    return (
        f"select '{identity}' as source_id, '{_quoted(name)}' as source_name, byte_offset, line_no, "
        f"{log_format.row_key} as row_key, {_instant(desk.now)} as landed_at, {columns} "
        f"from {log_format.prepared}{where}"
    )


def landed_ranges(folder: Path) -> dict[str, Landed]:
    """How far each source was landed, from the files themselves."""
    import pyarrow.parquet as pq

    last: dict[str, tuple[int, Path]] = {}
    for path in folder.glob("*-*-*.parquet"):
        if named := re.fullmatch(r"([0-9a-f]{32})-(\d{12})-(\d{12})", path.stem):
            identity, end = named[1], int(named[3])
            if end >= last.get(identity, (-1, path))[0]:
                last[identity] = (end, path)
    found = {}
    for identity, (end, path) in last.items():
        notes = pq.read_metadata(path).metadata or {}
        found[identity] = Landed(
            end, int(notes.get(b"end_line", b"0")), notes.get(b"tail", b"").decode()
        )
    return found


def missing(root: Path, pattern: str) -> SourceState:
    """Nothing where a source should be."""
    where = "the PBX's folder is not there" if not root.is_dir() else "no such file"
    return SourceState(
        pattern,
        State.MISSING,
        f"{where}: check [pbx] in contract.toml and whether the PBX still writes it",
    )


def _prepare(desk: Desk, kind: SourceKind) -> None:
    """Make the folders, an empty typed file for each, and sweep what a killed ingest left."""
    for folder in (desk.landing / kind, desk.landing / "rejects"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        desk.durable.sweep_temporaries(folder)
    for path in (desk.landing / "rejects").glob(f"{kind}-*.parquet"):
        if not (desk.landing / kind / path.name.removeprefix(f"{kind}-")).exists():
            path.unlink()
    for name, query in _empty_queries(desk, kind):
        path = desk.landing / name / "empty.parquet"
        if not path.exists():
            desk.publish(query, path, {})


def _empty_queries(desk: Desk, kind: SourceKind) -> Iterable[tuple[str, str]]:
    from telephony_ingest.asterisk import objects

    log_format = {
        SourceKind.QUEUE_LOG: formats.QUEUE_LOG,
        SourceKind.CDR: formats.CDR_CUSTOM,
        SourceKind.CEL: formats.CEL,
    }.get(kind)
    if log_format is None:
        yield str(kind), objects.empty_query(kind)
        return
    nothing = _judged(
        desk, log_format, lines.table_of(b"", 0, 0, log_format.fields, desk.pseudonyms)
    )
    desk.connection.register("lines", nothing)
    types = desk.connection.execute(
        f"describe {_rows(desk, log_format, '', '', is_all_good=True)}"
    ).fetchall()
    rejects = _REJECT_COLUMNS.format(
        kind=kind, source_id="", source_name="", landed_at=_instant(desk.now)
    )
    rejected = desk.connection.execute(
        f"describe select {rejects} from (select *, row_time as near_at from {log_format.prepared})"
    ).fetchall()
    desk.connection.unregister("lines")
    for name, described in ((str(kind), types), ("rejects", rejected)):
        typed = ", ".join(f'null::{row[1]} as "{row[0]}"' for row in described)
        yield name, f"select {typed} where false"


def _instant(moment: datetime) -> str:
    return f"timestamptz '{moment.isoformat()}'"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _session(settings: PbxSettings, pseudonyms: Pseudonyms) -> duckdb.DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.execute(f"set variable time_zone = '{_quoted(settings.time_zone)}'")
    connection.execute(
        f"set variable outbound_prefix = '{_quoted(settings.dialplan.outbound_prefix)}'"
    )
    pseudonyms.install(connection)
    connection.execute(formats.MACROS)
    return connection
