"""The verdict over lines that were taken apart, and the landing rows that the good ones become, whatever transport brought them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telephony_ingest.landing import rejects
from telephony_ingest.landing.distinct import Reduced
from telephony_ingest.landing.log_format import Layout, LogFormat
from telephony_ingest.landing.session import LandingSession, instant, quoted

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 30 << 10
"""Lines that one thread of the database takes at a time: not all of a stretch are one thread's work."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where lines come from while they are read: its identity, its name as shown, and its columns in order."""

    identity: str
    name: str
    layout: Layout | None


def judged(session: LandingSession, log_format: LogFormat, read: Reduced) -> pa.Table:
    """The lines with `row_time` and `reason`: null for a good line. Judged once, since it costs."""
    table = read.table
    bad = " ".join(
        f"when {read.sql(when)} then case when bad_key is null then '{reason}' else 'not_utf8' end"
        for reason, when in log_format.bad_when
    )
    given = "".join(f", {read.sql(sql)} as {name}" for name, sql in log_format.given.items())
    session.connection.register("lines", table)
    try:
        verdict = session.connection.execute(
            f"select row_time, case when bad_reason is not null then bad_reason "
            f"when line = chr(10) or {read.sql(log_format.header_when)} then '{rejects.SKIPPED}' {bad} end as reason "
            f"from (select *, {read.sql(log_format.row_time)} as row_time from (select *{given} from lines))"
        ).to_arrow_table()
    finally:
        session.connection.unregister("lines")
    for name in verdict.column_names:
        table = table.append_column(name, verdict[name])
    return table


def in_batches(table: pa.Table) -> pa.Table:
    """The same rows in batches, each of which one thread of the database takes."""
    import pyarrow as pa

    return pa.Table.from_batches(table.to_batches(max_chunksize=_BATCH), table.schema)


def counted(table: pa.Table) -> tuple[int, dict[str, int]]:
    """How many lines are good, and how many are to be set aside by reason."""
    reasons = Counter(table["reason"].drop_null().to_pylist())
    good = table.num_rows - reasons.total()
    return good, {str(reason): n for reason, n in reasons.items() if reason != rejects.SKIPPED}


def rows_query(
    session: LandingSession,
    log_format: LogFormat,
    read: Reduced,
    source: Origin | None,
    *,
    is_all_good: bool,
) -> str:
    """The query of landing rows from the registered `lines`, as `judged` left them, in the lineage of one source."""
    identity, name = (source.identity, source.name) if source else ("", "")
    made = ", ".join(f"{read.sql(sql)} as {column}" for column, sql in log_format.columns.items())
    where = "" if is_all_good else " where reason is null"
    return (
        f"select '{identity}' as source_id, '{quoted(name)}' as source_name, byte_offset, line_no, "
        f"{read.sql(log_format.row_key)} as row_key, {instant(session.now)} as landed_at, {made} "
        f"from lines{where}"
    )
