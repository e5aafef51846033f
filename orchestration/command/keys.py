"""`madoguchi keys`: the secrets of a home, their epochs and their registered copies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from application.home.session import read_settings
from application.people import ActingHome, acting_home
from compliance.erasure.register import executing_case
from compliance.errors import EntryRefused
from compliance.ground.acts import SYSTEM, Action, Actor, ObjectKind, note
from compliance.ground.run_lock import run_lock
from compliance.keys.backups import back_up, destroy_backup, registered_backups
from compliance.keys.keyring import Keyring, epochs, settle
from compliance.keys.master import MASTER, MasterState, state_of
from compliance.keys.master import lock as lock_master
from compliance.keys.master import protect as protect_master
from compliance.keys.master import unlock as unlock_master
from compliance.people.orders import Ordered
from compliance.people.rights import Right
from orchestration.command.acting import acting
from orchestration.command.exit_codes import ExitCode
from orchestration.command.options import By, Config, HomeFolder, passphrase

app = typer.Typer()


@app.command()
def status(config: Config = None, home: HomeFolder = None) -> None:
    """The present epoch, how many keys it holds, and every registered copy of the secrets."""
    with acting_home(read_settings(config, home)) as place:
        present = epochs(place.home)
        if not present:
            typer.echo("No keyring yet: the first recording that is taken in makes it.")
        elif (state := state_of(place.home)) is MasterState.LOCKED:
            typer.echo("The master secret is locked: `madoguchi keys unlock`.")
        else:
            ring = Keyring.open(place.home)
            typer.echo(f"master secret: {state.value}")
            typer.echo(
                f"epoch {ring.epoch.number}: {len(ring.ids)} keys; secrets in {place.home.keys}"
            )
        for backup in registered_backups(place.engine):
            fine = "destroyed" if backup.has_ended else "whole"
            told = "; ".join(backup.problems()) or fine
            is_old = not backup.has_ended and bool(present) and backup.epoch != present[-1].number
            old = f" (of epoch {backup.epoch}: make a new one and destroy this)" if is_old else ""
            typer.echo(f"copy {backup.backup_id}  {backup.path}  {told}{old}")


@app.command()
def init(by: By = None, config: Config = None, home: HomeFolder = None) -> None:
    """Make the secrets of a new home: master, first epoch, keyring. What is there already is left."""
    with acting(config, home, by, Right.MANAGE_KEYS) as (place, actor), run_lock(place.home):
        is_new = not epochs(place.home)
        ring = Keyring.open(place.home)
        if is_new:
            _note(place, actor, Action.EPOCH_BEGUN, str(ring.epoch.number))
    made = "made" if is_new else "was there"
    typer.echo(f"epoch {ring.epoch.number} {made}; secrets in {place.home.keys}")
    typer.echo("Back them up now (`madoguchi keys backup FOLDER`), on a medium of their own.")


@app.command()
def protect(
    memory: Annotated[
        Path, typer.Option(help="A folder in memory (tmpfs) for the opened secret, below /run.")
    ],
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Put the master secret under a passphrase (Argon2id); a stolen disk opens nothing then."""
    with acting(config, home, by, Right.MANAGE_KEYS) as (place, actor):
        secret = typer.prompt(
            "New passphrase of the master secret",
            hide_input=True,
            confirmation_prompt=True,
            err=True,
        )
        with run_lock(place.home):
            protect_master(place.home, secret, memory)
            _note(place, actor, Action.MASTER_PROTECTED, "master")
        plain = [
            b for b in registered_backups(place.engine) if MASTER in b.digests and not b.has_ended
        ]
    typer.echo(
        "The master secret is protected, and open until the next start (`madoguchi keys unlock`)."
    )
    for copy in plain:
        typer.echo(
            f"copy {copy.backup_id} holds it in clear: make a new copy, then `madoguchi keys destroy {copy.backup_id} --go`"
        )


@app.command()
def unlock(
    passphrase_file: Annotated[
        Path | None,
        typer.Option(help="Where a service finds the passphrase at start (a systemd credential)."),
    ] = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Open the protected master secret after a start; its passphrase is asked, or read from a file."""
    with acting_home(read_settings(config, home)) as place:
        if passphrase_file is None:
            secret = typer.prompt("Passphrase of the master secret", hide_input=True, err=True)
        else:
            secret = passphrase_file.read_text("utf-8").removesuffix("\n")
        unlock_master(place.home, secret)
        _note(place, Actor(SYSTEM, place.now), Action.MASTER_UNLOCKED, "master")
    typer.echo("The master secret is open until the next start.")


@app.command()
def lock(config: Config = None, home: HomeFolder = None) -> None:
    """Take the opened master secret out of memory."""
    with acting_home(read_settings(config, home)) as place:
        lock_master(place.home)
        _note(place, Actor(SYSTEM, place.now), Action.MASTER_LOCKED, "master")
    typer.echo("The master secret is locked.")


@app.command()
def destroy(
    copy: Annotated[int, typer.Argument(help="The registered copy's number (`keys status`).")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run/--go", help="Only say what would go (default).")
    ] = True,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Destroy a registered copy of the secrets, once another whole one of the present epoch is there."""
    with acting_home(read_settings(config, home)) as place:
        copies = {made.backup_id: made for made in registered_backups(place.engine)}
        made = copies.get(copy)
        if made is None or made.has_ended:
            raise EntryRefused(f"There is no copy {copy}, or it was destroyed already.")
        present = epochs(place.home)[-1].number
        others = [b for b in copies.values() if b.backup_id != copy and b.epoch == present]
        if not any(not b.has_ended and not b.problems() for b in others):
            raise EntryRefused(
                "Make another copy first: this is the last whole one of the present epoch."
            )
        typer.echo(f"copy {copy}  {made.path}")
        if dry_run:
            return
        over = {"epoch": made.epoch}
        actor = place.by_order(
            by, passphrase, Right.MANAGE_KEYS, Ordered.KEY_COPY_DESTROY, str(copy), over
        )
        if not destroy_backup(place.engine, actor, made):
            raise EntryRefused(f"Copy {copy} cannot be reached: mount its medium.")
    typer.echo("It is destroyed.")


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
    with acting(config, home, by, Right.MANAGE_KEYS) as (place, actor):
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
            fine = "destroyed" if made.has_ended else "whole"
            typer.echo(f"copy {made.backup_id}  {made.path}  {'; '.join(problems) or fine}")
    if wrong:
        raise typer.Exit(ExitCode.HOME_DAMAGED)


@app.command()
def rotate(by: By = None, config: Config = None, home: HomeFolder = None) -> None:
    """Begin a new epoch: every key is wrapped anew, and the old epoch's secret is destroyed."""
    with acting(config, home, by, Right.MANAGE_KEYS) as (place, actor), run_lock(place.home):
        if (begun := executing_case(place.engine)) is not None:
            raise EntryRefused(
                f"The erasure {begun.case_id} is begun: finish it first (`madoguchi erasure execute`)."
            )
        settle(place.home)
        ring = Keyring.open(place.home)
        fresh = ring.next_epoch(place.home)
        settle(place.home)
        _note(place, actor, Action.EPOCH_BEGUN, str(fresh.epoch.number))
    typer.echo(
        f"epoch {fresh.epoch.number}: {len(fresh.ids)} keys. Copies of the earlier secret open the earlier "
        "keyring only: make a new backup, then destroy them."
    )


def _note(place: ActingHome, actor: Actor, action: Action, key: str) -> None:
    with place.engine.begin() as connection:
        note(connection, actor.entry(action, ObjectKind.KEY, key))
