"""A contract as a folder: a copy of one as the start of another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.command.options import Config


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
