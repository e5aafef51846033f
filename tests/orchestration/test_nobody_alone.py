"""One dishonest person, or two of one role, with every command, page act and job that they can reach, in any order.

A machine (hypothesis, stateful) tries what somebody of each role could: in the own name, in another's with the own passphrase,
by a session alone. Whatever it does, nothing is erased, nobody else's key changes, nobody gets a role that counts, and nothing is
signed, confirmed or verified in another's name; what is refused for want of right or proof is an entry.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
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

from compliance.audit.log import AuditFolder, entries
from compliance.door.accounts import change_password, log_in
from compliance.erasure.register import acts, all_cases, signatures
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
from orchestration.cli import app
from orchestration.command.exit_codes import KNOWN_ERRORS
from orchestration.door.erasures import cases_of
from orchestration.duties import erasure as duty
from orchestration.duties.people import ActingHome
from orchestration.errors import OrchestrationError
from orchestration.opening.workplace import read_settings
from reporting.errors import ReportingError
from tests.compliance.erasure.stage import FIRST_DAY, NOW, Stage, set_up
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
RUN = CliRunner()
UNENTITLED = (PersonUnproved, NotAllowed, NotOrdered)
"""Who lacks the proof, the right or the order; words that fit no command leave nothing but their message."""
REFUSALS = (ComplianceError, OrchestrationError, ReportingError, SystemExit)


def own_of(staff_id: str) -> str:
    """The passphrase that somebody alone knows."""
    return f"{PASSPHRASE} of {staff_id}"


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
    stage.checkpoint()
    stage.engine.dispose()
    return folder


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
        waiting = select(func.count()).where(audit_outbox.c.result == Result.REFUSED.value)
        with self.engine.connect() as connection:
            count = int(connection.execute(waiting).scalar_one())
        logged = entries(AuditFolder(self.stage.home.audit))
        return count + sum(one["result"] == Result.REFUSED.value for one in logged)

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

    # ---- what must be so

    @rule(data=st.data(), name=who, command=st.sampled_from(COMMANDS))
    def types_any_command(self, data: st.DataObject, name: str, command: Command) -> None:
        """Whatever else the tool knows, with words that fit: as oneself, about oneself or another, and as another."""
        me = self.me(data)
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


ALONE = [(pair[0],) for pair in ROLES.values()]
OF_ONE_ROLE = list(ROLES.values())


@pytest.mark.parametrize("attackers", [*ALONE, *OF_ONE_ROLE], ids="+".join)
def test_one_dishonest_person_or_two_of_one_role_get_nowhere(
    template: Path, tmp_path: Path, attackers: tuple[str, ...]
) -> None:
    run_state_machine_as_test(machine(template, tmp_path, attackers), settings=budget(1, 10))


@pytest.mark.slow
@pytest.mark.parametrize("attackers", [*ALONE, *OF_ONE_ROLE], ids="+".join)
def test_they_get_nowhere_in_any_order(
    template: Path, tmp_path: Path, attackers: tuple[str, ...]
) -> None:
    run_state_machine_as_test(machine(template, tmp_path, attackers), settings=budget(3, 12))
