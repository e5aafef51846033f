"""People as rows of a sheet, in and out: what a row means, and why one is refused.

A row holds a person as they should be: an unknown id is entered, a known one whose particulars differ gets the next
version, a training or pledge day that is not noted yet is noted. A row that was taken in already changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine

from compliance.errors import EntryRefused, Outdated
from compliance.ground.acts import Actor
from compliance.keys.names import NameKey
from compliance.people.person import Employment, EventKind, Particulars, check_person
from compliance.people.present import persons
from compliance.people.register import change, enter, history, names
from compliance.people.rights import Role
from compliance.people.standing import Person
from compliance.people.training_and_pledges import note_event

ID, NAME, ROLES, EMPLOYMENT, RESERVE = "職員番号", "氏名", "役割", "雇用形態", "予備要員"
AFFILIATION = "所属"
REPORTED, STARTS, ENDS, TRAINED, PLEDGED = "市への報告日", "開始日", "終了日", "研修日", "誓約日"
HEADINGS = (
    ID,
    NAME,
    AFFILIATION,
    ROLES,
    EMPLOYMENT,
    REPORTED,
    STARTS,
    ENDS,
    RESERVE,
    TRAINED,
    PLEDGED,
)
REASON = "理由"
EMPLOYMENTS: Mapping[str, Employment] = {
    "正規": Employment.REGULAR,
    "有期": Employment.FIXED_TERM,
    "短時間": Employment.PART_TIME,
    "派遣": Employment.DISPATCHED,
    "市": Employment.CITY,
}
_ROLES = {role.title_ja: role for role in Role} | {role.value: role for role in Role}
_YES = frozenset({"はい", "○", "〇", "1", "true", "TRUE"})


@dataclass(frozen=True, slots=True)
class TakenPeople:
    """What became of a sheet: rows that changed something, rows that were there already, and those refused,
    each with its reason under `REASON`."""

    changed: int
    unchanged: int
    refused: Sequence[Mapping[str, str]]


def take_in(
    engine: Engine,
    key: NameKey,
    actor: Actor,
    first_list_until: date,
    rows: Sequence[Mapping[str, str]],
) -> TakenPeople:
    """Enter the good rows; the others come back with reasons."""
    changed, refused = 0, []
    for row in rows:
        try:
            if _take(engine, key, actor, first_list_until, row):
                changed += 1
        except (EntryRefused, Outdated) as error:
            refused.append({**row, REASON: str(error)})
    return TakenPeople(changed, len(rows) - changed - len(refused), refused)


def reason_against(row: Mapping[str, str]) -> str | None:
    """Why a row could not be taken in, judged by itself; null where nothing speaks against it."""
    try:
        check_person(row.get(ID, "").strip(), row.get(NAME, ""), _particulars(row))
        for heading in (TRAINED, PLEDGED):
            _day(row, heading)
    except EntryRefused as error:
        return str(error)
    return None


def rows_out(engine: Engine, key: NameKey, first_list_until: date) -> list[Mapping[str, str]]:
    """Everybody as rows that `take_in` reads."""
    known = names(engine, key)
    latest = {version.staff_id: version.particulars for version in history(engine)}
    words = {value: word for word, value in EMPLOYMENTS.items()}
    return [
        {
            ID: person.staff_id,
            NAME: known[person.staff_id],
            AFFILIATION: latest[person.staff_id].affiliation,
            ROLES: "、".join(role.title_ja for role in sorted(person.roles)),
            EMPLOYMENT: words[latest[person.staff_id].employment],
            REPORTED: _written(person.reported_on),
            STARTS: _written(person.starts_on),
            ENDS: _written(person.ends_on),
            RESERVE: "はい" if person.is_reserve else "",
            TRAINED: _written(person.trained_on),
            PLEDGED: _written(person.pledged_on),
        }
        for person in persons(engine, first_list_until).values()
    ]


def _take(
    engine: Engine,
    key: NameKey,
    actor: Actor,
    first_list_until: date,
    row: Mapping[str, str],
) -> bool:
    staff_id, name = row.get(ID, "").strip(), row.get(NAME, "").strip()
    given = _particulars(row)
    events = [
        (kind, day)
        for kind, heading in (
            (EventKind.TRAINING_ATTENDED, TRAINED),
            (EventKind.PLEDGE, PLEDGED),
        )
        if (day := _day(row, heading)) is not None
    ]
    person = persons(engine, first_list_until).get(staff_id)
    is_changed = True
    if person is None:
        enter(engine, key, actor, staff_id, name, given)
    elif changes := _changes(engine, person, given, row):
        change(engine, key, actor, staff_id, person.version, **changes)
    else:
        is_changed = False
    noted = {
        EventKind.TRAINING_ATTENDED: person and person.trained_on,
        EventKind.PLEDGE: person and person.pledged_on,
    }
    for kind, day in events:
        if noted[kind] != day:
            note_event(engine, actor, staff_id, kind, day)
            is_changed = True
    return is_changed


def _changes(
    engine: Engine, person: Person, given: Particulars, row: Mapping[str, str]
) -> dict[str, Any]:
    """What a row says differently; a sheet without a column of 所属 says nothing of it."""
    present = history(engine, person.staff_id)[-1].particulars
    fields = (
        "roles",
        "employment",
        "starts_on",
        "reported_on",
        "ends_on",
        "is_reserve",
        "affiliation",
    )
    return {
        field: getattr(given, field)
        for field in fields
        if (field != "affiliation" or AFFILIATION in row)
        and getattr(given, field) != getattr(present, field)
    }


def _particulars(row: Mapping[str, str]) -> Particulars:
    words = [word for word in row.get(ROLES, "").replace(",", "、").split("、") if word.strip()]
    unknown = [word for word in words if word.strip() not in _ROLES]
    if unknown or not words:
        raise EntryRefused(f"{ROLES}: {'、'.join(_ROLES_SHOWN)} のどれかを書いてください。")
    employment = row.get(EMPLOYMENT, "").strip()
    if employment not in EMPLOYMENTS:
        raise EntryRefused(f"{EMPLOYMENT}: {'、'.join(EMPLOYMENTS)} のどれかを書いてください。")
    starts_on = _day(row, STARTS)
    if starts_on is None:
        raise EntryRefused(f"{STARTS}: 空欄にできません。")
    return Particulars(
        roles=frozenset(_ROLES[word.strip()] for word in words),
        employment=EMPLOYMENTS[employment],
        starts_on=starts_on,
        reported_on=_day(row, REPORTED),
        ends_on=_day(row, ENDS),
        is_reserve=row.get(RESERVE, "").strip() in _YES,
        affiliation=row.get(AFFILIATION, "").strip(),
    )


_ROLES_SHOWN = tuple(role.title_ja for role in Role)


def _day(row: Mapping[str, str], heading: str) -> date | None:
    text = row.get(heading, "").strip().replace("/", "-")
    if not text:
        return None
    try:
        year, month, day = (int(part) for part in text.split("-"))
        return date(year, month, day)
    except ValueError:
        raise EntryRefused(f"{heading}: 2023-11-20 のように書いてください。") from None


def _written(day: date | None) -> str:
    return "" if day is None else day.isoformat()
