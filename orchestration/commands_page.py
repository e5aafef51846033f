"""Every command with its arguments and options as one page, `docs/commands.md`: `python -m orchestration.commands_page` writes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
_HEAD = """# Commands

Every command of `madoguchi`, made from the programme itself (`make commands`). Commands that work on a home take `--config` and `--home`; where they are
left out, `MADOGUCHI_CONFIG` and `MADOGUCHI_HOME` say it. `--by` is the staff id of whoever acts, who is asked for the own passphrase.
"""
_EVERYWHERE = frozenset({"--config", "--home", "--by", "--help"})


def leaves(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Every command that does something, as it is typed, in the order of the alphabet."""
    if (inner := getattr(command, "commands", None)) is not None:
        for name in sorted(inner):
            yield from leaves(inner[name], (*words, name))
    else:
        yield " ".join(words), command


def page(group: Any) -> str:
    """The page as Markdown. Pure."""
    told = [_HEAD]
    for typed, command in leaves(group, ("madoguchi",)):
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [
            p
            for p in command.params
            if p.param_type_name == "option" and not set(p.opts) & _EVERYWHERE
        ]
        named = " ".join([typed, *map(_argument, arguments)])
        told.append(f"## `{named}`\n\n{_line(command.help)}\n")
        rows = [f"- `{_argument(one)}`: {_line(one.help)}" for one in arguments]
        rows += [
            f"- {', '.join(f'`{word}`' for word in [*one.opts, *one.secondary_opts])}: {_line(one.help)}"
            for one in options
        ]
        if rows:
            told.append("\n".join(rows) + "\n")
    return "\n".join(told)


def _argument(one: Any) -> str:
    name = (one.name or "").upper()
    return f"{name}…" if one.nargs == -1 else name


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


if __name__ == "__main__":
    from orchestration.cli import app

    PAGE.write_text(page(typer.main.get_command(app)), "utf-8")
