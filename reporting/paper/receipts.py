"""The number by which a call is named on the telephone: day and minute of arrival, and which of that minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime


def receipt_numbers(arrivals: Sequence[datetime]) -> list[str]:
    """The number of each call, given in the order of arrival: 1120-0903, 1120-0903-2."""
    seen: dict[str, int] = {}
    numbers = []
    for at in arrivals:
        minute = f"{at:%m%d-%H%M}"
        seen[minute] = seen.get(minute, 0) + 1
        numbers.append(minute if seen[minute] == 1 else f"{minute}-{seen[minute]}")
    return numbers
