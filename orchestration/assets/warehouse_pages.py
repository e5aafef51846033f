"""What the pages of the warehouse's assets show to the manager: figures of a day, of the newest days, lists.

A partition's page shows that day's own figures; the newest day with records is shown beside them, under
its own date, since Dagster opens an asset with whatever was built last. A day on which no source wrote a
row shows ― and no zeros: nobody can tell whether nothing happened. Counts, dates and ids only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import dagster as dg

from compliance.ground.home import Home
from orchestration.assets.metadata import bars, table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DAILY_KPI = dg.AssetKey(["warehouse", "daily_kpi"])
RECONCILIATION = dg.AssetKey(["warehouse", "reconciliation_daily"])
_LISTED = 50
"""How many findings a page lists; the table of findings holds all."""
_RECENT = 12
_HEADER = ("日", "入電", "応答", "あふれ", "放棄", "預かり", "応答率")
_FIGURES = """
    select
        call_date, incoming_in_hours_count, answered_count, overflow_count, abandoned_total_count,
        message_count, answer_rate, queue_log_lines + cdr_rows + cel_rows > 0, is_business_day
    from reports.rpt_daily_kpi left join reports.rpt_reconciliation_daily using (call_date)
"""


@dataclass(frozen=True, slots=True)
class Pages:
    """Metadata by asset: of each partition's own day, and what stands beside the last one."""

    by_day: Mapping[dg.AssetKey, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    newest: Mapping[dg.AssetKey, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Day:
    """One row of `rpt_daily_kpi`; `rate` is 0..1, null when nothing came in."""

    day: date
    incoming: int
    answered: int
    overflow: int
    abandoned: int
    message: int
    rate: float | None
    has_records: bool
    is_business_day: bool

    @property
    def name(self) -> str:
        from reporting.paper.wareki import weekday

        return f"{self.day:%m/%d}({weekday(self.day)})"

    @property
    def cells(self) -> tuple[object, ...]:
        from reporting.weekly import wording

        if not self.has_records:
            return (self.name, *[wording.NOTHING] * (len(_HEADER) - 1))
        counts = (self.incoming, self.answered, self.overflow, self.abandoned, self.message)
        return (self.name, *counts, wording.percent(self.rate))


def pages(home: Home, first: date, last: date) -> Pages:
    """The pages of the days built, both ends included, from a warehouse that is only read."""
    import duckdb

    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        days = [_Day(*row) for row in connection.execute(f"{_FIGURES} order by 1").fetchall()]
        built = [day for day in days if first <= day.day <= last]
        return Pages(
            by_day={
                DAILY_KPI: {day.day.isoformat(): _figures(day) for day in built},
                RECONCILIATION: {
                    day.day.isoformat(): _reconciliation(connection, day.day) for day in built
                },
            },
            newest={DAILY_KPI: _newest(days), RECONCILIATION: _open_findings(connection)},
        )


def listed(home: Home, finding: str) -> dict[str, Any]:
    """The newest findings of one kind, for the page of the check that asks for them."""
    import duckdb

    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select call_date, timezone('Asia/Tokyo', found_at), subject from marts.fct_findings "
            "where finding = ? order by call_date desc, found_at desc, subject limit ?",
            [finding, _LISTED],
        ).fetchall()
    return {
        f"一覧（新しい順、{_LISTED}件まで）": table(
            ("日", "時刻", "対象"), [(day, _clock(at), subject) for day, at, subject in rows]
        )
    }


def _figures(day: _Day) -> dict[str, Any]:
    from reporting.weekly import wording

    measured = day.cells[1:]
    if not day.has_records and day.is_business_day:
        return {"この日": day.day.isoformat(), "記録": f"なし（{wording.NOT_MEASURABLE}）"}
    return {
        "この日": day.day.isoformat(),
        **dict(zip(("入電（業務時間内）", *_HEADER[2:]), measured, strict=True)),
    }


def _newest(days: list[_Day]) -> dict[str, Any]:
    shown = [d for d in days if d.is_business_day or d.incoming][-_RECENT:]
    recorded = [d for d in shown if d.has_records]
    if not recorded:
        return (
            {"日別（直近、業務時間内）": table(_HEADER, [d.cells for d in shown])} if shown else {}
        )
    last = recorded[-1]
    chart = bars(
        [d.name for d in shown],
        [
            ("応答", [d.answered for d in shown]),
            ("あふれ", [d.overflow for d in shown]),
            ("放棄", [d.abandoned for d in shown]),
            ("預かり", [d.message for d in shown]),
            (
                "その他",
                [d.incoming - d.answered - d.overflow - d.abandoned - d.message for d in shown],
            ),
        ],
    )
    figures = "・".join(
        f"{label}{value}" for label, value in zip(_HEADER[1:], last.cells[1:], strict=True)
    )
    return {
        "最新の記録日": f"{last.day:%Y}/{last.name}：{figures}",
        "日別（直近、業務時間内）": table(_HEADER, [d.cells for d in shown]),
        "図（日別、業務時間内）": chart,
    }


def _reconciliation(connection: DuckDBPyConnection, day: date) -> dict[str, Any]:
    from reporting.weekly.wording import FOUND

    rows = connection.execute(
        "select finding, timezone('Asia/Tokyo', found_at), subject from marts.fct_findings "
        "where call_date = ? order by finding, found_at, subject limit ?",
        [day, _LISTED],
    ).fetchall()
    total = connection.execute(
        "select count(*) from marts.fct_findings where call_date = ?", [day]
    ).fetchone()
    return {
        "この日": day.isoformat(),
        "要確認": total[0] if total else 0,
        f"要確認の一覧（{_LISTED}件まで）": table(
            ("何が", "時刻", "対象"),
            [(FOUND[finding], _clock(at), subject) for finding, at, subject in rows],
        ),
    }


def _open_findings(connection: DuckDBPyConnection) -> dict[str, Any]:
    from reporting.weekly.wording import FOUND

    rows = connection.execute(
        "select finding, count(*), max(call_date) from marts.fct_findings group by 1 order by 1"
    ).fetchall()
    return {
        "要確認（開設からの計）": table(
            ("何が", "件数", "最近の日"), [(FOUND[name], count, day) for name, count, day in rows]
        )
    }


def _clock(at: Any) -> str:
    return f"{at:%H:%M:%S}" if at else "―"
