"""Landing of tables: every row once, through the same rules as a line of a log.

A row is written as the line that the exchange's own log would hold, in memory only, and handed to the rules of that log. Its
place is its number among the rows taken from that table; the file's rename commits rows, place and what is known of the
window together. The window reaches back from the furthest row by more than rows can come late: what lies in it is read
each time and known by its digest, so nothing lands twice and nothing that was committed late is missed. A row that is
there under the same identity with other content is told, never landed a second time; so are landed rows that are gone.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telephony_ingest.errors import TableUnreadable
from telephony_ingest.landing import lines, rejects
from telephony_ingest.landing.csv_lines import csv_row
from telephony_ingest.landing.distinct import reduced
from telephony_ingest.landing.judging import Origin, counted, in_batches, judged, rows_query
from telephony_ingest.landing.log_format import Layout, LogFormat
from telephony_ingest.landing.ranges import Ranges
from telephony_ingest.landing.report import LandingReport
from telephony_ingest.landing.session import LandingSession, quoted
from telephony_ingest.landing.sources import SourceState, State

if TYPE_CHECKING:
    import pyarrow as pa

    from telephony_ingest.landing.scanners import Tables

_PAGE = 25_000
"""Rows of one statement and one landing file, at most."""
_FIRST = 200
"""Rows whose times are held against their ids."""
_ENTRY = struct.Struct(">q8s8s")


@dataclass(frozen=True, slots=True)
class TableShape:
    """How a table's rows become lines.

    `table` is its name, `columns` those that are asked for, `line` a DuckDB expression over them: a row as a line without its
    end. `key` is an expression of a whole number by which rows come in order, `key_column` the column that the exchange orders by; where
    `is_by_time`, the number is microseconds of local time. `identity` tells one record from another whatever else it holds; blank: the line does.
    `overlap` is how far the window reaches back, in units of the key.
    """

    table: str
    columns: tuple[str, ...]
    line: str
    key: str
    key_column: str
    is_by_time: bool
    identity: str
    overlap: int
    layout: Layout | None
    log_format: LogFormat


@dataclass(slots=True)
class _Window:
    """What is known of the rows that may be met again: by the digest of identity, key and digest of content."""

    reached: int | None = None
    known: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)

    def moved(self, entries: Mapping[bytes, tuple[int, bytes]], reached: int, overlap: int) -> None:
        self.reached = reached
        everything = self.known | dict(entries)
        self.known = {
            identity: entry
            for identity, entry in everything.items()
            if entry[0] >= reached - overlap
        }

    def notes(self) -> dict[str, object]:
        packed = b"".join(
            _ENTRY.pack(key, identity, content) for identity, (key, content) in self.known.items()
        )
        return {"reached": self.reached, "recent": base64.b64encode(packed).decode()}


@dataclass(slots=True)
class _Met:
    """What one poll met beside new rows; of those in `expected`, and while they lie in the window of all others: a first
    poll of millions of rows would keep the identity of each."""

    expected: frozenset[bytes]
    known: set[bytes] = field(default_factory=set)
    changed: int = 0

    def took(self, identities: Iterable[bytes], window: _Window) -> None:
        """These landed, and the window went on."""
        met = self.known.union(identities)
        self.known = {one for one in met if one in window.known or one in self.expected}


def land_table(
    session: LandingSession,
    report: LandingReport,
    tables: Tables,
    shape: TableShape,
    where: str,
    name: str,
) -> None:
    """Land what is new in one table. `where` is the database's place, which with the table's name is the source's identity.

    Raises:
        LandingUnwritable: the landing folder cannot be written.
    """
    identity = session.pseudonyms.line(f"table {report.kind} {where} {shape.table}".encode())
    folder = session.landing / report.kind
    landed = Ranges(folder).of(identity)
    position = landed.end_offset if landed else 0
    window = _window(folder, identity) if landed else _Window()
    met = _Met(frozenset(window.known))
    before, off = position, 0
    session.set("time_zone", shape.log_format.time_zone)
    session.set("seconds_off", "0")
    try:
        begins_anew = _begins_anew(tables, shape, window)
        start = None if window.reached is None or begins_anew else window.reached - shape.overlap
        for number, page in enumerate(_pages(tables, shape, start)):
            if number == 0:
                off = _seconds_off(shape, page)
                session.set("seconds_off", str(off))
            position = _land_page(
                session, report, shape, Origin(identity, name, shape.layout), window, met, position, page,
                seen_before=_files(folder, identity) if begins_anew else [],
            )  # fmt: skip
    except TableUnreadable as error:
        report.sources.append(SourceState(name, State.UNREADABLE, str(error)))
        return
    session.cursors.move(identity, report.kind, name, position)
    gone = len(met.expected - met.known)
    told = _told(shape, before, gone, met.changed, off, begins_anew=begins_anew)
    if told:
        state = State.OTHER_CLOCK if off and len(told) == 1 else State.PARTIAL
        report.sources.append(SourceState(name, state, "; ".join(told), "a table"))
    elif position == 0:
        report.sources.append(SourceState(name, State.NO_LINES, "it has no row yet", "a table"))
    else:
        report.sources.append(SourceState(name, State.OK, form="a table"))


def _told(
    shape: TableShape, before: int, gone: int, changed: int, off: int, *, begins_anew: bool
) -> list[str]:
    told = []
    if begins_anew:
        told.append(
            "its numbers begin anew: it was emptied, renumbered or restored from a backup; every row of it was looked at"
        )
    if gone and before:
        told.append(f"{gone} rows that have landed are no longer in it; what landed is kept")
    if changed:
        told.append(
            f"{changed} rows were changed after they had landed; what landed first counts, no call is counted again"
        )
    if off:
        told.append(
            f"its times lie {abs(off) / 3600:g} hours {'before' if off > 0 else 'after'} the moments in its own unique ids; "
            "they were read as the ids say: write its time zone into contract.toml as [pbx.database] time_zone"
        )
    return told


def _seconds_off(shape: TableShape, page: pa.Table) -> int:
    """By how much the table's times lie before its own unique ids, as its first rows tell; 0 where none does."""
    told = shape.log_format.seconds_off
    if told is None or shape.layout is None:
        return 0
    first: list[Any] = page["line"].slice(0, _FIRST).to_pylist()
    rows = [row for line in first if (row := csv_row(line.rstrip("\n").encode()))]
    return told(rows, shape.layout, shape.log_format.time_zone) or 0


