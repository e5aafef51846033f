"""Is this area, permit or device in force today? Pure decisions over entries of the registers (別紙1-5, 別紙2-4).

An area counts once it was reported or approved, from its first day to its last; a permit from the city's day to its
expiry; a device from its first day to its last. A register of areas or devices in which nothing was entered yet refuses
nothing, so that a site can begin; a permit that is not there never counts. An end is told 30 days ahead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from compliance.registers.description import Register
from compliance.registers.entries import KeptEntry
from compliance.registers.handling import AREAS, DEVICES, PERMITS
from compliance.registers.sheet import shown

WARNED_AHEAD = timedelta(days=30)
SERVER = "server"
"""The kind of area in which recordings and keys lie."""


class LackingReason(StrEnum):
    """Why something does not count."""

    NOT_BEGUN = "not_begun"
    ENDED = "ended"
    NOT_REPORTED = "not_reported"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class InForce:
    """It counts. `entry` is the one that lets it, null where nothing was entered yet; `ends_on` its last day, if any."""

    entry: KeptEntry | None = None
    ends_on: date | None = None
    is_allowed: bool = field(default=True, init=False)

    def days_left(self, today: date) -> int | None:
        """In how many days it ends, null where that is further off than 30 days."""
        if self.ends_on is None or self.ends_on > today + WARNED_AHEAD:
            return None
        return (self.ends_on - today).days


@dataclass(frozen=True, slots=True)
class Lacking:
    """It does not count: what is so, and what to do, in Japanese."""

    reason: LackingReason
    what: str
    remedy: str
    is_allowed: bool = field(default=False, init=False)

    @property
    def text_ja(self) -> str:
        """Both in a line."""
        return f"{self.what}{self.remedy}"


def permit(permits: Sequence[KeptEntry], kind: str, target: str, today: date) -> InForce | Lacking:
    """Whether the city's 許可 for a target is in force."""
    theirs = [one for one in permits if one.get("kind") == kind and one.get("target") == target]
    subject = f"対象「{target}」の{shown(PERMITS.field('kind'), kind)}の許可"
    found = _best(theirs, today, "permitted_on", "expires_on")
    if isinstance(found, InForce):
        return found
    state = "がありません。" if found is LackingReason.MISSING else "が、今日は有効ではありません。"
    return _refused(
        found, PERMITS, subject + state, "市の許可を受けて `madoguchi registers add permits` で記入してください。"
    )  # fmt: skip


def area(entry: KeptEntry, today: date) -> InForce | Lacking:
    """Whether one area is in force."""
    return _area((entry,), f"「{entry.get('name')}」", today)


def area_of_kind(areas: Sequence[KeptEntry], kind: str, today: date) -> InForce | Lacking:
    """Whether an area of a kind is in force; where no area was ever entered nothing is refused."""
    if not areas:
        return InForce()
    theirs = [one for one in areas if one.get("kind") == kind]
    return _area(theirs, shown(AREAS.field("kind"), kind), today)


def device(devices: Sequence[KeptEntry], serial: str, today: date) -> InForce | Lacking:
    """Whether the device of a serial number is in use; where no device was ever entered nothing is refused."""
    if not devices:
        return InForce()
    theirs = [one for one in devices if one.get("serial") == serial]
    found = _best(theirs, today, "starts_on", "ends_on")
    if isinstance(found, InForce):
        return found
    state = {
        LackingReason.NOT_BEGUN: "は、使用開始日になっていません。",
        LackingReason.ENDED: "は、使用終了日を過ぎています。",
    }.get(found, "がありません。")
    return _refused(
        found, DEVICES, f"製造番号「{serial}」{state}", "`madoguchi registers add devices` で記入してください。"
    )  # fmt: skip


def _area(theirs: Sequence[KeptEntry], subject: str, today: date) -> InForce | Lacking:
    told = [one for one in theirs if _is_told(one, today)]
    found = _best(told, today, "starts_on", "ends_on")
    if isinstance(found, InForce):
        return found
    if found is LackingReason.MISSING and theirs:
        found = LackingReason.NOT_REPORTED
    state = {
        LackingReason.NOT_BEGUN: "は、使用開始日になっていません。",
        LackingReason.ENDED: "は、使用終了日を過ぎています。",
        LackingReason.NOT_REPORTED: "に、市への報告日又は承認日がありません。",
    }.get(found, "がありません。")
    return _refused(
        found, AREAS, f"{subject}{state}",
        "市へ報告し（変更は承認を受けて）、`madoguchi registers add areas` で記入してください。",
    )  # fmt: skip


def _is_told(entry: KeptEntry, today: date) -> bool:
    """Whether the city was told of an area, or approved it, by today."""
    days = (entry.get("reported_on"), entry.get("approved_on"))
    return any("" < day <= today.isoformat() for day in days)


def _best(
    theirs: Iterable[KeptEntry], today: date, first: str, last: str
) -> InForce | LackingReason:
    """Of those in force the one that lasts longest, else why none is."""
    day, reason = today.isoformat(), LackingReason.MISSING
    in_force: list[InForce] = []
    for one in theirs:
        begins, ends = one.get(first), one.get(last)
        if not begins or begins > day:
            reason = LackingReason.NOT_BEGUN
        elif ends and ends < day:
            reason = LackingReason.ENDED if reason is LackingReason.MISSING else reason
        else:
            in_force.append(InForce(one, date.fromisoformat(ends) if ends else None))
    return max(in_force, key=lambda one: one.ends_on or date.max, default=reason)


def _refused(reason: LackingReason, register: Register, what: str, remedy: str) -> Lacking:
    title, joint = (
        register.title.partition("（")[0],
        "に、" if reason is LackingReason.MISSING else "の",
    )
    return Lacking(reason, f"{title}台帳{joint}{what}", remedy)
