"""Options that every command takes, worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None, typer.Option("--config", help="The contract file (default: ./contract.toml).")
]
HomeFolder = Annotated[
    Path | None, typer.Option("--home", help="The home (default: MADOGUCHI_HOME, else ./var).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]
