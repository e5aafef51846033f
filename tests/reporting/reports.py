"""A small weekly report made by hand: two open days, one closed, every class of call once or more."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from reporting.paper.checks import CheckResult, SourceProblem, SourceVerdict
from reporting.weekly.value import (
    Breakdown,
    Call,
    Counts,
    Day,
    HalfHour,
    Head,
    PrintedDefinition,
    Reconciliation,
    Week,
    WeeklyReport,
)

MONDAY = date(2023, 11, 20)
TUESDAY, THURSDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=3)


def counts(**given: object) -> Counts:
    base = {
        "incoming": 9,
        "answered": 3,
        "not_answered": 4,
        "overflow": 1,
        "abandoned": 3,
        "message": 1,
        "interrupted_undetermined": 1,
        "after_hours": 1,
        "answer_rate": 3 / 9,
    }
    return Counts(**{**base, **given})  # type: ignore[arg-type]


def breakdown(**given: object) -> Breakdown:
    base = {
        "overflow_lines_busy": 1,
        "overflow_queue_full": 0,
        "overflow_no_staff": 0,
        "overflow_timeout": 0,
        "abandoned_waiting": 2,
        "abandoned_in_menu": 1,
        "interrupted": 1,
        "undetermined": 0,
        "overflow_rate": 1 / 9,
        "abandon_rate": 3 / 9,
        "max_concurrent_lines": 4,
        "longest_wait_seconds": 61.5,
    }
    return Breakdown(**{**base, **given})  # type: ignore[arg-type]


def call(number: int, outcome: str, **given: object) -> Call:
    base = {
        "call_id": f"1700438494.{number}",
        "started_at": datetime(2023, 11, 20, 9, number % 60, 5),  # noqa: DTZ001
        "day": MONDAY,
        "outcome": outcome,
        "reason": None,
        "menu_choice": "survey",
        "wait_seconds": 4.25,
        "talk_seconds": 61.0 if outcome == "answered" else None,
        "operator": "01" if outcome == "answered" else None,
        "transfer_count": 0,
        "recording_count": 1 if outcome == "answered" else 0,
        "is_complete": True,
    }
    return Call(**{**base, **given})  # type: ignore[arg-type]


OUTCOMES = (
    "answered",
    "answered",
    "answered",
    "overflow",
    "abandoned",
    "abandoned",
    "abandoned_in_menu",
    "message",
    "interrupted",
    "after_hours",
)


def report(**given: object) -> WeeklyReport:
    nothing = counts(
        incoming=0,
        answered=0,
        not_answered=0,
        overflow=0,
        abandoned=0,
        message=0,
        interrupted_undetermined=0,
        after_hours=0,
        answer_rate=None,
    )
    quiet = breakdown(
        overflow_lines_busy=0,
        abandoned_waiting=0,
        abandoned_in_menu=0,
        interrupted=0,
        overflow_rate=None,
        abandon_rate=None,
        max_concurrent_lines=0,
        longest_wait_seconds=None,
    )
    base = {
        "head": Head(
            title="週次集計結果",
            work_name="コールセンター運営業務",
            recipient="高齢福祉課高齢福祉係",
            contractor_name="",
            contractor_address="",
            contractor_representative="",
            manager_name="",
            contact_telephone="",
            service_first_day=MONDAY,
            service_last_day=date(2024, 2, 29),
        ),
        "week": Week(1, MONDAY, MONDAY, MONDAY + timedelta(days=6), 4, MONDAY + timedelta(days=7)),
        "edition": 1,
        "days": (
            Day(MONDAY, None, counts(), breakdown()),
            Day(TUESDAY, None, nothing, quiet),
            Day(THURSDAY, "勤労感謝の日", None, None),
        ),
        "total": counts(),
        "breakdown": breakdown(),
        "previous": None,
        "cumulative": counts(incoming=9),
        "half_hours": (
            HalfHour(MONDAY, time(9, 0), 6, 2, 1, 2, 1, 0, 4, 61.5),
            HalfHour(MONDAY, time(9, 30), 3, 1, 0, 1, 0, 1, 2, None),
            HalfHour(TUESDAY, time(9, 0), 0, 0, 0, 0, 0, 0, 0, None),
        ),
        "calls": tuple(call(n, outcome) for n, outcome in enumerate(OUTCOMES)),
        "definitions": (PrintedDefinition("answer_rate", "1", "応答率", "応答件数 ÷ 入電件数"),),
        "verdicts": (
            SourceVerdict("cdr", 20, (CheckResult("通話番号の形が正しい", True, 0),)),
            SourceVerdict("cel", 90, (CheckResult("時刻がある", False, 3),)),
        ),
        "problems": (SourceProblem("voicemail", "voicemail/*", "missing"),),
        "reconciliation": Reconciliation(30, 20, 90, 2, 0, 0, 0, 1, 0, 0, 0),
    }
    return WeeklyReport(**{**base, **given})  # type: ignore[arg-type]
