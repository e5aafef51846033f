"""How what a contract names by a code may be called: one alphabet for services, campaigns and results. Such a code stands in tables and
exports; no person reads it on paper."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=32)]
"""A code of the contract's, 32 letters at most, as columns hold it."""

PartOfName = Annotated[Code, Field(max_length=24)]
"""A code of which two make a name: campaign and result together, in a column of 64 letters."""
