"""What a morning says of the second copy: the trial of the month and how the last one ended, and a backup that an erasure made old."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from application.duties import COMING_DAYS, Duty, Urgency, urgency_of
from application.home.session import Outlook
from compliance.backup.register import DRILL_EVERY, BackupDeed, BackupEvent, last_event
from compliance.ground.clock import ClockKind, begun_at
from compliance.ground.japan import TOKYO, civil_date
from compliance.keys.keyring import epochs

NONE_KNOWN = "バックアップが見つからないため、復元訓練ができません"


def told_of_drill(drill: BackupEvent) -> str:
    """When, what, and how it ended, in one line of a page."""
    at = f"{drill.at.astimezone(TOKYO):%Y-%m-%d %H:%M}"
    if not drill.backup:
        return f"{at}　{NONE_KNOWN}"
    return f"{at}　{drill.backup}　{'復元できました' if drill.is_right else '失敗しました'}"


def drill_due_on(place: Outlook) -> date | None:
    """By when the next drill is due; null for a home that lives by a simulated clock."""
    begun = begun_at(place.engine, ClockKind.REAL)
    if begun is None:
        return None
    drill = last_event(place.engine, BackupDeed.DRILLED)
    return civil_date((drill.at if drill else begun) + DRILL_EVERY)


def backup_duties(place: Outlook, today: date) -> Iterable[Duty]:
    """The drill of the month, one that failed, and a home whose keys an erasure changed since it was backed up. A simulated home
    has no medium to back up to."""
    yield from drill_duties(place, today)
    yield from renewal_duties(place, today)


def drill_duties(place: Outlook, today: date) -> Iterable[Duty]:
    """The drill of the month that is due, or one that failed."""
    due = drill_due_on(place)
    if due is None:
        return
    drill = last_event(place.engine, BackupDeed.DRILLED)
    if drill is not None and not drill.is_right:
        title = "バックアップの復元訓練が失敗しています" if drill.backup else NONE_KNOWN
        yield Duty(title, drill.backup, "backup", civil_date(drill.at), Urgency.OVERDUE)
    elif due <= today + COMING_DAYS:
        name = drill.backup if drill else ""
        title = f"バックアップの復元訓練（{DRILL_EVERY.days}日以内に1回）"
        yield Duty(title, name, "backup", due, urgency_of(due, today))


def renewal_duties(place: Outlook, today: date) -> Iterable[Duty]:
    """A backup to be made because an erasure changed the keys since the newest one."""
    if drill_due_on(place) is None:
        return
    made = last_event(place.engine, BackupDeed.MADE)
    present = epochs(place.home)
    if made is not None and present and made.epoch < present[-1].number:
        title = "消去の後のバックアップがありません（以前のものからは録音を開けません）"
        yield Duty(title, made.backup, "backup", today, Urgency.TODAY)
