"""A register's entry as a form: fields from its description, and what a page handed in as values. Pure.

A moment is shown in Japan to the second; one that comes back as it was shown stays what it was. What makes an entry the one it is
stands fixed once it was entered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from compliance.errors import EntryRefused
from compliance.ground.japan import TOKYO
from compliance.registers.description import Field, FieldKind, Register
from compliance.registers.sheet import read_cell, shown
from desk.bodies import Fields, one

_BREAKS = re.compile(r"[\r\n\t]+")
_CONTROLS = {
    FieldKind.DAY: "date",
    FieldKind.MOMENT: "datetime-local",
    FieldKind.CHOICE: "select",
    FieldKind.TEXT: "textarea",
    FieldKind.WORDS: "textarea",
    FieldKind.NUMBER: "number",
    FieldKind.CALL: "call",
}
_FILLED = (FieldKind.MOMENT, FieldKind.STAFF)
"""Kinds that a new entry has filled in where they are needed: it is mostly somebody's own act of this moment."""


@dataclass(frozen=True, slots=True)
class Input:
    """One field of the form. `control` is how it is typed (`text` where nothing else fits), `value` what stands in it, `text` how
    people read that; `is_fixed`: it cannot be changed; `has_focus`: the form begins there."""

    field: Field
    control: str
    value: str
    text: str
    is_fixed: bool
    has_focus: bool = False


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What a form says: `values` by field in the shape in which they are kept, `wrong` the texts beside those that cannot be read."""

    values: Mapping[str, str]
    wrong: Mapping[str, str]


def typed(register: Register, fields: Fields, kept: Mapping[str, str]) -> dict[str, str]:
    """What was typed, by field, as it stands in the form; the identity of a kept entry is never typed."""
    fixed = set(register.identity) if kept else set()
    return {
        field.name: _input(field, kept.get(field.name, ""))
        if field.name in fixed
        else one(fields, field.name)
        for field in register.fields
    }


def as_typed(register: Register, values: Mapping[str, str]) -> dict[str, str]:
    """Kept values as they stand in the form."""
    return {field.name: _input(field, values.get(field.name, "")) for field in register.fields}


def begun(register: Register, staff_id: str, now: datetime) -> dict[str, str]:
    """What stands in the form of a new entry."""
    names = [f.name for f in register.fields if f.is_needed and f.kind in _FILLED]
    return _filled(register, names, staff_id, now)


def ended(
    register: Register, values: Mapping[str, str], staff_id: str, now: datetime
) -> dict[str, str]:
    """Kept values with those filled in that end the entry; what was noted stays."""
    names = register.ending.fills if register.ending else ()
    return {**_filled(register, names, staff_id, now), **{n: v for n, v in values.items() if v}}


def inputs(
    register: Register, form: Mapping[str, str], *, is_entered: bool, focus: str = ""
) -> list[Input]:
    """The form's fields in the register's order. `form` holds what stands in them; `focus` names where it begins, else the first
    that can be changed."""
    found: list[Input] = []
    for field in register.fields:
        is_fixed = is_entered and field.name in register.identity
        first = not focus and not is_fixed and not any(f.has_focus for f in found)
        value = form.get(field.name, "")
        text = value.replace("T", " ") if field.kind is FieldKind.MOMENT else shown(field, value)
        control = _CONTROLS.get(field.kind, "text")
        found.append(Input(field, control, value, text, is_fixed, first or field.name == focus))
    return found


def first_to_say(register: Register) -> str:
    """Where the form that ends an entry begins: the first choice, which nobody can fill in beforehand; blank where it has none."""
    fixed = register.identity
    return next(
        (f.name for f in register.fields if f.kind is FieldKind.CHOICE and f.name not in fixed), ""
    )


def handed_in(register: Register, form: Mapping[str, str], kept: Mapping[str, str]) -> HandedIn:
    """What a form says, upon what is kept: blank is blank, the identity of an entry stays what it was."""
    values, wrong = {}, {}
    for field in register.fields:
        before, text = kept.get(field.name, ""), _BREAKS.sub(" ", form.get(field.name, "")).strip()
        is_fixed = bool(kept) and field.name in register.identity
        if is_fixed or (before and text == _input(field, before)):
            values[field.name] = before
            continue
        try:
            values[field.name] = read_cell(field, text)
        except EntryRefused as error:
            wrong[field.name] = str(error)
    return HandedIn({name: value for name, value in values.items() if value}, wrong)


def _input(field: Field, value: str) -> str:
    if field.kind is FieldKind.MOMENT and value:
        return f"{datetime.fromisoformat(value).astimezone(TOKYO):%Y-%m-%dT%H:%M:%S}"
    return value


def _filled(
    register: Register, names: tuple[str, ...] | list[str], staff_id: str, now: datetime
) -> dict[str, str]:
    local = now.astimezone(TOKYO)
    present = {
        FieldKind.MOMENT: f"{local.replace(microsecond=0).isoformat()}",
        FieldKind.DAY: local.date().isoformat(),
        FieldKind.STAFF: staff_id,
    }
    return {name: present[register.field(name).kind] for name in names}
