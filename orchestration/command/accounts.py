"""`madoguchi people account`: who has an account on the desk. A first password is shown once, on the terminal."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from application.home.session import read_settings
from application.people import acting_home
from compliance.people.rights import Right
from compliance.sign_in.accounts import close_account, open_account, open_accounts
from orchestration.command.acting import acting
from orchestration.command.options import AsJson, By, Config, HomeFolder

StaffId = Annotated[str, typer.Argument(help="Whose account (`people list`).")]
app = typer.Typer(no_args_is_help=True, help="Accounts on the desk.")


@app.command()
def open(staff_id: StaffId, by: By = None, config: Config = None, home: HomeFolder = None) -> None:
    """Open somebody's account, or give it a new first password; it is shown once and must be changed at first use."""
    with acting(config, home, by, Right.KEEP_PEOPLE) as (place, actor):
        password = open_account(place.engine, actor, staff_id)
    typer.echo(f"{staff_id} has an account. The first password, shown only here:", err=True)
    typer.echo(password)


@app.command()
def close(staff_id: StaffId, by: By = None, config: Config = None, home: HomeFolder = None) -> None:
    """Let somebody's account count no more; sessions end."""
    with acting(config, home, by, Right.KEEP_PEOPLE) as (place, actor):
        close_account(place.engine, actor, staff_id)
    typer.echo(f"{staff_id} has no account any more.")


@app.command(name="list")
def list_(config: Config = None, home: HomeFolder = None, json_: AsJson = False) -> None:
    """The accounts that are open, whether the first password stands, whether a code is asked for."""
    with acting_home(read_settings(config, home)) as place:
        rows = [
            {
                "staff_id": one.staff_id,
                "must_change": one.must_change,
                "second": one.sealed_second is not None,
                "since": one.recorded_at.isoformat(),
            }
            for one in open_accounts(place.engine).values()
        ]
    if json_:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        state = "first password" if row["must_change"] else "in use"
        typer.echo(f"{row['staff_id']:<10} {state}{', code' if row['second'] else ''}")
