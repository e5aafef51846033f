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
from compliance.ground.written import NumberCell, day_of, moment_of, narrow
from compliance.keys.keyring import Keyring
from compliance.registers.description import Field, FieldKind, Register
from compliance.registers.entries import Draft, KeptEntry, Saved, save

ABOUT, REASON = "対応記録の番号", "理由（返却）"
TYPE_ANEW = "（文字列で入力し直してください）"
"""Stands in a call's cell that held a number, when its row comes back: Excel takes the last zero off it."""


@dataclass(frozen=True, slots=True)
class TakenEntries:
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
    *,
    oversees: bool = False,
    confirms: bool = False,
) -> TakenEntries:
    """Save the good rows, each for itself; the others come back with reasons. `oversees` and `confirms` as in `entries.save`."""
    refused, outcome = [], []
    for row in rows:
        try:
            draft = read_row(register, row)
            outcome += save(
                engine, ring, register, actor, [draft], oversees=oversees, confirms=confirms
            )
        except EntryRefused as error:
            refused.append({**row, **_to_type_anew(register, row), REASON: str(error)})
    counted = {one: outcome.count(one) for one in Saved}
    return TakenEntries(counted[Saved.NEW], counted[Saved.CORRECTED], counted[Saved.KNOWN], refused)


def read_row(register: Register, row: Mapping[str, str]) -> Draft:
    """What a row says, each value in the shape in which it is kept.

    Raises:
        EntryRefused: a cell cannot be read; the reason names the cell, never what it holds.
    """
    if numbers := _to_type_anew(register, row):
        raise EntryRefused(
            f"「{'」「'.join(numbers)}」が数値のセルです。Excelは数値の末尾の0を落とし、別の通話の番号になるため受け取れません。"
            "セルの書式を「文字列」にしてから入力し直してください。"
        )
    values = {one.name: read_cell(one, row.get(one.title, "")) for one in register.fields}
    about = row.get(ABOUT, "").strip() if register.is_about_inquiry else ""
    return Draft(about, {name: value for name, value in values.items() if value})


def _to_type_anew(register: Register, row: Mapping[str, str]) -> dict[str, str]:
    calls = (one.title for one in register.fields if one.kind is FieldKind.CALL)
    return {title: TYPE_ANEW for title in calls if isinstance(row.get(title), NumberCell)}


def read_cell(one: Field, cell: str) -> str:
    """A cell as it is kept: a title becomes its code, a moment is of Japan where it names no zone.

    Raises:
        EntryRefused: it is no moment.
    """
    text = cell.strip()
    if not text:
        return ""
    if one.kind is FieldKind.CHOICE:
        return next((code for code, title in one.choices.items() if title == text), text)
    if one.kind is FieldKind.DAY:
        day = day_of(cell)
        return text if day is None else day.isoformat()
    if one.kind in (FieldKind.NUMBER, FieldKind.STAFF, FieldKind.CALL):
        return narrow(text)
    if one.kind is FieldKind.MOMENT:
        moment = _moment(cell)
        if moment is None:
            raise EntryRefused(f"「{one.title}」は2023-11-20 09:30の形にしてください。")
        return moment.isoformat()
    return text


def _moment(text: str) -> datetime | None:
    """A moment as typed, in Japan's time; null where it is none, or one at the ends of the calendar, which other zones do
    not have. A day alone is no moment."""
    try:
        moment = moment_of(text)
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
