"""The floor as it is now, from the events of the queue log in their order: who waits, who is there, what today came to. Pure.

Numbers of callers are passed over. What the PBX forgets at a restart (conversations, waits) is forgotten here; its members
stay logged on, as it keeps them. Today's counts are of calls that entered a queue since an instant, each once, by how its last
stay ended; whoever chose the mailbox counts as gone there, whether or not a message was left: papers count what has landed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from telephony_ingest.asterisk.moments import moment_of
from telephony_ingest.landing.names import is_harmless

_ENDS = frozenset({"COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER"})
_ALL = "*"
"""A pause in every queue at once."""


class Doing(StrEnum):
    """What an operator does. A log knows of the first three alone: who rings, holds or dials only events tell."""

    FREE = "free"
    TALKING = "talking"
    PAUSED = "paused"
    RINGING = "ringing"
    HOLDING = "holding"
    DIALLING = "dialling"


class _Came(StrEnum):
    """How a call's last stay in a queue ended; blank while it lasts."""

    WAITING = ""
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    OVERFLOW = "overflow"
    MAILBOX = "mailbox"


_LEFT = {
    "ABANDON": _Came.ABANDONED,
    "EXITWITHTIMEOUT": _Came.OVERFLOW,
    "EXITEMPTY": _Came.OVERFLOW,
    "EXITWITHKEY": _Came.MAILBOX,
}


@dataclass(frozen=True, slots=True)
class WaitingCaller:
    """A caller in a queue, since an instant (UTC)."""

    call_id: str
    queue: str
    since: datetime


@dataclass(frozen=True, slots=True)
class AtWork:
    """An operator who is logged on. `since` is when they began what they do, null where the log begins after that; `reason` of
    a pause is blank where none was given or it might name somebody."""

    operator: str
    doing: Doing
    since: datetime | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class QueuedCall:
    """A call that entered a queue since the day's opening: the queue that it came to last, how it left (blank while it waits), and
    who talked. `wait_seconds` is from its first entry to the answer or to where it left, null while it waits."""

    call_id: str
    queue: str
    entered_at: datetime
    came: str
    operators: tuple[str, ...]
    wait_seconds: float | None


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """Everything of one moment; waits the longest first, operators by id, counts of calls since the day's opening. `last_at` is
    the time of the newest line (UTC), null without one."""

    waiting: tuple[WaitingCaller, ...]
    operators: tuple[AtWork, ...]
    incoming: int
    answered: int
    abandoned: int
    overflow: int
    mailbox: int
    last_at: datetime | None = None
    calls: tuple[QueuedCall, ...] = ()
    """Those that the counts count, the newest first."""


@dataclass(slots=True)
class _Member:
    queues: set[str] = field(default_factory=set)
    since: datetime | None = None
    paused: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    call: str = ""
    talking_since: datetime | None = None


@dataclass(slots=True)
class _State:
    waiting: dict[str, WaitingCaller] = field(default_factory=dict)
    members: dict[str, _Member] = field(default_factory=dict)
    entered: dict[str, datetime] = field(default_factory=dict)
    came: dict[str, _Came] = field(default_factory=dict)
    queues: dict[str, str] = field(default_factory=dict)
    waited: dict[str, float] = field(default_factory=dict)
    talked: dict[str, dict[str, None]] = field(default_factory=dict)
    last_at: datetime | None = None


