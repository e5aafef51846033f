"""保護管理者変更申請書 and 従業者報告書: who does what, with training and pledge, under their names (別紙1-2, 別紙2-3).

Beside the confirmation of a paper, which names who confirmed it, the only prints of names from the register of people; they are
rendered for whoever asks and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from compliance.contract.terms import Contract
from compliance.people.person import Employment
from compliance.people.rights import Role
from compliance.people.sheet import EMPLOYMENTS
from compliance.people.standing import Person
from reporting.paper import wareki
from reporting.paper.head import based_on, head_to_client
from reporting.paper.tables import BLANK, Table, TablePaper

_EMPLOYED = {code: title for title, code in EMPLOYMENTS.items()}
_OFFICES = (Role.CHIEF_OFFICER, Role.OFFICER)


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody as these papers print them."""

    person: Person
    name: str
    employment: Employment
    affiliation: str = ""


def office_of(person: Person) -> Role | None:
    """The office that somebody holds by the register, the higher one first; null where they hold none."""
    return next((role for role in _OFFICES if role in person.roles), None)


def officer_change(
    contract: Contract, office: Role, before: Named | None, after: Named, reason: str
) -> TablePaper:
    """The application for the city's 承認 of another officer; `before` is null where nobody held the office. Pure."""
    rows = tuple(
        (heading, old, new)
        for heading, old, new in zip(
            _PARTICULARS, _particulars(before), _particulars(after), strict=True
        )
    )
    person = after.person
    return TablePaper(
        head=head_to_client(contract, f"{office.title_ja}変更申請書"),
        due_date=None,
        facts=(
            *based_on(contract, "manager_change"),
            ("変更予定日", wareki.full(person.starts_on)),
            ("変更の理由", reason or BLANK),
            ("市の承認", _day(person.approved_on)),
        ),
        opening=(
            f"{office.title_ja}を次のとおり変更したいので、承認を申請します。"
            "承認があるまで、変更後の者はその職務を行いません。"
        ),
        tables=(Table("変更の内容", ("項目", "変更前", "変更後"), rows, (1, 2, 2)),),
        boxes=("責任者", "委託者収受", "委託者承認"),
    )


def staff_change(contract: Contract, before: Named | None, after: Named, reason: str) -> TablePaper:
    """The report of a change of staff, handed in beforehand (別紙2-3-4); `before` is null where somebody is new. Pure."""
    person = after.person
    leaves = person.ends_on is not None
    planned = person.ends_on if leaves and person.ends_on else person.starts_on
    rows = tuple(zip(_PARTICULARS, _particulars(before), _particulars(after), strict=True))
    return TablePaper(
        head=head_to_client(contract, "従業者変更報告書"),
        due_date=None,
        facts=(
            *based_on(contract, "staff_change"),
            ("変更予定日", wareki.full(planned)),
            ("変更の理由", reason or BLANK),
        ),
        opening="個人情報を取り扱う従業者を次のとおり変更するので、事前に報告します。",
        tables=(Table("変更の内容", ("項目", "変更前", "変更後"), rows, (1, 2, 2)),),
        boxes=("責任者", "保護管理者", "委託者収受"),
    )


def pledges(contract: Contract, staff: Sequence[Named], on: date) -> TablePaper:
    """誓約書台帳: everybody's pledge with its day (別紙2-6-4), whoever left included. Pure."""
    kept = [one for one in staff if one.person.roles != {Role.CITY_VIEWER}]
    rows = tuple(
        (one.person.staff_id, one.name, one.affiliation or BLANK, _EMPLOYED[one.employment], _day(one.person.pledged_on), _end(one.person))
        for one in sorted(kept, key=lambda n: n.person.staff_id)
    )  # fmt: skip
    unsigned = sum(one.person.pledged_on is None for one in kept)
    return TablePaper(
        head=head_to_client(contract, "誓約書台帳"),
        due_date=None,
        facts=(
            *based_on(contract, "pledges"),
            ("基準日", wareki.full(on)),
            ("人数", f"{len(rows)}人（うち誓約の記録のない者 {unsigned}人）"),
        ),
        opening="秘密保持に関する誓約書の提出の状況は、次のとおりです。",
        tables=(
            Table(
                "誓約書",
                ("番号", "氏名", "所属", "雇用形態", "署名日", "従事の終了"),
                rows,
                (0.9, 1.7, 1.4, 1.2, 1.7, 1.7),
            ),
        ),
        boxes=("責任者", "保護管理者", "委託者収受"),
    )


def staff_list(contract: Contract, staff: Sequence[Named], on: date) -> TablePaper:
    """Everybody who works here or is going to, on a day. Pure."""
    present = [
        one
        for one in staff
        if one.person.roles != {Role.CITY_VIEWER}
        and (one.person.ends_on is None or one.person.ends_on >= on)
    ]
    order = {role: number for number, role in enumerate(_ORDER)}
    rows = tuple(
        _row(one)
        for one in sorted(
            present, key=lambda n: (min(order[r] for r in n.person.roles), n.person.staff_id)
        )
    )
    return TablePaper(
        head=head_to_client(contract, "従業者報告書"),
        due_date=None,
        facts=(*based_on(contract, "staff_list"), ("基準日", wareki.full(on)), ("人数", f"{len(rows)}人")),
        opening="個人情報を取り扱う従業者を、次のとおり報告します。",
        tables=(
            Table(
                "従業者",
                ("番号", "氏名", "所属", "役割", "雇用形態", "研修日", "誓約日", "開始", "終了", "市への報告日"),
                rows,
                (0.8, 1.5, 1.5, 1.8, 1.1, 1.7, 1.7, 1.7, 1.7, 1.7),
                note=f"予備要員は、急な欠員のときに従事する者です{contract.words.cited('reserve')}。",
            ),
        ),
        boxes=("責任者", "保護管理者", "委託者収受"),
    )  # fmt: skip


_ORDER = (
    Role.CHIEF_OFFICER, Role.OFFICER, Role.MANAGER, Role.SUPERVISOR, Role.OPERATOR, Role.ADMINISTRATOR, Role.CITY_VIEWER,
)  # fmt: skip
_PARTICULARS = (
    "氏名", "職員番号", "役割", "所属", "雇用形態", "研修日", "誓約日", "従事の開始日", "従事の終了日", "市への報告日",
)  # fmt: skip


def _particulars(one: Named | None) -> tuple[str, ...]:
    if one is None:
        return ("該当なし",) * len(_PARTICULARS)
    person = one.person
    return (
        one.name, person.staff_id, _roles(person), one.affiliation or BLANK, _EMPLOYED[one.employment], _day(person.trained_on),
        _day(person.pledged_on), wareki.plain(person.starts_on), _end(person), _day(person.reported_on),
    )  # fmt: skip


def _row(one: Named) -> tuple[str, ...]:
    person = one.person
    reserve = "（予備要員）" if person.is_reserve else ""
    return (
        person.staff_id, one.name, one.affiliation or BLANK, _roles(person) + reserve, _EMPLOYED[one.employment], _day(person.trained_on),
        _day(person.pledged_on), wareki.plain(person.starts_on), _end(person), _day(person.reported_on),
    )  # fmt: skip


def _roles(person: Person) -> str:
    return "、".join(role.title_ja for role in _ORDER if role in person.roles)


def _day(day: date | None) -> str:
    return wareki.plain(day) if day else BLANK


def _end(person: Person) -> str:
    return wareki.plain(person.ends_on) if person.ends_on else "―"
