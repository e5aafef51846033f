"""Records and entries of registers as the desk's tests find them kept already."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from compliance.ground.acts import Actor
from compliance.inquiries.entering import enter
from compliance.inquiries.form import load_form
from compliance.inquiries.kept import KeptInquiry, inquiry_id
from compliance.inquiries.record import Inquiry
from compliance.inquiries.register import latest
from compliance.keys.keyring import Keyring
from compliance.people.rights import Role
from compliance.registers.description import Register
from compliance.registers.entries import Draft, KeptEntry, entries, entry_id, save
from compliance.registers.known import CALLBACKS
from tests.desk.conftest import AT, Desk

STAFF = {
    "ci1": Role.CITY_VIEWER, "op1": Role.OPERATOR, "sv1": Role.SUPERVISOR, "mg1": Role.MANAGER,
    "pm1": Role.OFFICER, "cp1": Role.CHIEF_OFFICER, "ad1": Role.ADMINISTRATOR,
}  # fmt: skip


def record(desk: Desk, operator: str = "op1", **changes: Any) -> str:
    """An inquiry that leaves a return call to do."""
    given = Inquiry(
        f"17004384{len(records(desk)):02}.0", 1, AT - timedelta(minutes=9), operator, "survey", "how",
        "question", "", "callback", summary="回数券の代わりが分かりにくいとのこと。", contact="表示 太郎 様",
    )  # fmt: skip
    given = replace(given, **changes)
    ring, actor = Keyring.open(desk.home), Actor(operator, AT)
    enter(desk.engine, ring, load_form(), actor, [given], oversees=True)
    return inquiry_id(given)


def records(desk: Desk) -> list[KeptInquiry]:
    return latest(desk.engine)


def kept(desk: Desk, register: Register = CALLBACKS) -> list[KeptEntry]:
    return entries(desk.engine, register, Keyring.open(desk.home))


def keeps(desk: Desk, register: Register, about: str = "", **values: str) -> KeptEntry:
    drafts = [Draft(about, values)]
    save(desk.engine, Keyring.open(desk.home), register, Actor("mg1", AT), drafts, confirms=True)
    one = entry_id(register, about, values)
    return next(e for e in kept(desk, register) if e.entry_id == one)
