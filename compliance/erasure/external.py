"""What lies outside our reach and must be erased as well: the recorder's and the server's disks, and their kind (6(3)カ).

Somebody erases them with a tool of their own; here stands which device, with what, when, and the digest of the evidence.
The final report says 完了 only where every device that is listed has evidence, a recorder and a server among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Column, Date, Engine, Integer, String, insert, select

from compliance.errors import EntryRefused
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.japan import civil_date
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Kept
from compliance.registers.entries import entries
from compliance.registers.handling import DEVICES


class DeviceKind(StrEnum):
    """What kind of device it is; the contract names the first two."""

    RECORDER = "recorder"
    SERVER = "server"
    OTHER = "other"

    @property
    def title_ja(self) -> str:
        """What papers call it."""
        return {"recorder": "録音機器", "server": "保存用サーバー", "other": "その他"}[self.value]


REQUIRED = (DeviceKind.RECORDER, DeviceKind.SERVER)

external_erasures = table(
    "external_erasures",
    Kept("当システム外の機器の消去台帳"),
    Column("serial", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("device", String(128), nullable=False),
    Column("software", String(128), nullable=False),
    Column("done_on", Date),
    Column("evidence_sha256", String(64), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(32), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Device:
    """One device. `done_on` is null and `evidence_sha256` blank until it is erased."""

    serial: str
    kind: DeviceKind
    device: str
    software: str = ""
    done_on: date | None = None
    evidence_sha256: str = ""

    @property
    def is_erased(self) -> bool:
        """Whether it is erased, with evidence."""
        return bool(self.software and self.done_on and self.evidence_sha256)


def enter_device(engine: Engine, actor: Actor, given: Device) -> None:
    """Enter a device, or that it was erased; a later entry of the same serial number takes its place.

    Raises:
        EntryRefused: it lacks a serial number or name, is dated later than today, or has a date without evidence.
    """
    if not given.serial.strip() or not given.device.strip():
        raise EntryRefused("機器の名称と製造番号を入力してください。")
    if given.done_on is not None:
        if given.done_on > civil_date(actor.at):
            raise EntryRefused("消去の日付が今日より後です。")
        if not given.software.strip() or not given.evidence_sha256:
            raise EntryRefused(
                "消去に用いたソフトウェア又は方法と、証拠のファイルを指定してください。"
            )
    with engine.begin() as connection:
        before = connection.execute(
            select(external_erasures.c.revision)
            .where(external_erasures.c.serial == given.serial.strip())
            .order_by(external_erasures.c.revision.desc())
        ).scalar()
        connection.execute(
            insert(external_erasures).values(
                serial=given.serial.strip(),
                revision=(before or 0) + 1,
                kind=given.kind.value,
                device=given.device.strip(),
                software=given.software.strip(),
                done_on=given.done_on,
                evidence_sha256=given.evidence_sha256,
                recorded_at=actor.at,
                recorded_by=actor.staff_id,
            )
        )
        serial = given.serial.strip()
        note(connection, actor.entry(Action.EXTERNAL_ERASURE_ENTERED, ObjectKind.DEVICE, serial))


def devices(engine: Engine) -> list[Device]:
    """Every device as it was entered last, by serial number."""
    query = select(external_erasures).order_by(
        external_erasures.c.serial, external_erasures.c.revision
    )
    with engine.connect() as connection:
        latest = {row.serial: row for row in connection.execute(query)}
    return [
        Device(
            row.serial,
            DeviceKind(row.kind),
            row.device,
            row.software,
            row.done_on,
            row.evidence_sha256,
        )
        for row in latest.values()
    ]


def every_device(engine: Engine) -> list[Device]:
    """The devices of this register, and the exchanges and servers of the register of devices that stand in no entry of it:
    what is in use and was never erased is not left out because nobody entered it twice."""
    known = devices(engine)
    serials = {one.serial for one in known}
    for entry in entries(engine, DEVICES):
        kind = _OF_REGISTER.get(entry.get("kind") or "")
        serial = (entry.get("serial") or "").strip()
        if kind is not None and serial not in serials:
            known.append(Device(serial, kind, entry.get("name") or ""))
    return known


_OF_REGISTER = {"exchange": DeviceKind.RECORDER, "server": DeviceKind.SERVER}
"""What a kind of the register of devices is here; terminals hold nothing, media are the vault's own."""


def is_complete(known: Sequence[Device]) -> bool:
    """Whether every device is erased with evidence, and each kind that the contract names is among them."""
    kinds = {one.kind for one in known}
    return all(one.is_erased for one in known) and kinds.issuperset(REQUIRED)