def live_status_of(
    lines: Iterable[str], operators: Mapping[str, str], opened_at: datetime
) -> LiveStatus:
    """The floor after those lines. `operators`: ids by the spellings of the log; whoever else stands there is passed over.

    A line that is none is passed over: whether the log can be read is landing's to say.
    """
    state = _State()
    for line in lines:
        parts = line.rstrip("\r\n").split("|")
        at = moment_of(parts[0])
        if len(parts) < 5 or at is None:
            continue
        state.last_at = at if state.last_at is None else max(at, state.last_at)
        _of_call(state, at, parts)
        operator = operators.get(parts[3])
        if operator is not None:
            _of_operator(state.members.setdefault(operator, _Member()), at, parts)
            if parts[4] == "CONNECT":
                state.talked.setdefault(parts[1], {})[operator] = None
    calls = [
        _queued(state, one, at) for one, at in reversed(state.entered.items()) if at >= opened_at
    ]
    counted = [one.came for one in calls]
    return LiveStatus(
        waiting=tuple(sorted(state.waiting.values(), key=lambda one: (one.since, one.call_id))),
        operators=tuple(
            _at_work(operator, member)
            for operator, member in sorted(state.members.items())
            if member.queues
        ),
        incoming=len(counted),
        answered=counted.count(_Came.ANSWERED),
        abandoned=counted.count(_Came.ABANDONED),
        overflow=counted.count(_Came.OVERFLOW),
        mailbox=counted.count(_Came.MAILBOX),
        last_at=state.last_at,
        calls=tuple(calls),
    )


def _queued(state: _State, call_id: str, at: datetime) -> QueuedCall:
    came = state.came[call_id]
    waited = None if came is _Came.WAITING else state.waited.get(call_id)
    talked = tuple(state.talked.get(call_id, ()))
    return QueuedCall(call_id, state.queues[call_id], at, came.value, talked, waited)


def _of_call(state: _State, at: datetime, parts: list[str]) -> None:
    call_id, queue, event = parts[1], parts[2], parts[4]
    if event == "QUEUESTART":  # what went on at a restart is over
        state.waiting.clear()
        for call, came in state.came.items():
            if came is _Came.WAITING:
                state.came[call] = _Came.ABANDONED
        for member in state.members.values():
            member.call, member.talking_since = "", None
    elif event == "ENTERQUEUE":
        state.entered.setdefault(call_id, at)
        state.queues[call_id] = queue
        state.waiting[call_id] = WaitingCaller(call_id, queue, at)
        if state.came.get(call_id) is not _Came.ANSWERED:  # handed on, it stays answered
            state.came[call_id] = _Came.WAITING
    elif event == "CONNECT":
        state.waiting.pop(call_id, None)
        if state.came.get(call_id) is not _Came.ANSWERED:
            _waited(state, call_id, at)
        state.came[call_id] = _Came.ANSWERED
    elif event in _LEFT:
        state.waiting.pop(call_id, None)
        if state.came.get(call_id) is _Came.WAITING:
            state.came[call_id] = _LEFT[event]
            _waited(state, call_id, at)


def _waited(state: _State, call_id: str, at: datetime) -> None:
    if call_id in state.entered:
        state.waited[call_id] = (at - state.entered[call_id]).total_seconds()


def _of_operator(member: _Member, at: datetime, parts: list[str]) -> None:
    call_id, queue, event = parts[1], parts[2], parts[4]
    given = parts[5] if len(parts) > 5 else ""
    if event == "ADDMEMBER":
        if not member.queues:
            member.since = at
        member.queues.add(queue)
        if given == "PAUSED":
            member.paused[queue] = (at, "")
    elif event == "REMOVEMEMBER":
        member.queues.discard(queue)
        member.paused.pop(queue, None)
        if not member.queues - {_ALL}:
            member.queues.clear()
            member.paused.clear()
    elif event in ("PAUSE", "PAUSEALL"):
        name = _ALL if event == "PAUSEALL" else queue
        member.queues.add(name)
        member.paused.setdefault(name, (at, given if is_harmless(given) else ""))
    elif event == "UNPAUSEALL":
        member.paused.clear()
    elif event == "UNPAUSE":
        member.paused.pop(queue, None)
        member.paused.pop(_ALL, None)
    elif event == "CONNECT":
        member.queues.add(queue)
        member.call, member.talking_since = call_id, at
    elif event in _ENDS and member.call == call_id:
        member.call, member.talking_since = "", None
        member.since = at


def _at_work(operator: str, member: _Member) -> AtWork:
    if member.call:
        return AtWork(operator, Doing.TALKING, member.talking_since)
    if member.paused:
        since, reason = min(member.paused.values())
        return AtWork(operator, Doing.PAUSED, since, reason)
    return AtWork(operator, Doing.FREE, member.since)
