"""The manager of demo and simulation confirms each paper on its morning, hands it over on a medium and notes the receipt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from compliance.deliverables.register import (
    deliveries_of,
    latest_editions,
    record_receipt,
)
from compliance.errors import KeyUnavailable
from compliance.people.acting import prove
from orchestration.command.city import city_medium
from orchestration.command.demo_people import PASSPHRASE
from orchestration.duties.confirming import confirmed
from orchestration.duties.handing_over import edition_of, hand_over
from orchestration.duties.people import acting_home
from orchestration.opening.settings import Settings
from orchestration.opening.workplace import present_of_simulated_home

_MANAGER = "mg1"
DESTINATION = "提出用媒体（模擬）"


def living_papers(
    settings: Settings, moments: Iterable[datetime | None]
) -> Iterator[datetime | None]:
    """The moments, with the papers made in each of them confirmed and handed over after it."""
    for moment in moments:
        yield moment
        hand_over_what_is_new(settings)


def hand_over_what_is_new(settings: Settings) -> int:
    """Confirm and hand over every latest edition that has not left the house; returns how many did."""
    now = present_of_simulated_home(settings)
    if now is None:
        return 0
    with acting_home(settings, now) as place:
        waiting = [
            paper
            for paper in latest_editions(place.engine)
            if all(d.edition != paper.edition for d in deliveries_of(place.engine, paper.kind, paper.period))
        ]  # fmt: skip
        if not waiting:
            return 0
        actor = prove(place.engine, place.home, _MANAGER, PASSPHRASE, now)
        medium = city_medium(Path(settings.home_root))
        for paper in waiting:
            confirmed(place.engine, place.home, actor, paper)
            edition = edition_of(place.engine, paper.kind, paper.period)
            try:
                hand_over(
                    place.engine,
                    place.home,
                    actor,
                    edition,
                    medium,
                    DESTINATION,
                    settings.contract,
                )
            except KeyUnavailable:
                continue  # its words were erased before it left
            record_receipt(place.engine, actor, edition, place.today, "")
    return len(waiting)
