"""Every command and every job stands in the table of acts, asks for the right that stands there, and proves as it says."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Iterator
from typing import Any

import click
import pytest
import typer

from application.home.session import read_settings
from compliance.people.rights import Right
from desk.app import build_pages
from desk.site import ACCESS
from orchestration.assets.code_location import build_definitions
from orchestration.cli import app, main
from orchestration.command import people, proposals
from orchestration.command.acting import acting
from orchestration.instance.acts import COMMANDS, JOBS, ActProof

ASKS = re.compile(r"(?:\.allow|\.by_order|\bacting)\((?:[^()]|\([^()]*\))*?Right\.([A-Z_]+)")
PROVES = re.compile(r"\.(?:actor|keeper|signer|by_order)\(|\bacting\(")
SIGNS = {
    "people add": "propose_person",
    "people change": "propose_person",
    "people enrol": "propose_key",
    "people withdraw": "propose_key",
    "people confirm": "confirm_proposal",
    "erasure authorise": "authorise(",
    "erasure execute": "ordered_start",
    "erasure tasks": "ordered_tasks",
    "erasure verify": "duty.verified",
    "recordings export": ".by_order(",
    "erasure return": ".by_order(",
    "keys destroy": ".by_order(",
}
"""What of each that is signed over the very thing does the signing."""
HELPERS = {"_note(": people._note, "_propose_key(": proposals._propose_key}


def commands(group: click.Command, *words: str) -> Iterator[tuple[str, str]]:
    """Every leaf command as it is typed, with its source and that of the helpers that it hands on to."""
    for name, command in getattr(group, "commands", {}).items():
        if getattr(command, "commands", None):
            yield from commands(command, *words, name)
        else:
            source = inspect.getsource(inspect.unwrap(command.callback))
            more = [inspect.getsource(f) for word, f in HELPERS.items() if word in source and "people" in words]  # fmt: skip
            yield " ".join([*words, name]), "\n".join([source, *more])


SOURCES = dict(commands(typer.main.get_command(app)))


def test_whoever_acts_at_a_command_proved_it_and_may() -> None:
    """`acting`, of which the commands' sources say no more than the right."""
    source = inspect.getsource(inspect.unwrap(acting))
    assert source.index(".actor(by, passphrase)") < source.index(".allow(actor, right)")
    assert source.index(".allow(actor, right)") < source.index("yield place, actor")


def test_every_command_stands_in_the_table_and_no_other() -> None:
    assert SOURCES.keys() == COMMANDS.keys()
    assert callable(main)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_asks_for_its_right_and_proves_as_the_table_says(name: str) -> None:
    need, source = COMMANDS[name], SOURCES[name]
    asked = {Right[one] for one in ASKS.findall(source)}
    if need.proof in (ActProof.NOBODY, ActProof.TOGETHER):
        assert name == "people list" or not asked, "asks for a right that no row names"
        return
    if need.right is None:
        assert ".allow(actor, register.write)" in source
    else:
        assert need.right in asked
    assert PROVES.search(source), f"madoguchi {name} lets somebody act who showed nothing"
    if need.proof is ActProof.SIGNED:
        assert SIGNS[name] in source
    else:
        assert name not in SIGNS


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    settings = read_settings(None, tmp_path_factory.mktemp("acts") / "home", environment={})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        repository: Any = build_definitions(settings).get_repository_def()
        return {job.name for job in repository.get_all_jobs()}


def test_every_job_stands_in_the_table_and_no_other(jobs: set[str]) -> None:
    assert jobs == JOBS.keys()


def test_what_destroys_is_never_proved_by_a_session(jobs: set[str]) -> None:
    for name, need in {**JOBS, **COMMANDS}.items():
        if need.right in (Right.EXECUTE_ERASURE, Right.AUTHORISE_ERASURE, Right.VERIFY_ERASURE):
            assert need.proof in (ActProof.SIGNED, ActProof.PASSPHRASE), name


def test_a_hold_is_never_proved_by_a_session(jobs: set[str]) -> None:
    needs = {name: need for name, need in {**JOBS, **COMMANDS}.items() if need.right is Right.HOLD_RECORDING}  # fmt: skip
    assert {name: need.proof for name, need in needs.items()} == {"vault hold": ActProof.PASSPHRASE}
    assert not [name for name in jobs if "hold" in name]


def test_every_page_stands_in_the_table_that_the_desk_is_built_by() -> None:
    assert callable(build_pages)
    assert {"POST /erasures/{case_id}/start", "POST /erasures"} <= ACCESS.keys()
