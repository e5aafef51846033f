"""When a centre is open, as dated rules: `[[opening]]` and `[[exceptions]]`.

A rule says on which days it holds, from when until when (a time that is not after the other lies on the following day, `24:00` is
midnight), and between which dates it is in force. Where several hold on a day the last one written does. A public holiday or a
closure is closed under a rule of weekdays; a rule that names `holiday` or the date itself opens it. Times are Japan's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from compliance.contract.section import Section

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY = "holiday"
MIDNIGHT = 24 * 60
_RANGE = re.compile(rf"({'|'.join(WEEKDAYS)})(?:-({'|'.join(WEEKDAYS)}))?$")
_NTH = re.compile(rf"(1st|2nd|3rd|4th|5th|last) ({'|'.join(WEEKDAYS)})$")
_CLOCK = re.compile(r"(\d\d):(\d\d)$")


def _minutes(value: Any) -> Any:
    """Minutes since midnight of a TOML time or of a text such as 24:00."""
    if isinstance(value, time) and not value.second:
        return value.hour * 60 + value.minute
    match = _CLOCK.match(value) if isinstance(value, str) else None
    if match and int(match[2]) < 60 and int(match[1]) * 60 + int(match[2]) <= MIDNIGHT:
        return int(match[1]) * 60 + int(match[2])
    raise ValueError("is no time of the day: write it as 08:30:00 or '24:00'")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | date) else value


Minutes = Annotated[int, BeforeValidator(_minutes)]


class _Span(Section):
    """`from` belongs to it, `to` does not."""

    model_config = ConfigDict(populate_by_name=True)

    opens: Minutes = Field(alias="from", lt=MIDNIGHT)
    closes: Minutes = Field(alias="to")

    @property
    def lasts(self) -> timedelta:
        """From opening to closing, over midnight where it closes by an earlier clock."""
        minutes = self.closes - self.opens
        return timedelta(minutes=minutes if minutes > 0 else minutes + MIDNIGHT)


class OpeningRule(_Span):
    """One of `[[opening]]`. `days`: `mon-fri`, `sat`, `2nd sun`, `last fri`, `holiday`, dates, or a list of these."""

    days: Annotated[tuple[date | str, ...], BeforeValidator(_listed), Field(min_length=1)]
    valid_from: date | None = None
    valid_until: date | None = None

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        for day in self.days:
            known = isinstance(day, date) or day == HOLIDAY or _RANGE.match(day) or _NTH.match(day)
            if not known:
                raise ValueError(
                    f"days: {day!r} is no day: write mon-fri, sat, 2nd sun, last fri, holiday or a date"
                )
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError(
                f"valid_until {self.valid_until} lies before valid_from: exchange them"
            )
        return self

    def in_force(self, day: date) -> bool:
        """Whether the rule says anything of that day, by its dates."""
        return (self.valid_from or day) <= day <= (self.valid_until or day)

    def names(self, day: date) -> bool:
        """Whether that very date is written."""
        return day in self.days

    def holds(self, day: date, *, is_holiday: bool) -> bool:
        """Whether the rule's days are one of that day's names; a holiday has its own and, where it is no day off, none else."""
        if is_holiday:
            return HOLIDAY in self.days
        return any(isinstance(one, str) and _fits(one, day) for one in self.days)


class OpeningException(Section):
    """One of `[[exceptions]]`: days that are closed for a reason, whatever the rules say, or have other hours (`from`, `to`)."""

    model_config = ConfigDict(populate_by_name=True)

    days: Annotated[tuple[date, ...], BeforeValidator(_listed), Field(min_length=1)]
    name: str = Field(min_length=1)
    opens: Minutes | None = Field(default=None, alias="from", lt=MIDNIGHT)
    closes: Minutes | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.opens is None) != (self.closes is None):
            raise ValueError("has one of from and to: write both, or none where it is closed")
        return self

    def span(self) -> OpeningRule | None:
        """Its own hours; null where it is closed."""
        if self.opens is None or self.closes is None:
            return None
        return OpeningRule.model_construct(opens=self.opens, closes=self.closes, days=self.days)


def always(opens_at: time, closes_at: time, *, weekends_off: bool) -> tuple[OpeningRule, ...]:
    """The rules that `[hours]` and `[holidays]` say without any of `[[opening]]`."""
    days = ("mon-fri",) if weekends_off else ("mon-sun",)
    return (
        OpeningRule.model_construct(
            opens=_minutes(opens_at), closes=_minutes(closes_at), days=days
        ),
    )


def rule_of(rules: Sequence[OpeningRule], day: date, *, is_holiday: bool) -> OpeningRule | None:
    """The rule that is in force on a day and holds there: the last one written."""
    fitting = (
        r for r in reversed(rules) if r.in_force(day) and r.holds(day, is_holiday=is_holiday)
    )
    return next(fitting, None)


def naming(rules: Sequence[OpeningRule], day: date) -> OpeningRule | None:
    """The last rule that names the date itself."""
    return next((r for r in reversed(rules) if r.in_force(day) and r.names(day)), None)


def _fits(name: str, day: date) -> bool:
    if span := _RANGE.match(name):
        first, last = WEEKDAYS.index(span[1]), WEEKDAYS.index(span[2] or span[1])
        return (day.weekday() - first) % 7 <= (last - first) % 7
    nth = _NTH.match(name)
    if nth is None or day.weekday() != WEEKDAYS.index(nth[2]):
        return False
    if nth[1] == "last":
        return (day + timedelta(days=7)).month != day.month
    return (day.day - 1) // 7 + 1 == int(nth[1][0])
