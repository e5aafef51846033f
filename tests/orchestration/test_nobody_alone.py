"""One dishonest person, or two of one role, with every command, page act and job that they can reach, in any order.

A machine (hypothesis, stateful) tries what somebody of each role could: in the own name, in another's with the own passphrase,
by a session alone. Whatever it does, nothing is erased, nobody else's key changes, nobody gets a role that counts, and nothing is
signed, confirmed or verified in another's name; what is refused for want of right or proof is an entry.
Commands are all those of the tool, page acts all forms that a page shows and all rows of `desk.site` that are posted, jobs all
rows of the table of acts.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from dagster_graphql.client.query import LAUNCH_PIPELINE_EXECUTION_MUTATION
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, func, select
from typer.main import get_command
from typer.testing import CliRunner

from application import erasure as duty
from application.erasure_cases import cases_of
from application.errors import ApplicationError
from application.home.person import PERSON_TAG, PROOF_TAG
from application.home.session import read_settings
from application.people import ActingHome
from compliance.audit.log import AuditFolder
from compliance.erasure.case_file import acts, signatures
from compliance.erasure.register import all_cases
from compliance.erasure.states import CaseState
from compliance.errors import ComplianceError, NotAllowed, NotOrdered, PersonUnproved
from compliance.ground.acts import Actor, Result, Via, audit_outbox
from compliance.ground.clock import ClockKind, claim_clock
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.keys.signing import read_key
from compliance.people.claims import Half, claim
from compliance.people.key_files import key_file
from compliance.people.person_keys import enrolled_keys
from compliance.people.present import persons
from compliance.people.proposals import ProposalState, all_proposals
from compliance.people.rights import ERASURE_ROLES, Right, Role
from compliance.registers.known import REGISTERS
from compliance.sign_in import passwords
from compliance.sign_in.accounts import change_password, log_in, open_account
from desk import sign_in
from desk.app import build_desk
from desk.site import ACCESS
from orchestration.cli import app
from orchestration.command.exit_codes import KNOWN_ERRORS
from orchestration.gateway.composition import services_of
from orchestration.instance.acts import JOBS
from reporting.errors import ReportingError
from tests.compliance.erasure.stage import FIRST_DAY, NOW, Stage, recording_id, set_up
from tests.desk.conftest import Browser
from tests.support.dagster_browser import SELECTOR, opened
from tests.support.forms import Form, Input, forms_of
from tests.support.people import PASSPHRASE, let_in

ROLES: dict[str, tuple[str, str]] = {
    "city_viewer": ("cv1", "cv2"),
    "operator": ("op1", "op2"),
    "supervisor": ("sv1", "sv2"),
    "manager": ("mg1", "mg2"),
    "officer": ("pm1", "pm2"),
    "chief_officer": ("cp1", "cp2"),
    "administrator": ("ad1", "ad2"),
}
"""Two of each role; all of them have keys and work today."""
EVERYBODY = tuple(one for pair in ROLES.values() for one in pair)
EXECUTORS = ("ad1", "ad2", "pm1", "pm2")
EVIDENCE = "evidence.pdf"
COOKIES = "cookies.json"
POSTED = tuple(sorted(path for way, _, path in (row.partition(" ") for row in ACCESS) if way == "POST"))  # fmt: skip
SEEN = tuple(sorted(path for way, _, path in (row.partition(" ") for row in ACCESS) if way == "GET" and path != "/static"))  # fmt: skip
ASKING_JOBS: dict[str, tuple[str, dict[str, str]]] = {
    "erasure_apply": ("count_application", {"処理予定日": "2024-01-31"}),
    "erasure_execute": ("execute_authorised", {"授権番号": "E-0001/1"}),
    "erasure_tasks": ("work_off_owed", {}),
    "recordings_restore": ("where_it_lies", {"録音": recording_id(0)}),
    "recordings_rotate": ("rotate_now", {}),
    "people_sheet": ("look_through_sheet", {"ファイル": "{folder}/people.csv"}),
}
"""Jobs whose Launchpad asks for something: the op, what is filled in. A trial is asked for nowhere."""
RUN = CliRunner()
UNENTITLED = (PersonUnproved, NotAllowed, NotOrdered)
"""Who lacks the proof, the right or the order; words that fit no command leave nothing but their message."""
REFUSALS = (ComplianceError, ApplicationError, ReportingError, SystemExit)


def own_of(staff_id: str) -> str:
    """The passphrase that somebody alone knows, of the key and of the account."""
    return f"{PASSPHRASE} of {staff_id}"


def desk_of(stage: Stage) -> Any:
    """The centre's desk, at the moment at which the centre stands."""
    given = replace(
        read_settings(None, stage.home.root, environment={}),
        keys_root=stage.home.keys,
        operations_url=str(stage.engine.url),
    )
    services = services_of(given, stage.home, stage.engine, lambda: NOW, is_tls=False)
    return build_desk(replace(services, wall=lambda: NOW))


