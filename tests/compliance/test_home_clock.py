"""A home lives by one clock, and only forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from compliance.errors import ClockRefused
from compliance.ground.acts import Actor
from compliance.ground.clock import (
    ClockKind,
    claim_clock,
    confirm_clock,
    jumped_from,
    read_clock,
)
from tests.compliance.conftest import NOW


def test_a_new_home_has_no_clock(engine: Engine) -> None:
    assert read_clock(engine) is None


def test_the_first_claim_fixes_the_kind_and_later_ones_move_the_time(engine: Engine) -> None:
    claim_clock(engine, ClockKind.SIMULATED, NOW)
    claim_clock(engine, ClockKind.SIMULATED, NOW + timedelta(days=1))
    assert read_clock(engine) == (ClockKind.SIMULATED, NOW + timedelta(days=1))


def test_the_same_moment_again_is_no_step_back(engine: Engine) -> None:
    claim_clock(engine, ClockKind.SIMULATED, NOW)
    claim_clock(engine, ClockKind.SIMULATED, NOW)
    assert read_clock(engine) == (ClockKind.SIMULATED, NOW)


@pytest.mark.parametrize("kind", list(ClockKind))
def test_time_never_goes_back(engine: Engine, kind: ClockKind) -> None:
    claim_clock(engine, kind, NOW)
    with pytest.raises(ClockRefused, match="earlier"):
        claim_clock(engine, kind, NOW - timedelta(seconds=1))
    assert read_clock(engine) == (kind, NOW)


@pytest.mark.parametrize(
    ("first", "then"),
    [(ClockKind.REAL, ClockKind.SIMULATED), (ClockKind.SIMULATED, ClockKind.REAL)],
)
def test_the_two_clocks_never_mix(engine: Engine, first: ClockKind, then: ClockKind) -> None:
    claim_clock(engine, first, NOW)
    with pytest.raises(ClockRefused, match=f"lives by the {first.value} clock"):
        claim_clock(engine, then, NOW + timedelta(days=400))
    assert read_clock(engine) == (first, NOW)


def test_a_refusal_says_times_as_they_were_typed_in_japanese_time(engine: Engine) -> None:
    claim_clock(engine, ClockKind.SIMULATED, datetime(2023, 11, 20, 0, 0, tzinfo=UTC))
    with pytest.raises(ClockRefused, match="2023-11-20 09:00:00; 2023-11-20 08:59:00 is earlier"):
        claim_clock(engine, ClockKind.SIMULATED, datetime(2023, 11, 19, 23, 59, tzinfo=UTC))


def test_a_real_clock_that_jumped_is_in_doubt_until_somebody_says_it_is_right(
    engine: Engine,
) -> None:
    claim_clock(engine, ClockKind.REAL, NOW)
    claim_clock(engine, ClockKind.REAL, NOW + timedelta(days=3))
    assert jumped_from(engine) is None
    claim_clock(engine, ClockKind.REAL, NOW + timedelta(days=3 + 4))
    claim_clock(engine, ClockKind.REAL, NOW + timedelta(days=3 + 4, minutes=5))
    assert jumped_from(engine) == NOW + timedelta(days=3)
    confirm_clock(engine, Actor("ad1", NOW))
    assert jumped_from(engine) is None


def test_a_simulated_clock_jumps_as_it_is_told(engine: Engine) -> None:
    claim_clock(engine, ClockKind.SIMULATED, NOW)
    claim_clock(engine, ClockKind.SIMULATED, NOW + timedelta(days=40))
    assert jumped_from(engine) is None
