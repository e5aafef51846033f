"""A vault with two media, and the bringing of what is due onto them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine

from compliance.ground.acts import SYSTEM, Actor
from compliance.ground.home import Home
from compliance.vault.media import Medium, register_medium, registered_media
from compliance.vault.preservation import holds
from compliance.vault.rotation import RotationReport, due_for_rotation, held_at_hand, rotate
from tests.support.custody import spool, take

ACTOR = Actor(SYSTEM, datetime(2023, 11, 13, tzinfo=UTC))
LATER = datetime(2024, 1, 19, 3, 0, tzinfo=UTC)
DAY = date(2024, 1, 19)
DAYS = 60


def prepared(engine: Engine, home: Home, folder: Path) -> list[Medium]:
    """Three sealed recordings, and two media."""
    if not registered_media(engine):
        for name in ("a", "b"):
            path = folder / f"media-{name}"
            path.mkdir(parents=True)
            register_medium(engine, ACTOR, f"m-{name}", f"S{name}", "金庫", path)
        take(engine, home, spool(folder / "spool", engine))
    return registered_media(engine)


def turn(engine: Engine, home: Home, today: date = DAY, days: int = DAYS) -> RotationReport:
    due = due_for_rotation(held_at_hand(engine), days, holds(engine), today)
    return rotate(engine, home, registered_media(engine), due, LATER)
