"""Registered media: where recordings go after their days online (6(3)カ), and whether one is really there.

A medium is known by its id, has a serial number and a place where it is kept, and carries a marker file. Without its
marker, or with another's, it is not mounted: an empty folder is never taken for a medium.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Column, Engine, String, Text, insert, select
from sqlalchemy.exc import IntegrityError

from compliance.errors import EntryRefused
from compliance.ground import durable
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.operations import Instant, row_as, table
from compliance.ground.stores import Kept
from compliance.registers.gate import need_device

MARKER = ".madoguchi-medium.json"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")

media = table(
    "media",
    Kept("録音の保管媒体の台帳"),
    Column("medium_id", String(32), primary_key=True),
    Column("serial", String(64), nullable=False, unique=True),
    Column("kept_at", String(128), nullable=False),
    Column("path", Text, nullable=False),
    Column("registered_at", Instant, nullable=False),
    Column("registered_by", String(32), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Medium:
    """One registered medium. `path` is where it is mounted, `kept_at` where it is kept when it is not."""

    medium_id: str
    serial: str
    kept_at: str
    path: str

    def is_mounted(self) -> bool:
        """Whether the medium that was registered is there now."""
        try:
            found = json.loads((Path(self.path) / MARKER).read_bytes())
        except (OSError, ValueError):
            return False
        return bool(found == _marker(self.medium_id, self.serial))

    def place_of(self, recording_id: str) -> Path:
        """Where a recording's copy lies on it."""
        return Path(self.path) / recording_id[:2] / f"{recording_id}.sealed"


def register_medium(
    engine: Engine, actor: Actor, medium_id: str, serial: str, kept_at: str, path: Path
) -> Medium:
    """Enter a medium and put its marker on it.

    Raises:
        EntryRefused: the id or serial cannot be or is taken, the folder is none, or carries another's marker.
        NotInForce: devices were entered, and none of that serial number is in use (別紙1-5).
    """
    if not _ID.fullmatch(medium_id) or medium_id == "online" or not serial.strip():
        raise EntryRefused(
            "媒体のIDは半角英小文字・数字・`-` の1～32字で、`online` は使えません。製造番号も必要です。"
        )
    if not path.is_dir():
        raise EntryRefused(f"媒体のフォルダ {path} がありません。先にマウントしてください。")
    medium = Medium(medium_id, serial.strip(), kept_at.strip(), str(path.absolute()))
    if (path / MARKER).exists() and not medium.is_mounted():
        raise EntryRefused(f"フォルダ {path} には、別の媒体の標識があります。")
    need_device(engine, actor, medium.serial)
    try:
        with engine.begin() as connection:
            connection.execute(
                insert(media).values(
                    medium_id=medium.medium_id,
                    serial=medium.serial,
                    kept_at=medium.kept_at,
                    path=medium.path,
                    registered_at=actor.at,
                    registered_by=actor.staff_id,
                )
            )
            note(connection, actor.entry(Action.MEDIUM_REGISTERED, ObjectKind.MEDIUM, medium_id))
            durable.write_durably(
                path / MARKER, json.dumps(_marker(medium_id, medium.serial)).encode()
            )
    except IntegrityError as error:
        raise EntryRefused(f"媒体 {medium_id} 又はその製造番号は、登録済みです。") from error
    return medium


def registered_media(engine: Engine, until: datetime | None = None) -> list[Medium]:
    """Every medium registered by now, or by an instant, by id."""
    query = select(media).order_by(media.c.medium_id)
    if until is not None:
        query = query.where(media.c.registered_at <= until)
    with engine.connect() as connection:
        rows = connection.execute(query)
        return [row_as(Medium, row) for row in rows]


def _marker(medium_id: str, serial: str) -> dict[str, str]:
    return {"medium": medium_id, "serial": serial}
