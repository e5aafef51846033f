"""Landing of logs: every source line once, typed and pseudonymised, as immutable Parquet.

One file per source and byte range, with the range in its name: the rename that gives it its name
commits rows and range together, so there is no moment at which one is stored without the other. Lines
that cannot be read are set aside first, by place and reason, in a file of the same name under
`rejects/`; a rejects file whose rows file is not there belongs to a range that was never committed, and
is swept. "Once" is per place: the same line elsewhere lands again with the same `row_key`, and the model
counts it as a repeat.

Bad input is never an error. A source that cannot be read is named in the report and the others go on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from zoneinfo import ZoneInfo

from telephony_ingest.landing import lines, rejects, sources
from telephony_ingest.landing.csv_lines import csv_row
from telephony_ingest.landing.distinct import Reduced, reduced
from telephony_ingest.landing.judging import Origin, counted, in_batches, judged, rows_query
from telephony_ingest.landing.log_format import Layout, LogFormat, Rows
from telephony_ingest.landing.ranges import Ranges, identify
from telephony_ingest.landing.report import LandingReport
from telephony_ingest.landing.session import LandingSession
from telephony_ingest.landing.sources import Landed, SourceState, State, Stretch

if TYPE_CHECKING:
    import pyarrow as pa


_MOST_LINES = 60_000
"""Lines of one landing file, about; a chunk of 32 MiB of short lines holds 480,000, which is eight times the memory."""


class _Writer:
    """The files of one pattern, which one writer wrote by one clock."""

    def __init__(self, paths: tuple[Path, ...], log_format: LogFormat) -> None:
        self.log_format = log_format
        self._paths = paths

    def seconds_off(self, rows: Rows, layout: Layout) -> int:
        """How far a file's times lie before its ids: as its first rows tell, else as those of another file do."""
        own = self._told(rows, layout)
        return self._of_others if own is None else own

    @cached_property
    def _of_others(self) -> int:
        for path in self._paths:
            if sources.why_unreadable(path) is not None:
                continue
            try:
                with sources.opened(path) as file:
                    rows = _rows_of(sources.head_lines(file, is_finished=sources.is_finished(path)))
            except sources.UNREADABLE:
                continue
            layout = self.log_format.recognise(rows) if self.log_format.recognise else None
            if layout is not None and (off := self._told(rows, layout)) is not None:
                return off
        return 0

    def _told(self, rows: Rows, layout: Layout) -> int | None:
        told = self.log_format.seconds_off
        return None if told is None else told(rows, layout, self.log_format.time_zone)


def _rows_of(lines: list[bytes]) -> list[list[str]]:
    return [row for line in lines if (row := csv_row(line))]


def land_log(
    session: LandingSession, report: LandingReport, pattern: str, log_format: LogFormat
) -> None:
    """Land what is new in the files that a pattern names.

    Raises:
        LandingUnwritable: the landing folder cannot be written.
    """
    paths = sources.found(session.root, pattern)
    if pattern and not paths:
        report.sources.append(sources.missing(session.root, pattern))
    index = Ranges(session.landing / report.kind)
    writer = _Writer(tuple(paths), log_format)
    for number, path in enumerate(paths, start=1):
        name = sources.shown_name(path, session.pseudonyms)
        reason = sources.why_unreadable(path)
        if reason is None:
            try:
                with sources.opened(path) as file:
                    state = _land_file(session, report, writer, index, name, path, file)
            except sources.UNREADABLE as error:
                detail = error.strerror if isinstance(error, OSError) and error.strerror else ""
                reason = f"could not be read to its end ({detail or 'compressed data cut off'})"
            except _slips() as error:
                reason = (
                    f"holds a line that cannot be taken in ({type(error).__name__}); what stands before it has landed: "
                    "put the file aside and report this, the other sources go on"
                )
        if reason is not None:
            state = SourceState(name, State.UNREADABLE, reason)
        told = sources.told_name(path, name, pattern, number)
        landed_as = name if told != name else ""
        report.sources.append(replace(state, name=told, landed_as=landed_as))


