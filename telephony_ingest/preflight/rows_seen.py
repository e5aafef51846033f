"""How much landed of each kind, from when to when, which columns are empty, and whether clocks agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from telephony_ingest.landing.dataset import Dataset
from telephony_ingest.landing.objects import LINEAGE


@dataclass(frozen=True, slots=True)
class RowsSeen:
    """The landed rows of one kind. Times are aware instants, null without rows; `null_rates` holds the share
    0..1 of rows without a value, by column that lacks one; `rows_ahead` lie later than the present."""

    kind: str
    rows: int
    first_at: datetime | None
    last_at: datetime | None
    rows_ahead: int
    null_rates: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ClockSeen:
    """By how many seconds (median) one log's times lie after another clock's, over how many rows."""

    log: str
    against: str
    seconds: float
    rows: int


def rows_seen(landing: Path, datasets: Iterable[Dataset], now: datetime) -> tuple[RowsSeen, ...]:
    """Every dataset in turn; `now` is an aware instant."""
    import duckdb

    found = []
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for dataset in datasets:
            source = f"read_parquet('{landing / dataset.name}/*.parquet', union_by_name = true)"
            names = [
                name
                for name, *_ in connection.execute(f"describe select * from {source}").fetchall()
                if name not in LINEAGE
            ]
            at = dataset.time_column
            rates = ", ".join(f"1 - count({name}) / count(*)" for name in names)
            row = connection.execute(
                f"select count(*), epoch(min({at})), epoch(max({at})), "
                f"count(*) filter ({at} > ?), {rates} from {source}",
                [now],
            ).fetchone() or (0,)
            rows, first, last, ahead, *nulls = row
            found.append(
                RowsSeen(
                    kind=dataset.name,
                    rows=rows,
                    first_at=_instant(first, now),
                    last_at=_instant(last, now),
                    rows_ahead=ahead,
                    null_rates={n: v for n, v in zip(names, nulls, strict=True) if rows and v > 0},
                )
            )
    return tuple(found)


def clocks_seen(landing: Path) -> tuple[ClockSeen, ...]:
    """How the logs' clocks stand to the unique ids' and to each other, where rows of both tell.

    A channel begins within its unique id's second; a caller enters a queue when the application Queue
    begins. Only the first channel of a call is asked, since a clone keeps an older id.
    """
    import duckdb

    found = []
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name in ("queue_log", "cdr", "cel"):
            connection.execute(
                f"create view {name} as select * from "
                f"read_parquet('{landing / name}/*.parquet', union_by_name = true)"
            )
        for log, against, query in _CLOCKS:
            seconds, rows = connection.execute(
                f"select median(seconds), count(seconds) from ({query})"
            ).fetchone() or (None, 0)
            if seconds is not None:
                found.append(ClockSeen(log, against, round(float(seconds), 1), rows))
    return tuple(found)


def _instant(epoch: float | None, like: datetime) -> datetime | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, like.tzinfo)


_BEGAN = "try_cast(regexp_extract(uniqueid, '([0-9]{9,11})[.][0-9]+$', 1) as bigint)"
_CLOCKS = (
    (
        "cdr",
        "unique ids",
        f"select epoch(start_at) - {_BEGAN} as seconds from cdr where uniqueid = linkedid",
    ),
    (
        "cel",
        "unique ids",
        f"select epoch(event_at) - {_BEGAN} as seconds from cel "
        "where uniqueid = linkedid and event_type = 'CHAN_START'",
    ),
    (
        "queue_log",
        "cel",
        "select epoch(entered.event_at) - epoch(began.event_at) as seconds from queue_log as entered "
        "inner join cel as began on entered.call_uniqueid = began.uniqueid "
        "and began.event_type = 'APP_START' and began.app = 'Queue' "
        "where entered.verb = 'ENTERQUEUE'",
    ),
)