def sessions_of_everybody(stage: Stage) -> dict[str, dict[str, str]]:
    """Everybody's cookies, once each has an account with a password of the own."""
    desk, found = desk_of(stage), {}
    for staff_id in EVERYBODY:
        browser = Browser(desk)
        first = open_account(stage.engine, Actor("pm1", NOW, proof="f" * 64), staff_id)
        assert browser.log_in(staff_id, first).status == 303
        own = own_of(staff_id)
        fields = {"csrf": browser.csrf("/password"), "present": first, "new": own, "again": own, "passphrase": own}  # fmt: skip
        assert browser.post("/password", fields).header("location") == "/"
        found[staff_id] = browser.cookies
    return found


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A centre in which an honest manager applied for an erasure and entered the city's consent; nobody has signed."""
    folder = tmp_path_factory.mktemp("alone")
    stage = set_up(folder)
    at = datetime(2023, 11, 14, tzinfo=UTC)
    for role, pair in ROLES.items():
        for staff_id in pair:
            if staff_id not in persons(stage.engine, FIRST_DAY):
                let_in(stage.engine, stage.home, staff_id, Role(role), at, FIRST_DAY)
    (folder / EVIDENCE).write_bytes(b"a letter that nobody wrote")
    stage.consent(stage.apply())
    claim_clock(stage.engine, ClockKind.SIMULATED, NOW)
    for staff_id in EVERYBODY:
        path = key_file(stage.home, staff_id)
        read_key(path, PASSPHRASE).write(path, own_of(staff_id))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "_MEMORY_KIB", 64)
        (folder / COOKIES).write_text(json.dumps(sessions_of_everybody(stage)))
    stage.checkpoint()
    stage.engine.dispose()
    return folder


TYPED = {
    "executor": "ad1", "witness": "係", "date": "2024-01-25", "datetime-local": "2024-01-25T09:00", "time": "09:00",
    "checkbox": "1", "number": "1", "textarea": "確認", "text": "確認", "action": "confirm",
}  # fmt: skip
"""What is typed into a field, by its name or its kind."""


def page_of(path: str, register: str) -> str:
    """A row's path with what stands in this centre."""
    fitting = {"name": register, "entry": "1", "case_id": "E-0001", "kind": "weekly_report", "period": "2024-01-15",
               "edition": "1", "inquiry_id": "1", "recording_id": recording_id(0)}  # fmt: skip
    for name, value in fitting.items():
        path = path.replace(f"{{{name}}}", value)
    return path


@dataclass(frozen=True)
class Command:
    """A command of the tool and the parameters that it cannot do without: option or none, and name."""

    path: tuple[str, ...]
    required: tuple[tuple[str | None, str], ...]
    has_by: bool
    has_go: bool

    def words(self, name: str, folder: Path) -> list[str]:
        fitting = FITTING | {
            "staff_id": name,
            "evidence": str(folder / EVIDENCE),
            "to": str(folder / "out"),
            "file": str(folder / "out.xlsx"),
        }
        given = [
            word
            for option, parameter in self.required
            for word in ([option] if option else []) + [fitting.get(parameter, "x")]
        ]
        return given + (["--go"] if self.has_go else [])


