"""A register as rows of a sheet, in and out: what a row means, and why one is refused.

A cell of a choice may hold its code or its title. A row that was taken in already changes nothing; one that differs is a
correction. What comes back with a reason holds what was typed: it goes to whoever handed the sheet in, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from compliance.errors import EntryRefused
from compliance.ground.acts import Actor
from compliance.ground.japan import TOKYO
from compliance.keys.keyring import Keyring
from compliance.registers.description import Field, FieldKind, Register
from compliance.registers.entries import Draft, KeptEntry, Saved, save

ABOUT, REASON = "対応記録の番号", "理由（返却）"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a sheet; `refused` are rows with their reason under `REASON`."""

    new: int
    corrected: int
    unchanged: int
    refused: Sequence[Mapping[str, str]]


def headings(register: Register) -> tuple[str, ...]:
    """The sheet's headings, in order."""
    about = (ABOUT,) if register.is_about_inquiry else ()
    return (*about, *(one.title for one in register.fields))


def needed(register: Register) -> tuple[str, ...]:
    """The headings by which a sheet is known."""
    about = (ABOUT,) if register.is_about_inquiry else ()
    return (*about, *(one.title for one in register.fields if one.is_needed))


def take_in(
    engine: Engine,
    ring: Keyring,
    register: Register,
    actor: Actor,
    rows: Sequence[Mapping[str, str]],
) -> Taken:
    """Save the good rows, each for itself; the others come back with reasons."""
    refused, outcome = [], []
    for row in rows:
        try:
            draft = read_row(register, row)
            outcome += save(engine, ring, register, actor, [draft])
        except EntryRefused as error:
            refused.append({**row, REASON: str(error)})
    counted = {one: outcome.count(one) for one in Saved}
    return Taken(counted[Saved.NEW], counted[Saved.CORRECTED], counted[Saved.KNOWN], refused)


def read_row(register: Register, row: Mapping[str, str]) -> Draft:
    """What a row says, each value in the shape in which it is kept.

    Raises:
        EntryRefused: a cell cannot be read; the reason names the cell, never what it holds.
    """
    values = {one.name: read_cell(one, row.get(one.title, "").strip()) for one in register.fields}
    about = row.get(ABOUT, "").strip() if register.is_about_inquiry else ""
    return Draft(about, {name: value for name, value in values.items() if value})


def read_cell(one: Field, text: str) -> str:
    """A cell as it is kept: a title becomes its code, a moment is of Japan where it names no zone.

    Raises:
        EntryRefused: it is no moment.
    """
    if not text:
        return ""
    if one.kind is FieldKind.CHOICE:
        return next((code for code, title in one.choices.items() if title == text), text)
    if one.kind is FieldKind.DAY:
        return text.replace("/", "-")
    if one.kind is FieldKind.MOMENT:
        moment = _moment(text)
        if moment is None:
            raise EntryRefused(f"「{one.title}」は2023-11-20 09:30の形にしてください。")
        return moment.isoformat()
    return text


def _moment(text: str) -> datetime | None:
    """A moment as typed, in Japan's time; null where it is none, or one at the ends of the calendar, which other zones do
    not have. A day alone is no moment."""
    try:
        moment = datetime.fromisoformat(text.replace("/", "-")) if ":" in text else None
        if moment is None:
            return None
        moment = moment.replace(tzinfo=TOKYO) if moment.tzinfo is None else moment
        return moment.astimezone(UTC).astimezone(TOKYO)
    except (ValueError, OverflowError):
        return None


def rows_out(register: Register, kept: Sequence[KeptEntry]) -> list[Mapping[str, str]]:
    """Entries as rows that `take_in` reads."""
    return [
        {
            ABOUT: entry.about,
            **{one.title: shown(one, entry.get(one.name)) for one in register.fields},
        }
        for entry in kept
    ]


def choices(register: Register) -> Mapping[str, Sequence[str]]:
    """The titles that a cell may hold, by heading."""
    return {one.title: list(one.choices.values()) for one in register.fields if one.choices}


def shown(one: Field, value: str) -> str:
    """A value as people read it: the title of a code, civil time in Japan."""
    if one.kind is FieldKind.CHOICE:
        return one.choices.get(value, value)
    if one.kind is FieldKind.MOMENT and value:
        return f"{datetime.fromisoformat(value).astimezone(TOKYO):%Y-%m-%d %H:%M:%S}"
    return value
