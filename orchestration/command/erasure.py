"""`madoguchi erasure`: application, consent, authorisation, execution, verification, certificate (別紙2-13).

The commands show counts first (`--dry-run`, the default of what destroys). Whoever signs types the own passphrase on the
terminal; nothing of it is kept anywhere.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from application import erasure as duty
from application.erasure_orders import ordered_start, ordered_tasks
from application.erasure_papers import written_application
from application.home.session import read_settings
from application.people import ActingHome, acting_home
from compliance.erasure.case_file import METHOD, EvidenceKind
from compliance.erasure.certificate_register import certificates_made
from compliance.erasure.register import (
    all_cases,
    authorisation_of,
    case_of,
    consent_of,
    items_of,
    open_tasks,
)
from compliance.erasure.returning import METHOD as RETURN_METHOD
from compliance.erasure.selection import Selection
from compliance.erasure.standing_consent import Standing, consent_under, record_standing
from compliance.erasure.workflow import Consented, authorise, designate, record_consent, withdraw
from compliance.keys.keyring import Keyring
from compliance.people.rights import Right
from orchestration.command import erasure_outside
from orchestration.command.acting import acting
from orchestration.command.erasure_outside import counts, day, digest
from orchestration.command.exit_codes import ExitCode
from orchestration.command.options import AsJson, By, Config, HomeFolder, named, passphrase

app = typer.Typer()
for name, command in erasure_outside.COMMANDS.items():
    app.command(name=name)(command)

CaseId = Annotated[str, typer.Argument(help="The case's number (`erasure list`), E-0001.")]
Evidence = Annotated[Path, typer.Option(help="The file that shows it; its SHA-256 is kept.")]
Kind = Annotated[EvidenceKind, typer.Option("--evidence-kind", help="What that file is.")]


class Method(StrEnum):
    """What the city may name."""

    ERASURE = METHOD
    RETURN = RETURN_METHOD


RemoveSources = Annotated[
    bool,
    typer.Option(
        "--remove-sources", help="Also remove what the exchange still keeps of it in clear."
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run/--go", help="Only show what would be done (default).")
]


@app.command(name="list")
def list_(config: Config = None, home: HomeFolder = None, json_: AsJson = False) -> None:
    """Every case with its state, and what is still owed."""
    with acting_home(read_settings(config, home)) as place:
        cases, owed = all_cases(place.engine), open_tasks(place.engine)
        made = {one.case_id: one.name for one in certificates_made(place.engine)}
    if json_:
        told = [
            {
                "case": case.case_id,
                "state": case.state.value,
                "items": case.items_count,
                "certificate": made.get(case.case_id, ""),
            }
            for case in cases
        ]
        tasks = [{"task": t.task_id, "case": t.case_id, "what": t.what, "place": t.place} for t in owed]  # fmt: skip
        typer.echo(json.dumps({"cases": told, "tasks": tasks}, ensure_ascii=False))
        return
    for case in cases:
        typer.echo(
            f"{case.case_id}  {case.state.title_ja:<14}  {case.items_count:>7,} items  "
            f"{made.get(case.case_id, '')}"
        )
    for task in owed:
        typer.echo(f"OWED  {task.case_id}: {task.what.value} {task.place} could not be reached")


@app.command()
def show(case_id: CaseId, config: Config = None, home: HomeFolder = None) -> None:
    """One case: counts by result, consent, signatures, and what stands in the way of its execution."""
    with acting_home(read_settings(config, home)) as place:
        case = case_of(place.engine, case_id)
        counted: dict[str, int] = {}
        for _, result in items_of(place.engine, case_id):
            counted[result.title_ja] = counted.get(result.title_ja, 0) + 1
        consent = consent_of(place.engine, case_id)
        given = authorisation_of(place.engine, case_id)
        typer.echo(f"{case_id}  {case.state.title_ja}  {case.items_count:,} items")
        typer.echo("  " + "  ".join(f"{title} {count:,}" for title, count in counted.items()))
        if consent is not None:
            typer.echo(f"  承諾 {consent.dated_on}  {consent.items_count:,}件  {consent.number}")
        if given is not None:
            signed = "、".join(one.staff_id for one in given.signatures)
            typer.echo(f"  授権 {signed}  実施者 {given.executor}  期限 {given.expires_at:%Y-%m-%d %H:%MZ}")  # fmt: skip
        _tell_obstacles(place, case_id)


@app.command(name="designate")
def designate_(
    dated_on: Annotated[str, typer.Option("--dated", help="The day of the city's word.")],
    evidence: Evidence,
    evidence_kind: Kind = EvidenceKind.DOCUMENT,
    method: Annotated[Method, typer.Option(help="The method that it named.")] = Method.ERASURE,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Record the method that the city named: cryptographic erasure, or return (別紙2-13-1)."""
    with acting(config, home, by, Right.RECORD_CONSENT) as (place, actor):
        designate(place.engine, actor, day(dated_on), evidence_kind, digest(evidence), method.value)
    typer.echo("The city's designation is recorded.")


