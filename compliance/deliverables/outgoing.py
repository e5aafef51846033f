"""Whether a paper may go to a destination: no connection without the city's 許可, no caller's words without its 指定 (別紙1-5(1)(2)).

Pure: it is given what the registers of permits and of consultations hold, and the day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from compliance.contract.destinations import Destination
from compliance.errors import DeliveryForbidden
from compliance.registers.entries import KeptEntry
from compliance.registers.standing import InForce, permit


@dataclass(frozen=True, slots=True)
class Cover:
    """The entries that let a paper go; null where none is needed."""

    permit: KeptEntry | None
    designation: KeptEntry | None


def is_connection(destination: Destination) -> bool:
    """Whether a destination lies beyond this machine: a folder does where it is written down under a permit."""
    return destination.way != "folder" or bool(destination.permit)


def covered(
    destination: Destination,
    quotes_callers: bool,
    permits: Sequence[KeptEntry],
    consultations: Sequence[KeptEntry],
    today: date,
) -> Cover:
    """What lets a paper go to a destination today.

    Raises:
        DeliveryForbidden: the permit or the designation is missing, not yet or no longer in force, or the destination is not one
            for callers' words.
    """
    if quotes_callers and destination.way == "smtp":
        raise _forbidden(
            destination, "市民の言葉を引用する書類は、メールでは送りません。", "SFTPのあて先か媒体（--to）で提出してください。"
        )  # fmt: skip
    if quotes_callers and not destination.personal_data:
        raise _forbidden(
            destination,
            "市民の言葉を引用する書類ですが、個人情報を送るあて先とされていません（personal_data）。",
            "媒体（--to）で提出するか、市の指定を受けて設定してください。",
        )
    if not is_connection(destination):
        return Cover(None, None)
    permitted = _permit(destination, permits, today)
    if not quotes_callers:
        return Cover(permitted, None)
    return Cover(permitted, _designation(destination, consultations, today))


def _permit(
    destination: Destination, permits: Sequence[KeptEntry], today: date
) -> KeptEntry | None:
    found = permit(permits, "network", destination.permit, today)
    if isinstance(found, InForce):
        return found.entry
    raise _forbidden(
        destination, found.what, f"{found.remedy}媒体（--to）で提出することもできます。"
    )


def _designation(
    destination: Destination, consultations: Sequence[KeptEntry], today: date
) -> KeptEntry:
    named = re.compile(rf"(?<![A-Za-z0-9_-]){re.escape(destination.name)}(?![A-Za-z0-9_-])")
    for one in consultations:
        is_held = "" < one.get("held_on") <= today.isoformat()
        if one.get("kind") == "designation" and is_held and named.search(one.get("matter")):
            return one
    raise _forbidden(
        destination,
        f"協議・指示記録簿に、件名に「{destination.name}」とある市の指定がありません。",
        "個人情報の送付方法の指定を受けて `madoguchi registers add consultations` で記入するか、媒体（--to）で提出してください。",
    )


def _forbidden(destination: Destination, why: str, remedy: str) -> DeliveryForbidden:
    return DeliveryForbidden(f"あて先 {destination.name} へは送れません。{why}{remedy}")
