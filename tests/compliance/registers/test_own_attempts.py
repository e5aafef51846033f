"""Attempts of a campaign are somebody's own of the same day: days past, and what was struck out, are an overseer's act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from compliance.errors import EntryRefused
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring
from compliance.registers import sheet
from compliance.registers.entries import Draft, Saved, entries, save, void
from compliance.registers.known import OUTBOUND

AT = datetime(2024, 4, 15, 2, tzinfo=UTC)
ATTEMPT = {"campaign": "tax", "case_id": "R6-0001", "at": "2024-04-15T10:00:00+09:00", "by": "op1", "result": "told"}  # fmt: skip


def _save(
    engine: Engine, home: Home, by: str, values: Mapping[str, str], *, oversees: bool = False
) -> Saved:
    drafts = [Draft("", values)]
    (saved,) = save(engine, Keyring.open(home), OUTBOUND, Actor(by, AT), drafts, oversees=oversees)
    return saved


@pytest.mark.parametrize(
    "at",
    [
        "2024-04-14T23:59:59+09:00",
        "2024-04-14T10:00:00+09:00",
        "2024-04-16T00:00:00+09:00",
        "2024-04-15T23:00:00+00:00",
        "2024-03-01T10:00:00+09:00",
    ],
)
def test_an_attempt_of_another_day_is_an_overseer_s_to_enter(
    engine: Engine, home: Home, at: str
) -> None:
    past = {**ATTEMPT, "at": at}
    with pytest.raises(EntryRefused, match="今日"):
        _save(engine, home, "op1", past)
    assert entries(engine, OUTBOUND) == []
    assert _save(engine, home, "op1", ATTEMPT) is Saved.NEW
    if datetime.fromisoformat(at) < AT:
        assert _save(engine, home, "sv1", past, oversees=True) is Saved.NEW


def test_the_day_is_japan_s(engine: Engine, home: Home) -> None:
    midnight = {**ATTEMPT, "at": "2024-04-14T15:00:00+00:00"}
    assert _save(engine, home, "op1", midnight) is Saved.NEW


def test_what_was_struck_out_is_entered_again_by_an_overseer_alone(
    engine: Engine, home: Home
) -> None:
    _save(engine, home, "op1", ATTEMPT)
    (kept,) = entries(engine, OUTBOUND)
    void(engine, OUTBOUND, Actor("op1", AT), kept.entry_id)
    for values in (ATTEMPT, {**ATTEMPT, "result": "promised"}):
        with pytest.raises(EntryRefused, match="取り消し済み"):
            _save(engine, home, "op1", values)
    assert entries(engine, OUTBOUND) == []
    assert _save(engine, home, "sv1", ATTEMPT, oversees=True) is Saved.CORRECTED


@pytest.mark.parametrize(("by", "oversees"), [("op1", False), ("sv1", True)])
def test_what_has_not_happened_yet_is_nobody_s_to_enter(
    engine: Engine, home: Home, by: str, oversees: bool
) -> None:
    for at in ("2024-04-15T11:00:01+09:00", "2024-04-15T23:00:00+09:00"):
        with pytest.raises(EntryRefused, match="まだ来ていません"):
            _save(engine, home, by, {**ATTEMPT, "by": by, "at": at}, oversees=oversees)
    now = {**ATTEMPT, "by": by, "at": "2024-04-15T11:00:00+09:00"}
    assert _save(engine, home, by, now, oversees=oversees) is Saved.NEW


def test_what_was_struck_out_does_not_come_again_at_another_minute(
    engine: Engine, home: Home
) -> None:
    _save(engine, home, "op1", ATTEMPT)
    second = {**ATTEMPT, "at": "2024-04-15T10:30:00+09:00"}
    _save(engine, home, "op1", second)
    kept = next(one for one in entries(engine, OUTBOUND) if one.get("at") == ATTEMPT["at"])
    void(engine, OUTBOUND, Actor("op1", AT), kept.entry_id)
    later = {**ATTEMPT, "at": "2024-04-15T01:01:00+00:00"}
    for by in ("op1", "op2"):
        with pytest.raises(EntryRefused, match="取り消し済み"):
            _save(engine, home, by, {**later, "by": by})
    assert _save(engine, home, "op1", {**second, "result": "promised"}) is Saved.CORRECTED
    for other in ({"case_id": "R6-0002"}, {"campaign": "water"}):
        assert _save(engine, home, "op1", {**later, **other}) is Saved.NEW
    tomorrow = Actor("op1", AT + timedelta(days=1))
    next_day = Draft("", {**ATTEMPT, "at": "2024-04-16T10:00:00+09:00"})
    assert save(engine, Keyring.open(home), OUTBOUND, tomorrow, [next_day]) == [Saved.NEW]
    assert _save(engine, home, "sv1", later, oversees=True) is Saved.NEW
    _save(engine, home, "sv1", ATTEMPT, oversees=True)
    again = {**ATTEMPT, "at": "2024-04-15T10:02:00+09:00"}
    assert _save(engine, home, "op1", again) is Saved.NEW, "nothing struck out stands any more"


def test_a_sheet_goes_by_the_same_rule(engine: Engine, home: Home) -> None:
    ring = Keyring.open(home)
    row = {field.title: ATTEMPT.get(field.name, "") for field in OUTBOUND.fields}
    past = {**row, "架電の日時": "2024-04-14 10:00"}
    taken = sheet.take_in(engine, ring, OUTBOUND, Actor("op1", AT), [past, row])
    (back,) = taken.refused
    assert taken.new == 1 and "今日" in back[sheet.REASON]
    assert sheet.take_in(engine, ring, OUTBOUND, Actor("sv1", AT), [past], oversees=True).new == 1
