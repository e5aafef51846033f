"""Options that every command takes, worded once, and the settings that they say."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.command.exit_codes import ExitCode

if TYPE_CHECKING:
    from application.home.settings import Settings

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="The contract: its folder, or the contract.toml in it (default: contracts/sapporo-2023).",
    ),
]
HomeFolder = Annotated[
    Path | None, typer.Option("--home", help="The home (default: MADOGUCHI_HOME, else ./var).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]
By = Annotated[
    str | None,
    typer.Option("--by", help="Your own staff id; your passphrase is asked on the terminal."),
]


def settings_of(config: Path | None, home: Path | None, pbx: Path | None = None) -> Settings:
    """The settings in force, by what a command was told; whoever asks for help alone does not wait for them."""
    from application.home.session import read_settings

    return read_settings(config, home, pbx)


def without_override() -> None:
    """Refuse a PBX folder of somebody's where a simulated one would be written."""
    from application.home.settings import PBX_OVERRIDE

    if os.environ.get(PBX_OVERRIDE):
        typer.echo(
            f"madoguchi: a simulation writes a PBX of its own beside the home: unset {PBX_OVERRIDE}",
            err=True,
        )
        raise typer.Exit(ExitCode.USAGE)


def passphrase(staff_id: str) -> str:
    """Asks somebody for theirs on the terminal."""
    secret: str = typer.prompt(f"Passphrase of {staff_id}", hide_input=True, err=True)
    return secret


def named(staff_id: str | None) -> str:
    """Whoever signs by name says who they are.

    Raises:
        typer.BadParameter: they did not.
    """
    if staff_id is None:
        raise typer.BadParameter("is needed: this is signed by name", param_hint="--by")
    return staff_id


def typed_day(text: str) -> date:
    """A day as typed.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day: write it as 2023-11-20") from None
