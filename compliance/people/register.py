"""The register of people, their training and pledges: a history that only grows (別紙2-3, 2-5, 2-6-4).

Nobody changes the own entry, training or pledge, and no single person gives somebody a role that counts in an erasure: that
is proposed and confirmed (`proposals`), or part of the founding (`founding`).

A person is a row per version; a change, a correction and a leaving are the next version. Whoever changes a
person says which version they saw; two who saw the same cannot both save. Training and pledges are rows of
their own; one that was entered wrongly is withdrawn by a further row. Every write has its entry of the log.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Engine,
    Integer,
    LargeBinary,
    Row,
    String,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from compliance.errors import EntryRefused, Outdated
from compliance.ground.acts import SYSTEM, Action, Actor, ObjectKind, Purpose, Result, note
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Holds, Kept
from compliance.keys.names import NameKey
from compliance.people.person_keys import was_enrolled
from compliance.people.rights import ERASURE_ROLES, Role

people = table(
    "people",
    Kept("従事者台帳（氏名は暗号化）", Holds.STAFF),
    Column("staff_id", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("roles", String(128), nullable=False),
    Column("employment", String(16), nullable=False),
    Column("is_reserve", Boolean, nullable=False),
    Column("reported_on", Date),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date),
    Column("approval", String(16), nullable=False),
    Column("approval_reference", String(64), nullable=False),
    Column("approved_on", Date),
    Column("affiliation", String(64), nullable=False, server_default=""),
    Column("sealed_name", LargeBinary, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(32), nullable=False),
)
people_events = table(
    "people_events",
    Kept("研修・誓約の台帳", Holds.STAFF),
    Column("staff_id", String(32), primary_key=True),
    Column("kind", String(24), primary_key=True),
    Column("happened_on", Date, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("ends_on", Date),
    Column("is_withdrawn", Boolean, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(32), nullable=False),
)

_STAFF_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_RESERVED = frozenset({"system", "ui"})
_NAME_LENGTH, _AFFILIATION_LENGTH = 100, 64
OWN_ENTRY = "自分の登録・研修・誓約・署名鍵は、自分では変更できません。ほかの責任者又は保護管理者が行います。"
NEEDS_SECOND = (
    "消去に関わる役割（SV、MG、保護管理者、総括保護管理者、システム管理者）の登録・変更は、一人ではできません。"
    "`madoguchi people add`・`change` に --by を付けて提案し、保護管理者（提案者と別の職）が `people confirm` で確認します。"
)


class Approval(StrEnum):
    """What the city gave, and for what; the kinds are never taken for one another."""

    ACKNOWLEDGED = "acknowledged"
    """確認 (FAQ, record format)."""
    PERMITTED_COPY = "permitted_copy"
    """許諾 (copying)."""
    LICENSED = "licensed"
    """許可 (network, server, third party)."""
    APPROVED = "approved"
    """承認 (protection officer, handling area)."""
    CONSENTED = "consented"
    """承諾 (subcontracting, erasure)."""
    REPORT_ONLY = "report_only"
    """報告のみ (change of staff, first lists)."""


class Employment(StrEnum):
    """How somebody is employed (別紙2-9)."""

    REGULAR = "regular"
    FIXED_TERM = "fixed_term"
    PART_TIME = "part_time"
    DISPATCHED = "dispatched"
    CITY = "city"


class EventKind(StrEnum):
    """What is noted about a person beside the person."""

    TRAINING_PLANNED = "training_planned"
    TRAINING_ATTENDED = "training_attended"
    PLEDGE = "pledge"


_ACTIONS = {
    EventKind.TRAINING_PLANNED: Action.TRAINING_PLANNED,
    EventKind.TRAINING_ATTENDED: Action.TRAINING_ATTENDED,
    EventKind.PLEDGE: Action.PLEDGE_SIGNED,
}


@dataclass(frozen=True, slots=True)
class Particulars:
    """What is entered of a person. `approval` is of what kind the city's answer to this version was,
    `approved_on` its day, `approval_reference` a number or file, if any. `affiliation` is 所属: firm and section."""

    roles: frozenset[Role]
    employment: Employment
    starts_on: date
    reported_on: date | None = None
    ends_on: date | None = None
    is_reserve: bool = False
    approval: Approval = Approval.REPORT_ONLY
    approval_reference: str = ""
    approved_on: date | None = None
    affiliation: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One row of a person's history, without the name."""

    staff_id: str
    version: int
    particulars: Particulars
    recorded_at: datetime
    recorded_by: str


