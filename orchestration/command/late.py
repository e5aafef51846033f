"""Groups of commands whose module is imported when one of their commands is asked for.

A person who asks for help, or for one command, does not wait for the stores, ciphers and papers of all others. What a group
is for stands where it is named, so that saying it imports nothing; everything else stands in the group's module.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup


class _LateGroup(TyperGroup):
    """A group that takes its commands from `app` of a module when it is first asked for them."""

    module: str
    _found: MutableMapping[str, Any] | None = None

    @property
    def commands(self) -> MutableMapping[str, Any]:
        if self._found is None:
            self._found = typer.main.get_group(import_module(self.module).app).commands
        return self._found

    @commands.setter
    def commands(self, none: MutableMapping[str, Any]) -> None:
        """The constructor knows of none."""


def late(module: str, told: str) -> typer.Typer:
    """A group to be added under a name: its module, by full name, and what it says of itself in the help."""
    kind = type("_Late", (_LateGroup,), {"module": module})
    return typer.Typer(cls=kind, no_args_is_help=True, help=told)
