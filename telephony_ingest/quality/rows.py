"""Which rows are judged: all of few; of many, those that may fail and a share of the others.

Great Expectations reads data frames, and eight days of a large centre are millions of rows: gigabytes. DuckDB asks every row
the same questions, in words that never let a row pass which the judge would fail; what it finds, and every so-manieth of
the others, goes into the frame. So the verdict is that on all rows, and memory is bounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from telephony_ingest.landing.dataset import Asked, Dataset, Question

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

WHOLE = 100_000
"""So many rows are judged one and all."""
SHARE = 20_000
"""Of more, about so many that nothing is wrong with are judged as well."""
SUSPECT = 200_000
"""And at most so many that may fail: where more do, they are counted by DuckDB alone."""
ONCE = "place_is_landed_once"
"""The question that all datasets share: no two rows of one place."""


@dataclass(frozen=True, slots=True)
class RowsToJudge:
    """`frame` holds the rows to judge of the `count` that there are. `is_cut`: more may fail than it holds; `failing` then
    tells how many do, by question."""

    count: int
    frame: pd.DataFrame
    is_cut: bool = False
    failing: Mapping[str, int] = field(default_factory=dict)


def rows_to_judge(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    files: Sequence[Path],
    first_day: date | None,
    last_day: date | None,
) -> RowsToJudge:
    """The rows of those files whose own time lies on those civil days in Japan (null: open)."""
    rows, values = _rows(dataset, files, first_day, last_day)
    found = connection.execute(f"select count(*) from ({rows})", values).fetchone()
    count = int(found[0]) if found else 0
    if count <= WHOLE:
        return RowsToJudge(count, connection.execute(rows, values).df())
    failing = {question.name: _may_fail(question) for question in dataset.questions}
    place = ", ".join(dataset.place)
    # where several rows share a place, all of them fail
    connection.execute(
        f"create or replace temp table shared_places as select {place} from ({rows}) "
        f"group by {place} having count(*) > 1",
        values,
    )
    asked = (
        f"select asked.*, shared.place_is_shared is not null as {ONCE} from ({rows}) as asked "
        f"left join (select *, true as place_is_shared from shared_places) as shared using ({place})"
    )
    is_suspect = " or ".join([ONCE, *(f"({condition})" for condition in failing.values())])
    counts = connection.execute(
        f"select count(*) filter (where {is_suspect}), count(*) filter (where {ONCE}), "
        + ", ".join(f"count(*) filter (where {condition})" for condition in failing.values())
        + f" from ({asked})",
        values,
    ).fetchone()
    suspects, *each = counts or (0, 0)
    frame = connection.execute(
        f"select * exclude ({ONCE}) from ({asked}) where {is_suspect} limit {SUSPECT}", values
    ).df()
    others = connection.execute(
        f"select * exclude ({ONCE}) from ({asked}) where not coalesce({is_suspect}, false) "
        f"and hash({place}) % {max(1, count // SHARE)} = 0",
        values,
    ).df()
    import pandas as pd

    return RowsToJudge(
        count,
        pd.concat([frame, others], ignore_index=True) if len(frame) else others,
        is_cut=suspects > SUSPECT,
        failing=dict(zip([ONCE, *failing], map(int, each), strict=True)),
    )


def _rows(
    dataset: Dataset, files: Sequence[Path], first_day: date | None, last_day: date | None
) -> tuple[str, list[date]]:
    column, derived = dataset.time_column, dataset.derived
    named = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
    asked = dict.fromkeys([*dataset.place, *(question.column for question in dataset.questions)])
    columns = ", ".join(f"{derived[name]} as {name}" if name in derived else name for name in asked)
    where, values = ["true"], []
    if first_day is not None:
        where.append(f"{column} >= timezone('Asia/Tokyo', ?::timestamp)")
        values.append(first_day)
    if last_day is not None:
        where.append(f"{column} < timezone('Asia/Tokyo', ?::timestamp)")
        values.append(last_day + timedelta(days=1))
    return (
        f"select {columns} from read_parquet([{named}], union_by_name = true) "
        f"where {' and '.join(where)}",
        values,
    )


def _may_fail(question: Question) -> str:
    """SQL that holds for every row which the judge would fail; it may hold for others, which the judge then passes."""
    column = question.column
    match question.asked:
        case Asked.IS_THERE:
            return f"{column} is null"
        case Asked.IS_KNOWN:
            known = ", ".join(
                f"'{value.replace(chr(39), chr(39) * 2)}'" for value in question.values
            )
            return f"coalesce({column} not in ({known}), false)"
        case Asked.IS_SHAPED:
            # Python's $ also stands before a last line feed
            pattern = question.pattern.replace("$", "\\n?$").replace("'", "''")
            return f"coalesce(not regexp_matches({column}, '{pattern}'), false)"
        case Asked.IS_PLAUSIBLE:
            bounds = [
                f"{column} {sign} {bound}"
                for sign, bound in (("<", question.low), (">", question.high))
                if bound is not None
            ]
            return f"coalesce(({' or '.join(bounds)}) and not isnan({column}::double), false)"
