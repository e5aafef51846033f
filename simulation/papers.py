"""The manager of demo and simulation confirms each paper on its morning, hands it over on a medium and notes the receipt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime

from application.confirming import confirmed
from application.cover import MONTHLY, monthly_letter
from application.handing_over import edition_of, hand_over
from application.home.session import present_of_simulated_home
from application.home.settings import Settings
from application.people import ActingHome, acting_home
from compliance.deliverables.edition import Deliverable
from compliance.deliverables.handed_over import deliveries_of, record_receipt
from compliance.deliverables.register import latest_editions
from compliance.errors import EntryRefused, KeyUnavailable
from compliance.ground.acts import Actor
from compliance.people.acting import prove
from simulation.city import city_medium
from simulation.people import PASSPHRASE

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
    """Confirm and hand over every latest edition that has not left the house, and over the papers of a month the letter under
    which they go; returns how many did."""
    now = present_of_simulated_home(settings)
    if now is None:
        return 0
    with acting_home(settings, now) as place:
        waiting = _waiting(place)
        if not waiting:
            return 0
        actor = prove(place.engine, place.home, _MANAGER, PASSPHRASE, now)
        for paper in waiting:
            _leaves(place, actor, paper)
        months = sorted({paper.period for paper in waiting if paper.kind in MONTHLY})
        for month in months:
            with suppress(EntryRefused):  # the other paper of the month comes later
                monthly_letter(place, date.fromisoformat(f"{month}-01"))
        letters = _waiting(place) if months else []
        for paper in letters:
            _leaves(place, actor, paper)
    return len(waiting) + len(letters)


def _waiting(place: ActingHome) -> list[Deliverable]:
    return [
        paper
        for paper in latest_editions(place.engine)
        if all(d.edition != paper.edition for d in deliveries_of(place.engine, paper.kind, paper.period))
    ]  # fmt: skip


def _leaves(place: ActingHome, actor: Actor, paper: Deliverable) -> None:
    """Confirmed, on the medium, received; one whose words were erased before it left stays."""
    confirmed(place.engine, place.home, actor, paper)
    edition = edition_of(place.engine, paper.kind, paper.period)
    medium = city_medium(place.home.root)
    with suppress(KeyUnavailable):
        hand_over(
            place.engine, place.home, actor, edition, medium, DESTINATION, place.settings.contract
        )
        record_receipt(place.engine, actor, edition, place.today, "")
