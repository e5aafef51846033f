"""How many examples a property is tried with: all of them in `.ci/run`, a quarter on somebody's machine."""

from __future__ import annotations

import os

_FEWEST = 25


def examples(number: int) -> int:
    """Of so many examples those that are tried here."""
    if os.environ.get("MADOGUCHI_CI") == "1":
        return number
    return max(min(number, _FEWEST), number // 4)
