"""An office that keeps its registers over a month."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from application.home.session import read_settings
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import PaperPeriod, periods
from compliance.contract.due_terms import DueRule
from compliance.contract.terms import Contract
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.ground.operations import open_operations
from compliance.keys.keyring import Keyring
from compliance.registers.entries import Draft, entries, save
from compliance.vault.catalogue import Sealed, SpooledRecording, record_sealed, register_recordings
from reporting.paper.kind import PaperKind, Reading
from reporting.paper.tables import TablePaper
from reporting.personal_information.holdings import CALL
from tests.homes import ROOT


@pytest.fixture(scope="module")
def contract() -> Contract:
    return read_settings(ROOT / "contracts/sapporo-2023/contract.toml", environment={}).contract


def months(contract: Contract) -> list[PaperPeriod]:
    return list(periods(BusinessCalendar(contract), DueRule.FIRST_BUSINESS_DAY_OF_NEXT_MONTH))


class Office:
    """A home with registers, and the reading of a month's papers."""

    def __init__(self, home: Home, contract: Contract) -> None:
        self.home, self.contract = home, contract
        self.engine = open_operations(home.operations_url)
        self.actor = Actor("pm1", datetime(2023, 12, 10, tzinfo=UTC))

    def note(self, register: Any, **values: str) -> None:
        ring = Keyring.open(self.home)
        save(self.engine, ring, register, self.actor, [Draft("", values)])

    def seal(self, *ids: str, at: datetime, kind: str = CALL) -> None:
        seen = [SpooledRecording(one, "1700438494.0", 44, 1.0, "ok", True, at, kind) for one in ids]
        register_recordings(self.engine, seen, at)
        record_sealed(self.engine, [Sealed(one, "0" * 64, 44) for one in ids], at)

    def read(self, kind: PaperKind[Any], month: str = "2023-12") -> TablePaper:
        period = next(one for one in months(self.contract) if one.key == month)
        value = kind.read(
            Reading(
                connection=None,  # type: ignore[arg-type]
                contract=self.contract,
                period=period,
                counted_until=period.last_day,
                problems=[],
                verdicts=list,
                inquiries=list,
                entries=lambda register, until: entries(self.engine, register, until=until),
                made_at=datetime.combine(period.due_date, datetime.min.time(), TOKYO),
                engine=self.engine,
                home=self.home,
            )
        )
        assert isinstance(value, TablePaper)
        return value


@pytest.fixture
def office(tmp_path: Path, contract: Contract) -> Office:
    home = Home.at(tmp_path / "home")
    home.create()
    return Office(home, contract)