def enter(
    engine: Engine, key: NameKey, actor: Actor, staff_id: str, name: str, given: Particulars
) -> None:
    """Enter somebody new.

    Raises:
        EntryRefused: the id or what is given cannot be, the id is taken (ids are never used again), or their roles take a
            second person.
    """
    sealed = sealed_new(engine, key, staff_id, name, given)
    _refuse_alone(engine, actor, staff_id, None, given)
    with engine.begin() as connection:
        refuse_taken(connection, staff_id)
        write_version(connection, actor, staff_id, 1, given, sealed, Action.PERSON_ENTERED)


def sealed_new(engine: Engine, key: NameKey, staff_id: str, name: str, given: Particulars) -> bytes:
    """The sealed name of somebody who could be entered.

    Raises:
        EntryRefused: as `enter`, but for who enters them.
    """
    check_person(staff_id, name, given)
    with engine.connect() as connection:
        refuse_taken(connection, staff_id)
    return key.seal(_checked_name(name), f"{staff_id}/1")


def refuse_taken(connection: Connection, staff_id: str) -> None:
    """Refuse an id that somebody has or had.

    Raises:
        EntryRefused: it is taken.
    """
    if _latest(connection, staff_id) is not None:
        raise EntryRefused(
            f"The staff id {staff_id} is in the register already: change that person, or take another id "
            "(an id is never used for somebody else)."
        )


def check_person(staff_id: str, name: str, given: Particulars) -> None:
    """Whether somebody could be entered so.

    Raises:
        EntryRefused: the id, the name or what is given cannot be.
    """
    if not _STAFF_ID.fullmatch(staff_id) or staff_id in _RESERVED:
        raise EntryRefused(
            "A staff id has 1 to 32 letters, digits, - or _, and is not `system` or `ui`."
        )
    _checked_name(name)
    _check(given)


def change(
    engine: Engine,
    key: NameKey,
    actor: Actor,
    staff_id: str,
    seen: int,
    *,
    name: str | None = None,
    **changes: Any,
) -> None:
    """Enter a person's next version; `changes` are fields of `Particulars`, `seen` the version that was seen.

    Raises:
        EntryRefused: nobody has that id, the change cannot be, it is the own entry, or it takes a second person.
        Outdated: somebody else changed the person meanwhile.
    """
    before, given, sealed = changed(engine, key, staff_id, seen, name=name, **changes)
    _refuse_alone(engine, actor, staff_id, before, given)
    action = Action.PERSON_LEFT if "ends_on" in changes else Action.PERSON_CHANGED
    with engine.begin() as connection:
        write_version(connection, actor, staff_id, seen + 1, given, sealed, action)


def changed(
    engine: Engine,
    key: NameKey,
    staff_id: str,
    seen: int,
    *,
    name: str | None = None,
    **changes: Any,
) -> tuple[Particulars, Particulars, bytes]:
    """What a person's entry is and would be, and the sealed name of the next version; nothing is written.

    Raises:
        EntryRefused: nobody has that id, or the change cannot be.
        Outdated: somebody else changed the person meanwhile.
    """
    with engine.connect() as connection:
        row = _latest(connection, staff_id)
    if row is None:
        raise EntryRefused(f"Nobody has the staff id {staff_id}.")
    if row.version != seen:
        raise Outdated(
            f"{staff_id} was changed meanwhile (version {row.version}, you saw {seen}): look again, then "
            "enter your change."
        )
    before = _particulars(row)
    given = replace(before, **changes)
    _check(given)
    plain = key.open(row.sealed_name, f"{staff_id}/{row.version}")
    sealed = key.seal(
        plain if name is None else _checked_name(name), f"{staff_id}/{row.version + 1}"
    )
    return before, given, sealed


