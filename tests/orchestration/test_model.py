"""Which days are built: pure decisions about digests."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from application.warehouse.days import days_to_build
from application.warehouse.outcome import NodeOutcome
from application.warehouse.state import BuildState, DayRange, Failing

START = date(2023, 11, 20)


def is_open(day: date) -> bool:
    """Monday to Friday."""
    return day.weekday() < 5


def state(days: dict[date, str], as_of: date, reference: str = "r") -> BuildState:
    return BuildState(reference, "p", as_of, days)


def test_without_a_state_every_day_is_built() -> None:
    wanted = state({START: "a"}, START + timedelta(days=9))
    assert days_to_build(None, wanted, START, is_open) == (
        DayRange(START, START + timedelta(days=9)),
    )


def test_a_changed_definition_builds_every_day() -> None:
    days = {START: "a"}
    now = START + timedelta(days=9)
    assert days_to_build(state(days, now, "old"), state(days, now), START, is_open) == (
        DayRange(START, now),
    )


def test_nothing_moved_builds_nothing() -> None:
    unmoved = state({START: "a"}, START)
    assert days_to_build(unmoved, unmoved, START, is_open) == ()


def test_a_late_line_builds_its_day_and_the_day_before() -> None:
    late = date(2023, 12, 6)
    now = date(2023, 12, 25)
    before = state({START: "a", late: "b"}, now)
    after = state({START: "a", late: "c"}, now)
    assert days_to_build(before, after, START, is_open) == (DayRange(date(2023, 12, 5), late),)


def test_days_that_passed_without_a_call_are_built_too() -> None:
    before, after = state({START: "a"}, START), state({START: "a"}, START + timedelta(days=3))
    assert days_to_build(before, after, START, is_open) == (
        DayRange(START, START + timedelta(days=3)),
    )


@given(
    st.dictionaries(st.dates(START, date(2024, 2, 29)), st.sampled_from("ab"), max_size=12),
    st.dictionaries(st.dates(START, date(2024, 2, 29)), st.sampled_from("ab"), max_size=12),
)
def test_every_day_whose_rows_moved_lies_in_exactly_one_range(
    before: dict[date, str], after: dict[date, str]
) -> None:
    now = date(2024, 3, 1)
    ranges = days_to_build(state(before, now), state(after, now), START, is_open)
    moved = {day for day in before.keys() | after.keys() if before.get(day) != after.get(day)}
    for day in moved:
        assert sum(r.first <= day <= r.last for r in ranges) == 1
    assert all(a.last < b.first for a, b in itertools.pairwise(ranges))


@given(st.dictionaries(st.dates(START, date(2024, 2, 29)), st.text("ab", min_size=1, max_size=2)))
def test_a_state_survives_being_written_down(days: dict[date, str]) -> None:
    written = BuildState("r", "p", START, days)
    assert BuildState.from_json(written.to_json()) == written


DAYS = st.dictionaries(st.dates(START, date(2024, 2, 29)), st.sampled_from("ab"), max_size=12)
RANGES = st.tuples(st.dates(START, date(2024, 2, 29)), st.integers(0, 30)).map(
    lambda pair: DayRange(pair[0], pair[0] + timedelta(days=pair[1]))
)


@given(DAYS, DAYS, RANGES)
def test_a_build_of_some_days_leaves_the_other_moved_days_to_be_built(
    before: dict[date, str], after: dict[date, str], built: DayRange
) -> None:
    now = date(2024, 3, 1)
    wanted = state(after, now)
    then = state(before, now).with_days(built, wanted)
    assert all(then.days.get(day) == after.get(day) for day in before | after if day in built)
    left = {day for day in before | after if day not in built and before.get(day) != after.get(day)}
    ranges = days_to_build(then, wanted, START, is_open)
    assert all(any(day in days for days in ranges) for day in left)


@given(DAYS, RANGES)
def test_a_build_that_was_killed_is_done_again(days: dict[date, str], cut: DayRange) -> None:
    now = date(2024, 3, 1)
    ranges = days_to_build(state(days, now).without_days(cut), state(days, now), START, is_open)
    assert all(any(day in found for found in ranges) for day in days if day in cut)


def test_building_some_days_of_a_changed_project_leaves_the_rest_to_be_built() -> None:
    days = {START: "a", START + timedelta(days=5): "b"}
    old = BuildState("r", "old project", START, days)
    wanted = BuildState("r", "p", START, days)
    assert (
        days_to_build(old.with_days(DayRange(START, START), wanted), wanted, START, is_open) != ()
    )
    everything = DayRange(date.min, date.max)
    assert days_to_build(old.with_days(everything, wanted), wanted, START, is_open) == ()


def test_building_today_alone_leaves_the_days_that_passed_to_be_built() -> None:
    before, wanted = state({START: "a"}, START), state({START: "a"}, START + timedelta(days=3))
    today = DayRange(wanted.as_of_date, wanted.as_of_date)
    assert days_to_build(before.with_days(today, wanted), wanted, START, is_open) == (
        DayRange(START, wanted.as_of_date),
    )


def test_a_night_that_built_the_day_that_ended_leaves_nothing_for_the_next_hour() -> None:
    """At half past midnight the schedule builds yesterday; at one o'clock only late days follow."""
    wednesday = date(2023, 11, 22)
    days = {wednesday: "a"}
    before = state({}, wednesday)
    wanted = state(days, wednesday + timedelta(days=1))
    built = before.with_days(DayRange(wednesday, wednesday), wanted)
    assert days_to_build(built, wanted, START, is_open) == ()
    assert built.as_of_date == wanted.as_of_date


