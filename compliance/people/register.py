"""The register of people: versions that only grow (別紙2-3, 2-5, 2-6-4); training and pledges have `training_and_pledges`.

Nobody changes the own entry, and no single person gives somebody a role that counts in an erasure: that is proposed and
confirmed (`proposals`), or part of the founding (`founding`).

A change, a correction and a leaving are a person's next version (`person`). Whoever changes a person says which version
they saw; two who saw the same cannot both save. Every write has its entry of the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from compliance.errors import EntryRefused, Outdated
from compliance.ground.acts import SYSTEM, Action, Actor, ObjectKind, Purpose, Result, note
from compliance.keys.names import NameKey
from compliance.people.person import (
    Particulars,
    Version,
    check_particulars,
    check_person,
    checked_name,
    particulars_of,
    people,
)
from compliance.people.person_keys import was_enrolled
from compliance.people.rights import ERASURE_ROLES

OWN_ENTRY = "自分の登録・研修・誓約・署名鍵は、自分では変更できません。ほかの責任者又は保護管理者が行います。"
NEEDS_SECOND = (
    "消去に関わる役割（SV、MG、保護管理者、総括保護管理者、システム管理者）の登録・変更は、一人ではできません。"
    "`madoguchi people add`・`change` に --by を付けて提案し、保護管理者（提案者と別の職）が `people confirm` で確認します。"
)


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
    return key.seal(checked_name(name), f"{staff_id}/1")


def refuse_taken(connection: Connection, staff_id: str) -> None:
    """Refuse an id that somebody has or had.

    Raises:
        EntryRefused: it is taken.
    """
    if latest_row(connection, staff_id) is not None:
        raise EntryRefused(
            f"職員番号 {staff_id} は登録済みです。その人の登録を変更するか、別の番号にしてください（番号は別の人に使い回せません）。"
        )


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
        row = latest_row(connection, staff_id)
    if row is None:
        raise EntryRefused(f"職員番号 {staff_id} の登録はありません。")
    if row.version != seen:
        raise Outdated(
            f"{staff_id} の登録は、その間に変更されました（今は第{row.version}版、見ていたのは第{seen}版）。見直してから、もう一度変更してください。"
        )
    before = particulars_of(row)
    given = replace(before, **changes)
    check_particulars(given)
    plain = key.open(row.sealed_name, f"{staff_id}/{row.version}")
    sealed = key.seal(
        plain if name is None else checked_name(name), f"{staff_id}/{row.version + 1}"
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


def history(engine: Engine, staff_id: str | None = None) -> tuple[Version, ...]:
    """Every version of one person or of all, in order."""
    query = select(people).order_by(people.c.staff_id, people.c.version)
    if staff_id is not None:
        query = query.where(people.c.staff_id == staff_id)
    with engine.connect() as connection:
        return tuple(
            Version(
                row.staff_id, row.version, particulars_of(row), row.recorded_at, row.recorded_by
            )
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
    insert_once(connection, people, values)
    note(connection, actor.entry(action, ObjectKind.PERSON, staff_id))


def insert_once(connection: Connection, into: Any, values: Mapping[str, Any]) -> None:
    """Enter a row whose key says what was seen.

    Raises:
        Outdated: somebody else entered the same meanwhile.
    """
    try:
        connection.execute(insert(into).values(**values))
    except IntegrityError as error:
        raise Outdated(
            "その間に別の人が同じものを登録しました。見直してから、もう一度変更してください。"
        ) from error


def latest_row(connection: Connection, staff_id: str) -> Row[Any] | None:
    """A person's latest row, or null where nobody has or had the id."""
    return connection.execute(
        select(people).where(people.c.staff_id == staff_id).order_by(people.c.version.desc())
    ).first()
