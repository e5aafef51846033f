"""Whether an entry can be kept: every value has the shape of its field. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from compliance.registers.description import Field, FieldKind, Register
from compliance.registers.scan import scan

LABEL_LENGTH, TEXT_LENGTH, WORDS_LENGTH = 100, 1_000, 1_000
ABOUT_FIELD = "about"
"""Stands for what an entry is about among the names of its fields; no register has a field of that name."""
CALL = re.compile(
    r"(?:[A-Za-z0-9_.-]{0,50}[A-Za-z][A-Za-z0-9_.-]{0,50}-)?[1-9][0-9]{0,10}\.[0-9]{1,9}"
)
"""As a call is known (`fct_calls.call_id`); no telephone number has this shape."""
STAFF = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_INQUIRY = re.compile(r"Q-[0-9a-f]{24}")


def problems(register: Register, about: str, values: Mapping[str, str]) -> Iterator[str]:
    """Why an entry cannot be kept, in Japanese, by the titles of its fields and never by what they hold; empty where it can.

    `values` are texts by field name: days as 2023-11-20, moments with their offset as 2023-11-20T09:30:00+09:00.
    """
    return (text for _, text in problems_by_field(register, about, values))


def problems_by_field(
    register: Register, about: str, values: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The same, each with the name of its field: `ABOUT_FIELD` for what the entry is about, blank for none."""
    if register.is_about_inquiry and not _INQUIRY.fullmatch(about):
        yield ABOUT_FIELD, "対応記録の番号（Q-…）がありません。"
    if not register.is_about_inquiry and about:
        yield ABOUT_FIELD, f"{register.title}は対応記録に結び付きません。"
    known = {one.name for one in register.fields}
    if set(values) - known:
        yield "", "台帳にない欄があります。"
    is_shaped = True
    for one in register.fields:
        value, said = values.get(one.name, ""), ""
        if value:
            said = _problem(one, value)
        elif one.is_needed:
            said = f"「{one.title}」を入力してください。"
        if said:
            is_shaped = False
            yield one.name, said
    if is_shaped:
        yield from ((one.field, one.text) for one in register.agreements if not one.holds(values))


def _problem(one: Field, value: str) -> str:
    match one.kind:
        case FieldKind.CHOICE:
            return "" if value in one.choices else f"「{one.title}」が選択肢にありません。"
        case FieldKind.DAY:
            return "" if _is_day(value) else f"「{one.title}」は2023-11-20の形にしてください。"
        case FieldKind.MOMENT:
            return (
                ""
                if _is_moment(value)
                else f"「{one.title}」は2023-11-20 09:30の形にしてください。"
            )
        case FieldKind.NUMBER:
            is_number = value.isascii() and value.isdigit() and len(value) <= 9
            return "" if is_number else f"「{one.title}」は数にしてください。"
        case FieldKind.STAFF:
            is_staff = STAFF.fullmatch(value) and not scan(value)
            return "" if is_staff else f"「{one.title}」は職員番号にしてください。"
        case FieldKind.CALL:
            return "" if CALL.fullmatch(value) else f"「{one.title}」の形が違います。"
        case FieldKind.LABEL:
            return _of_text(one, value, LABEL_LENGTH)
        case FieldKind.TEXT:
            return _of_text(one, value, TEXT_LENGTH)
        case FieldKind.WORDS:
            return _of_text(one, value, WORDS_LENGTH)


def _of_text(one: Field, value: str, longest: int) -> str:
    if len(value) > longest:
        return f"「{one.title}」は{longest:,}字以内です。"
    if any(unicodedata.category(c) in ("Cc", "Cf") for c in value):
        return f"「{one.title}」に、表示されない文字が含まれています。"
    if found := scan(value):
        kinds = "、".join(dict.fromkeys(each.kind.title_ja for each in found))
        return f"「{one.title}」に{kinds}と見えるものがあります。消すか、伏せてください。"
    return ""


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_moment(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
