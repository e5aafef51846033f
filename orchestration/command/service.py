"""`madoguchi service status`: how the service is, for whoever keeps the server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

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
