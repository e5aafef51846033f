"""How figures are written: nothing is rounded into another meaning, nothing missing becomes 0."""

from __future__ import annotations

import pytest

from compliance.contract.terms import Outcome
from reporting.weekly import wording


def test_every_class_has_a_word_and_a_note() -> None:
    assert set(wording.OUTCOMES) == {outcome.value for outcome in Outcome}
    assert set(wording.OUTCOME_NOTES) == set(wording.OUTCOMES)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "―"),
        (0, "0秒"),
        (59.4, "59秒"),
        (59.6, "1分00秒"),
        (61, "1分01秒"),
        (1800, "30分00秒"),
    ],
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert wording.duration(seconds) == shown


@pytest.mark.parametrize(
    ("share", "shown"), [(None, "―"), (0.0, "0.0％"), (2 / 3, "66.7％"), (1.0, "100.0％")]
)
def test_shares(share: float | None, shown: str) -> None:
    assert wording.percent(share) == shown


@pytest.mark.parametrize(
    ("change", "digits", "shown"),
    [
        (None, 0, "―"),
        (0, 0, "±0"),
        (3, 0, "+3"),
        (-3, 0, "−3"),
        (-0.04, 1, "±0.0"),
        (1234, 0, "+1,234"),
    ],
)
def test_changes_carry_their_sign(change: float | None, digits: int, shown: str) -> None:
    assert wording.signed(change, digits) == shown


def test_what_nobody_wrote_says_so() -> None:
    assert wording.or_blank("") == wording.or_blank(None) == "未記入"
