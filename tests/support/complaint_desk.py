"""A home with complaints as a floor keeps them, and the papers made of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine

from application.handing_over import open_paper
from application.home.session import read_settings
from application.words import HomeWords
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import PaperPeriod, periods
from compliance.contract.terms import Contract
from compliance.ground import durable
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.ground.operations import open_operations
from compliance.inquiries.entering import enter
from compliance.inquiries.form import load_form
from compliance.inquiries.kept import inquiry_id
from compliance.inquiries.record import Flag, Inquiry
from compliance.inquiries.register import latest
from compliance.keys.keyring import Keyring
from compliance.registers.entries import Draft, entries, save
from reporting.complaints.kind import COMPLAINTS as PAPER
from reporting.paper.issue import Issued, Outbox, issue
from reporting.paper.kind import Reading
from tests.homes import ROOT

AT = datetime(2023, 12, 28, 1, 30, tzinfo=UTC)

ACTOR = Actor("sv1", AT)

WORDS, INSTRUCTION, DEMAND = "窓口の説明が食い違っていた", "書面で回答する", "文書で示してほしい"

CASE = Inquiry(
    call_id="1703727000.7", number=1, at=AT, operator="op1", category="policy", item="limit",
    voice="complaint", handling="city", flags=frozenset({Flag.COMPLAINT, Flag.URGENT}),
    summary=f"{WORDS}との申出。",
)  # fmt: skip

OTHER = replace(CASE, call_id="1703727060.8", at=AT + timedelta(minutes=1), handling="callback",
                flags=frozenset({Flag.COMPLAINT}), contact="架空 花子")  # fmt: skip


@pytest.fixture(scope="module")
def contract() -> Contract:
    return read_settings(ROOT / "contracts/sapporo-2023/contract.toml", environment={}).contract


@dataclass
class Desk:
    """A home with registers and a warehouse of two calls."""

    home: Home
    engine: Engine
    contract: Contract
    now: datetime

    @property
    def ring(self) -> Keyring:
        return Keyring.open(self.home)

    def enter(self, *records: Inquiry) -> None:
        enter(self.engine, self.ring, load_form(), ACTOR, records, oversees=True)

    def note(self, register: Any, values: dict[str, str], case: Inquiry = CASE) -> None:
        save(self.engine, self.ring, register, ACTOR, [Draft(inquiry_id(case), values)])

    def period(self, day: date = date(2023, 12, 28)) -> PaperPeriod:
        rule = self.contract.deliverable("complaints").due
        return next(p for p in periods(BusinessCalendar(self.contract), rule) if p.starts_on == day)

    def shelf(self, write: Callable[[Path, bytes], None] = durable.write_durably) -> Outbox:
        words = HomeWords(self.engine, self.home)
        return Outbox(self.engine, self.home.outbox, write, self.now, words, words.seal)

    def issue(self, write: Callable[[Path, bytes], None] = durable.write_durably) -> Issued:
        period, terms = self.period(), self.contract.deliverable("complaints")
        with duckdb.connect() as connection:
            connection.execute("create schema marts")
            connection.execute(
                "create table marts.fct_calls as select * from (values "
                "('1703727000.7', timestamp '2023-12-28 10:30:00', 1, 'inbound', false, date '2023-12-28'), "
                "('1703727060.8', timestamp '2023-12-28 10:30:40', 0, 'inbound', false, date '2023-12-28')) "
                "t(call_id, started_at_local, recording_count, direction, has_message, call_date)"
            )
            value = PAPER.read(
                Reading(
                    connection=connection,
                    contract=self.contract,
                    period=period,
                    counted_until=period.last_day,
                    problems=[],
                    verdicts=list,
                    inquiries=lambda: latest(self.engine),
                    entries=lambda register, until: entries(self.engine, register, until=until),
                    made_at=datetime.combine(period.due_date, terms.made_at, TOKYO),
                    engine=self.engine,
                    home=self.home,
                )
            )
        return issue(PAPER, terms, period, value, "inputs", self.shelf(write))

    def opened(self, edition: int | None = None) -> dict[str, bytes]:
        files = open_paper(self.engine, self.home, "complaints", "2023-12-28", edition).files
        return {name.rsplit(".", 1)[1]: content for name, content in files.items()}

    def cells(self, edition: int | None = None) -> str:
        book = load_workbook(io.BytesIO(self.opened(edition)["xlsx"]))
        return "\n".join(
            str(cell)
            for sheet in book
            for row in sheet.iter_rows(values_only=True)
            for cell in row
            if cell is not None
        )


@pytest.fixture
def desk(tmp_path: Path, contract: Contract) -> Desk:
    home = Home.at(tmp_path / "home")
    home.create()
    engine = open_operations(home.operations_url)
    return Desk(home, engine, contract, datetime(2024, 1, 4, 6, tzinfo=TOKYO))
