"""`madoguchi clock`: by which clock a home lives, and whether somebody has to look at it."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from application.home.session import outlook, read_settings
from compliance.errors import EntryRefused
from compliance.ground.clock import confirm_clock, jumped_from, read_clock
from compliance.ground.japan import TOKYO
from compliance.people.rights import Right
from orchestration.command.acting import acting
from orchestration.command.exit_codes import ExitCode
from orchestration.command.options import By, Config, HomeFolder

app = typer.Typer()


@app.command()
def status(config: Config = None, home: HomeFolder = None) -> None:
    """The home's clock and its last moment; status 6 where it jumped and nobody has looked."""
    with outlook(read_settings(config, home), datetime.now(UTC)) as place:
        clock, jumped = read_clock(place.engine), jumped_from(place.engine)
    if clock is None:
        typer.echo("No command has run in this home yet.")
        return
    typer.echo(f"{clock[0].value}  {clock[1].astimezone(TOKYO):%Y-%m-%d %H:%M:%S} (Japanese time)")
    if jumped is not None:
        typer.echo(f"It jumped ahead from {jumped.astimezone(TOKYO):%Y-%m-%d %H:%M:%S}.")
        raise typer.Exit(ExitCode.REFUSED)


@app.command()
def confirm(by: By = None, config: Config = None, home: HomeFolder = None) -> None:
    """Say that the clock is right although it jumped: the server was off. Nothing is dropped or erased before."""
    with acting(config, home, by, Right.MANAGE_KEYS) as (place, actor):
        if jumped_from(place.engine) is None:
            raise EntryRefused("The clock has not jumped: there is nothing to confirm.")
        confirm_clock(place.engine, actor)
    typer.echo("The clock is confirmed.")
