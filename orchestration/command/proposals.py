"""`madoguchi people found | enrol | withdraw | confirm | refuse | claim | proposals`: nobody makes another person alone.

A passphrase is typed by its owner and by nobody else. Each half of a one-time code is shown once, to one of the two who
proposed and confirmed, and given to the owner by word or on paper.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Annotated

import typer

from application.home.session import read_settings
from application.people import acting_home
from compliance.errors import EntryRefused, NotAllowed
from compliance.people.acting import withdraw_own
from compliance.people.claims import Half
from compliance.people.claims import claim as claim_key
from compliance.people.confirming import confirm as confirm_proposal
from compliance.people.confirming import withdraw_proposal
from compliance.people.founding import Founder
from compliance.people.founding import found as found_home
from compliance.people.person import Approval, Employment, Particulars
from compliance.people.person_keys import is_founded
from compliance.people.proposals import (
    Proposal,
    ProposalKind,
    ProposalState,
    all_proposals,
    proposal_of,
)
from compliance.people.proposing import propose_key
from compliance.people.rights import Right, Role
from orchestration.command.options import (
    AsJson,
    By,
    Config,
    HomeFolder,
    passphrase,
    typed_day,
)

StaffId = Annotated[str, typer.Argument(help="The staff id: letters, digits, - and _.")]
Number = Annotated[str, typer.Argument(help="The proposal's number (`people proposals`), P-0001.")]


def found(
    officer: Annotated[str, typer.Option(help="The staff id of the 保護管理者.")],
    chief: Annotated[str, typer.Option(help="The staff id of the 総括保護管理者.")],
    reported: Annotated[str, typer.Option(help="When both were reported to the city.")],
    trained: Annotated[str, typer.Option(help="The day of their training.")],
    pledged: Annotated[str, typer.Option(help="The day of their pledge.")],
    starts: Annotated[
        str | None,
        typer.Option(
            help="Their first day (default: the contract's, or today where that is to come)."
        ),
    ] = None,
    approved: Annotated[
        str | None,
        typer.Option(help="The day of the city's 承認, where they came after the first lists."),
    ] = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Found the home: both officers at one terminal, each types the own name and passphrase; whole or refused."""
    with acting_home(read_settings(config, home)) as place:
        if is_founded(place.engine):
            raise EntryRefused("このホームは開設済みです。")
        both = [
            _founder(
                staff_id,
                role,
                typed_day(starts) if starts else min(place.today, place.first_day),
                typed_day(reported),
                typed_day(trained),
                typed_day(pledged),
                typed_day(approved) if approved else None,
            )
            for staff_id, role in ((chief, Role.CHIEF_OFFICER), (officer, Role.OFFICER))
        ]
        keys = found_home(place.engine, place.home, place.names(), both, place.now, place.first_day)
    for staff_id, public in keys.items():
        typer.echo(f"{staff_id}  {public.fingerprint}")
    typer.echo(
        "The home is founded. Next:\n"
        f"  madoguchi people add mg1 --role manager --starts … --reported … --by {officer}   propose the manager\n"
        f"  madoguchi people confirm P-0001 --by {chief}   the other officer confirms\n"
        f"  madoguchi people train mg1 --on … --by {officer}, people pledge mg1 --on … --by {officer}\n"
        f"  madoguchi people enrol mg1 --by {officer}, people confirm P-0002 --by {chief}, people claim mg1   the own key\n"
        f"  madoguchi audit handover FOLDER/page.pdf --by {officer}   the page of fingerprints for the city",
        err=True,
    )


def enrol(staff_id: StaffId, by: By = None, config: Config = None, home: HomeFolder = None) -> None:
    """Propose that somebody makes a key of their own, which replaces one they had; shows one half of a one-time code."""
    _propose_key(ProposalKind.ENROLMENT, staff_id, by, config, home)


def withdraw(
    staff_id: StaffId, by: By = None, config: Config = None, home: HomeFolder = None
) -> None:
    """Let the own key count no more at once; propose it of somebody else's."""
    if staff_id != by:
        _propose_key(ProposalKind.WITHDRAWAL, staff_id, by, config, home)
        return
    with acting_home(read_settings(config, home)) as place:
        withdraw_own(place.engine, place.keeper(by, passphrase)[0])
    typer.echo(f"{staff_id} has no key any more.")


def confirm(number: Number, by: By = None, config: Config = None, home: HomeFolder = None) -> None:
    """Confirm what another proposed, as the other officer; for an enrolment, shows the other half of the one-time code."""
    with acting_home(read_settings(config, home)) as place:
        actor, key = place.keeper(by, passphrase)
        place.allow(actor, Right.CONFIRM_PERSON)
        found = proposal_of(place.engine, _id(number))
        typer.echo(_told(found), err=True)
        if not typer.confirm("Confirm this with your signature?", err=True):
            raise NotAllowed("Nothing was confirmed.")
        done, half = confirm_proposal(place.engine, actor, key, found.proposal_id, place.first_day)
    typer.echo(f"{done.number} is confirmed: {done.kind.value} of {done.staff_id}.")
    _show(half, f"madoguchi people claim {done.staff_id}")