def needs_second(before: Particulars | None, after: Particulars) -> bool:
    """Whether an entry takes a second person: a role that counts in an erasure is given, kept or taken by it, and it does
    more than let somebody leave earlier or change a name."""
    roles = after.roles if before is None else after.roles | before.roles
    if not roles & ERASURE_ROLES:
        return False
    if before is None:
        return True
    leaves_earlier = after.ends_on is not None and (
        before.ends_on is None or after.ends_on <= before.ends_on
    )
    same = replace(after, ends_on=before.ends_on) if leaves_earlier else after
    return same != before


def _refuse_alone(
    engine: Engine, actor: Actor, staff_id: str, before: Particulars | None, after: Particulars
) -> None:
    """Refuse what one person may not enter alone, and note that it was tried.

    Raises:
        EntryRefused: it is the own entry, or takes a second person.
    """
    if _is_founding(engine, actor):
        return
    if staff_id == actor.staff_id:
        refusal = OWN_ENTRY
    elif needs_second(before, after):
        refusal = NEEDS_SECOND
    else:
        return
    with engine.begin() as connection:
        action = Action.PERSON_ENTERED if before is None else Action.PERSON_CHANGED
        note(connection, actor.entry(action, ObjectKind.PERSON, staff_id, Result.REFUSED))
    raise EntryRefused(refusal)


def _is_founding(engine: Engine, actor: Actor) -> bool:
    """Whether it is the founding of a home in which no key was ever enrolled."""
    if actor.staff_id != SYSTEM or actor.purpose is not Purpose.FOUNDING:
        return False
    with engine.connect() as connection:
        return not was_enrolled(connection)


def note_event(
    engine: Engine,
    actor: Actor,
    staff_id: str,
    kind: EventKind,
    happened_on: date,
    *,
    ends_on: date | None = None,
    is_withdrawn: bool = False,
) -> None:
    """Note a training or a pledge, or withdraw one that was noted wrongly.

    Raises:
        EntryRefused: nobody has that id, it is the own, it stands there already, or there is nothing to withdraw.
        Outdated: somebody else noted the same meanwhile.
    """
    if staff_id == actor.staff_id:
        with engine.begin() as connection:
            note(
                connection,
                actor.entry(_ACTIONS[kind], ObjectKind.PERSON, staff_id, Result.REFUSED),
            )
        raise EntryRefused(OWN_ENTRY)
    with engine.begin() as connection:
        note_within(connection, actor, staff_id, kind, happened_on, ends_on, is_withdrawn)


def note_within(
    connection: Connection,
    actor: Actor,
    staff_id: str,
    kind: EventKind,
    happened_on: date,
    ends_on: date | None = None,
    is_withdrawn: bool = False,
) -> None:
    """As `note_event`, within a transaction; whoever calls has decided that it may be noted.

    Raises:
        EntryRefused, Outdated: as `note_event`.
    """
    events = people_events.c
    if _latest(connection, staff_id) is None:
        raise EntryRefused(f"Nobody has the staff id {staff_id}.")
    last = connection.execute(
        select(people_events)
        .where(
            events.staff_id == staff_id,
            events.kind == kind.value,
            events.happened_on == happened_on,
        )
        .order_by(events.revision.desc())
    ).first()
    stands = last is not None and not last.is_withdrawn
    if stands != is_withdrawn and not (stands and last is not None and last.ends_on != ends_on):
        raise EntryRefused(
            f"{kind.value} of {staff_id} on {happened_on} "
            + ("stands in the register already." if stands else "is not there to be withdrawn.")
        )
    values = {
        "staff_id": staff_id,
        "kind": kind.value,
        "happened_on": happened_on,
        "revision": 1 if last is None else last.revision + 1,
        "ends_on": ends_on,
        "is_withdrawn": is_withdrawn,
        "recorded_at": actor.at,
        "recorded_by": actor.staff_id,
    }
    _insert(connection, people_events, values)
    note(connection, actor.entry(_ACTIONS[kind], ObjectKind.PERSON, staff_id))


