"""The demo: the moments at which it does its work, and what it shows when it is done."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import periods
from orchestration.duties.papers import due_moment, owed_papers
from orchestration.opening.settings import Settings
from orchestration.opening.workplace import parse_as_of, peek_clock

AS_OF = "2023-12-25T18:00+09:00"


def moments(settings: Settings) -> list[datetime]:
    """When the demo stands still to do its work: each morning on which a paper is due, and the end.

    Moments that the home has lived through already are left out.
    """
    clock = peek_clock(settings)
    calendar = BusinessCalendar(settings.contract)
    end = parse_as_of(AS_OF)
    mornings = sorted(
        {
            due_moment(owed, period).astimezone(UTC)
            for owed in owed_papers(settings)
            for period in periods(calendar, owed.terms.due)
        }
    )
    return [m for m in (*(m for m in mornings if m < end), end) if clock is None or m >= clock[1]]


def where_to_look(home: Path) -> str:
    """Counts by outcome from the warehouse, then the places worth opening."""
    import duckdb

    from reporting.weekly.wording import CALLBACKS, OUTCOMES

    words = {**OUTCOMES, **CALLBACKS}
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select outcome, count(*) from marts.fct_calls group by outcome order by 2 desc"
        ).fetchall()
    papers = sorted((home / "outbox").rglob("*.pdf"))
    lines = ["", f"{sum(n for _, n in rows)} calls, each in exactly one class:"]
    lines += [f"  {n:>4}  {outcome:<18} {words.get(outcome, '')}" for outcome, n in rows]
    lines += ["", "Look at:"]
    lines += [f"  {papers[0]}"] if papers else []
    lines += [
        f"  {home / 'outbox'}/    the papers of each week, PDF and Excel",
        f"  {home / 'quality'}/index.html   what was asked of the rows",
        "  make dev                the Dagster UI on this home: http://127.0.0.1:3000",
        f"  {home / 'warehouse.duckdb'}   every call in marts.fct_calls (DuckDB)",
    ]
    return "\n".join(lines)
