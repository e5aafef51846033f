"""`madoguchi vault`: what is in custody, and whether every copy opens as what the catalogue says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from application.custody import due_recordings, rotated
from application.holding import hold_or_release
from application.home.session import (
    open_workplace,
    outlook,
    present_of_simulated_home,
    read_settings,
)
from application.people import acting_home
from compliance.keys.keyring import Keyring
from compliance.people.rights import Right
from compliance.vault.catalogue import counts
from compliance.vault.custody import verify_vault
from compliance.vault.media import register_medium, registered_media
from compliance.vault.preservation import HoldReason
from compliance.vault.rotation import restore as restore_recording
from orchestration.command.acting import acting
from orchestration.command.exit_codes import ExitCode
from orchestration.command.options import AsJson, By, Config, HomeFolder, passphrase

app = typer.Typer()


@app.command()
def status(config: Config = None, home: HomeFolder = None, json_: AsJson = False) -> None:
    """How many recordings are in which state, and their sealed bytes."""
    with outlook(read_settings(config, home), datetime.now(UTC)) as place:
        found = counts(place.engine)
    if json_:
        typer.echo(
            json.dumps({s: {"recordings": n, "bytes": size} for s, (n, size) in found.items()})
        )
        return
    for state, (number, size) in sorted(found.items()):
        typer.echo(f"{state:<10} {number:>8} recordings {size:>14,} bytes sealed")


@app.command()
def rotate(
    dry_run: Annotated[
        bool, typer.Option("--dry-run/--go", help="Only say how many are due (default).")
    ] = True,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Bring recordings whose days at hand are over to two registered media, then let the copies at hand go."""
    settings = read_settings(config, home)
    with acting_home(settings) as place:
        due = len(due_recordings(place))
        typer.echo(f"{due} recordings are due for their media.")
        if dry_run:
            return
        place.allow(place.actor(by, passphrase), Right.RUN_JOBS)
    with open_workplace(settings, as_of=present_of_simulated_home(settings)) as workplace:
        report = rotated(workplace)
    typer.echo(f"{report.rotated} brought to two media. {report.refused}".strip())
    for failed in report.failed:
        typer.echo(f"Not rotated: {failed}", err=True)
    if report.refused or report.failed:
        raise typer.Exit(ExitCode.REFUSED)


@app.command(name="add-medium")
def add_medium(
    medium_id: Annotated[str, typer.Argument(help="The medium's id: small letters, digits, -.")],
    path: Annotated[Path, typer.Argument(help="The folder where it is mounted.")],
    serial: Annotated[str, typer.Option(help="Its serial number.")],
    kept_at: Annotated[str, typer.Option(help="Where it is kept when it is not mounted.")] = "",
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Register a medium for recordings and put its marker on it."""
    with acting(config, home, by, Right.MANAGE_KEYS) as (place, actor):
        register_medium(place.engine, actor, medium_id, serial, kept_at, path)
    typer.echo(f"{medium_id} is registered.")


@app.command()
def media(config: Config = None, home: HomeFolder = None) -> None:
    """The registered media, and which are mounted."""
    with outlook(read_settings(config, home), datetime.now(UTC)) as place:
        for medium in registered_media(place.engine):
            state = "mounted" if medium.is_mounted() else "not mounted"
            typer.echo(f"{medium.medium_id:<16} {medium.serial:<20} {state:<12} {medium.kept_at}")


@app.command()
def restore(
    recording_id: Annotated[str, typer.Argument(help="The recording's id.")],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Bring a recording from a mounted medium back to hand, until the next rotation or as long as it is held."""
    with acting(config, home, by, Right.RESTORE_RECORDING) as (place, actor):
        restore_recording(place.engine, place.home, actor, recording_id)
    typer.echo(f"{recording_id} is at hand.")


@app.command()
def hold(
    recording_id: Annotated[str, typer.Argument(help="The recording's id.")],
    reason: Annotated[HoldReason, typer.Option(help="Why it is kept.")],
    release: Annotated[bool, typer.Option("--release", help="Let it go again.")] = False,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Keep a recording at hand whatever its age, for a complaint, an accident or an audit."""
    with acting(config, home, by, Right.HOLD_RECORDING) as (place, actor):
        hold_or_release(place.engine, actor, recording_id, reason, is_held=not release)
    typer.echo(f"{recording_id} is {'released' if release else 'held'}.")


@app.command()
def verify(config: Config = None, home: HomeFolder = None, json_: AsJson = False) -> None:
    """Open every copy at hand and compare it with the catalogue; nothing is written in clear."""
    with outlook(read_settings(config, home), datetime.now(UTC)) as place:
        opened, problems = verify_vault(place.engine, place.home, Keyring.open(place.home))
    if json_:
        told = [{"recording": p.recording_id, "place": p.place, "what": p.what} for p in problems]
        typer.echo(json.dumps({"opened": opened, "problems": told}, ensure_ascii=False))
    else:
        for problem in problems:
            typer.echo(f"WRONG  {problem.recording_id} ({problem.place}): {problem.what}")
        typer.echo(f"{opened} recordings opened, {len(problems)} things are wrong.")
    if problems:
        raise typer.Exit(ExitCode.HOME_DAMAGED)
