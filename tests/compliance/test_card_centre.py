"""A second contract as data alone: its calendar, its due days, and nothing of another contract in its files."""

from __future__ import annotations

import re
from datetime import date

from typer.testing import CliRunner

from application.home.settings import load_settings
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import periods
from orchestration.cli import app
from tests.homes import ROOT

FOLDER = ROOT / "contracts" / "card-centre"
CONTRACT = load_settings(FOLDER, {}).contract
CALENDAR = BusinessCalendar(CONTRACT)


def test_settings_finds_nothing_to_mend() -> None:
    done = CliRunner().invoke(app, ["settings", "--config", str(FOLDER)])
    assert done.exit_code == 0, done.output
    assert "2024-04-01" in done.output


def test_it_is_open_on_weekdays_and_second_sundays_for_a_year() -> None:
    days = CALENDAR.business_days(date(2024, 4, 1), date(2025, 3, 31))
    sundays = [f"{day:%m-%d}" for day in days if day.weekday() == 6]
    assert sundays == [
        "04-14", "05-12", "06-09", "07-14", "10-13", "11-10", "12-08", "01-12", "02-09", "03-09",
    ]  # fmt: skip
    assert CALENDAR.closed_reason(date(2024, 8, 11)) == "山の日"
    assert CALENDAR.closed_reason(date(2024, 9, 8)) == "庁舎の停電"
    assert CALENDAR.closed_reason(date(2024, 4, 29)) == "昭和の日"
    opens, closes = CALENDAR.opens_at(date(2024, 4, 14)), CALENDAR.closes_at(date(2024, 4, 14))
    assert opens and closes and (f"{opens:%H:%M}", f"{closes:%H:%M}") == ("08:30", "17:15")
    assert not any(day.weekday() == 5 for day in days)


def test_due_days_are_the_city_hall_s() -> None:
    tenth = [one.due_date for one in periods(CALENDAR, CONTRACT.deliverable("completion").due)]
    assert [f"{day:%Y-%m-%d}" for day in tenth] == [
        "2024-05-10", "2024-06-10", "2024-07-10", "2024-08-13", "2024-09-10", "2024-10-10",
        "2024-11-11", "2024-12-10", "2025-01-10", "2025-02-10", "2025-03-10", "2025-04-10",
    ]  # fmt: skip
    fifth = [
        one.due_date for one in periods(CALENDAR, CONTRACT.deliverable("personal_information").due)
    ]
    assert (fifth[0], fifth[8]) == (date(2024, 5, 9), date(2025, 1, 10))
    assert all(CALENDAR.is_working_day(day) for day in (*tenth, *fifth))


def test_its_files_hold_no_word_of_the_other_contract() -> None:
    other = re.compile(r"札幌|敬老|高齢|保健福祉|仕様書|別紙[0-9]|[0-9]\([0-9]\)")
    for path in sorted(FOLDER.glob("*.toml")):
        assert other.findall(path.read_text("utf-8")) == [], path.name
