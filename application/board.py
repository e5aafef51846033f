"""The centre at this moment, with the contract's queues and staff: as the exchange tells it where one listens to it, else as the
queue log is written now, else unknown. No caller's number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from application.call_log import LoggedCall
from application.home.settings import Settings
from application.running_targets import TargetNow, running_targets
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.terms import FloorTerms
from compliance.ground.japan import TOKYO
from telephony_ingest.ami.feed import ManagerFeed
from telephony_ingest.asterisk.live import tail_of_log
from telephony_ingest.asterisk.live_status import QueuedCall, live_status_of


@dataclass(frozen=True, slots=True)
class QueueNow:
    """Callers who wait in a queue, by its title; `longest_since` is null where nobody does, `language` what its service speaks,
    blank where the contract does not say."""

    title: str
    waiting: int
    longest_since: datetime | None
    language: str = ""


@dataclass(frozen=True, slots=True)
class OperatorNow:
    """Somebody logged on: what they do as a word of the page (`free`, `talking`, `paused`; `ringing`, `holding`, `dialling` where
    one listens to the exchange), since when (null: not known), why."""

    staff_id: str
    doing: str
    since: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Board:
    """Everything of one moment; counts of calls since today's opening, each once. `last_at` is the time of the log's newest line,
    null without one; `unknown` says why nothing can be told of this moment, blank where it can: then no figure is one. `alarms` are what somebody
    must look at now, in Japanese, and `alarm_wait_seconds` from when on a wait is one. `is_live`: told by the exchange itself; then counts are
    figures only while `is_counted`, since the log counts. `lines` are the trunk lines in use, null where that is not known, and `notice`
    says where the board comes from if not from where it should, blank else."""

    queues: tuple[QueueNow, ...]
    operators: tuple[OperatorNow, ...]
    incoming: int
    answered: int
    abandoned: int
    overflow: int
    mailbox: int
    last_at: datetime | None = None
    unknown: str = ""
    alarms: tuple[str, ...] = ()
    alarm_wait_seconds: int = 0
    is_live: bool = False
    is_counted: bool = True
    lines: int | None = None
    notice: str = ""
    alarm_waiting: int = 0
    """From how many who wait in one queue on it is an alarm."""
    calls: tuple[LoggedCall, ...] = ()
    """The calls that the counts count, the newest first; of one that waits the outcome is blank."""
    targets: tuple[TargetNow, ...] = ()


_OUTCOMES = {
    "": ("", "待ち中"),
    "answered": ("answered", "応答"),
    "abandoned": ("abandoned", "放棄"),
    "overflow": ("overflow", "あふれ"),
    "mailbox": ("message", "預かりへ"),
}
"""The class of a call that has not been classified yet, as far as its log goes, and what pages call that."""


def _logged(call: QueuedCall, queues: Mapping[str, str]) -> LoggedCall:
    outcome, title = _OUTCOMES[call.came]
    queue = queues.get(call.queue, "")  # what is no queue of the contract may be anything
    return LoggedCall(
        call.call_id, call.entered_at, queue, "inbound", outcome, title, call.operators, call.wait_seconds, None
    )  # fmt: skip


def alarms_of(
    queues: Iterable[QueueNow], unknown: str, terms: FloorTerms, now: datetime
) -> tuple[str, ...]:
    """What somebody must look at now. Pure."""
    if unknown:
        return ("計測不能です。",)
    found = []
    for queue in queues:
        waited = (now - queue.longest_since).total_seconds() if queue.longest_since else 0
        if waited >= terms.alarm_wait_seconds:
            found.append(f"{queue.title}：{terms.alarm_wait_seconds}秒以上お待ちの方がいます。")
        if queue.waiting >= terms.alarm_waiting:
            found.append(f"{queue.title}：{queue.waiting}人がお待ちです。")
    return tuple(found)


def _unknown(
    calendar: BusinessCalendar, terms: FloorTerms, now: datetime, last_at: datetime | None
) -> str:
    """Why nothing can be told of this moment; blank where it can."""
    if last_at is None:
        return "電話交換機の待ち行列の記録が見つかりません。"
    opens, closes = calendar.opens_at(now.date()), calendar.closes_at(now.date())
    if opens is None or closes is None or not opens <= now <= closes:
        return ""
    since = last_at.astimezone(TOKYO)
    minutes = terms.longest_silence_minutes if last_at >= opens else terms.first_line_minutes
    if now - max(last_at, opens) > timedelta(minutes=minutes):
        return f"電話交換機の記録が{since:%Y-%m-%d %H:%M:%S}から届いていません。"
    return ""


def _notice(feed: ManagerFeed | None) -> str:
    """That nobody hears the exchange although one should; blank where all is well."""
    since = feed.unknown_since if feed is not None else None
    if since is None:
        return ""
    return (
        f"電話交換機との直接の接続が{since.astimezone(TOKYO):%Y-%m-%d %H:%M:%S}から切れています。"
    )


def board_of(
    settings: Settings,
    now: Callable[[], datetime],
    operators: dict[str, str],
    feed: ManagerFeed | None = None,
) -> Callable[[], Board]:
    """The board of a home; `operators` are staff ids by the spellings of the exchange, `feed` what it tells where one listens to it.
    On a closed day counts begin at midnight."""
    prefixes = settings.pbx.dialplan.trunk_prefixes
    calendar = BusinessCalendar(settings.contract)
    labels = {queue.name: queue.label for queue in settings.contract.queues}
    languages = {
        name: service.language for service in settings.contract.services for name in service.queues
    }

    def board() -> Board:
        local = now().astimezone(TOKYO)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        opened_at = calendar.opens_at(local.date()) or midnight
        lines = tail_of_log(Path(settings.pbx.root), settings.pbx.sources.queue_log)
        floor = live_status_of(lines, operators, opened_at)
        live = feed.floor(operators, prefixes) if feed is not None else None
        told = floor if live is None else live
        waiting = [
            (queue, [one.since for one in told.waiting if one.queue == queue.name])
            for queue in settings.contract.queues
        ]
        queues = tuple(
            QueueNow(
                queue.label, len(since), min(since, default=None), languages.get(queue.name, "")
            )
            for queue, since in waiting
        )
        terms = settings.contract.floor
        silent = _unknown(calendar, terms, local, floor.last_at)
        unknown = silent if live is None else ""
        return Board(
            queues=queues,
            operators=tuple(
                OperatorNow(one.operator, one.doing.value, one.since, one.reason)
                for one in told.operators
            ),
            incoming=floor.incoming,
            answered=floor.answered,
            abandoned=floor.abandoned,
            overflow=floor.overflow,
            mailbox=floor.mailbox,
            last_at=floor.last_at,
            unknown=unknown,
            alarms=alarms_of(queues, unknown, terms, local),
            alarm_wait_seconds=terms.alarm_wait_seconds,
            is_live=live is not None,
            is_counted=not silent,
            lines=len(live.lines) if live is not None else None,
            notice=_notice(feed) if live is None else "",
            alarm_waiting=terms.alarm_waiting,
            calls=tuple(_logged(one, labels) for one in floor.calls),
            targets=running_targets(settings.contract, local.date(), floor.calls),
        )

    return board
