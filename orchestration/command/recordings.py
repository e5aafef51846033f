"""`madoguchi recordings`: find one, hear it, hand it out; by a named person, for a purpose, and the log says so."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from application.home.session import outlook, read_settings
from application.people import acting_home
from compliance.ground.acts import Purpose
from compliance.people.orders import Ordered
from compliance.people.rights import Right
from compliance.vault.catalogue import recordings
from compliance.vault.listening import export as export_recording
from compliance.vault.listening import listen
from orchestration.command.acting import acting
from orchestration.command.exit_codes import ExitCode
from orchestration.command.options import AsJson, By, Config, HomeFolder, passphrase

app = typer.Typer()

RecordingId = Annotated[str, typer.Argument(help="The recording's id (`recordings list`).")]
For = Annotated[Purpose, typer.Option("--for", help="What it is heard for.")]


@app.command(name="list")
def list_(
    call: Annotated[str | None, typer.Option(help="Only of this call (unique id).")] = None,
    last: Annotated[int, typer.Option(help="How many, the newest ones.")] = 20,
    config: Config = None,
    home: HomeFolder = None,
    json_: AsJson = False,
) -> None:
    """Recordings by their ids, with call, time, length and state; no number and no name."""
    query = select(recordings).order_by(recordings.c.recorded_at.desc()).limit(last)
    if call is not None:
        query = query.where(recordings.c.call_uniqueid == call)
    with (
        outlook(read_settings(config, home), datetime.now(UTC)) as place,
        place.engine.connect() as c,
    ):
        rows = [
            {
                "recording_id": row.recording_id,
                "kind": row.kind,
                "call": row.call_uniqueid,
                "recorded_at": row.recorded_at.isoformat(),
                "seconds": row.duration_seconds,
                "state": row.state,
            }
            for row in c.execute(query)
        ]
    if json_:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(
            f"{row['recording_id']}  {row['recorded_at'][:19]}  {row['kind']:<8}{row['call']:<18}"
            f"{row['seconds'] or 0:>8.1f} s  {row['state']}"
        )


@app.command()
def play(
    recording_id: RecordingId,
    purpose: For,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Write the sound to standard output, for a player: `madoguchi recordings play … | aplay`."""
    if sys.stdout.isatty():
        typer.echo("madoguchi: the sound goes to standard output: pipe it into a player", err=True)
        raise typer.Exit(ExitCode.USAGE)
    with acting(config, home, by, Right.LISTEN) as (place, actor):
        for piece in listen(place.engine, place.home, actor, recording_id, purpose):
            sys.stdout.buffer.write(piece)


@app.command()
def export(
    recording_id: RecordingId,
    to: Annotated[Path, typer.Argument(help="The ZIP file to write (AES-256).")],
    purpose: For,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Hand a recording out under a password that is shown once; the register of exports says so."""
    with acting_home(read_settings(config, home)) as place:
        over = {"purpose": purpose.value}
        actor = place.by_order(
            by, passphrase, Right.EXPORT_RECORDING, Ordered.RECORDING_EXPORT, recording_id, over
        )
        made = export_recording(
            place.engine, place.home, actor, recording_id, purpose, to.absolute()
        )
    typer.echo(f"{to}  export {made.export_id}  SHA-256 {made.file_sha256}")
    typer.echo(f"password (shown once): {made.password}")
