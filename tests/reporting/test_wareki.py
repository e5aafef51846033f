"""Japanese dates, against days that papers really carried."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from reporting.paper import wareki


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(2023, 11, 20), "令和5年11月20日（月）"),
        (date(2024, 2, 29), "令和6年2月29日（木）"),
        (date(2019, 5, 1), "令和元年5月1日（水）"),
        (date(2019, 4, 30), "平成31年4月30日（火）"),
        (date(1989, 1, 8), "平成元年1月8日（日）"),
    ],
)
def test_a_day_is_written_with_era_and_weekday(day: date, shown: str) -> None:
    assert wareki.full(day) == shown


def test_a_day_before_the_known_eras_is_refused() -> None:
    with pytest.raises(ValueError, match="before the eras"):
        wareki.full(date(1989, 1, 7))


def test_a_span_repeats_the_year_only_where_it_changes() -> None:
    assert (
        wareki.span(date(2023, 11, 20), date(2023, 11, 26))
        == "令和5年11月20日（月）から11月26日（日）まで"
    )
    assert (
        wareki.span(date(2023, 12, 25), date(2024, 1, 3))
        == "令和5年12月25日（月）から令和6年1月3日（水）まで"
    )


def test_a_moment_shows_minutes_with_two_digits() -> None:
    at = datetime(2023, 11, 27, 6, 5)  # noqa: DTZ001
    assert wareki.moment(at) == "令和5年11月27日（月）6時05分"


@pytest.mark.parametrize(
    "day",
    [date(2019, 4, 30), date(2019, 5, 1), date(2020, 1, 1), date(2023, 12, 4), date(1989, 1, 8)],
)
def test_a_day_is_read_back_as_it_was_written(day: date) -> None:
    assert wareki.day_in(f"期間　{wareki.full(day)}から") == day
    assert wareki.day_in("12月4日") is None
