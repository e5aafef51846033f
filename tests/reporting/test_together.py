"""Where an officer and the manager stood in for a missing officer, the month's paper to the city says so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from reporting.personal_information.month import Month
from reporting.personal_information.together import together_table
from tests.support.people import PASSPHRASE, enrol, found_home

FIRST = date(2023, 11, 20)
AT = datetime(2023, 11, 13, 1, tzinfo=UTC)


def month(first: date, after: date) -> Month:
    def instant(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)

    return Month(
        first_day=first,
        last_day=after - timedelta(1),
        first=instant(first),
        after=instant(after),
        until=instant(after),
        counted_until=instant(first),
        acts=(),
        entries=lambda _: (),
    )


def test_a_key_that_officer_and_manager_gave_stands_in_the_paper_of_its_month(
    tmp_path: Path,
) -> None:
    home = Home.at(tmp_path / "home")
    home.create()
    engine = open_operations(home.operations_url)
    found_home(engine, home, AT, FIRST)
    december = month(date(2023, 12, 1), date(2024, 1, 1))
    assert together_table(month(date(2023, 11, 1), date(2023, 12, 1)), engine) is None
    at = datetime(2023, 12, 6, 1, tzinfo=UTC)
    enrol(engine, home, "cp1", PASSPHRASE, at, FIRST)
    table = together_table(december, engine)
    assert table is not None
    assert table.rows == (("令和5年12月6日", "署名鍵の登録", "cp1", "pm1、mg1"),)
    assert together_table(month(date(2024, 1, 1), date(2024, 2, 1)), engine) is None
    engine.dispose()
