"""`madoguchi service`: how the service is, and its way to another version, for whoever keeps the server."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.command.exit_codes import ExitCode
from orchestration.command.options import AsJson, Config, HomeFolder

if TYPE_CHECKING:
    from application.service_state import ServiceState

app = typer.Typer(no_args_is_help=True)


@app.callback()
def service() -> None:
    """The service: does it run, what is overdue, how much room is left."""


@app.command()
def status(config: Config = None, home: HomeFolder = None, json_: AsJson = False) -> None:
    """One screen: what runs, what is overdue, how much room is left, by what the clock is set, the last backup and drill."""
    from application.home.session import outlook, present_of_simulated_home, read_settings
    from application.service_state import service_state

    settings = read_settings(config, home)
    wall = datetime.now(UTC)
    with outlook(settings, present_of_simulated_home(settings) or wall) as place:
        state = service_state(place, wall)
    typer.echo(_as_json(state) if json_ else _as_text(state))
    if state.problems:
        raise typer.Exit(ExitCode.INPUT_REFUSED)


@app.command()
def upgrade(
    to: Annotated[
        Path, typer.Option("--to", help="The folder that backups lie in, on another medium.")
    ] = Path("/mnt/madoguchi-backup"),
    left: Annotated[
        bool, typer.Option("--left", help="Begin none: end one that was cut off, if there is one.")
    ] = False,
    at_boot: Annotated[
        bool,
        typer.Option(
            "--at-boot",
            help="As --left, before the services start: starts none, and leaves a version that is current until it answers.",
        ),
    ] = False,
    json_: AsJson = False,
) -> None:
    """Make this installed version the current one, by root: stops, backs up, migrates, switches, starts; goes back by itself."""
    from application.upgrade import Programmes, UpgradeEnd, end_left, end_left_at_boot
    from application.upgrade import upgrade as upgraded
    from orchestration.command.upgrading import InstalledMachine

    version = Path(sys.prefix).resolve()  # `current` is no version's name
    place = Programmes(version.parent)
    machine = InstalledMachine(place)
    if left or at_boot:
        ended = (end_left_at_boot if at_boot else end_left)(place, machine)
        if ended is None:
            typer.echo("null" if json_ else "No upgrade is to be ended now.")
            return
        done = ended
    else:
        done = upgraded(place, machine, version.name, to)
    said = {
        UpgradeEnd.NOTHING: f"{done.target} is current already.",
        UpgradeEnd.DONE: f"{done.target} is current, {done.source} lies beside it. Backup: {done.backup}",
        UpgradeEnd.BACK: f"{done.source} is current as before: {done.why}",
        UpgradeEnd.STAYS: f"{done.target} is current and needs a hand: {done.why}. Backup: {done.backup}",
    }
    typer.echo(json.dumps(asdict(done), ensure_ascii=False) if json_ else said[done.end])
    if done.end in (UpgradeEnd.BACK, UpgradeEnd.STAYS):
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def migrate(
    back: Annotated[
        bool,
        typer.Option(
            "--back", help="Give the home its former database back, unless something was noted."
        ),
    ] = False,
    settle: Annotated[
        bool, typer.Option("--settle", help="Let the former database go: this version answers.")
    ] = False,
    config: Config = None,
    home: HomeFolder = None,
    json_: AsJson = False,
) -> None:
    """A step of `service upgrade`: the home's database to this version's schema, by way of a copy, while no service runs."""
    from application import migrating
    from application.home.session import read_settings
    from compliance.ground.home import Home

    settings = read_settings(config, home)
    place = Home.at(settings.home_root, settings.keys_root)
    facts: dict[str, object] = {}
    if settle:
        migrating.settle(place)
        said = "settled"
    elif back:
        since = migrating.go_back(place)
        facts = {"noted_since": since}
        said = f"not taken back: {since} entries were noted since" if since else "as it was"
    else:
        done = migrating.migrate(place, settings.operations_url)
        said, facts = f"schema {done.before} to {done.after}, {done.rows} rows", asdict(done)
    typer.echo(json.dumps(facts) if json_ else said)


def _as_json(state: ServiceState) -> str:
    return json.dumps(
        {
            "version": state.version,
            "home": str(state.home),
            "is_served": state.is_served,
            "is_running": state.is_running,
            "log_written_at": state.log_written_at and state.log_written_at.isoformat(),
            "overdue": None if state.brief is None else len(state.brief.overdue),
            "rooms": [
                {"place": one.place, "total_bytes": one.total_bytes, "free_bytes": one.free_bytes}
                for one in state.rooms
            ],
            "clock": state.clock,
            "is_clock_right": state.is_clock_right,
            "backup_at": state.backup and state.backup.at.isoformat(),
            "drill_at": state.drill and state.drill.at.isoformat(),
            "is_drill_right": state.drill and state.drill.is_right,
            "problems": list(state.problems),
        },
        ensure_ascii=False,
    )


def _as_text(state: ServiceState) -> str:
    overdue = (
        "not known while the warehouse is built"
        if state.brief is None
        else str(len(state.brief.overdue))
    )
    right = "" if state.drill is None else "  right" if state.drill.is_right else "  FAILED"
    lines = [
        f"madoguchi {state.version}   {state.home}",
        f"service      {'answers' if state.is_served else 'does not answer'}",
        f"a run        {'is at work' if state.is_running else 'is not at work'}",
        f"last noted   {_time(state.log_written_at)}",
        f"overdue      {overdue}",
        *(
            f"room         {one.place}: {one.free_bytes / 2**30:.1f} of {one.total_bytes / 2**30:.1f} GiB left"
            for one in state.rooms
        ),
        f"clock        {state.clock}",
        f"backup       {_time(state.backup.at if state.backup else None)}",
        f"drill        {_time(state.drill.at if state.drill else None)}{right}",
    ]
    return "\n".join([*lines, *(f"NEEDS A HAND  {one}" for one in state.problems)])


def _time(at: datetime | None) -> str:
    return "never" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%MZ}"
