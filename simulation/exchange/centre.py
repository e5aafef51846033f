"""A day in a centre that runs at its limit: arrivals, five lines, three operators, impatience.

A discrete-event simulation; it decides what happens to whom and knows nothing of files. The same seed
gives the same day. Times are epoch seconds; durations are seconds.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulation.exchange.lives import (
    Attempt,
    AttendedTransfer,
    BlindTransfer,
    Departure,
    Dialled,
    EndedBy,
    InboundCall,
    OutboundCall,
    Ring,
)

_TOKYO = ZoneInfo("Asia/Tokyo")
_DAY_SHAPE = (9, 11, 10, 8, 7, 5, 4, 4, 6, 8, 8, 7, 6, 6, 5, 5, 4, 3)
"""Weights of the half hours from 09:00 to 18:00."""
_WAITS_FOR_A_LISTENER = 5400.0
"""So long a restart waits for a moment at which somebody hears the menu: such calls are the rarer kind."""


@dataclass(frozen=True, slots=True)
class Centre:
    """What the centre is like; figures of 6(1)ウ・オ, the rest plausible."""

    lines: int = 5
    operators: tuple[str, ...] = ("op1", "op2", "op3")
    supervisor: str = "sv1"
    opens_at: time = time(9)
    closes_at: time = time(18)
    calls_per_day: float = 104.0
    calls_after_hours: float = 5.0
    calls_at_midnight: float = 0.15
    restart_chance: float = 0.1
    callers: int = 4000
    talk_seconds: float = 600.0
    after_call_seconds: float = 300.0
    patience_seconds: float = 480.0
    queue_seconds: int = 600
    notice_seconds: float = 9.0
    menu_seconds: float = 12.0
    closed_notice_seconds: float = 21.0


@dataclass(frozen=True, slots=True)
class StaffAct:
    """What an operator did at the telephone: `log_on`, `log_off`, `pause`, `resume`."""

    at: float
    operator: str
    act: str
    reason: str = ""


@dataclass(slots=True)
class LivedDay:
    """All that happened on one day, lives in order of their beginning; `callbacks` are the numbers that are
    still to be called when it ends, oldest first. `restarted_at` is when the PBX started again, if it did."""

    day: date
    calls: list[InboundCall | OutboundCall] = field(default_factory=list)
    acts: list[StaffAct] = field(default_factory=list)
    callbacks: list[str] = field(default_factory=list)
    restarted_at: float | None = None


@dataclass(slots=True, eq=False)
class _Caller:
    caller: str
    arrived: float
    notice: float
    menu: float
    rounds: int
    choice: str
    queued: float
    position: int = 1
    attempts: list[Attempt] = field(default_factory=list)
    has_left: bool = False
    ringing: tuple[str, float] | None = None


@dataclass(slots=True)
class _Operator:
    free_from: float = math.inf
    is_here: bool = False
    is_paused: bool = False
    wants_break: bool = False
    is_leaving: bool = False


def live_day(
    rng: random.Random,
    centre: Centre,
    day: date,
    *,
    is_open: bool,
    callbacks: Sequence[str] = (),
    restart_after: float | None = None,
) -> LivedDay:
    """One civil day of the centre (Asia/Tokyo), begun with what the day before left to be called back.

    The PBX starts again at the first moment from `restart_after` (epoch seconds) on at which somebody talks or
    listens to the menu and nobody waits, rings or leaves a message: what becomes of those, no record is known of.
    """
    return _Floor(rng, centre, day, callbacks, restart_after).live(is_open)


class _Floor:
    def __init__(
        self,
        rng: random.Random,
        centre: Centre,
        day: date,
        callbacks: Sequence[str],
        restart_after: float | None = None,
    ) -> None:
        self.rng, self.centre, self.day = rng, centre, day
        midnight = datetime.combine(day, time(), _TOKYO)
        self.midnight = midnight.timestamp()
        self.opens = datetime.combine(day, centre.opens_at, _TOKYO).timestamp()
        self.closes = datetime.combine(day, centre.closes_at, _TOKYO).timestamp()
        self.lived = LivedDay(day)
        self.events: list[tuple[float, int, Callable[[float], None]]] = []
        self.order = itertools.count()
        self.lines: set[object] = set()
        self.in_menu: set[_Caller] = set()
        self.down_until = 0.0
        self.restart_after = restart_after
        self.told_first = random.Random(f"consultations {day.isoformat()}")
        self.waiting: deque[_Caller] = deque()
        self.staff = {name: _Operator() for name in centre.operators}
        self.supervisor_free = 0.0
        self.callbacks = list(callbacks)

    def live(self, is_open: bool) -> LivedDay:
        """Everything that begins on this day, followed to its end."""
        if is_open:
            self._plan_staff()
            self._plan_arrivals()
            if self.restart_after is not None:
                self._at(self.restart_after, self._restart)
        self._plan_after_hours(is_open)
        while self.events:
            at, _, action = heapq.heappop(self.events)
            action(at)
        self.lived.calls.sort(key=_beginning)
        self.lived.acts.sort(key=lambda act: act.at)
        self.lived.callbacks = self.callbacks
        return self.lived

    def _at(self, at: float, action: Callable[[float], None]) -> None:
        heapq.heappush(self.events, (round(at, 3), next(self.order), action))

    # ---- plans

    def _plan_arrivals(self) -> None:
        rng = self.rng
        factor = {0: 1.2, 1: 1.05, 2: 0.95, 3: 0.95, 4: 0.9}.get(self.day.weekday(), 1.0)
        count = _poisson(rng, self.centre.calls_per_day * factor * rng.uniform(0.85, 1.15))
        half_hours = rng.choices(range(len(_DAY_SHAPE)), _DAY_SHAPE, k=count)
        span = (self.closes - self.opens) / len(_DAY_SHAPE)
        for half_hour in half_hours:
            self._at(self.opens + span * (half_hour + rng.random()), self._arrive)

    def _plan_after_hours(self, is_open: bool) -> None:
        for _ in range(_poisson(self.rng, self.centre.calls_after_hours)):
            at = self.midnight + self.rng.triangular(7 * 3600, 22 * 3600, 18.5 * 3600)
            if not is_open or not self.opens - 30 <= at < self.closes + 30:
                self._at(at, self._arrive_closed)
        if self.rng.random() < self.centre.calls_at_midnight:
            self._at(self.midnight + 86400 - self.rng.uniform(1, 20), self._arrive_closed)

    def _plan_staff(self) -> None:
        rng = self.rng
        absent = rng.choice(self.centre.operators) if rng.random() < 0.06 else None
        late = rng.uniform(120, 420) if rng.random() < 0.05 else -rng.uniform(240, 900)
        present = [name for name in self.centre.operators if name != absent]
        for place, name in enumerate(present):
            self._at(self.opens + late + place * 1.5, self._logs_on(name))
            lunch = self.midnight + (11.5 + place) * 3600 + rng.uniform(0, 120)
            self._at(lunch, self._wants_break(name))
        self._at(self.closes + 20, self._close)
        for at in range(int(self.opens) + 3600, int(self.closes) - 600, 900):
            self._at(float(at), self._call_back)

    # ---- staff

    def _logs_on(self, name: str) -> Callable[[float], None]:
        def log_on(at: float) -> None:
            self.staff[name].is_here, self.staff[name].free_from = True, at
            self.lived.acts.append(StaffAct(at, name, "log_on"))
            self._serve(at)

        return log_on

    def _wants_break(self, name: str) -> Callable[[float], None]:
        def want(at: float) -> None:
            self.staff[name].wants_break = True
            self._idle(name, at)

        return want

    def _idle(self, name: str, at: float) -> None:
        """The operator's telephone is free, or will be: breaks, leaving, the next caller."""
        operator = self.staff[name]
        if not operator.is_here or operator.is_paused or at < operator.free_from:
            return
        if operator.wants_break:
            operator.wants_break, operator.is_paused = False, True
            self.lived.acts.append(StaffAct(at, name, "pause", "lunch"))
            self._at(at + 3600 + self.rng.uniform(-120, 120), self._resumes(name))
        elif operator.is_leaving and not self.waiting:
            operator.is_here = False
            self.lived.acts.append(StaffAct(at, name, "log_off"))
        else:
            self._serve(at)

    def _resumes(self, name: str) -> Callable[[float], None]:
        def resume(at: float) -> None:
            self.staff[name].is_paused, self.staff[name].free_from = False, at
            self.lived.acts.append(StaffAct(at, name, "resume", "lunch"))
            self._idle(name, at)

        return resume

    def _close(self, at: float) -> None:
        if any(operator.is_paused for operator in self.staff.values()):
            self._at(at + 60, self._close)
            return
        for name, operator in self.staff.items():
            operator.is_leaving = True
            self._idle(name, at)
        if any(operator.is_here for operator in self.staff.values()):
            self._at(at + 30, self._close)

    def _busy(self, name: str, until: float) -> None:
        self.staff[name].free_from = round(until, 3)
        if until < math.inf:
            self._at(until, lambda at: self._idle(name, at))

    # ---- callers

    def _number(self) -> str:
        """A number of the fictional range; few call often, most once."""
        if self.rng.random() < 0.05:
            return "anonymous"
        return f"011000{int(self.centre.callers * self.rng.random() ** 1.5):04d}"

    def _arrive_closed(self, at: float) -> None:
        hears = self.centre.closed_notice_seconds
        goes = self.rng.random() < 0.4
        notice = self.centre.notice_seconds
        ended = at + 0.21 + notice + (self.rng.uniform(2, hears - 2) if goes else hears)
        self.lived.calls.append(
            InboundCall(
                caller=self._number(),
                arrived=at,
                ended=ended,
                ended_by=EndedBy.CALLER if goes else EndedBy.PBX,
                is_closed=True,
                notice_seconds=notice,
            )
        )

    def _arrive(self, at: float) -> None:
        rng, centre = self.rng, self.centre
        if at < self.down_until:
            return  # the PBX is starting: nobody notes this call
        if len(self.lines) >= centre.lines:
            self.lived.calls.append(
                InboundCall(
                    caller=self._number(),
                    arrived=at,
                    ended=at + 0.002,
                    ended_by=EndedBy.PBX,
                    is_lines_busy=True,
                )
            )
            return
        menu_begins = at + 0.21 + centre.notice_seconds + 0.001
        fate = rng.random()
        if fate < 0.05:
            gone = rng.uniform(at + 1, menu_begins - 0.5)
            if fate < 0.03:
                gone = menu_begins + rng.uniform(0.5, centre.menu_seconds - 0.5)
            self._finish(
                InboundCall(
                    caller=self._number(),
                    arrived=at,
                    ended=gone,
                    ended_by=EndedBy.CALLER,
                    notice_seconds=centre.notice_seconds,
                    menu_seconds=centre.menu_seconds,
                )
            )
            return
        rounds, choice = 1, "survey" if rng.random() < 0.72 else "opinion"
        queued = menu_begins + rng.uniform(1.5, centre.menu_seconds)
        if fate > 0.97:
            rounds, choice = 2, "survey"
            queued = menu_begins + 2 * (centre.menu_seconds + 2.0)
        caller = _Caller(
            self._number(), at, centre.notice_seconds, centre.menu_seconds, rounds, choice, queued
        )
        self.lines.add(caller)
        self.in_menu.add(caller)
        self._at(queued, lambda now: self._join(caller, now))

    def _join(self, caller: _Caller, at: float) -> None:
        rng = self.rng
        if caller not in self.in_menu:
            return
        self.in_menu.remove(caller)
        caller.queued = at
        if not any(operator.is_here for operator in self.staff.values()):
            self._leave(caller, Departure.NO_STAFF, at, at + 4.2, EndedBy.PBX)
            return
        self.waiting.append(caller)
        caller.position = sum(c.choice == caller.choice for c in self.waiting)
        if rng.random() < 0.14:
            self._at(at + rng.expovariate(1 / 90) + 8, lambda now: self._message(caller, now))
        patience = rng.expovariate(1 / self.centre.patience_seconds) + 1
        self._at(at + patience, lambda now: self._abandon(caller, now))
        self._at(at + self.centre.queue_seconds, lambda now: self._time_out(caller, now))
        self._serve(at)

    def _abandon(self, caller: _Caller, at: float) -> None:
        if caller.has_left:
            return
        if caller.ringing:
            operator, began = caller.ringing
            caller.attempts.append(Attempt(operator, began, at, Ring.CALLER_LEFT))
            self._busy(operator, at + 5)
        self._leave(caller, Departure.ABANDONED, at, at, EndedBy.CALLER)

    def _message(self, caller: _Caller, at: float) -> None:
        if caller.has_left or caller.ringing:
            return
        if caller.caller != "anonymous":
            self.callbacks.append(caller.caller)
        ended = at + 4 + self.rng.uniform(8, 60)
        self._leave(caller, Departure.MESSAGE, at, ended, EndedBy.CALLER)

    def _time_out(self, caller: _Caller, at: float) -> None:
        if caller.has_left:
            return
        if caller.ringing:
            self._at(at + 1, lambda now: self._time_out(caller, now))
            return
        self._leave(caller, Departure.TIMEOUT, at, at + 4.2, EndedBy.PBX)

    def _leave(self, caller: _Caller, how: Departure, at: float, ended: float, by: EndedBy) -> None:
        caller.has_left = True
        if caller in self.waiting:
            self.waiting.remove(caller)
        self._finish(self._life(caller, ended, by, left=how, left_at=at), caller)
        self._at(at, self._all_idle)

    def _all_idle(self, at: float) -> None:
        for name in self.staff:
            self._idle(name, at)

    def _life(
        self,
        caller: _Caller,
        ended: float,
        by: EndedBy,
        *,
        left: Departure | None = None,
        left_at: float | None = None,
        transfer: BlindTransfer | None = None,
        consultation: AttendedTransfer | None = None,
    ) -> InboundCall:
        return InboundCall(
            caller=caller.caller,
            arrived=caller.arrived,
            ended=ended,
            ended_by=by,
            notice_seconds=caller.notice,
            menu_rounds=caller.rounds,
            menu_seconds=caller.menu,
            choice=caller.choice,
            queued=caller.queued,
            position=caller.position,
            attempts=tuple(caller.attempts),
            left=left,
            left_at=left_at,
            transfer=transfer,
            consultation=consultation,
        )

    def _finish(self, life: InboundCall, caller: _Caller | None = None) -> None:
        self.lived.calls.append(life)
        self._hold_line(life if caller is None else caller, life.ended)

    def _hold_line(self, line: object, until: float) -> None:
        self.lines.add(line)
        self._at(until, lambda _: self.lines.discard(line))

    # ---- the PBX starts again

    def _restart(self, at: float) -> None:
        """Every conversation and menu ends; the staff stay logged on, the telephones are back in a minute."""
        going = [life for life in self.lived.calls if _beginning(life) <= at < life.ended]
        if not self._may_restart(going, at):
            self._at(at + 7, self._restart)
            return
        for life in going:
            assert isinstance(life, InboundCall)  # noqa: S101 - else it may not
            place = self.lived.calls.index(life)
            self.lived.calls[place] = replace(life, ended=at, ended_by=EndedBy.RESTART)
            if life.answer is not None:
                self._busy(life.answer.operator, at + self.rng.uniform(60, 120))
        for caller in sorted(self.in_menu, key=lambda c: c.arrived):
            self.lived.calls.append(
                InboundCall(
                    caller=caller.caller,
                    arrived=caller.arrived,
                    ended=at,
                    ended_by=EndedBy.RESTART,
                    notice_seconds=caller.notice,
                    menu_seconds=caller.menu,
                )
            )
        self.in_menu.clear()
        self.lines.clear()
        self.down_until = at + 25
        self.lived.restarted_at = at + 2

    def _may_restart(self, going: Sequence[InboundCall | OutboundCall], at: float) -> bool:
        """Whether only such calls are going on of which it is known what a PBX writes."""
        if self.waiting or not (going or self.in_menu):
            return False
        menus = [(c.arrived, c.notice) for c in self.in_menu if c.rounds == 1]
        if len(menus) != len(self.in_menu):
            return False
        for life in going:
            if isinstance(life, OutboundCall) or life.transfer or life.consultation:
                return False
            if life.answer is None:
                if life.queued is not None or life.is_closed or life.is_lines_busy:
                    return False
                menus.append((life.arrived, life.notice_seconds))
        for_a_listener = (self.restart_after or 0) + _WAITS_FOR_A_LISTENER
        if not menus and at < for_a_listener:
            return False
        return all(at > arrived + notice + 1.5 for arrived, notice in menus)

    # ---- service

    def _serve(self, at: float) -> None:
        """Ring the operator who is free longest, for the caller who waits longest."""
        while True:
            caller = next((c for c in self.waiting if c.ringing is None), None)
            free = [
                (operator.free_from, name)
                for name, operator in self.staff.items()
                if operator.is_here and not operator.is_paused and operator.free_from <= at
            ]
            if caller is None or not free:
                return
            self._ring(caller, min(free)[1], at)

    def _ring(self, caller: _Caller, name: str, at: float) -> None:
        rng = self.rng
        began = at + 0.02
        caller.ringing = name, began
        self._busy(name, math.inf)
        fate = rng.random()
        if fate < 0.03:
            self._at(began + 5, lambda now: self._no_answer(caller, name, now, Ring.IGNORED))
        elif fate < 0.04:
            wait = rng.uniform(0.5, 3)
            self._at(began + wait, lambda now: self._no_answer(caller, name, now, Ring.REJECTED))
        else:
            self._at(began + rng.uniform(1.2, 4.8), lambda now: self._answer(caller, name, now))

    def _no_answer(self, caller: _Caller, name: str, at: float, result: Ring) -> None:
        if caller.has_left or caller.ringing is None:
            return
        caller.attempts.append(Attempt(name, caller.ringing[1], at, result))
        caller.ringing = None
        self._busy(name, at + 20)
        self._at(at + 1, self._serve)

    def _answer(self, caller: _Caller, name: str, at: float) -> None:
        if caller.has_left or caller.ringing is None:
            return
        rng = self.rng
        caller.attempts.append(Attempt(name, caller.ringing[1], at, Ring.ANSWERED))
        caller.has_left, caller.ringing = True, None
        self.waiting.remove(caller)
        consultation = None
        talk = min(rng.lognormvariate(math.log(self.centre.talk_seconds) - 0.245, 0.7), 2700)
        ended, transfer = at + max(talk, 12), None
        by = EndedBy.CALLER if rng.random() < 0.6 else EndedBy.OPERATOR
        free = ended
        if rng.random() < 0.04 and self.supervisor_free < at:
            taken = ended + rng.uniform(2, 8)
            if self.told_first.random() < 0.5:
                joined = taken + self.told_first.uniform(8, 60)
                consultation = AttendedTransfer(self.centre.supervisor, ended, taken, joined)
                free = ended = joined
            else:
                transfer = BlindTransfer(self.centre.supervisor, ended, taken)
            ended = max(ended, taken) + rng.uniform(60, 400)
            self.supervisor_free = ended
        self._busy(name, free + rng.expovariate(1 / self.centre.after_call_seconds))
        life = self._life(caller, ended, by, transfer=transfer, consultation=consultation)
        self._finish(life, caller)

    # ---- callbacks

    def _call_back(self, at: float) -> None:
        """A free operator calls somebody who left a message, when nobody waits and a line is free."""
        free = [
            name
            for name, operator in self.staff.items()
            if operator.is_here and not operator.is_paused and operator.free_from <= at
        ]
        if at < self.down_until:
            return
        if not self.callbacks or self.waiting or not free or len(self.lines) >= self.centre.lines:
            return
        rng, name, number = self.rng, free[0], self.callbacks.pop(0)
        fate = rng.random()
        result, ended, answered = Dialled.REACHED, at + 15, None
        by = EndedBy.CALLER if rng.random() < 0.6 else EndedBy.OPERATOR
        if fate < 0.65:
            answered = at + rng.uniform(3, 12)
            ended = answered + rng.expovariate(1 / 240) + 10
        elif fate < 0.8:
            result, ended, by = Dialled.BUSY, at + 1.2, EndedBy.PBX
        elif fate < 0.85:
            result, ended, by = Dialled.REJECTED, at + 4, EndedBy.PBX
        else:
            result, by = Dialled.IGNORED, EndedBy.OPERATOR
        if answered is None:
            self.callbacks.append(number)
        self.lived.calls.append(
            OutboundCall(
                number=number,
                operator=name,
                began=at,
                answered=answered,
                ended=ended,
                result=result,
                ended_by=by,
            )
        )
        self._hold_line(self.lived.calls[-1], ended)
        self._busy(name, ended + 30)


def _beginning(life: InboundCall | OutboundCall) -> float:
    return life.arrived if isinstance(life, InboundCall) else life.began


def _poisson(rng: random.Random, mean: float) -> int:
    """A Poisson draw for the small means of a day (Knuth's product method, in logarithms)."""
    total, count = 0.0, -1
    while total < mean:
        total += rng.expovariate(1.0)
        count += 1
    return count


def days_between(first: date, last: date) -> list[date]:
    """Every civil day from the first to the last."""
    return [first + timedelta(n) for n in range((last - first).days + 1)]
