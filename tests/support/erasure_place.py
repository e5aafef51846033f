"""A home with an erasure under way, and the desk before it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import select

from application.home.session import read_settings
from application.home.settings import Settings
from compliance.audit.log import AuditLog, entries
from compliance.erasure.case_file import Authorisation, Case
from compliance.erasure.register import authorisation_of
from compliance.ground.acts import Actor, audit_outbox
from compliance.people.rights import Role
from compliance.sign_in.accounts import open_account
from desk.app import build_desk
from orchestration.gateway.composition import services_of
from tests.compliance.erasure.stage import FIRST_DAY, PASSPHRASE, Stage
from tests.desk.conftest import PASSWORD, Answer, Browser
from tests.support.people import let_in


@dataclass
class Place:
    """A centre with a case that the city consented to, and its desk."""

    stage: Stage
    case: Case

    @property
    def settings(self) -> Settings:
        return replace(
            read_settings(None, self.stage.home.root, environment={}),
            keys_root=self.stage.home.keys,
            operations_url=str(self.stage.engine.url),
        )

    def browser(self, staff_id: str) -> Browser:
        stage = self.stage
        services = services_of(
            self.settings, stage.home, stage.engine, lambda: stage.now, is_tls=False
        )
        services = replace(services, wall=lambda: stage.now)  # one clock, that a test moves
        browser = Browser(build_desk(services))
        first = open_account(stage.engine, Actor("pm1", stage.now, proof="f" * 64), staff_id)
        assert browser.log_in(staff_id, first).status == 303
        fields = {"csrf": browser.csrf("/password"), "present": first, "new": PASSWORD, "again": PASSWORD, "passphrase": PASSPHRASE}  # fmt: skip
        assert browser.post("/password", fields).header("location") == "/"
        return browser

    @property
    def path(self) -> str:
        return f"/erasures/{self.case.case_id}"

    def looked(self, browser: Browser) -> dict[str, str]:
        """The hidden fields of the form that a page shows."""
        form = re.search(
            rf'<form[^>]+action="{self.path}".*?</form>', browser.get(self.path).text, re.S
        )
        assert form
        return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form.group()))

    def signs(self, browser: Browser, passphrase: str = PASSPHRASE, **changes: str) -> Answer:
        given = {**self.looked(browser), "passphrase": passphrase, **changes}
        return browser.post(self.path, given)

    def given(self) -> Authorisation | None:
        return authorisation_of(self.stage.engine, self.case.case_id)

    def signed(self) -> list[str]:
        given = self.given()
        return [one.staff_id for one in given.signatures] if given else []

    def noted(self, action: str) -> list[tuple[str, str, str, str, str]]:
        with self.stage.engine.connect() as connection:
            rows = connection.execute(select(audit_outbox).order_by(audit_outbox.c.seq)).fetchall()
        return [
            (r.actor, r.object_id, r.result, r.via, r.proof) for r in rows if r.action == action
        ]

    def drained(self, action: str) -> list[tuple[str, str, str]]:
        """As `noted`, where some of it stands in the log already: who, about what, how it ended."""
        self.stage.checkpoint()
        found = entries(AuditLog(self.stage.home).folder)
        return [(e["actor"], e["object_id"], e["result"]) for e in found if e["action"] == action]

    def add(self, staff_id: str, role: Role, *, later: bool = False) -> None:
        stage = self.stage
        at = stage.now if later else datetime(2023, 11, 14, tzinfo=UTC)
        let_in(stage.engine, stage.home, staff_id, role, at, FIRST_DAY)
