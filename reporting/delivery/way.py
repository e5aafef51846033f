"""A way on which the files of one paper leave the house (別紙1-5(1), 9).

Whatever the way: a file is there whole under its final name or not at all, one of that name with other content is left and
refused, and putting the same parcel again changes nothing. Messages name files and servers, never what
a file holds, a password, or what a server said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Parcel:
    """The files of one edition by name, the manifest last. `name` is what the log calls the paper, `place` where its files
    lie below a folder, `sha256` the manifest's, `at` the moment of sending (an aware instant)."""

    name: str
    place: PurePosixPath
    files: Mapping[str, bytes]
    sha256: str
    at: datetime


class Way(Protocol):
    """One way to one destination."""

    def look(self) -> str:
        """Go there, prove who is who, send nothing; says what was found.

        Raises:
            DeliveryRefused: it is not who it should be, or does not let us in.
            DeliveryInterrupted: it cannot be reached.
        """

    def put(self, parcel: Parcel, committing: Callable[[], None]) -> tuple[str, ...]:
        """Put a parcel there; returns where its files lie. `committing` is called once, just before the step after which
        a missing answer would leave it unknown whether the parcel was taken; ways without such a step never call it.

        Raises:
            DeliveryRefused: it will not take it, however often it is tried.
            DeliveryInterrupted: it may be tried again; what lies there is not half.
            DeliveryUnknown: it may have been taken.
        """
