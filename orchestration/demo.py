"""What the demo shows when it is done: the week at a glance, and where to look."""

from __future__ import annotations

from pathlib import Path

_OUTCOMES = {
    "answered": "応答",
    "abandoned": "放棄（待ち）",
    "abandoned_in_menu": "放棄（案内中）",
    "message": "預かりメッセージ",
    "overflow": "あふれ",
    "after_hours": "時間外",
    "interrupted": "中断（設備）",
    "undetermined": "判定不能",
    "reached": "折返し（つながった）",
    "not_reached": "折返し（つながらなかった）",
}


def where_to_look(home: Path) -> str:
    """Counts by outcome from the warehouse, then the places worth opening."""
    import duckdb

    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select outcome, count(*) from marts.fct_calls group by outcome order by 2 desc"
        ).fetchall()
    papers = sorted((home / "outbox").rglob("*.pdf"))
    lines = ["", f"{sum(n for _, n in rows)} calls, each in exactly one class:"]
    lines += [f"  {n:>4}  {outcome:<18} {_OUTCOMES.get(outcome, '')}" for outcome, n in rows]
    lines += ["", "Look at:"]
    lines += [f"  {papers[0]}"] if papers else []
    lines += [
        f"  {home / 'outbox'}/    the papers of each week, PDF and Excel",
        f"  {home / 'quality'}/   what was asked of the rows (queue_log/index.html and so on)",
        "  make dev                the Dagster UI on this home: http://127.0.0.1:3000",
        f"  {home / 'warehouse.duckdb'}   every call in marts.fct_calls (DuckDB)",
    ]
    return "\n".join(lines)
