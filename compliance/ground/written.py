"""What people write into the cells of a sheet: days, times and moments as they mean them, and cells that are numbers.

A spreadsheet keeps a day as the number of days since 1899-12-30 and a time as a part of one, and shows either as the cell's
format says; in a cell without a format `2023/11/2` may come out as 45232. People write full-width digits, and 年月日. All of it is
read as what it says. What a number cannot be trusted with is what only looks like one: of 1700438494.10, the id of a call, a
number keeps 1700438494.1, which is the id of another.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta

_BEGIN = date(1899, 12, 30)
"""Day 0 of a serial date from 1900-03-01 on (ECMA-376 part 1, 18.17.4.1)."""
DAYS_OF_1904 = 1462
"""By which a workbook of the other date system counts later."""
_SERIAL = re.compile(r"[3-7][0-9]{4}(\.[0-9]{1,12})?")
"""Of 1982 to 2119; a number outside is no day."""
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_TIME = re.compile(r"([0-9]{1,2})(?:時|(?::|時)([0-9]{1,2})(?:(?::|分)([0-9]{1,2})秒?|分)?)?")
_PART_OF_A_DAY = re.compile(r"0\.[0-9]{1,17}|0")


class NumberCell(str):
    """The text of a cell that holds a number, not a text. `days_later`: by how much its workbook counts days later."""

    __slots__ = ("days_later",)
    days_later: int

    def __new__(cls, text: str, days_later: int = 0) -> NumberCell:
        made = super().__new__(cls, text)
        made.days_later = days_later
        return made


def narrow(text: str) -> str:
    """A text with its full-width letters, digits and signs as ASCII has them (NFKC), without blanks around it."""
    return unicodedata.normalize("NFKC", text).strip()


def day_of(text: str) -> date | None:
    """The day that a cell says; null where it says none, or more than one could be meant."""
    plain = narrow(text)
    try:
        if _SERIAL.fullmatch(plain) and float(plain).is_integer():
            return _BEGIN + timedelta(days=int(float(plain)) + _days_later(text))
        found = _DAY.fullmatch(plain)
        return None if found is None else date(*(int(part) for part in found.groups()))
    except (ValueError, OverflowError):
        return None


def time_of(text: str) -> time | None:
    """The time of day that a cell says, to the second; null where it says none."""
    plain = narrow(text)
    if _PART_OF_A_DAY.fullmatch(plain):
        return _time_at(float(plain))
    found = _TIME.fullmatch(plain)
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _time_at(part: float) -> time | None:
    """The time at a part of a day, to the nearest second; null where that is the next day's midnight."""
    seconds = round(part * 86_400)
    if seconds >= 86_400:
        return None
    return time(seconds // 3_600, seconds // 60 % 60, seconds % 60)


def moment_of(text: str) -> datetime | None:
    """The moment that a cell says, without a zone where it names none; null where it says none. A day alone is no moment."""
    plain = narrow(text)
    if _SERIAL.fullmatch(plain):
        whole, _, part = plain.partition(".")
        on = _BEGIN + timedelta(days=int(whole) + _days_later(text))
        then = _time_at(float(f"0.{part}")) if part else None
        return None if then is None else datetime.combine(on, then)
    day_text, _, rest = plain.replace("T", " ", 1).partition(" ")
    day, at = day_of(day_text), time_of(rest)
    if day is not None and at is not None:
        return datetime.combine(day, at)
    try:
        return datetime.fromisoformat(plain.replace("/", "-")) if ":" in plain else None
    except ValueError:
        return None


def _days_later(text: str) -> int:
    return text.days_later if isinstance(text, NumberCell) else 0
