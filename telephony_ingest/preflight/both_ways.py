"""Whether an exchange's tables and its logs say the same, where both are there.

Records are held against each other by what names them in both (a call's unique id and the like), in the span of time that both
cover: what is older than one of them is no difference. Rows, not calls; nothing of a row comes out but how many there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_NAMED_BY: Mapping[str, tuple[str, str]] = {
    "cdr": ("start_at", "uniqueid, date_trunc('second', start_at)"),
    "cel": ("event_at", "uniqueid, linkedid, event_type"),
    "queue_log": ("event_at", "call_uniqueid, verb, date_trunc('second', event_at)"),
}


@dataclass(frozen=True, slots=True)
class BothWays:
    """Of one kind, in the span that both cover: records that both have, that only the logs have, that only the table has."""

    kind: str
    both: int
    only_logs: int
    only_table: int


def both_ways(kind: str, logs: Path, tables: Path) -> BothWays | None:
    """How two landing folders agree on one kind; null where one of them has no row, or they share no time."""
    import duckdb

    at, named = _NAMED_BY[kind]
    with duckdb.connect() as connection:
        for name, folder in (("logs", logs), ("tables", tables)):
            if not any((folder / kind).glob("*.parquet")):
                return None
            connection.execute(
                f"create view {name} as select {at} as moment, hash({named}) as record "
                f"from read_parquet('{folder / kind}/*.parquet', union_by_name = true) where {at} is not null"
            )
        low, high = connection.execute(
            "select greatest((select min(moment) from logs), (select min(moment) from tables)), "
            "least((select max(moment) from logs), (select max(moment) from tables))"
        ).fetchone() or (None, None)
        if low is None or high is None or low > high:
            return None
        counts = []
        for one, other, joined in (
            ("logs", "tables", "in"),
            ("logs", "tables", "not in"),
            ("tables", "logs", "not in"),
        ):
            found = connection.execute(
                f"select count(distinct record) from {one} where moment between $1 and $2 "
                f"and record {joined} (select record from {other})",
                [low, high],
            ).fetchone()
            counts.append(int(found[0]) if found else 0)
    return BothWays(kind, *counts)
