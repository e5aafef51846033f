"""Lines that could not be read: set aside by place, length and reason, never with their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telephony_ingest.landing.dataset import Dataset, columns
from telephony_ingest.landing.session import LandingSession, instant, quoted

if TYPE_CHECKING:
    import duckdb

SKIPPED = "skipped"
"""The reason of an empty line or a header: nothing to land, nothing to set aside."""

REJECTS = Dataset(
    name="rejects",
    title_ja="読めない行の場所と理由（行の内容は含まない）",
    grain_ja="1行＝読めなかった1行の場所と理由。",
    columns=columns(time="near_at", id="line_hmac", fact="kind length_bytes reason"),
    time_column="near_at",
    questions=(),
)
"""What is kept of a line that could not be read."""


def set_aside(
    session: LandingSession,
    kind: str,
    identity: str,
    name: str,
    file_name: str,
) -> None:
    """Write the lines with a reason out of the registered `lines`; `near_at` is a neighbour's time."""
    good = "case when reason is null then row_time end"
    near = (
        f"(select *, coalesce(last_value({good} ignore nulls) over before, "
        f"first_value({good} ignore nulls) over after, {instant(session.now)}) as near_at "
        "from lines "
        "window before as (order by line_no rows between unbounded preceding and 1 preceding), "
        "after as (order by line_no rows between 1 following and unbounded following))"
    )
    session.publish(
        f"select {_columns(session, kind, identity, name)} from {near} "
        f"where reason is not null and reason <> '{SKIPPED}'",
        session.landing / "rejects" / f"{kind}-{file_name}",
        {},
    )


def empty_query(session: LandingSession, kind: str) -> str:
    """A query of the registered `lines` with the types of a rejects file."""
    return (
        f"select {_columns(session, kind, '', '')} from (select *, row_time as near_at from lines)"
    )


def _columns(session: LandingSession, kind: str, identity: str, name: str) -> str:
    return (
        f"'{kind}' as kind, '{identity}' as source_id, '{quoted(name)}' as source_name, byte_offset, "
        "length_bytes, coalesce(bad_key, line_key(line)) as line_hmac, reason, "
        f"near_at, {instant(session.now)} as landed_at"
    )


def typed_nothing(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """A query of no rows with the types of another."""
    described = connection.execute(f"describe {query}").fetchall()
    return "select " + ", ".join(f'null::{row[1]} as "{row[0]}"' for row in described)
