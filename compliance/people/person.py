"""Somebody who works here, as the register keeps them: the tables, what is entered of a person, and whether it can be.

A person is a row per version, their name sealed; training and pledges are rows of their own (別紙2-3, 2-5, 2-6-4, 2-9). Days
are civil days in Japan, instants aware. What cannot be entered is refused by `EntryRefused`; nothing here writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Integer,
    LargeBinary,
    Row,
    String,
)

from compliance.errors import EntryRefused
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Holds, Kept
from compliance.people.rights import Role

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


def check_person(staff_id: str, name: str, given: Particulars) -> None:
    """Whether somebody could be entered so.

    Raises:
        EntryRefused: the id, the name or what is given cannot be.
    """
    if not _STAFF_ID.fullmatch(staff_id) or staff_id in _RESERVED:
        raise EntryRefused(
            "職員番号は半角英数字・`-`・`_` の1～32字で、`system` と `ui` は使えません。"
        )
    checked_name(name)
    check_particulars(given)


def check_particulars(given: Particulars) -> None:
    """Whether what is given of a person can be entered.

    Raises:
        EntryRefused: it cannot be.
    """
    if not given.roles:
        raise EntryRefused("役割を一つ以上指定してください。")
    if given.ends_on is not None and given.ends_on < given.starts_on:
        raise EntryRefused("末日が初日より前です。")
    if given.approval is Approval.APPROVED and given.approved_on is None:
        raise EntryRefused("市の承認には、その日付が必要です。")
    if given.approved_on is not None and given.approval is Approval.REPORT_ONLY:
        raise EntryRefused(
            "承認日は承認の種類と合わせて入れてください。報告のみの人に承認日はありません。"
        )
    if len(given.affiliation) > _AFFILIATION_LENGTH or not given.affiliation.isprintable():
        raise EntryRefused(f"所属は{_AFFILIATION_LENGTH}字以内の、表示される文字です。")
    if given.is_reserve and given.reported_on is None:
        raise EntryRefused("予備の従業者は事前に報告します。報告日を入れてください。")


def checked_name(name: str) -> str:
    """A name as it is entered, without the space around it.

    Raises:
        EntryRefused: it is empty, too long, or holds what is not printed.
    """
    name = name.strip()
    if not name or len(name) > _NAME_LENGTH or not name.isprintable():
        raise EntryRefused(f"氏名は1～{_NAME_LENGTH}字の、表示される文字です。")
    return name


def particulars_of(row: Row[Any]) -> Particulars:
    """What a row of `people` says of a person."""
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