FITTING = {
    "case_id": "E-0001", "number": "1", "version": "1", "count": "1", "index": "1", "copy": "1", "month": "2024-01",
    "form": "staff-list", "reason": "audit", "purpose": "complaint", "kind": "weekly_report", "period": "2024-01-15", "name": "devices",
} | dict.fromkeys(("on", "dated_on", "expires", "last_day", "planned", "reported", "trained", "pledged"), "2024-01-25")  # fmt: skip
LONG = {"run", "today", "demo", "simulate", "serve", "dev", "doctor"}
"""Commands that nobody acts by: they do what the schedules do, for minutes."""


def commands_of(group: Any, path: tuple[str, ...] = ()) -> Iterator[Command]:
    for name, one in group.commands.items():
        here = (*path, name)
        if hasattr(one, "commands"):
            yield from commands_of(one, here)
        elif name not in LONG or path:
            options = {option for given in one.params for option in given.opts}
            required = tuple(
                (given.opts[0] if given.param_type_name == "option" else None, given.name)
                for given in one.params
                if given.required and given.name != "by"
            )
            if "--home" in options:
                yield Command(here, required, "--by" in options, "--go" in options)


COMMANDS = tuple(commands_of(get_command(app)))


class Dishonest(RuleBasedStateMachine):
    """What `attackers` try on a copy of the template, whose folder a test sets."""

    attackers: tuple[str, ...] = ()
    template: Path
    scratch: Iterator[Path]

    @initialize()
    def a_copy_of_the_centre(self) -> None:
        self.folder = next(self.scratch)
        shutil.copytree(self.template, self.folder, dirs_exist_ok=True)
        home = Home.at(self.folder / "home")
        self.stage = Stage(open_operations(home.operations_url), home, self.folder)
        self.keys = {k: v for k, v in self.enrolled().items() if k not in self.attackers}
        self.counted = self.with_roles()
        self.proposed = len(all_proposals(self.engine))
        self.halves: list[Half] = []
        self.desk: Any = None
        self.terminals = (f"10.0.0.{count % 250 + 1}" for count in range(10_000))

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            self.stage.engine.dispose()
            shutil.rmtree(self.folder)

    # ---- what is looked at

    @property
    def engine(self) -> Engine:
        return self.stage.engine

    @property
    def place(self) -> ActingHome:
        given = replace(
            read_settings(None, self.stage.home.root, environment={}),
            keys_root=self.stage.home.keys,
        )
        return ActingHome(given, self.stage.home, self.engine, NOW)

    def enrolled(self) -> dict[str, str]:
        return {one: key.fingerprint for one, key in enrolled_keys(self.engine).items()}

    def with_roles(self) -> dict[str, frozenset[Role]]:
        return {
            one: person.roles & ERASURE_ROLES
            for one, person in persons(self.engine, FIRST_DAY).items()
            if person.roles & ERASURE_ROLES
        }

    def refusals(self) -> int:
        """Entries of the log, and those that wait for it, which say that something was refused."""
        count = self.waiting(audit_outbox.c.result == Result.REFUSED.value)
        said = f'"result":"{Result.REFUSED.value}"'.encode()
        return count + sum(said in line for line in self.logged())

    def entries(self) -> int:
        return self.waiting() + len(self.logged())

    def logged(self) -> list[bytes]:
        return [line for lines in AuditFolder(self.stage.home.audit).lines() for line in lines]

    def waiting(self, *such: Any) -> int:
        """Entries that are not yet moved into the log."""
        with self.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(audit_outbox).where(*such)).scalar_one())  # fmt: skip

    def tried(self, act: Callable[[], object]) -> bool:
        """Whether an act was let; one that was not leaves an entry."""
        before = self.refusals()
        try:
            act()
        except ComplianceError:
            assert self.refusals() > before, "a try that no entry tells of"
            return False
        return True

    def types(self, *words: str, typed: str = "", logged: bool = False) -> str:
        """A command as somebody types it; `logged`: where it is refused, an entry says so."""
        before = self.refusals() if logged else 0
        done = RUN.invoke(app, [*words, "--home", str(self.stage.home.root)], input=typed)
        assert done.exception is None or isinstance(done.exception, REFUSALS), done.exception
        if logged and done.exit_code != 0:
            assert self.refusals() > before, (words, done.output)
        return str(done.output)

    # ---- what they try

    who = st.deferred(lambda: st.sampled_from(EVERYBODY))

    def me(self, data: st.DataObject) -> str:
        return str(data.draw(st.sampled_from(self.attackers), label="attacker"))

    @rule(data=st.data(), name=who, executor=st.sampled_from(EXECUTORS))
    def authorises(self, data: st.DataObject, name: str, executor: str) -> None:
        me = self.me(data)
        for by in (me, name):
            self.types(
                "erasure", "authorise", "E-0001", "--executor", executor, "--by", by,
                typed=f"{own_of(me)}\n", logged=by != me,
            )  # fmt: skip

    @rule(data=st.data(), name=who)
    def executes_by_a_command(self, data: st.DataObject, name: str) -> None:
        me = self.me(data)
        for by in (me, name):
            self.types("erasure", "execute", "E-0001", "--go", "--by", by, typed=f"{own_of(me)}\n", logged=by != me)  # fmt: skip
        self.types("erasure", "tasks", "--go", "--by", name, typed=f"{own_of(me)}\n")

    @rule(data=st.data(), name=who)
    def executes_by_a_session(self, data: st.DataObject, name: str) -> None:
        """A job in the own name, after trying to sign its start at the desk as oneself and as another."""
        me, place = self.me(data), self.place
        cases = cases_of(place.settings, place.home, self.engine, lambda: NOW)
        view = cases.show("E-0001")
        assert view is not None
        for by in (me, name):
            try:
                cases.start(by, own_of(me), "E-0001", view.looked, "", True)
            except ComplianceError:
                continue
        actor = Actor(me, NOW, proof="a" * 64, via=Via.UI)

        def job() -> None:
            place.allow(actor, Right.EXECUTE_ERASURE)
            duty.executed(place, actor, "E-0001")

        def tasks() -> None:
            place.allow(actor, Right.EXECUTE_ERASURE)
            duty.tasks_worked_off(place, actor)

        assert not self.tried(job)
        assert not self.tried(tasks)

    @rule(
        data=st.data(),
        page=st.sampled_from(SEEN),
        name=who,
        register=st.sampled_from(sorted(REGISTERS)),
    )
    def fills_in_the_forms_of_a_page(self, data: st.DataObject, page: str, name: str, register: str) -> None:  # fmt: skip
        self.fills_in(self.me(data), name, page_of(page, register))

    @rule(
        data=st.data(),
        path=st.sampled_from(POSTED),
        name=who,
        register=st.sampled_from(sorted(REGISTERS)),
    )
    def posts_what_no_page_shows(self, data: st.DataObject, path: str, name: str, register: str) -> None:  # fmt: skip
        self.posts(self.me(data), name, page_of(path, register))

    @rule(data=st.data(), job=st.sampled_from(sorted(ASKING_JOBS)))
    def starts_a_job_at_a_page(self, data: st.DataObject, job: str) -> None:
        """As the gate sends it on: with the tags of whoever has the session."""
        self.starts(self.me(data), job)

    def fills_in(self, me: str, name: str, path: str) -> int:
        """How many forms the page had."""
        shown = self.at_the_desk(me).get(path)
        assert shown.status != 500, path
        for form in (found := forms_of(shown.text)):
            if form.action != "/logout":
                self.sends(me, name, form)
        return len(found)

    def posts(self, me: str, name: str, path: str) -> None:
        csrf = Input("csrf", "hidden", self.at_the_desk(me).csrf("/login"))
        self.sends(me, name, Form(path, [csrf, Input("passphrase", "password"), Input("password", "password")]))  # fmt: skip

    def at_the_desk(self, me: str) -> Browser:
        if self.desk is None:
            self.desk = desk_of(self.stage)
        cookies = json.loads((self.folder / COOKIES).read_text())[me]
        return Browser(self.desk, next(self.terminals), cookies)

    def sends(self, me: str, name: str, form: Form) -> None:
        """A form as it stands and with another's name in it; whoever may not leaves an entry."""
        for other in ({}, dict.fromkeys(("staff_id", "by", "actor", "signer", "executor"), name)):
            fields = {**form.filled(TYPED, own_of(me)), **other}
            before = self.refusals()
            answer = self.at_the_desk(me).post(form.action, fields)
            assert answer.status != 500, form.action
            if answer.status == 403:
                assert self.refusals() > before, form.action
            if form.action == "/login" and name not in self.attackers and other:
                assert answer.status != 303, "in by a password that is not theirs"

    def starts(self, me: str, job: str) -> None:
        op, config = ASKING_JOBS[job]
        given = {k: v.format(folder=self.folder) for k, v in config.items()}
        before = self.entries()
        with opened(self.folder, MADOGUCHI_PBX=str(self.folder / "home-pbx")) as page:
            done = page.launch(job, op, by=me, 試行=False, **given)
            assert not done.is_success or job != "erasure_execute"
        assert self.entries() > before, "whoever started it stands in the log, let or refused"

    def starts_the_jobs_of_the_schedules(self, me: str) -> None:
        tags = {PERSON_TAG: me, PROOF_TAG: "a" * 64, "dagster/partition": "2024-01-15"}
        with opened(self.folder, MADOGUCHI_PBX=str(self.folder / "home-pbx")) as page:
            for job in sorted(JOBS.keys() - ASKING_JOBS.keys()):
                before = self.entries()
                answer = page.post(
                    LAUNCH_PIPELINE_EXECUTION_MUTATION,
                    executionParams={
                        "mode": "default",
                        "runConfigData": "{}",
                        "selector": {**SELECTOR, "pipelineName": job},
                        "executionMetadata": {
                            "tags": [{"key": key, "value": value} for key, value in tags.items()]
                        },
                    },
                )["launchPipelineExecution"]
                assert "run" not in answer or self.entries() > before, job

    @rule(data=st.data(), name=who)
    def verifies_or_certifies(self, data: st.DataObject, name: str) -> None:
        me = self.me(data)
        for word in ("verify", "certify"):
            for by in (me, name):
                self.types("erasure", word, "E-0001", "--by", by, typed=f"{own_of(me)}\n")

    @rule(data=st.data(), role=st.sampled_from(sorted(ERASURE_ROLES)), name=who)
    def makes_somebody(self, data: st.DataObject, role: str, name: str) -> None:
        me = self.me(data)
        typed = f"{own_of(me)}\n架空 新\n"
        self.types("people", "add", f"new{role}", "--role", role, "--starts", "2023-11-20", "--reported", "2023-11-13", "--by", me, typed=typed)  # fmt: skip
        for one in (me, name):
            self.types("people", "change", one, "--version", "1", "--role", role, "--by", me, typed=typed)  # fmt: skip
            self.types("people", "train", one, "--on", "2024-01-20", "--by", me, typed=typed)
        self.confirms(me)

    @rule(data=st.data(), name=who, word=st.sampled_from(["enrol", "withdraw"]))
    def takes_a_key(self, data: st.DataObject, name: str, word: str) -> None:
        me = self.me(data)
        if name in self.attackers and word == "withdraw":
            return  # the own key is everybody's to give up
        said = self.types("people", word, name, "--by", me, typed=f"{own_of(me)}\n")
        self.halves += [
            Half(line) for line in said.split() if line.count("-") == 2 and len(line) == 14
        ]
        self.confirms(me)
        mine = self.halves[-2:] if len(self.halves) > 1 else self.halves * 2
        if len(mine) == 2 and name not in self.attackers:
            assert not self.tried(
                partial(claim, self.engine, self.stage.home, name, *mine, "a new one of mine", NOW)
            )

    def confirms(self, me: str) -> None:
        for proposal in all_proposals(self.engine):
            if proposal.state is ProposalState.OPEN:
                said = [self.types("people", "confirm", proposal.number, "--by", by, typed=f"{own_of(by)}\ny\n") for by in self.attackers]  # fmt: skip
                for text in said:
                    self.halves += [Half(word) for word in text.split() if word.count("-") == 2 and len(word) == 14]  # fmt: skip

    @rule(data=st.data(), name=who)
    def enters_as_somebody_by_a_first_password(self, data: st.DataObject, name: str) -> None:
        me = self.me(data)
        if name in self.attackers:
            return
        said = self.types("people", "account", "open", name, "--by", me, typed=f"{own_of(me)}\n")
        first = said.strip().splitlines()[-1] if "first password" in said else ""
        if not first:
            return
        terminal = next(self.terminals)
        token = log_in(self.engine, name, first, now=NOW, first_day=FIRST_DAY, terminal=terminal)
        assert token, (
            "whoever opened the account knows the first password, and can do nothing but change it"
        )

        def change() -> None:
            change_password(
                self.engine, name, first, "three words that nobody guesses", now=NOW,
                first_day=FIRST_DAY, terminal=terminal,
                show_key=lambda: self.place.actor(name, lambda _: own_of(me)),
            )  # fmt: skip

        assert not self.tried(change)

    @rule(data=st.data())
    def applies_and_consents_anew(self, data: st.DataObject) -> None:
        me = self.me(data)
        typed = f"{own_of(me)}\n"
        self.types("erasure", "withdraw", "E-0001", "--by", me, typed=typed)
        self.types("erasure", "apply", "--planned", "2024-01-31", "--go", "--by", me, typed=typed)
        last = all_cases(self.engine)[-1]
        self.types(
            "erasure", "consent", last.case_id, "--dated", "2024-01-25", "--from-office", "係", "--count", str(last.items_count),
            "--evidence", str(self.folder / EVIDENCE), "--by", me, typed=typed,
        )  # fmt: skip
        for by in self.attackers:
            for executor in EXECUTORS:
                self.types("erasure", "authorise", last.case_id, "--executor", executor, "--by", by, typed=f"{own_of(by)}\n")  # fmt: skip
            self.types(
                "erasure", "execute", last.case_id, "--go", "--by", by, typed=f"{own_of(by)}\n"
            )

    @rule(data=st.data(), name=who)
    def sends_people_away(self, data: st.DataObject, name: str) -> None:
        me = self.me(data)
        version = persons(self.engine, FIRST_DAY)[name].version
        self.types("people", "leave", name, "--version", str(version), "--last-day", "2024-01-24", "--by", me, typed=f"{own_of(me)}\n")  # fmt: skip

    @rule(data=st.data(), word=st.sampled_from(["rotate", "destroy 1 --go", "backup {folder}"]))
    def handles_keys(self, data: st.DataObject, word: str) -> None:
        me = self.me(data)
        words = word.format(folder=self.folder).split()
        self.types("keys", *words, "--by", me, typed=f"{own_of(me)}\n")

    @rule(data=st.data(), name=who, command=st.sampled_from(COMMANDS))
    def types_any_command(self, data: st.DataObject, name: str, command: Command) -> None:
        """Whatever else the tool knows, with words that fit: as oneself, about oneself or another, and as another."""
        self.types_one(self.me(data), name, command)

    def types_one(self, me: str, name: str, command: Command) -> None:
        words = [*command.path, *command.words(name, self.folder)]
        for by in (me, name) if command.has_by else ("",):
            before = self.refusals()
            done = RUN.invoke(
                app,
                [*words, *(["--by", by] if by else []), "--home", str(self.stage.home.root)],
                input=f"{own_of(me)}\ny\n{own_of(me)}\n",
            )
            let = (SystemExit, OSError, *KNOWN_ERRORS)
            assert done.exception is None or isinstance(done.exception, let), words
            if isinstance(done.exception, UNENTITLED):
                assert self.refusals() > before, words

    # ---- what must be so

    # ---- what must be so

    def holds(self) -> None:
        self.nothing_is_erased()
        self.nobody_elses_key_changed()
        self.nobody_got_a_role_that_counts()
        self.nothing_is_signed_or_confirmed_in_anothers_name()

    @invariant()
    def nothing_is_erased(self) -> None:
        if not hasattr(self, "stage"):
            return
        states = {case.state for case in all_cases(self.engine)}
        assert states <= {CaseState.APPLIED, CaseState.CONSENTED, CaseState.WITHDRAWN}
        with self.engine.connect() as connection:
            assert not connection.execute(select(acts)).fetchall()

    @invariant()
    def nobody_elses_key_changed(self) -> None:
        if hasattr(self, "stage"):
            assert {
                k: v for k, v in self.enrolled().items() if k not in self.attackers
            } == self.keys

    @invariant()
    def nobody_got_a_role_that_counts(self) -> None:
        if hasattr(self, "stage"):
            assert self.with_roles() == self.counted

    @invariant()
    def nothing_is_signed_or_confirmed_in_anothers_name(self) -> None:
        if not hasattr(self, "stage"):
            return
        with self.engine.connect() as connection:
            signers = set(connection.execute(select(signatures.c.staff_id)).scalars())
        assert signers <= set(self.attackers)
        for proposal in all_proposals(self.engine)[self.proposed :]:
            assert proposal.proposed_by in self.attackers
            assert proposal.state is not ProposalState.CONFIRMED


