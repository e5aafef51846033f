"""受電の予測: what the busiest half hour would have needed, by Erlang C (6(1)オ(ア)(ウ)). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from compliance.contract.terms import Contract
from reporting.management.erlang import offered_load, operators_needed, service_level
from reporting.management.figures import Slot
from reporting.management.words import NOTHING, clock, count, minutes, percent, short_day
from reporting.paper.tables import Table

LOAD, STAFFING = "6　受電の予測", "6の2　従事者の数とサービスレベル"
HALF_HOUR = 1800.0
"""Seconds."""
TARGET = 0.8
"""The share to be answered in time; the field's custom (80/20), no term of the contract."""
USUAL_SECONDS = 20.0


def load_tables(
    contract: Contract, slots: Sequence[Slot], mean_talk: float | None, last_day: date
) -> tuple[Table, ...]:
    """What the busiest half hour needed, and what other numbers of operators would have given. `mean_talk` in seconds."""
    within = contract.definition("service_level", last_day).threshold_seconds or USUAL_SECONDS
    staff = sum(one.role == "operator" for one in contract.staff)
    busiest = max(slots, key=lambda slot: slot.busiest, default=None)
    if busiest is None or not busiest.busiest or not mean_talk:
        return (Table(LOAD, ("項目", "値"), ()),)
    load = offered_load(busiest.busiest, HALF_HOUR, mean_talk)
    needed = operators_needed(load, mean_talk, TARGET, within)
    more = NOTHING if needed is None else str(max(0, needed - staff))
    goal = f"{TARGET:.0%}・{within:g}秒以内"
    summary = Table(
        LOAD,
        ("項目", "値"),
        (
            ("最も混んだ30分", f"{short_day(busiest.busiest_day)} {clock(busiest.starts_at)}"),
            ("その入電", count(busiest.busiest)),
            ("平均通話時間（期間）", minutes(mean_talk)),
            ("呼量（アーラン）", f"{load:.2f}"),
            (f"{goal}に必要な従事者", NOTHING if needed is None else str(needed)),
            ("契約の従事者", str(staff)),
            ("不足", more),
            (f"契約の従事者で{goal}を保てる30分の入電", str(calls_carried(staff, mean_talk, within))),
        ),
        (3, 1),
        note="アーランC式（待つ人は切らないとみなす）による目安です。後処理は含みません。",
    )  # fmt: skip
    base = needed or staff
    rows = tuple(
        (str(n), percent(service_level(n, load, mean_talk, within)), percent(min(1.0, load / n)))
        for n in sorted({staff, *range(max(1, base - 3), base + 3)} - {0})
    )
    return (
        summary,
        Table(STAFFING, ("従事者", f"{within:g}秒以内の応答", "占有率"), rows),
    )


def calls_carried(operators: int, talk_seconds: float, within_seconds: float) -> int:
    """The most calls of a half hour of which that many operators answer `TARGET` in time."""
    calls = 0
    while (
        service_level(
            operators,
            offered_load(calls + 1, HALF_HOUR, talk_seconds),
            talk_seconds,
            within_seconds,
        )
        >= TARGET
    ):
        calls += 1
    return calls