def _slips() -> tuple[type[Exception], ...]:
    """What readers and the database raise at a text that no rule foresaw; a full disk or a fault of ours is not among it."""
    import duckdb

    return (duckdb.DataError, duckdb.InvalidInputException, ValueError, OverflowError)


def publish_empty(session: LandingSession, kind: str, log_format: LogFormat) -> None:
    """Typed files without rows for a log and for what is set aside of it."""
    if session.has_columns(kind, log_format.columns) and session.has_columns("rejects", ()):
        return
    layout = None if log_format.divided else Layout(log_format.fields)
    no_lines = Reduced(_table(session, b"", 0, 0, log_format, layout))
    session.connection.register("lines", judged(session, log_format, no_lines))
    try:
        rows = rows_query(session, log_format, no_lines, None, is_all_good=True)
        for dataset, query in (
            (kind, rows),
            ("rejects", rejects.empty_query(session, kind)),
        ):
            session.publish_empty(dataset, rejects.typed_nothing(session.connection, query))
    finally:
        session.connection.unregister("lines")


def _land_file(
    session: LandingSession,
    report: LandingReport,
    writer: _Writer,
    index: Ranges,
    name: str,
    path: Path,
    file: BinaryIO,
) -> SourceState:
    log_format = writer.log_format
    is_finished = sources.is_finished(path) and not session.is_being_written(path)
    head = sources.head_lines(file, is_finished=is_finished)
    if not head:  # what has no line may still have the beginning of something else
        begun = sources.head_lines(file, is_finished=True)
        told = log_format.stranger(begun) if begun and log_format.stranger else None
        return SourceState(name, State.UNREADABLE if told else State.NO_LINES, told or _NO_LINE)
    rows = _rows_of(head) if log_format.recognise else []
    layout = log_format.recognise(rows) if log_format.recognise else None
    if reason := _refusal(log_format, head, layout):
        return SourceState(name, State.UNREADABLE, reason)
    state = SourceState(name, State.OK, form="lines of fields divided by |")
    if layout is not None:
        state = _set_clock(session, writer, rows, layout, name)
    has_header = layout is not None and layout.has_header
    beginning = b"\n".join(head[: 2 if has_header else 1])
    identity, landed = identify(session.pseudonyms, report.kind, index, beginning, file)
    if landed is None:
        return SourceState(
            name,
            State.PARTIAL,
            "is shorter than what was read from it before; what landed is kept, nothing new was read",
        )
    if landed.end_offset == 0:
        landed = Landed(sources.length_of_mark(file), 0, "", has_rows=False)
    source, before = Origin(identity, name, layout), dict(report.rejected_by_reason)
    for stretch in sources.stretches(
        file, landed.end_offset, session.chunk_bytes, _MOST_LINES, is_finished=is_finished
    ):
        after = _land_stretch(session, report, log_format, source, landed, stretch)
        if after != landed:
            landed = after
            index.move(identity, after)
        if landed.end_offset < stretch.end:
            break  # what follows is later than the present
    session.cursors.move(identity, report.kind, name, landed.end_offset)
    for reason, detail in log_format.told.items():
        if report.rejected_by_reason.get(reason, 0) > before.get(reason, 0):
            return SourceState(name, State.PARTIAL, detail, state.form)
    return state if landed.has_rows else _without_rows(landed, layout, state)


_NO_LINE = "no line of it was read: it is empty, still being written, or begins after the present"


def _without_rows(landed: Landed, layout: Layout | None, state: SourceState) -> SourceState:
    """The state of a file that gave no row: only where lines were read is anything "ok"."""
    headers = 1 if layout is not None and layout.has_header else 0
    if landed.end_line <= headers:
        return SourceState(state.name, State.NO_LINES, _NO_LINE, state.form)
    detail = (
        f"none of its {landed.end_line} lines could be read, each was set aside with its reason: look whether it is the file "
        "that [pbx.sources] means"
    )
    return SourceState(state.name, State.UNREADABLE, detail, state.form)


