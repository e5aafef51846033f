"""Tables 3 to 5: who works here, in which areas, trained and pledged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from compliance.people.rights import Role
from compliance.people.standing import Person, not_in_force
from compliance.registers.entries import KeptEntry
from compliance.registers.handling import (
    AREAS,
)
from compliance.registers.sheet import shown
from reporting.paper import wareki
from reporting.paper.tables import BLANK, Table
from reporting.personal_information.month import NOTHING, Month


def people_tables(month: Month, people: Mapping[str, Person]) -> tuple[Table, ...]:
    """3: who is what, and who came or went."""
    present = [p for p in people.values() if works(p, month.last_day)]
    rows = []
    for role in (Role.CHIEF_OFFICER, Role.OFFICER, Role.MANAGER, Role.SUPERVISOR, Role.OPERATOR, Role.ADMINISTRATOR):  # fmt: skip
        ids = sorted(p.staff_id for p in present if role in p.roles)
        rows.append((role.title_ja, f"{len(ids)}人", "、".join(ids) or BLANK))
    changed = [(p.staff_id, "着任", wareki.plain(p.starts_on), _reported(p)) for p in who_came(month, people)]  # fmt: skip
    changed += [(p.staff_id, "退任", wareki.plain(p.ends_on), _reported(p)) for p in who_went(month, people) if p.ends_on]  # fmt: skip
    return (
        Table("3　管理体制・従業者", ("役割", "人数", "職員番号"), tuple(rows), (2, 1, 4)),
        Table("3の2　体制の変更", ("職員番号", "変更", "日付", "市への報告・承認"), tuple(changed), (1.4, 1, 2, 2), keys=2),
    )  # fmt: skip


def _reported(person: Person) -> str:
    if person.needs_approval:
        return f"承認 {wareki.plain(person.approved_on)}" if person.approved_on else "承認 未記入"
    return wareki.plain(person.reported_on) if person.reported_on else BLANK


def works(person: Person, day: date) -> bool:
    """Whether somebody works here on a day; the city's own staff do not."""
    is_city = person.roles == {Role.CITY_VIEWER}
    return (
        not is_city
        and person.starts_on <= day
        and (person.ends_on is None or person.ends_on >= day)
    )


def who_came(month: Month, people: Mapping[str, Person]) -> list[Person]:
    """Who began in the month."""
    return [p for p in people.values() if month.first_day <= p.starts_on <= month.last_day]


def who_went(month: Month, people: Mapping[str, Person]) -> list[Person]:
    """Who ended in the month."""
    return [
        p for p in people.values() if p.ends_on and month.first_day <= p.ends_on <= month.last_day
    ]


def area_changes(month: Month) -> list[KeptEntry]:
    """Areas that began or ended in the month."""
    return [
        e
        for e in month.entries(AREAS)
        if month.holds(e.get("starts_on")) or month.holds(e.get("ends_on"))
    ]


def areas_table(month: Month) -> Table:
    """4: the areas in force at the month's end."""
    rows = [
        (
            e.get("name"),
            e.get("place"),
            shown(AREAS.field("kind"), e.get("kind")),
            e.get("authentication") or BLANK,
            e.get("guard") or BLANK,
            month.day(e.get("approved_on") or e.get("reported_on"), BLANK),
        )
        for e in month.entries(AREAS)
        if month.in_force(e)
    ]
    headings = ("区域", "所在", "種別", "認証", "施錠・監視", "報告・承認日")
    return Table(
        "4　取扱区域",
        headings,
        tuple(rows) or ((BLANK,) * 6,),
        (1.4, 2, 1.2, 1.4, 1.6, 1.2),
        note=f"当月の変更 {len(area_changes(month))}件",
    )


def training_table(month: Month, people: Mapping[str, Person]) -> Table:
    """5: training and pledges."""
    present = [p for p in people.values() if works(p, month.last_day)]
    untrained = [p.staff_id for p in present if not_in_force(p, month.last_day) is not None]
    trained = [p for p in present if p.trained_on and month.holds(p.trained_on.isoformat())]
    pledged = [p for p in present if p.pledged_on and month.holds(p.pledged_on.isoformat())]
    rows = (
        ("従事者（月末）", f"{len(present)}人", NOTHING),
        ("当月に研修を受けた者", f"{len(trained)}人", "、".join(p.staff_id for p in trained) or NOTHING),
        ("当月に誓約した者", f"{len(pledged)}人", "、".join(p.staff_id for p in pledged) or NOTHING),
        ("報告・研修・誓約の整わない者", f"{len(untrained)}人", "、".join(untrained) or NOTHING),
    )  # fmt: skip
    return Table("5　研修・誓約", ("項目", "人数", "職員番号"), rows, (2, 1, 4))
