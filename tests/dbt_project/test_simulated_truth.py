"""The simulated truth against `fct_calls`: every call, every class, every figure."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from simulation.exchange.centre import days_between
from simulation.exchange.files import SimulatedPbx
from tests.homes import HomeOnTrial
from tests.support.simulated_truth import differing, joined

HOLIDAY = date(2023, 11, 23)
pytestmark = pytest.mark.slow  # a home of two weeks is made


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Two weeks: `truth` beside `calls`, joined by call id as `both`."""
    folder = tmp_path_factory.mktemp("simulated_home")
    pbx = SimulatedPbx(folder / "pbx")
    for day in days_between(date(2023, 11, 20), date(2023, 12, 3)):
        pbx.live(day, is_open=day.weekday() < 5 and day != HOLIDAY)
    home = HomeOnTrial(folder, pbx.folder)
    done = home.run("2023-12-04T06:30+09:00")
    assert done.returncode == 0, done.stderr
    return joined(home.path, pbx.folder / "truth.csv")


def test_every_simulated_call_is_there_once_with_its_class(
    compared: duckdb.DuckDBPyConnection,
) -> None:
    assert not differing(compared, "true_id is null or call_id is null")
    assert not differing(
        compared, "(outcome, outcome_reason) is distinct from (found_outcome, found_reason)"
    )
    kinds = compared.execute("select count(distinct (outcome, outcome_reason)) from both_sides")
    assert kinds.fetchone()[0] >= 9  # type: ignore[index]


def test_operator_queue_message_and_recording_are_the_true_ones(
    compared: duckdb.DuckDBPyConnection,
) -> None:
    assert not differing(compared, "has_recording <> has_audible_recording")
    assert not differing(compared, "has_message <> found_message")
    assert not differing(compared, "operator is distinct from first_operator")
    assert not differing(compared, "direction = 'inbound' and queue is distinct from found_queue")


def test_waits_and_talks_are_within_a_tenth_of_a_second(
    compared: duckdb.DuckDBPyConnection,
) -> None:
    answered = "outcome in ('answered', 'reached')"
    assert not differing(
        compared, f"{answered} and (found_talk is null or abs(talk_seconds - found_talk) > 0.1)"
    )
    assert not differing(
        compared,
        "outcome in ('answered', 'abandoned', 'message') "
        "and (found_wait is null or abs(wait_seconds - found_wait) > 0.1)",
    )


def test_a_wait_is_what_lies_between_its_instants_to_the_nearest_millisecond(
    compared: duckdb.DuckDBPyConnection,
) -> None:
    waits = compared.execute(
        "select epoch_us(answered_at) - epoch_us(entered_queue_at), wait_seconds "
        "from warehouse.marts.fct_calls where outcome = 'answered' and direction = 'inbound'"
    ).fetchall()
    halves = [span for span, _ in waits if span % 1000 == 500]
    assert len(halves) > 100, len(waits)
    assert all(round(seconds * 1000) == (span + 500) // 1000 for span, seconds in waits)
