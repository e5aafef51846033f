"""When an interrupted delivery is tried again: after 1, 4 and 16 seconds, then somebody has to look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from reporting.errors import DeliveryInterrupted

Result = TypeVar("Result")
WAITS = (1.0, 4.0, 16.0)
"""Seconds before the second, third and fourth attempt."""


def patiently(
    attempt: Callable[[], Result],
    sleep: Callable[[float], None],
    waits: Sequence[float] = WAITS,
) -> Result:
    """What the first attempt gives that is not interrupted.

    Raises:
        DeliveryInterrupted: the last attempt was, too.
        DeliveryRefused, DeliveryUnknown: at once, since trying again would not help or do harm.
    """
    for wait in waits:
        try:
            return attempt()
        except DeliveryInterrupted:
            sleep(wait)
    return attempt()
