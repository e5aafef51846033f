"""A contract as a folder: a copy of one as the start of another, and a rehearsal of its first month."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.command.lives import finish, run_home
from orchestration.command.options import AsJson, Config, settings_of, without_override

REHEARSAL = Path("rehearsal")


def new(
    name: Annotated[str, typer.Argument(help="The folder to make, or its name in contracts/.")],
    source: Annotated[
        Path | None,
        typer.Option("--from", help="The contract to copy (default: contracts/sapporo-2023)."),
    ] = None,
    config: Config = None,
) -> None:
    """Copy a contract's folder as the start of another, and say what to fill in."""
    from compliance.contract.folder import CONTRACTS, SHIPPED, copy_contract

    target = Path(name) if Path(name).name != name else Path(CONTRACTS.name) / name
    blanks = copy_contract(source or config or SHIPPED, target)
    typer.echo(f"{target}: a copy of {(source or config or SHIPPED).name}.")
    typer.echo("Go through every line: what stands there is the other contract's. Blank still:")
    for line in blanks:
        typer.echo(f"  {line}")
    typer.echo(
        f"Then: madoguchi settings --config {target}   (what may be written: docs/contract.md)"
    )


def rehearse(
    config: Config = None,
    home: Annotated[
        Path, typer.Option("--home", help="A new folder for the rehearsed home.")
    ] = REHEARSAL,
    json_: AsJson = False,
) -> None:
    """Live a contract's first month on a simulated exchange, before it begins, and show its papers.

    The exchange and the callers are invented: hours, services, queues, lines, staff, form, due days and papers are the contract's own.
    """
    from simulation.inquiries import complaints_known, living_inquiries
    from simulation.moments import moments
    from simulation.papers import living_papers
    from simulation.people import enter_people
    from simulation.rehearsal import rehearsed_papers, rehearsed_until

    if home.exists() and any(home.iterdir()):
        raise typer.BadParameter(f"{home} is there already: name a new folder, or remove it")
    without_override()
    settings = settings_of(config, home)
    end = rehearsed_until(settings)
    enter_people(settings)
    lived = moments(settings, end, is_daily=False, has_complaints=complaints_known(settings))
    journal = run_home(settings, living_papers(settings, living_inquiries(settings, lived)), json_, end)  # fmt: skip
    finish(journal, json_)
    if json_:
        return
    typer.echo("\nRehearsed papers (every caller and every figure is invented):")
    for one in rehearsed_papers(settings):
        where = f"newest: {one.newest}" if one.newest else "due later"
        typer.echo(f"  {one.title}  ({one.kind}): {one.made}, {where}")
    typer.echo(f"Look around: madoguchi serve --config {settings.config_path} --home {home}")
