"""Which bytes a request asks for (RFC 9110, 14.1 and 14.2): one range, or all of them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """From `start` to before `end` of `size` bytes; `is_whole`: no part was asked for."""

    start: int
    end: int
    size: int
    is_whole: bool = False

    @property
    def content_range(self) -> str:
        """As the answer says it."""
        return f"bytes {self.start}-{self.end - 1}/{self.size}"


def part_of(told: str, size: int) -> Part | None:
    """The part that a `Range` header asks for; all where it is blank, of several ranges, or none that can be read; null where
    nothing of it is there."""
    found = _ONE.fullmatch(told.replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        return Part(0, size, size, is_whole=True)
    first, last = found.groups()
    if not first:
        length = int(last)
        return Part(max(0, size - length), size, size) if length and size else None
    start = int(first)
    if last and int(last) < start:
        return Part(0, size, size, is_whole=True)
    if start >= size:
        return None
    return Part(start, min(size, int(last) + 1) if last else size, size)
