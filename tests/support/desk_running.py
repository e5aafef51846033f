"""A day of the general centre as its queue log tells it while it runs: two services, every way out of a queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from application.home.session import read_settings
from application.home.settings import Settings
from tests.homes import ROOT

NOW = datetime(2024, 4, 15, 1, 30, tzinfo=UTC)
"""A Monday, half past ten in Japan."""


def general_centre(folder: Path) -> Settings:
    """The third contract, whose exchange writes into a folder."""
    settings = read_settings(
        ROOT / "contracts/general-centre/contract.toml", folder / "home", environment={}
    )
    return replace(settings, pbx=settings.pbx.model_copy(update={"root": folder}))


def write_log(settings: Settings, rows: Sequence[tuple[int, str, str, str, str]]) -> None:
    """Lines of (seconds before now, call, queue, member, event) into the queue log of a centre's exchange."""
    at = int(NOW.timestamp())
    lines = [f"{at - ago}|{call}|{queue}|{who}|{event}|\n" for ago, call, queue, who, event in rows]
    (Path(settings.pbx.root) / "queue_log").write_text("".join(lines))
