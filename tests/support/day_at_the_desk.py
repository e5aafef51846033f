"""A working day at the desk of a home that has lived five weeks: its people, its papers, its calls, an exchange that goes on writing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from application.home.session import read_settings
from application.home.settings import Settings
from compliance.ground.acts import Actor, audit_outbox
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.ground.operations import open_operations
from compliance.inquiries.entering import enter
from compliance.inquiries.form import load_form
from compliance.inquiries.kept import KeptInquiry, inquiry_id
from compliance.inquiries.record import Inquiry
from compliance.inquiries.register import latest
from compliance.keys.keyring import Keyring
from compliance.people.acting import prove
from compliance.sign_in.accounts import open_account
from desk.app import build_desk
from desk.services import Services
from orchestration.gateway.composition import services_of
from simulation.people import OFFICER, PASSPHRASE, enter_people
from tests.desk.in_browser import Page, served, terminal
from tests.homes import ROOT, HomeOnTrial

OWN = "回数券より 歩いて 札幌"
MORNING = datetime(2023, 12, 26, 10, 30, tzinfo=TOKYO)
"""A Tuesday, the day after the home's last run."""


@dataclass
class DayAtTheDesk:
    """The home, at a moment that only a test moves on."""

    settings: Settings
    home: Home
    engine: Engine
    now: datetime = MORNING

    @property
    def saved(self) -> Path:
        return self.home.root.with_name("saved")

    @property
    def ring(self) -> Keyring:
        return Keyring.open(self.home)

    def records(self) -> list[KeptInquiry]:
        return latest(self.engine, self.ring)

    def wrote(self, operator: str, call_id: str, **changes: Any) -> str:
        """A record that somebody wrote a quarter of an hour ago."""
        at = self.now - timedelta(minutes=15)
        given = Inquiry(call_id, 1, at, operator, "pass", "other", "question", "", "guided")
        given = replace(given, **changes)
        form = load_form(self.settings.contract.form_file)
        enter(self.engine, self.ring, form, Actor(operator, at, proof="f" * 64), [given])
        return inquiry_id(given)

    def services(self) -> Services:
        made = services_of(self.settings, self.home, self.engine, lambda: self.now, is_tls=False)
        return replace(made, wall=lambda: self.now)

    def answered(self, call_id: str, staff_id: str, ago: timedelta, queue: str = "survey") -> None:
        """The exchange writes of a call that somebody answered so long ago, and that ended a minute later."""
        at = int((self.now - ago).timestamp())
        with (Path(self.settings.pbx.root) / "queue_log").open("a") as log:
            log.write(f"{at}|{call_id}|{queue}|PJSIP/{staff_id}|CONNECT|4|{call_id}|2\n")
            log.write(f"{at + 60}|{call_id}|{queue}|PJSIP/{staff_id}|COMPLETECALLER|4|60|1\n")

    def first_password(self, staff_id: str) -> str:
        actor = prove(self.engine, self.home, OFFICER, PASSPHRASE, self.now)
        return open_account(self.engine, actor, staff_id)

    def noted(self, *actions: str) -> list[tuple[str, str, str]]:
        """Who did what of these acts, or of all, to what, with which result, since the day began."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(audit_outbox).order_by(audit_outbox.c.seq)).fetchall()
        return [
            (r.actor, r.object_id, r.result) for r in rows if not actions or r.action in actions
        ]

    @contextmanager
    def of(self, staff_id: str, one_browser: Page) -> Iterator[Page]:
        """Somebody's day at a terminal: in with the first password, which is changed at once, by keys; out at the end. What
        is saved there lies in `saved`."""
        self.saved.mkdir(exist_ok=True)
        with served(build_desk(self.services())) as base, terminal(one_browser, base) as page:
            one_browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.saved), browserContextId=page.context)  # fmt: skip
            first = self.first_password(staff_id)
            page.go("/login")
            logs_in(page, staff_id, first)
            assert page.place() == "/password"
            page.fills(present=first, passphrase=PASSPHRASE, new=OWN, again=OWN)
            page.enter()
            assert page.place() == "/"
            yield page
            page.enter("form[action='/logout'] button", "Space")
            assert page.place() == "/login"
            page.go("/")
            assert page.place() == "/login"


def logs_in(page: Page, staff_id: str, password: str = OWN) -> None:
    page.fills(staff_id=staff_id, password=password)
    page.enter()


@pytest.fixture
def day(finished_home: HomeOnTrial, tmp_path: Path) -> Iterator[DayAtTheDesk]:
    """A copy of the recorded weeks, with the people of the demo."""
    root = tmp_path / "home"
    shutil.copytree(finished_home.path, root)
    shutil.copytree(finished_home.path.with_name("home-keys"), tmp_path / "home-keys")
    shutil.copytree(finished_home.pbx, tmp_path / "pbx")
    settings = read_settings(
        ROOT / "contracts/sapporo-2023/contract.toml", root, tmp_path / "pbx", environment={}
    )
    enter_people(settings)
    engine = open_operations(settings.operations_url)
    try:
        yield DayAtTheDesk(settings, Home.at(settings.home_root, settings.keys_root), engine)
    finally:
        engine.dispose()
