"""What a guide has somebody type: the commands and files of its sections in their order, and the commands that it names in passing.

A fence without a language holds commands, one a line. A fence `ini` holds a file, whose path stands in the last code before it. What stands
behind two spaces or more in a line of commands is a remark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PROGRAMMES = ("madoguchi", "systemctl", "./install.sh", "setpriv", "install", "chown", "chmod", "rm", "make", "ln", "pg_dump")  # fmt: skip
GROUPS = ("people", "vault", "keys", "audit", "registers", "papers", "service")
"""Of `madoguchi`, which a page leaves out where it names one of their commands in passing."""


@dataclass(frozen=True, slots=True)
class Typed:
    """One command, or the content of a file at the path `line`."""

    section: str
    line: str
    content: str = ""


def steps(page: str) -> list[Typed]:
    """Everything in fences, in order, by the heading that it stands under."""
    found = []
    for part in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        section = part.splitlines()[0]
        for fence in re.finditer(r"^```(\w*)\n(.*?)^```$", part, re.DOTALL | re.MULTILINE):
            kind, text = fence.groups()
            if kind == "ini":
                path = re.findall(r"`([^`\n]+)`", part[: fence.start()])
                named = [one for one in path if Path(one).is_absolute() and Path(one).suffix]
                found.append(Typed(section, named[-1], text))
            else:
                lines = (re.split(r"\s{2,}", line)[0] for line in text.splitlines())
                found += [Typed(section, line) for line in lines]
    return found


def in_passing(page: str) -> list[str]:
    """Every command in code outside of fences, up to what stands for something else (…)."""
    text = re.sub(r"^```.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE)
    found = []
    for code in re.findall(r"`([^`\n]+)`", text):
        first, *others = code.split()
        if first in GROUPS and others:
            found.append(f"madoguchi {code}")
        elif first in PROGRAMMES and others:
            found.append(code)
    return sorted({one.partition("…")[0].strip() for one in found})
