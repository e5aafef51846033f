"""What may go on only while an area or a device stands in its register as in force; a refusal is an entry of the log."""

from __future__ import annotations

from sqlalchemy import Engine

from compliance.errors import NotInForce
from compliance.ground.acts import Action, Actor, ObjectKind, Result, note
from compliance.ground.japan import civil_date
from compliance.registers.description import Register
from compliance.registers.entries import entries
from compliance.registers.handling import AREAS, DEVICES
from compliance.registers.standing import InForce, Lacking, area_of_kind, device


def need_area(engine: Engine, actor: Actor, kind: str) -> InForce:
    """An area of that kind in force, once any area was entered (別紙1-4, 別紙2-4).

    Raises:
        NotInForce: there is none; the reason and what to do are said.
    """
    today = civil_date(actor.at)
    return _or_refuse(engine, actor, AREAS, area_of_kind(entries(engine, AREAS), kind, today))


def need_device(engine: Engine, actor: Actor, serial: str) -> InForce:
    """The device of that serial number in use, once any device was entered (別紙1-5).

    Raises:
        NotInForce: it is not; the reason and what to do are said.
    """
    today = civil_date(actor.at)
    return _or_refuse(engine, actor, DEVICES, device(entries(engine, DEVICES), serial, today))


def _or_refuse(
    engine: Engine, actor: Actor, register: Register, found: InForce | Lacking
) -> InForce:
    if isinstance(found, InForce):
        return found
    with engine.begin() as connection:
        entry = actor.entry(
            Action.RIGHT_USED,
            ObjectKind.REGISTER,
            f"{register.name}/{found.reason}",
            Result.REFUSED,
        )
        note(connection, entry)
    raise NotInForce(found.text_ja)
