"""`madoguchi keys`: the secrets of a home, their epochs and their registered copies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from compliance.erasure.register import executing_case
from compliance.errors import EntryRefused
from compliance.ground.acts import Action, ObjectKind, note
from compliance.ground.run_lock import run_lock
from compliance.keys.backups import back_up, registered_backups
from compliance.keys.keyring import Keyring, epochs, settle
from compliance.people.rights import Right
from orchestration.command.exit_codes import ExitCode
from orchestration.command.options import By, Config, HomeFolder, passphrase
from orchestration.duties.people import acting_home
from orchestration.opening.workplace import read_settings

app = typer.Typer(no_args_is_help=True, help="Secrets, their epochs and their registered copies.")


@app.command()
def status(config: Config = None, home: HomeFolder = None) -> None:
    """The present epoch, how many keys it holds, and every registered copy of the secrets."""
    with acting_home(read_settings(config, home)) as place:
        present = epochs(place.home)
        if not present:
            typer.echo("No keyring yet: the first recording that is taken in makes it.")
        else:
            ring = Keyring.open(place.home)
            typer.echo(
                f"epoch {ring.epoch.number}: {len(ring.ids)} keys; secrets in {place.home.keys}"
            )
        for backup in registered_backups(place.engine):
            told = "; ".join(backup.problems()) or "whole"
            is_old = bool(present) and backup.epoch != present[-1].number
            old = f" (of epoch {backup.epoch}: make a new one and destroy this)" if is_old else ""
            typer.echo(f"copy {backup.backup_id}  {backup.path}  {told}{old}")


@app.command()
def backup(
    to: Annotated[
        Path, typer.Argument(help="A folder on another medium; a new one is made in it.")
    ],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Copy the secrets to another medium, read them back, and enter the copy in the register."""
    with acting_home(read_settings(config, home)) as place:
        actor = place.actor(by, passphrase)
        place.allow(actor, Right.MANAGE_KEYS)
        made = back_up(place.engine, place.home, actor, to)
    typer.echo(f"copy {made.backup_id}  {made.path}")


@app.command(name="verify-backup")
def verify_backup(config: Config = None, home: HomeFolder = None) -> None:
    """Is every registered copy there, and as it was made?"""
    with acting_home(read_settings(config, home)) as place:
        wrong = 0
        for made in registered_backups(place.engine):
            problems = made.problems()
            wrong += bool(problems)
            typer.echo(f"copy {made.backup_id}  {made.path}  {'; '.join(problems) or 'whole'}")
    if wrong:
        raise typer.Exit(ExitCode.HOME_DAMAGED)


@app.command()
def rotate(by: By = None, config: Config = None, home: HomeFolder = None) -> None:
    """Begin a new epoch: every key is wrapped anew, and the old epoch's secret is destroyed."""
    with acting_home(read_settings(config, home)) as place:
        actor = place.actor(by, passphrase)
        place.allow(actor, Right.MANAGE_KEYS)
        with run_lock(place.home):
            if (begun := executing_case(place.engine)) is not None:
                raise EntryRefused(
                    f"The erasure {begun.case_id} is begun: finish it first (`madoguchi erasure execute`)."
                )
            settle(place.home)
            ring = Keyring.open(place.home)
            fresh = ring.next_epoch(place.home)
            settle(place.home)
            with place.engine.begin() as connection:
                number = str(fresh.epoch.number)
                note(connection, actor.entry(Action.EPOCH_BEGUN, ObjectKind.KEY, number))
    typer.echo(
        f"epoch {fresh.epoch.number}: {len(fresh.ids)} keys. Copies of the earlier secret open the earlier "
        "keyring only: make a new backup, then destroy them."
    )