def verdict(rows: int, test: str = "t") -> NodeOutcome:
    return NodeOutcome(f"test.madoguchi.{test}", "test", "pass", 0.1, rows, "")


def test_a_finding_of_the_days_built_stands_until_those_days_are_built_again() -> None:
    state = BuildState("", "", date(2023, 11, 22), {})
    first, second = (
        DayRange(date(2023, 11, 20), date(2023, 11, 20)),
        DayRange(*[date(2023, 11, 21)] * 2),
    )
    both = first.joined(second)
    found = state.with_verdicts([verdict(2)], first, {"t"})
    assert found.failing == {"t": Failing(2, first)}
    assert found.with_verdicts([verdict(0)], second, {"t"}).failing == {"t": Failing(2, first)}
    assert found.with_verdicts([verdict(1)], second, {"t"}).failing == {"t": Failing(3, both)}
    assert found.with_verdicts([verdict(0)], first, {"t"}).failing == {}
    assert found.with_verdicts([verdict(0)], both, {"t"}).failing == {}
    assert BuildState.from_json(found.to_json()) == found


def test_a_finding_over_all_days_stands_until_the_test_finds_nothing() -> None:
    day = DayRange(date(2023, 11, 20), date(2023, 11, 20))
    found = BuildState("", "", day.first, {}).with_verdicts([verdict(2), verdict(1, "u")], day, ())
    again = found.with_verdicts([verdict(0)], day, ())
    assert again.failing == {"u": Failing(1, None)}
    assert BuildState.from_json(again.to_json()) == again


def test_closed_days_that_passed_without_a_row_are_not_worth_a_build() -> None:
    days = {date(2023, 11, 24): "a"}
    saturday = state(days, date(2023, 11, 25))
    assert days_to_build(saturday, state(days, date(2023, 11, 26)), START, is_open) == ()
    monday = state(days, date(2023, 11, 27))
    assert days_to_build(saturday, monday, START, is_open) == (), "Saturday and Sunday were closed"
    tuesday = state(days, date(2023, 11, 28))
    assert days_to_build(saturday, tuesday, START, is_open) == (
        DayRange(date(2023, 11, 25), date(2023, 11, 28)),
    )
    called = state({**days, date(2023, 11, 25): "b"}, date(2023, 11, 26))
    assert days_to_build(saturday, called, START, is_open) == (
        DayRange(date(2023, 11, 24), date(2023, 11, 25)),
    ), "somebody called all the same"
