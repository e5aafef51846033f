"""`madoguchi vault`: what is in custody, and whether every copy opens as what the catalogue says."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import typer

from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import counts
from compliance.vault.custody import verify_vault
from orchestration.command.exit_codes import ExitCode
from orchestration.command.options import AsJson, Config, HomeFolder
from orchestration.opening.workplace import outlook, read_settings

app = typer.Typer(no_args_is_help=True, help="Recordings in custody: how many, and are they whole.")


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