def _window(folder: Path, identity: str) -> _Window:
    import pyarrow.parquet as pq

    last = max(folder.glob(f"{identity}-*.parquet"), key=lambda path: path.stem[-12:])
    notes = pq.read_metadata(last).metadata or {}
    packed = base64.b64decode(notes.get(b"recent", b""))
    known = {identity: (key, content) for key, identity, content in _ENTRY.iter_unpack(packed)}
    return _Window(int(notes[b"reached"]), known)


def _files(folder: Path, identity: str) -> list[Path]:
    return sorted(folder.glob(f"{identity}-*.parquet"))


def _begins_anew(tables: Tables, shape: TableShape, window: _Window) -> bool:
    """Whether the highest number is lower than one that was met."""
    if shape.is_by_time or window.reached is None:
        return False
    statement = f"select max({tables.quoted(shape.key_column)}) as top from {tables.quoted(shape.table)}"  # fmt: skip
    (top,) = tables.asked(statement, "try_cast(top as bigint) as top")["top"].to_pylist()
    return top is None or top < window.reached


def _pages(tables: Tables, shape: TableShape, start: int | None) -> Iterator[pa.Table]:
    """The rows from a key on, in its order, each statement for itself; rows of the last key come again in the next page."""
    column, size = tables.quoted(shape.key_column), _PAGE
    names = ", ".join(tables.quoted(name) for name in shape.columns)
    local = f"{shape.line} || chr(10) as line, {shape.key} as key, cast({shape.identity or 'null'} as varchar) as record"
    while True:
        bound = "" if start is None else f" where {column} >= {_bound(shape, start)}"
        page = tables.asked(
            f"select {names} from {tables.quoted(shape.table)}{bound} order by {column} limit {size}", local
        )  # fmt: skip
        yield page
        if page.num_rows < size:
            return
        keys = page["key"].drop_null()
        last = int(keys[-1].as_py()) if len(keys) else None
        if last is None or (start is not None and last <= start):
            size *= 2
        else:
            start, size = last, _PAGE


def _bound(shape: TableShape, start: int) -> str:
    if not shape.is_by_time:
        return str(start)
    from datetime import UTC, datetime, timedelta

    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=start)
    return f"'{moment:%Y-%m-%d %H:%M:%S}'"