def machine(template: Path, folder: Path, attackers: tuple[str, ...]) -> type[Dishonest]:
    def folders() -> Iterator[Path]:
        number = 0
        while True:
            number += 1
            made = folder / str(number)
            made.mkdir()
            yield made

    members = {"attackers": attackers, "template": template, "scratch": folders()}
    return type("Dishonest_" + "_".join(attackers), (Dishonest,), members)


def budget(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a refusal at the door."""
    monkeypatch.setattr(sign_in, "PAUSE_SECONDS", 0.0)


ALONE = [(pair[0],) for pair in ROLES.values()]
OF_ONE_ROLE = list(ROLES.values())


@pytest.mark.parametrize("attackers", [("mg1",), ("pm1",)], ids="+".join)
def test_one_dishonest_person_or_two_of_one_role_get_nowhere(
    template: Path, tmp_path: Path, attackers: tuple[str, ...], quick: None
) -> None:
    run_state_machine_as_test(machine(template, tmp_path, attackers), settings=budget(1, 8))


def test_jobs_that_ask_for_something_are_those_that_need_more_than_to_rebuild() -> None:
    more = {name for name, need in JOBS.items() if need.right is not Right.REBUILD}
    assert more - {"management_figures"} <= ASKING_JOBS.keys() <= JOBS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("attackers", ALONE, ids="+".join)
def test_everything_that_one_person_reaches_once(
    template: Path, tmp_path: Path, attackers: tuple[str, ...], quick: None
) -> None:
    """No draw: every command, every form of every page, every row that is posted, every job, each as oneself and as another."""
    one = machine(template, tmp_path, attackers)()
    one.a_copy_of_the_centre()
    (me,) = attackers
    other = "ad2" if me != "ad2" else "ad1"
    forms = 0
    for page in SEEN:
        for register in sorted(REGISTERS) if "{name}" in page else [""]:
            forms += one.fills_in(me, other, page_of(page, register))
    assert forms > len(SEEN), "pages show forms, the one of leaving at least"
    for path in POSTED:
        for register in sorted(REGISTERS) if "{name}" in path else [""]:
            if path != "/logout":
                one.posts(me, other, page_of(path, register))
    one.holds()
    for job in sorted(ASKING_JOBS):
        one.starts(me, job)
    one.starts_the_jobs_of_the_schedules(me)
    one.holds()
    for command in COMMANDS:
        one.types_one(me, other, command)
        one.holds()
    one.teardown()


@pytest.mark.slow
@pytest.mark.parametrize("attackers", [*ALONE, *OF_ONE_ROLE], ids="+".join)
def test_they_get_nowhere_in_any_order(
    template: Path, tmp_path: Path, attackers: tuple[str, ...], quick: None
) -> None:
    run_state_machine_as_test(machine(template, tmp_path, attackers), settings=budget(3, 12))
