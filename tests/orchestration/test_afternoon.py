"""The working afternoon: what it leaves open, and an exchange that writes each line once its second is over."""

from __future__ import annotations

import time as clock
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from application.home.run_report import Journal
from application.home.session import open_workplace, read_settings
from application.open_matters import open_matters_of, unwritten_messages
from application.people import acting_home
from compliance.people.proposals import ProposalState, all_proposals
from orchestration import cli
from simulation import afternoon
from simulation.demo import demo_contract
from tests.homes import ROOT

pytestmark = pytest.mark.slow


def times(log: Path) -> list[int]:
    return [int(line.partition("|")[0]) for line in log.read_text().splitlines()]


def test_an_afternoon_has_something_for_everybody_and_its_exchange_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = afternoon.DAY - timedelta(days=6)  # a Thursday: three days were lived
    while day.weekday() != 2:
        day -= timedelta(days=1)
    begins = afternoon.FROM - (afternoon.DAY - day)
    monkeypatch.setattr(afternoon, "DAY", day)
    monkeypatch.setattr(afternoon, "FROM", begins)
    home = afternoon.home_beside(tmp_path / "demo" / "home")
    contract = demo_contract(ROOT / "contract.toml", home)
    settings = read_settings(contract, home, environment={})
    assert not afternoon.is_ready(settings)
    evening = datetime.combine(day - timedelta(days=1), afternoon.EVENING.timetz())
    cli.simulate(evening.isoformat(), config=contract, home=home)
    with open_workplace(settings, as_of=begins, pbx=settings.pbx, journal=Journal()):
        pass
    afternoon.prepare(settings)
    assert afternoon.is_ready(settings)
    with acting_home(settings, begins) as place:
        (one,) = [p for p in all_proposals(place.engine) if p.state is ProposalState.OPEN]
        assert one.staff_id == "sv2"
        matters = open_matters_of(place.home, place.engine, settings.contract, begins)
        assert len(matters.open_urgent) == 1
        assert len(unwritten_messages(place.home, place.engine)) >= 1
    log = Path(settings.pbx.root) / "queue_log"
    before = times(log)
    assert max(before) < begins.replace(hour=0).timestamp()
    at = [begins]
    with afternoon.living(settings, lambda: at[0]):
        clock.sleep(1.5)
        first = times(log)
        assert first[: len(before)] == before and len(first) > len(before) + 50
        assert max(first) < begins.timestamp()
        at[0] = begins + timedelta(minutes=20)
        clock.sleep(1.5)
        later = times(log)
        assert later[: len(first)] == first and max(first) < max(later) < at[0].timestamp()
    with afternoon.living(settings, lambda: begins):
        clock.sleep(1.5)
        assert times(log) == first, "started anew, it begins at its beginning"