def _land_page(
    session: LandingSession,
    report: LandingReport,
    shape: TableShape,
    origin: Origin,
    window: _Window,
    met: _Met,
    position: int,
    page: pa.Table,
    *,
    seen_before: list[Path],
) -> int:
    """The position behind the last row that landed."""
    entries, places = _new(session, window, met, page)
    if not places:
        return position
    import pyarrow as pa

    fresh = page if len(places) == page.num_rows else page.take(pa.array(places))
    read = reduced(
        session.connection,
        shape.log_format,
        lines.table_of(_bytes(fresh), 0, 0, shape.log_format, origin.layout, session.pseudonyms),
    )
    table = judged(session, shape.log_format, read)
    due = _due(session, shape.log_format, read, table, seen_before)
    report.rows_waiting += sum(one == "later" for one in due)
    keep = [place for place, one in enumerate(due) if one == "due"]
    keys = fresh["key"].to_pylist()
    waiting = [
        key for key, one in zip(keys, due, strict=True) if one == "later" and key is not None
    ]
    if not keep:
        return position
    taken = {
        identity: entry
        for (identity, entry), one in zip(entries.items(), due, strict=True)
        if one != "later"
    }
    furthest = max([key for key, _ in taken.values()] + [window.reached or 0])
    window.moved(taken, min([furthest, *(key - 1 for key in waiting)]), shape.overlap)
    met.took(taken, window)
    kept = table if len(keep) == table.num_rows else table.take(pa.array(keep))
    return _publish(session, report, shape, origin, window, position, kept, read)


def _new(
    session: LandingSession, window: _Window, met: _Met, page: pa.Table
) -> tuple[dict[bytes, tuple[int, bytes]], list[int]]:
    """What nobody has met: by its identity, and where it stands in the page."""
    session.connection.register("page", page)
    try:
        found = session.connection.execute(
            "select unhex(content[:16]) as content, unhex(case when record is null then content else line_key(record) end[:16]) "
            "as identity, coalesce(key, 0) as key from (select *, line_key(line) as content from page)"
        ).to_arrow_table()
    finally:
        session.connection.unregister("page")
    columns = (found[name].to_pylist() for name in ("content", "identity", "key"))
    entries: dict[bytes, tuple[int, bytes]] = {}
    places = []
    for place, (content, identity, key) in enumerate(zip(*columns, strict=True)):
        known = window.known.get(identity) or entries.get(identity)
        if known is None:
            entries[identity] = (key, content)
            places.append(place)
        else:
            if known[1] != content and identity not in met.known:
                met.changed += 1
            met.known.add(identity)
    return entries, places


def _bytes(page: pa.Table) -> bytes:
    import pyarrow as pa
    import pyarrow.compute as pc

    lines_of: Any = page["line"].combine_chunks()
    whole = pa.ListArray.from_arrays(pa.array([0, len(lines_of)], pa.int32()), lines_of)
    joined: Any = pc.binary_join(whole, "")
    return str(joined[0].as_py()).encode()


def _due(
    session: LandingSession,
    log_format: LogFormat,
    read: Any,
    table: pa.Table,
    seen_before: list[Path],
) -> list[str]:
    """Of each row: `due`, `later` than the present, or `landed` before."""
    upto = session.upto
    if upto is None and not seen_before:
        return ["due"] * table.num_rows
    due = [
        "later" if upto and reason is None and moment and moment > upto else "due"
        for reason, moment in zip(
            table["reason"].to_pylist(), table["row_time"].to_pylist(), strict=True
        )
    ]
    if seen_before:
        files = ", ".join(f"'{quoted(str(path))}'" for path in seen_before)
        session.connection.register("lines", table)
        try:
            again = session.connection.execute(
                f"select line_no from lines where reason is null and {read.sql(log_format.row_key)} in "
                f"(select row_key from read_parquet([{files}]))"
            ).fetchall()
        finally:
            session.connection.unregister("lines")
        for (number,) in again:
            due[number - 1] = "landed"
    return due


def _publish(
    session: LandingSession,
    report: LandingReport,
    shape: TableShape,
    origin: Origin,
    window: _Window,
    position: int,
    due: pa.Table,
    read: Any,
) -> int:
    import pyarrow as pa

    end = position + due.num_rows
    places = pa.array(range(position, end), pa.int64())
    for column, numbers in (
        ("byte_offset", places),
        ("line_no", pa.array(range(position + 1, end + 1), pa.int64())),
    ):
        due = due.set_column(due.column_names.index(column), column, numbers)
    file_name = f"{origin.identity}-{position:012d}-{end:012d}.parquet"
    good, reasons = counted(due)
    session.connection.register("lines", in_batches(due))
    try:
        if reasons:
            rejects.set_aside(session, report.kind, origin.identity, origin.name, file_name)
        query = rows_query(
            session, shape.log_format, read, origin, is_all_good=good == due.num_rows
        )
        notes = {"end_line": end, "tail": "", **window.notes()}
        session.publish(query, session.landing / report.kind / file_name, notes)
    finally:
        session.connection.unregister("lines")
    report.files.append(file_name)
    report.rows_landed += good
    for reason, count in reasons.items():
        report.reject(reason, count)
    return end