def history(engine: Engine, staff_id: str | None = None) -> tuple[Version, ...]:
    """Every version of one person or of all, in order."""
    query = select(people).order_by(people.c.staff_id, people.c.version)
    if staff_id is not None:
        query = query.where(people.c.staff_id == staff_id)
    with engine.connect() as connection:
        return tuple(
            Version(row.staff_id, row.version, _particulars(row), row.recorded_at, row.recorded_by)
            for row in connection.execute(query)
        )


def names(engine: Engine, key: NameKey) -> Mapping[str, str]:
    """Everybody's name by staff id, for the papers that print them."""
    with engine.connect() as connection:
        rows = connection.execute(select(people).order_by(people.c.version)).fetchall()
    return {
        row.staff_id: key.open(row.sealed_name, f"{row.staff_id}/{row.version}")
        for row in {row.staff_id: row for row in rows}.values()
    }


def holds_names(engine: Engine) -> bool:
    """Whether anybody is in the register."""
    with engine.connect() as connection:
        return connection.execute(select(people.c.staff_id).limit(1)).first() is not None


def _check(given: Particulars) -> None:
    if not given.roles:
        raise EntryRefused("A person has at least one role.")
    if given.ends_on is not None and given.ends_on < given.starts_on:
        raise EntryRefused("The last day lies before the first.")
    if given.approval is Approval.APPROVED and given.approved_on is None:
        raise EntryRefused("The city's 承認 needs its date.")
    if given.approved_on is not None and given.approval is Approval.REPORT_ONLY:
        raise EntryRefused("An approval's date needs its kind: 報告のみ has none.")
    if len(given.affiliation) > _AFFILIATION_LENGTH or not given.affiliation.isprintable():
        raise EntryRefused(f"所属は{_AFFILIATION_LENGTH}字以内の、表示される文字です。")
    if given.is_reserve and given.reported_on is None:
        raise EntryRefused("Reserve staff are reported beforehand (6(1)オ(オ)): enter the date.")


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _NAME_LENGTH or not name.isprintable():
        raise EntryRefused(f"A name has 1 to {_NAME_LENGTH} printable characters.")
    return name


def write_version(
    connection: Connection,
    actor: Actor,
    staff_id: str,
    version: int,
    given: Particulars,
    sealed_name: bytes,
    action: Action,
) -> None:
    """Enter a version, within a transaction; whoever calls has decided that it may be entered.

    Raises:
        Outdated: that version is there.
    """
    values = {field.name: getattr(given, field.name) for field in fields(given)} | {
        "staff_id": staff_id,
        "version": version,
        "roles": " ".join(sorted(given.roles)),
        "sealed_name": sealed_name,
        "recorded_at": actor.at,
        "recorded_by": actor.staff_id,
    }
    _insert(connection, people, values)
    note(connection, actor.entry(action, ObjectKind.PERSON, staff_id))


def _insert(connection: Connection, into: Any, values: Mapping[str, Any]) -> None:
    try:
        connection.execute(insert(into).values(**values))
    except IntegrityError as error:
        raise Outdated(
            "Somebody else entered the same meanwhile: look again, then enter your change."
        ) from error


def _latest(connection: Connection, staff_id: str) -> Row[Any] | None:
    return connection.execute(
        select(people).where(people.c.staff_id == staff_id).order_by(people.c.version.desc())
    ).first()


def _particulars(row: Row[Any]) -> Particulars:
    return Particulars(
        roles=roles_of(row),
        employment=Employment(row.employment),
        starts_on=row.starts_on,
        reported_on=row.reported_on,
        ends_on=row.ends_on,
        is_reserve=row.is_reserve,
        approval=Approval(row.approval),
        approval_reference=row.approval_reference,
        approved_on=row.approved_on,
        affiliation=row.affiliation,
    )


def roles_of(row: Row[Any]) -> frozenset[Role]:
    """The roles of a row of `people`."""
    return frozenset(Role(word) for word in row.roles.split())
