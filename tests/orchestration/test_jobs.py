"""When the schedules work: the contract's calendar, in Japan's civil time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from application.home.session import read_settings
from application.papers import DuePaper, OwedPaper
from application.warehouse.state import DayRange
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import periods
from orchestration.assets.code_location import build_definitions
from orchestration.assets.jobs import (
    AT_NIGHT,
    ingest_tick,
    morning_request,
    nightly_requests,
    paper_requests,
)
from orchestration.assets.partitions import RANGE_END, RANGE_START, ContractPartitions
from reporting.weekly.kind import WEEKLY

TOKYO = ZoneInfo("Asia/Tokyo")
CONTRACT = read_settings().contract
CALENDAR = BusinessCalendar(CONTRACT)
PARTITIONS = ContractPartitions.of(CONTRACT)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("when", "works"),
    [
        ("2023-11-20T08:55", False),
        ("2023-11-20T09:00", True),
        ("2023-11-20T18:30", True),
        ("2023-11-20T18:35", False),
        ("2023-11-23T10:00", False),
        ("2023-11-25T10:00", False),
        ("2023-12-29T10:00", False),
        ("2024-02-29T10:00", True),
        ("2024-03-01T10:00", False),
    ],
)
def test_taking_in_follows_the_opening_hours(when: str, works: bool) -> None:
    assert isinstance(ingest_tick(CALENDAR, moment(when)), dg.RunRequest) is works


@pytest.mark.parametrize(
    "day", ["2023-11-21", "2023-11-23", "2023-11-26", "2024-01-01", "2024-03-01"]
)
def test_each_night_takes_in_what_came_after_hours_and_builds_the_day(day: str) -> None:
    yesterday = date.fromisoformat(day) - timedelta(days=1)
    asked = morning_request(PARTITIONS, yesterday)
    assert isinstance(asked, dg.RunRequest)
    assert {asked.tags[RANGE_START], asked.tags[RANGE_END]} == {yesterday.isoformat()}
    assert isinstance(ingest_tick(CALENDAR, moment(f"{day}T00:30")), dg.SkipReason)


def test_outside_the_contract_the_night_has_nothing_to_do() -> None:
    assert isinstance(morning_request(PARTITIONS, date(2023, 11, 19)), dg.SkipReason)
    assert isinstance(nightly_requests(PARTITIONS, []), dg.SkipReason)


def schedules_of(made_at: time, tmp_path: Path) -> dict[str, dg.ScheduleDefinition]:
    settings = read_settings(None, tmp_path / "home", environment={})
    paper, *_ = settings.contract.deliverables
    changed = settings.contract.model_copy(
        update={"deliverables": (paper.model_copy(update={"made_at": made_at}),)}
    )
    repository = build_definitions(replace(settings, contract=changed)).get_repository_def()
    return {schedule.name: schedule for schedule in repository.schedule_defs}


def test_the_paper_is_made_at_the_hour_that_the_contract_names(tmp_path: Path) -> None:
    found = schedules_of(time(8, 45), tmp_path)
    assert found["weekly_report_when_due"].cron_schedule == "45 8 * * *"


def test_the_night_comes_first_then_late_days_then_the_paper(tmp_path: Path) -> None:
    found = schedules_of(time(6, 0), tmp_path)
    minutes = []
    for name in ("morning_at_night", "model_at_night", "weekly_report_when_due"):
        minute, hour = str(found[name].cron_schedule).split()[:2]
        minutes.append(int(hour) * 60 + int(minute))
    assert minutes == sorted(set(minutes))
    assert minutes[0] == AT_NIGHT.hour * 60 + AT_NIGHT.minute
    assert found["ingest_in_hours"].cron_schedule == "*/5 * * * *"


def test_a_paper_is_asked_for_by_the_day_on_which_its_period_begins() -> None:
    terms = CONTRACT.deliverables[0]
    owed = OwedPaper(WEEKLY, terms)
    due = [DuePaper(owed, period) for period in periods(CALENDAR, terms.due)[:2]]
    asked = paper_requests(owed, date(2023, 12, 4), due)
    assert isinstance(asked, list)
    assert [request.partition_key for request in asked] == ["2023-11-20", "2023-11-27"]
    assert isinstance(paper_requests(owed, date(2023, 12, 5), []), dg.SkipReason)


def asked_days(*pending: DayRange) -> list[tuple[str, str]]:
    asked = nightly_requests(PARTITIONS, pending)
    assert isinstance(asked, list)
    return [(request.tags[RANGE_START], request.tags[RANGE_END]) for request in asked]


def test_the_night_builds_the_days_whose_rows_came_late_too() -> None:
    late = DayRange(date(2023, 11, 27), date(2023, 11, 28))
    other = DayRange(date(2023, 12, 6), date(2023, 12, 6))
    assert asked_days(late, other) == [("2023-11-27", "2023-11-28"), ("2023-12-06", "2023-12-06")]


def test_partitions_at_the_ends_take_in_the_days_beyond_them() -> None:
    assert PARTITIONS.bounds_of("2023-11-20", "2023-11-24") == (None, date(2023, 11, 24))
    assert PARTITIONS.bounds_of("2023-11-21", "2023-11-24") == (
        date(2023, 11, 21),
        date(2023, 11, 24),
    )