@app.command()
def apply(
    planned: Annotated[str, typer.Option(help="The day on which it is planned.")],
    first: Annotated[str | None, typer.Option("--from", help="First day of recording.")] = None,
    last: Annotated[str | None, typer.Option("--until", help="Last day of recording.")] = None,
    kind: Annotated[
        str, typer.Option(help="Only `call`, `message` or `inquiry` (its words).")
    ] = "",
    medium: Annotated[str, typer.Option(help="Only what lies on this medium.")] = "",
    recording: Annotated[
        list[str] | None, typer.Option(help="Only this one (again and again).")
    ] = None,
    contract_end: Annotated[
        bool, typer.Option("--contract-end", help="All of it, whatever its age, at the end.")
    ] = False,
    witness: Annotated[bool, typer.Option("--witness", help="Ask the city for a witness.")] = False,
    dry_run: DryRun = True,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Apply for an erasure: the five items from the catalogue, as a paper for the city (別紙2-13-2)."""
    selection = Selection(
        first_day=day(first) if first else None,
        last_day=day(last) if last else None,
        kind=kind,
        medium=medium,
        ids=tuple(recording or ()),
        is_contract_end=contract_end,
    )
    with acting_home(read_settings(config, home)) as place:
        typer.echo(counts(duty.found_now(place, selection)))
        if dry_run:
            return
        actor = place.actor(by, passphrase)
        place.allow(actor, Right.APPLY_ERASURE)
        with place.held():
            case, path = duty.applied(place, actor, selection, day(planned), wants_witness=witness)
    typer.echo(f"{case.case_id}  {case.items_count:,} items  {path}")


@app.command()
def paper(case_id: CaseId, by: By = None, config: Config = None, home: HomeFolder = None) -> None:
    """Make the application's paper where its making was cut off."""
    with acting(config, home, by, Right.APPLY_ERASURE) as (place, _), place.held():
        path = written_application(place, case_of(place.engine, case_id))
    typer.echo(f"{case_id}  {path}")


@app.command()
def consent(
    case_id: CaseId,
    dated_on: Annotated[str, typer.Option("--dated", help="The day of the consent.")],
    consented_by: Annotated[
        str, typer.Option("--from-office", help="The office that consented; no person's name.")
    ],
    count: Annotated[int, typer.Option(help="How many items it consented to.")],
    evidence: Evidence,
    evidence_kind: Kind = EvidenceKind.DOCUMENT,
    number: Annotated[str, typer.Option(help="The consent's number, if it has one.")] = "",
    conditions: Annotated[str, typer.Option(help="Its conditions, if any.")] = "",
    witness: Annotated[bool, typer.Option("--witness", help="A witness comes.")] = False,
    expires: Annotated[str | None, typer.Option(help="Its last day, if it has one.")] = None,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Record the city's consent (別紙2-13-2)."""
    given = Consented(
        dated_on=day(dated_on),
        consented_by=consented_by,
        items_count=count,
        evidence_kind=evidence_kind,
        evidence_sha256=digest(evidence),
        number=number,
        conditions=conditions,
        wants_witness=witness,
        expires_on=day(expires) if expires else None,
    )
    with acting(config, home, by, Right.RECORD_CONSENT) as (place, actor):
        record_consent(place.engine, actor, case_id, given)
    typer.echo(f"{case_id}: the city's consent to {count:,} items is recorded.")


@app.command()
def standing(
    dated_on: Annotated[str, typer.Option("--dated", help="The day of the consent.")],
    consented_by: Annotated[
        str, typer.Option("--from-office", help="The office that consented; no person's name.")
    ],
    expires: Annotated[str, typer.Option(help="Its last day.")],
    evidence: Evidence,
    evidence_kind: Kind = EvidenceKind.DOCUMENT,
    kind: Annotated[str, typer.Option(help="Only for `call` or `message`.")] = "",
    conditions: Annotated[str, typer.Option(help="Its conditions, if any.")] = "",
    witness: Annotated[bool, typer.Option("--witness", help="A witness comes.")] = False,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Record a standing consent (包括承諾); of use only where the contract file allows it."""
    given = Standing(
        dated_on=day(dated_on),
        consented_by=consented_by,
        kind=kind,
        expires_on=day(expires),
        evidence_kind=evidence_kind,
        evidence_sha256=digest(evidence),
        conditions=conditions,
        wants_witness=witness,
    )
    with acting(config, home, by, Right.RECORD_CONSENT) as (place, actor):
        typer.echo(record_standing(place.engine, actor, given))


@app.command(name="consent-under")
def consent_under_(
    case_id: CaseId,
    number: Annotated[str, typer.Argument(help="The standing consent, S-0001.")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Let a case rest on a standing consent."""
    with acting(config, home, by, Right.RECORD_CONSENT) as (place, actor):
        is_allowed = place.settings.contract.retention.standing_erasure_consent
        consent_under(place.engine, actor, case_id, number, is_allowed=is_allowed)
    typer.echo(f"{case_id} rests on {number}.")


@app.command(name="authorise")
def authorise_(
    case_id: CaseId,
    by: Annotated[str, typer.Option(help="Your own staff id; your passphrase is asked.")],
    executor: Annotated[
        str | None, typer.Option(help="Who executes (the first signature says it).")
    ] = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Sign that the erasure may be executed; two people sign, one of them a protection officer."""
    with acting_home(read_settings(config, home)) as place:
        actor, key = place.signer(by, passphrase)
        place.allow(actor, Right.AUTHORISE_ERASURE)
        ring = Keyring.open(place.home)
        given = authorise(place.engine, ring, actor, key, case_id, executor)
    signed = "、".join(one.staff_id for one in given.signatures)
    typer.echo(f"{case_id}: signed by {signed}; {given.executor} executes before {given.expires_at:%Y-%m-%d %H:%MZ}.")  # fmt: skip


@app.command()
def execute(
    case_id: CaseId,
    witness: Annotated[str, typer.Option(help="The office of the city's witness.")] = "",
    remove_sources: RemoveSources = False,
    dry_run: DryRun = True,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Sign the start with the own passphrase and erase what was authorised. What was cut off is finished by the same command."""
    with acting_home(read_settings(config, home)) as place:
        if dry_run:
            case = case_of(place.engine, case_id)
            typer.echo(f"{case_id}  {case.state.title_ja}  {case.items_count:,} items")
            _tell_obstacles(place, case_id, witness)
            return
        actor, key = place.signer(named(by), passphrase)
        place.allow(actor, Right.EXECUTE_ERASURE)
        with place.held():
            ordered_start(
                place, actor, key, case_id, witness=witness, remove_sources=remove_sources
            )
            done = duty.executed(place, actor, case_id)
    typer.echo(
        f"{case_id}: 完了 {done.done:,}  注意付完了 {done.caution:,}  保留 {done.held:,}; {done.tasks} tasks are owed. "
        "Another person verifies it now (`madoguchi erasure verify`)."
    )


@app.command(name="verify")
def verify_(
    case_id: CaseId,
    by: Annotated[str, typer.Option(help="Your own staff id; your passphrase is asked.")],
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Look whether it is gone, as another person than applied or executed, sign that, and make the certificate."""
    with acting_home(read_settings(config, home)) as place:
        actor, key = place.signer(by, passphrase)
        place.allow(actor, Right.VERIFY_ERASURE)
        with place.held():
            found = duty.verified(place, actor, key, case_id)
            made = duty.certified(place, actor, case_id)
    typer.echo(
        f"{case_id}: {found.keys_absent:,} keys are gone, {found.files_absent:,} places empty, "
        f"{found.survivors_open:,} other keys open.\n{made.certificate.name}  {made.folder}"
    )


@app.command()
def certify(case_id: CaseId, by: By = None, config: Config = None, home: HomeFolder = None) -> None:
    """Make the certificate of a verified case whose making was cut off."""
    with acting(config, home, by, Right.VERIFY_ERASURE) as (place, actor), place.held():
        made = duty.certified(place, actor, case_id)
    typer.echo(f"{made.certificate.name}  {made.folder}")


@app.command(name="withdraw")
def withdraw_(
    case_id: CaseId, by: By = None, config: Config = None, home: HomeFolder = None
) -> None:
    """Take an application back before it is executed."""
    with acting(config, home, by, Right.APPLY_ERASURE) as (place, actor):
        withdraw(place.engine, actor, case_id)
    typer.echo(f"{case_id} is withdrawn.")


@app.command()
def tasks(
    remove_sources: RemoveSources = False,
    dry_run: DryRun = True,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Destroy what could not be reached before: mount the medium, then run this with --go."""
    with acting_home(read_settings(config, home)) as place:
        for task in open_tasks(place.engine):
            typer.echo(f"OWED  {task.case_id}: {task.what.value} {task.place}")
        if dry_run:
            return
        actor, key = place.signer(named(by), passphrase)
        place.allow(actor, Right.EXECUTE_ERASURE)
        with place.held():
            ordered_tasks(place, actor, key, remove_sources=remove_sources)
            closed = duty.tasks_worked_off(place, actor)
        left = len(open_tasks(place.engine))
    typer.echo(f"{closed} tasks are done, {left} are left.")
    if left:
        raise typer.Exit(ExitCode.REFUSED)


def _tell_obstacles(place: ActingHome, case_id: str, witness: str = "") -> None:
    found = duty.may_execute(place, case_id, witness)
    for obstacle in found:
        typer.echo(f"  {obstacle.value}: {obstacle.text_ja}")
    if not found:
        typer.echo("  Nothing stands in the way.")