def _refusal(log_format: LogFormat, head: list[bytes], layout: Layout | None) -> str | None:
    """Why nothing of a file is read; null where it is this log, as far as its first lines tell."""
    is_known = layout is not None and not layout.is_guess
    if not is_known and log_format.stranger and (told := log_format.stranger(head)):
        return told
    return _unknown_columns(log_format) if log_format.recognise and layout is None else None


def _unknown_columns(log_format: LogFormat) -> str:
    return (
        "its columns are in no order that is known, so nothing of it was read: "
        f"write them into contract.toml as {log_format.columns_setting} (docs/pbx.md)"
    )


def _set_clock(
    session: LandingSession,
    writer: _Writer,
    rows: list[list[str]],
    layout: Layout,
    name: str,
) -> SourceState:
    """Read the file's times as its unique ids say, or as its writer's other files; a difference is said."""
    log_format, off = writer.log_format, writer.seconds_off(rows, layout)
    session.set("time_zone", log_format.time_zone)
    session.set("seconds_off", str(off))
    form = f"{layout.form}, times in {log_format.time_zone}"
    if off == 0:
        return SourceState(name, State.OK, form=form)
    is_utc = ZoneInfo(log_format.time_zone).utcoffset(session.now) == timedelta(seconds=off)
    utc = ' = "UTC"' if is_utc else ""
    return SourceState(
        name,
        State.OTHER_CLOCK,
        f"its times lie {abs(off) / 3600:g} hours {'before' if off > 0 else 'after'} the moments in its "
        f"own unique ids; they were read as the ids say. Write its time zone into contract.toml as "
        f"{log_format.zone_setting}{utc}, or mend the exchange's",
        form,
    )


def _land_stretch(
    session: LandingSession,
    report: LandingReport,
    log_format: LogFormat,
    source: Origin,
    landed: Landed,
    stretch: Stretch,
) -> Landed:
    lines_read = reduced(
        session.connection,
        log_format,
        _stretch_table(session, stretch, landed.end_line, log_format, source.layout),
    )
    table = judged(session, log_format, lines_read)
    cut = _first_later_line(table, session.upto)
    due = table if cut is None else table.slice(0, cut)
    report.rows_waiting += table.num_rows - due.num_rows
    if not due.num_rows:
        return landed
    end = stretch.end if cut is None else int(table["byte_offset"][cut].as_py())
    end_line = landed.end_line + due.num_rows
    file_name = f"{source.identity}-{landed.end_offset:012d}-{end:012d}.parquet"
    good, reasons = counted(due)
    session.connection.register("lines", in_batches(due))
    try:
        if reasons:
            rejects.set_aside(session, report.kind, source.identity, source.name, file_name)
        rows = rows_query(session, log_format, lines_read, source, is_all_good=good == due.num_rows)
        tail = stretch.tail_key(session.pseudonyms, end)
        session.publish(
            rows, session.landing / report.kind / file_name, {"end_line": end_line, "tail": tail}
        )
    finally:
        session.connection.unregister("lines")
    report.files.append(file_name)
    report.rows_landed += good
    for reason, count in reasons.items():
        report.reject(reason, count)
    return Landed(end, end_line, tail, has_rows=landed.has_rows or good > 0)


def _table(
    session: LandingSession,
    raw: bytes,
    offset: int,
    line: int,
    log_format: LogFormat,
    layout: Layout | None,
) -> pa.Table:
    return lines.table_of(raw, offset, line, log_format, layout, session.pseudonyms)


def _stretch_table(
    session: LandingSession,
    stretch: Stretch,
    line: int,
    log_format: LogFormat,
    layout: Layout | None,
) -> pa.Table:
    if not stretch.is_cut:
        return _table(session, stretch.raw, stretch.start, line, log_format, layout)
    return lines.table_of_cut(
        stretch.raw,
        stretch.length,
        stretch.start,
        line,
        log_format,
        layout,
        session.pseudonyms,
    )


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
