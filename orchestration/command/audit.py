"""`madoguchi audit`: look at the log, verify it, sign it, hand it out."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from application.audit_log import checkpointed, printed
from application.home.session import outlook, read_settings
from application.people import acting_home
from compliance.audit.checkpoint import Checkpoint, read_note, read_shown
from compliance.audit.log import AuditFolder, AuditLog, entries
from compliance.audit.proof import proof_of
from compliance.audit.verify import LogVerdict, verify, verify_copy
from compliance.ground.acts import Action, ObjectKind, note
from compliance.ground.durable import write_durably
from compliance.keys.chain import read_chain
from compliance.people.fingerprint_pages import record_page_receipt
from compliance.people.rights import Right
from orchestration.command.acting import acting
from orchestration.command.exit_codes import KNOWN_ERRORS, ExitCode
from orchestration.command.options import AsJson, By, Config, HomeFolder, passphrase, typed_day

app = typer.Typer()

Copy = Annotated[
    Path | None,
    typer.Option("--copy", help="A copy of the folder audit/ instead of the home's own."),
]


@app.command(name="verify")
def verify_(
    config: Config = None,
    home: HomeFolder = None,
    copy: Copy = None,
    held: Annotated[
        list[str] | None,
        typer.Option(
            "--held", help="A checkpoint that you hold, as a paper prints it: 142:base64."
        ),
    ] = None,
    fingerprint: Annotated[
        str | None,
        typer.Option(help="The first signing key's fingerprint, as it was handed over on paper."),
    ] = None,
    json_: AsJson = False,
) -> None:
    """Is the log what was written? Names file and entry of whatever is not."""
    known: dict[str, Checkpoint] = {f"--held {text}": read_shown(text) for text in held or []}
    if copy is not None:
        held_here = _held_by_home_of(copy, config, home)
        verdict = verify_copy(AuditFolder(copy), {**held_here, **known}, fingerprint)
        is_compared = bool(held_here or known)
    else:
        is_compared = True
        with outlook(read_settings(config, home), datetime.now(UTC)) as place:
            folder = AuditFolder(place.home.audit)
            verdict = verify(folder, {**printed(place), **known}, fingerprint)
    typer.echo(_as_json(verdict, is_compared) if json_ else _as_text(verdict, is_compared))
    if not verdict.is_right:
        raise typer.Exit(ExitCode.HOME_DAMAGED)


def _held_by_home_of(
    copy: Path, config: Path | None, home: Path | None
) -> Mapping[str, Checkpoint]:
    """What the home at hand, where there is one, knows of the log that this is a copy of: what its papers printed and its
    newest checkpoint. Another log's, or no home: nothing."""
    try:
        own = AuditFolder(_home(config, home))
        (here, _), (there, _) = read_chain(own.root / "keys"), read_chain(copy / "keys")
        if not here or (there and there[0].fingerprint != here[0].fingerprint):
            return {}
        with outlook(read_settings(config, home), datetime.now(UTC)) as place:
            found = dict(printed(place))
        if kept := own.checkpoints():
            where = f"the home's checkpoints/{kept[-1].name}"
            found[where], _ = read_note(kept[-1].read_bytes(), here)
    except KNOWN_ERRORS:  # no contract, no home, or one that is itself in question
        return {}
    return found


@app.command()
def show(
    config: Config = None,
    home: HomeFolder = None,
    copy: Copy = None,
    last: Annotated[int, typer.Option(help="How many entries, from the end.")] = 20,
    actor: Annotated[str | None, typer.Option(help="Only this person's (staff id).")] = None,
    object_id: Annotated[str | None, typer.Option("--object", help="Only of this object.")] = None,
    json_: AsJson = False,
) -> None:
    """The last entries: when, who, what, to which record, with what result."""
    folder = AuditFolder(copy) if copy else AuditFolder(_home(config, home))
    is_all = actor is None and object_id is None
    found = [
        entry
        for entry in entries(folder, last=last if is_all else None)
        if actor in {None, entry["actor"]} and object_id in {None, entry["object_id"]}
    ][-last:]
    if json_:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for entry in found:
        typer.echo(
            "{index:>8}  {at}  {actor:<10} {action:<24} {object_kind} {object_id}  {result}".format(
                **entry
            )
        )


@app.command()
def checkpoint(config: Config = None, home: HomeFolder = None, json_: AsJson = False) -> None:
    """Move what was noted into the log, sign what it is, print size and root."""
    with outlook(read_settings(config, home), datetime.now(UTC)) as place:
        shown = checkpointed(place).shown
    typer.echo(json.dumps({"checkpoint": shown}) if json_ else shown)


@app.command()
def prove(
    index: Annotated[int, typer.Argument(help="The entry's number, as `audit show` prints it.")],
    config: Config = None,
    home: HomeFolder = None,
    copy: Copy = None,
) -> None:
    """That one entry stands in the log: the entry, its path, a signed checkpoint, as JSON."""
    folder = AuditFolder(copy) if copy else AuditFolder(_home(config, home))
    typer.echo(json.dumps(proof_of(folder, index), ensure_ascii=False, indent=1))


