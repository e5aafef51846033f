"""May this person do this today? One pure decision over what the registers hold.

In force is whoever was reported to the city, has signed the pledge, was trained within the year, has begun and
has not left (別紙2-3, 2-5, 2-6-4). A protection officer who came after the first list needs the city's 承認 as
well (別紙1-2). An end that comes near is told 30 days ahead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from compliance.people.rights import Right, Role, roles_with

TRAINING_HOLDS = timedelta(days=365)
"""別紙1-3(3): training every year."""
WARNED_AHEAD = timedelta(days=30)
OFFICERS = frozenset({Role.OFFICER, Role.CHIEF_OFFICER})


class DenialReason(StrEnum):
    """Why somebody may not, in the order in which it is asked."""

    UNKNOWN = "unknown"
    LEFT = "left"
    NOT_BEGUN = "not_begun"
    NOT_REPORTED = "not_reported"
    NOT_APPROVED = "not_approved"
    NO_PLEDGE = "no_pledge"
    NOT_TRAINED = "not_trained"
    WRONG_ROLE = "wrong_role"
    NEEDS_KEY = "needs_key"

    @property
    def text_ja(self) -> str:
        """What is said to whoever asked, with what to do."""
        return _TEXTS[self]


_TEXTS = {
    DenialReason.UNKNOWN: "従事者台帳に登録がありません。責任者に登録を依頼してください。",
    DenialReason.LEFT: "従事の終了日を過ぎています。",
    DenialReason.NOT_BEGUN: "従事の開始日になっていません。",
    DenialReason.NOT_REPORTED: "市への報告日がありません。報告してから登録してください。",
    DenialReason.NOT_APPROVED: "保護管理者の変更に市の承認がありません。",
    DenialReason.NO_PLEDGE: "誓約書がありません。署名した日を登録してください。",
    DenialReason.NOT_TRAINED: "1年以内の研修の受講がありません。受講日を登録してください。",
    DenialReason.WRONG_ROLE: "この役割に許された操作ではありません。",
    DenialReason.NEEDS_KEY: "自分の署名鍵による署名が要る操作です。授権・開始の署名・検証は、デスクの「消去」でパスフレーズを入れて行ってください。",
}


@dataclass(frozen=True, slots=True)
class Person:
    """What the registers say of somebody at present; dates are civil days, null where nothing is known.

    `needs_approval`: came as a protection officer after the first list; `approved_on` is the city's 承認.
    """

    staff_id: str
    version: int
    roles: frozenset[Role]
    starts_on: date
    reported_on: date | None
    ends_on: date | None = None
    trained_on: date | None = None
    pledged_on: date | None = None
    pledge_ends_on: date | None = None
    needs_approval: bool = False
    approved_on: date | None = None
    is_reserve: bool = False


@dataclass(frozen=True, slots=True)
class Soon:
    """Something that will block this person from a day on."""

    reason: DenialReason
    from_day: date


@dataclass(frozen=True, slots=True)
class Permitted:
    """They may. `soon` is what will stop it within 30 days."""

    soon: tuple[Soon, ...] = field(default=())
    is_allowed: bool = field(default=True, init=False)


@dataclass(frozen=True, slots=True)
class Denied:
    """They may not."""

    reason: DenialReason
    is_allowed: bool = field(default=False, init=False)


def may(person: Person | None, right: Right, today: date) -> Permitted | Denied:
    """Whether somebody may do something on a civil day; null is somebody that no register knows."""
    if person is None:
        return Denied(DenialReason.UNKNOWN)
    reason = not_in_force(person, today)
    if reason is None and not person.roles & roles_with(right):
        reason = DenialReason.WRONG_ROLE
    if reason is None and not counted_roles(person, today) & roles_with(right):
        reason = DenialReason.NOT_APPROVED
    return Permitted(soon(person, today)) if reason is None else Denied(reason)


def not_in_force(person: Person, today: date) -> DenialReason | None:
    """Why a person may do nothing at all today, or null."""
    if person.ends_on is not None and person.ends_on < today:
        return DenialReason.LEFT
    if person.starts_on > today:
        return DenialReason.NOT_BEGUN
    if person.roles == {Role.CITY_VIEWER}:
        return None  # the city's own staff: their pledge and training are the city's affair
    if person.reported_on is None or person.reported_on > today:
        return DenialReason.NOT_REPORTED
    if person.pledged_on is None or person.pledged_on > today:
        return DenialReason.NO_PLEDGE
    if person.pledge_ends_on is not None and person.pledge_ends_on < today:
        return DenialReason.NO_PLEDGE
    if person.trained_on is None or not person.trained_on <= today <= trained_until(person):
        return DenialReason.NOT_TRAINED
    return None


def soon(person: Person, today: date) -> tuple[Soon, ...]:
    """What blocks the person within 30 days, the nearest first."""
    ends = [
        (DenialReason.NOT_TRAINED, trained_until(person) if person.trained_on else None),
        (DenialReason.NO_PLEDGE, person.pledge_ends_on),
        (DenialReason.LEFT, person.ends_on),
    ]
    if person.roles == {Role.CITY_VIEWER}:
        ends = ends[2:]
    found = [
        Soon(reason, last + timedelta(days=1))
        for reason, last in ends
        if last is not None and today <= last < today + WARNED_AHEAD
    ]
    return tuple(sorted(found, key=lambda one: one.from_day))


def trained_until(person: Person) -> date:
    """The last day that the latest training covers."""
    return (person.trained_on or date.min) + TRAINING_HOLDS


def counted_roles(person: Person, today: date) -> frozenset[Role]:
    """The roles that count today: an officer's only with the approval that it needs."""
    is_approved = person.approved_on is not None and person.approved_on <= today
    if person.needs_approval and not is_approved:
        return person.roles - OFFICERS
    return person.roles
