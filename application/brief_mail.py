"""The manager's morning by mail: counts, days and ids, to the destination that `[morning_brief]` names and the city permits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from application.home.session import Outlook, present_of_simulated_home
from application.sending import way_to
from application.today import Brief, lines
from compliance.deliverables.outgoing import covered
from compliance.errors import DeliveryForbidden, KeyUnavailable
from compliance.registers.entries import entries
from compliance.registers.handling import CONSULTATIONS, PERMITS
from reporting.delivery.retry import patiently
from reporting.delivery.smtp import MailWay, Note
from reporting.errors import DeliveryInterrupted, DeliveryRefused, DeliveryUnknown

_NOT_WANTED = "メールでは知らせません（contract.toml の [morning_brief] が空欄）。"
_SIMULATED = "模擬の時計で動く保管場所からは、メールを送りません。"


@dataclass(frozen=True, slots=True)
class SentBrief:
    """What became of it: `is_right` where it went, or was not to go; `text` says which, for a page."""

    is_right: bool
    text: str


def told_by_mail(
    place: Outlook, brief: Brief, sleep: Callable[[float], None] = time.sleep
) -> SentBrief:
    """Send the brief, where the contract file wants it. What hinders it is told, never raised: the brief stands on the screen."""
    destination = place.settings.contract.brief_destination()
    if destination is None:
        return SentBrief(True, _NOT_WANTED)
    if present_of_simulated_home(place.settings) is not None:
        return SentBrief(True, _SIMULATED)
    try:
        covered(
            destination, False, entries(place.engine, PERMITS), entries(place.engine, CONSULTATIONS), brief.today
        )  # fmt: skip
        way = way_to(place.home, destination)
        if not isinstance(way, MailWay):
            raise TypeError(destination.way)
        patiently(lambda: way.tell(note_of(brief, place)), sleep)
    except DeliveryUnknown:
        return SentBrief(
            False, "メールサーバが受け取ったという答えがありません。届いたかを確かめてください。"
        )
    except (DeliveryForbidden, DeliveryRefused, DeliveryInterrupted, KeyUnavailable) as error:
        return SentBrief(False, str(error))
    return SentBrief(
        True, f"{destination.name} へ送りました（{len(destination.recipients)}件のあて先）。"
    )


def note_of(brief: Brief, place: Outlook) -> Note:
    """The mail of a morning; sent again, it is the same mail to its recipient."""
    pressing = len(brief.overdue) + len(brief.unconfirmed) + len(brief.pressing)
    return Note(
        topic=f"morning brief {brief.today.isoformat()}",
        subject=f"朝の確認 {brief.today.isoformat()}（要対応{pressing}件）",
        text="\n".join(
            [*lines(brief, is_leaving=True), "", "詳しくは画面の「本日」をご覧ください。", ""]
        ),
        at=place.now,
    )