def refuse(number: Number, by: By = None, config: Config = None, home: HomeFolder = None) -> None:
    """Turn an open proposal down, or take the own back."""
    with acting_home(read_settings(config, home)) as place:
        actor, _ = place.keeper(by, passphrase)
        place.allow(actor, Right.KEEP_PEOPLE)
        withdraw_proposal(place.engine, actor, _id(number))
    typer.echo(f"{number} is closed; nothing came of it.")


def claim(staff_id: StaffId, config: Config = None, home: HomeFolder = None) -> None:
    """Make your own key: both halves of the code that you were given, and a passphrase that only you know."""
    with acting_home(read_settings(config, home)) as place:
        first: str = typer.prompt("Half of the code from whoever proposed", err=True)
        second: str = typer.prompt("Half of the code from whoever confirmed", err=True)
        secret: str = typer.prompt(
            f"New passphrase of {staff_id}", hide_input=True, confirmation_prompt=True, err=True
        )
        public = claim_key(
            place.engine, place.home, staff_id, Half(first), Half(second), secret, place.now
        )
    typer.echo(f"{staff_id}  {public.fingerprint}")


def list_(config: Config = None, home: HomeFolder = None, json_: AsJson = False) -> None:
    """Every proposal: what, of whom, by whom, and whether somebody confirmed it."""
    with acting_home(read_settings(config, home)) as place:
        every = all_proposals(place.engine)
    if json_:
        rows = [
            {
                "number": one.number,
                "kind": one.kind.value,
                "staff_id": one.staff_id,
                "state": one.state.value,
                "proposed_by": one.proposed_by,
                "decided_by": one.decided_by,
                "with_manager": one.with_manager,
            }
            for one in every
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for one in every:
        typer.echo(_told(one))


COMMANDS: tuple[Callable[..., None], ...] = (found, enrol, withdraw, confirm, refuse, claim)


def proposed(one: Proposal) -> str:
    """What whoever proposed is told."""
    return (
        f"{one.number} is proposed: {one.kind.value} of {one.staff_id}. Nothing is changed until another officer confirms it "
        f"(`madoguchi people confirm {one.number}`), within seven days."
    )


def _propose_key(
    kind: ProposalKind,
    staff_id: str,
    by: str | None,
    config: Config,
    home: HomeFolder,
) -> None:
    with acting_home(read_settings(config, home)) as place:
        actor, key = place.keeper(by, passphrase)
        place.allow(actor, Right.ENROL_KEY)
        one, half = propose_key(place.engine, actor, key, kind, staff_id)
    typer.echo(proposed(one))
    _show(half, f"madoguchi people claim {staff_id}, after the confirmation")


def _show(half: Half | None, use: str) -> None:
    if half is None:
        return
    typer.echo(f"Half of the one-time code, shown only here; for its owner ({use}):", err=True)
    typer.echo(half.text)


def _told(one: Proposal) -> str:
    over = one.over
    what = over.get("person", {})
    said = f"roles {','.join(what['roles'])} from {what['starts_on']}" if what else ""
    replaced = f"replaces {over['replaces'][:16]}…" if over.get("replaces") else ""
    decided = f" by {one.decided_by}" if one.state is not ProposalState.OPEN else ""
    return (
        f"{one.number}  {one.kind.value} of {one.staff_id}  {said}{replaced}  proposed by {one.proposed_by}  "
        f"{one.state.value}{decided}"
    )


def _founder(
    staff_id: str,
    role: Role,
    starts: date,
    reported: date,
    trained: date,
    pledged: date,
    approved: date | None,
) -> Founder:
    name: str = typer.prompt(f"Name of {staff_id} (氏名)", err=True)
    secret: str = typer.prompt(
        f"New passphrase of {staff_id}", hide_input=True, confirmation_prompt=True, err=True
    )
    given = Particulars(
        frozenset({role}),
        Employment.REGULAR,
        starts,
        reported_on=reported,
        approval=Approval.APPROVED if approved else Approval.REPORT_ONLY,
        approved_on=approved,
    )
    return Founder(staff_id, name, given, trained, pledged, secret)


def _id(number: str) -> int:
    digits = number.upper().removeprefix("P-")
    if not digits.isdigit():
        raise EntryRefused(f"{number} は提案の番号ではありません。P-0001 のように入れてください。")
    return int(digits)