@app.command()
def export(
    to: Annotated[Path, typer.Argument(help="The zip file to write.")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """The log, its checkpoints and public keys as one zip, for an audit (別紙2-15)."""
    with acting(config, home, by, Right.EXPORT_LOG) as (place, actor):
        with place.engine.begin() as connection:
            note(connection, actor.entry(Action.LOG_EXPORTED, ObjectKind.AUDIT_LOG, "log"))
        log = AuditLog(place.home)
        log.drain(place.engine)
        shown = log.checkpoint().shown
        with tempfile.TemporaryDirectory() as folder:
            packed = shutil.make_archive(str(Path(folder) / "audit"), "zip", place.home.audit)
            write_durably(to.absolute(), Path(packed).read_bytes())
    typer.echo(f"{to}  {shown}")


@app.command()
def inspection(
    to: Annotated[Path, typer.Argument(help="The zip file to write.")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """The pack for an audit (別紙2-15): registers, papers' digests, certificates, the log with its proofs; no citizen in it."""
    from application.inspection import inspection_pack

    with acting(config, home, by, Right.EXPORT_LOG) as (place, actor):
        with place.engine.begin() as connection:
            note(connection, actor.entry(Action.LOG_EXPORTED, ObjectKind.AUDIT_LOG, "inspection"))
        write_durably(to.absolute(), inspection_pack(place))
    typer.echo(str(to))


@app.command(name="rotate-key")
def rotate_key(by: By = None, config: Config = None, home: HomeFolder = None) -> None:
    """A new key that signs checkpoints; the old one signs it. Prints its fingerprint for the city."""
    with acting(config, home, by, Right.MANAGE_KEYS) as (place, actor):
        public = AuditLog(place.home).keys.rotate()
        with place.engine.begin() as connection:
            entry = actor.entry(Action.LOG_KEY_ROTATED, ObjectKind.KEY, public.fingerprint)
            note(connection, entry)
    typer.echo(public.fingerprint)


@app.command()
def handover(
    to: Annotated[Path, typer.Argument(help="The PDF to write.")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """One page with the fingerprints of all keys that sign, for the city on paper; with --by it is entered as made."""
    from application.fingerprints import entered_page, fingerprints_page

    with acting_home(read_settings(config, home)) as place:
        actor = None if by is None else place.actor(by, passphrase)
        if actor is not None:
            place.allow(actor, Right.KEEP_REGISTERS)
        page = fingerprints_page(place)
        write_durably(to.absolute(), page.pdf)
        name = "" if actor is None else entered_page(place, actor, page)
    typer.echo(f"{to}: {page.log_keys} keys of the log, {len(page.people)} of people")
    if name:
        typer.echo(
            f"{name}  once the city has it: madoguchi audit handed-over {name} --dated … --from-office … --evidence …"
        )


@app.command(name="handed-over")
def handed_over(
    name: Annotated[str, typer.Argument(help="The page's name, F-0001.")],
    dated_on: Annotated[str, typer.Option("--dated", help="The day of the receipt.")],
    received_by: Annotated[
        str, typer.Option("--from-office", help="The office that received it; no person's name.")
    ],
    evidence: Annotated[Path, typer.Option(help="The file that shows it; its SHA-256 is kept.")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Record that the city received a page of fingerprints; certificates say so of the keys on it."""
    with acting(config, home, by, Right.KEEP_REGISTERS) as (place, actor):
        digest = hashlib.sha256(evidence.read_bytes()).hexdigest()
        record_page_receipt(place.engine, actor, name, typed_day(dated_on), received_by, digest)
    typer.echo(f"{name} is in the city's hands.")


def _home(config: Path | None, home: Path | None) -> Path:
    from compliance.ground.home import Home

    settings = read_settings(config, home)
    return Home.at(settings.home_root, settings.keys_root).audit


def _as_json(verdict: LogVerdict, is_compared: bool) -> str:
    return json.dumps(
        {
            "is_right": verdict.is_right and is_compared,
            "is_compared": is_compared,
            "entries": verdict.size,
            "checkpoint": Checkpoint(verdict.size, verdict.root).shown,
            "checkpoints": verdict.checkpoints,
            "unanchored": verdict.unanchored,
            "fingerprints": list(verdict.fingerprints),
            "problems": [{"artefact": p.artefact, "what": p.what} for p in verdict.problems],
        },
        ensure_ascii=False,
    )


def _as_text(verdict: LogVerdict, is_compared: bool) -> str:
    told = (
        "The log is what was written, signed and printed."
        if is_compared
        else f"Its {verdict.size} entries are what was signed. Whether it ends here, no copy shows by itself: entries may have "
        "been cut off together with their checkpoints. Compare it with a checkpoint in hand (--held)."
    )
    lines = [
        f"{verdict.size} entries, {verdict.checkpoints} signed checkpoints, "
        f"{verdict.unanchored} entries after the last one",
        f"present state  {Checkpoint(verdict.size, verdict.root).shown}",
        *(f"signing key {n}  {print_}" for n, print_ in enumerate(verdict.fingerprints, start=1)),
        *(f"WRONG  {problem}" for problem in verdict.problems),
        told if verdict.is_right else f"{len(verdict.problems)} things are wrong.",
    ]
    return "\n".join(lines)
