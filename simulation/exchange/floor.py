"""The floor of a centre that runs at its limit: lines, a queue, operators who answer and callers who do not wait for ever.

It decides what happens to whom once a caller has chosen; the same seed gives the same day. Times are epoch seconds,
durations seconds.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from simulation.exchange.centre import Centre, LivedDay, StaffAct
from simulation.exchange.lives import (
    Attempt,
    AttendedTransfer,
    BlindTransfer,
    Departure,
    EndedBy,
    InboundCall,
    Ring,
)


@dataclass(slots=True, eq=False)
class SimulatedCaller:
    """A caller from their menu on; `ringing` is whose telephone rings, and since when."""

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
class OperatorState:
    """What an operator is at; `free_from` is when the telephone is free."""

    free_from: float = math.inf
    is_here: bool = False
    is_paused: bool = False
    wants_break: bool = False
    is_leaving: bool = False


class CentreFloor:
    """What is going on at this moment, and what is going to happen; lives are noted when their end is known."""

    def __init__(
        self, rng: random.Random, centre: Centre, day: date, callbacks: Sequence[str]
    ) -> None:
        self.rng, self.centre = rng, centre
        self.lived = LivedDay(day)
        self.events: list[tuple[float, int, Callable[[float], None]]] = []
        self.order = itertools.count()
        self.lines: set[object] = set()
        self.in_menu: set[SimulatedCaller] = set()
        self.told_first = random.Random(f"consultations {day.isoformat()}")
        self.waiting: deque[SimulatedCaller] = deque()
        self.staff = {name: OperatorState() for name in centre.operators}
        self.supervisor_free = 0.0
        self.callbacks = list(callbacks)

    def at(self, at: float, action: Callable[[float], None]) -> None:
        """Let something happen at an instant, in the order in which it was asked for."""
        heapq.heappush(self.events, (round(at, 3), next(self.order), action))

    def logs_on(self, name: str) -> Callable[[float], None]:
        """What happens when an operator logs on."""

        def log_on(at: float) -> None:
            self.staff[name].is_here, self.staff[name].free_from = True, at
            self.lived.acts.append(StaffAct(at, name, "log_on"))
            self._serve(at)

        return log_on

    def wants_break(self, name: str) -> Callable[[float], None]:
        """What happens when an operator wants a break."""

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
            self.at(at + 3600 + self.rng.uniform(-120, 120), self._resumes(name))
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

    def close(self, at: float) -> None:
        """Let the staff go, as soon as nobody is on a break and nobody waits."""
        if any(operator.is_paused for operator in self.staff.values()):
            self.at(at + 60, self.close)
            return
        for name, operator in self.staff.items():
            operator.is_leaving = True
            self._idle(name, at)
        if any(operator.is_here for operator in self.staff.values()):
            self.at(at + 30, self.close)

    def busy(self, name: str, until: float) -> None:
        """An operator cannot be rung until then."""
        self.staff[name].free_from = round(until, 3)
        if until < math.inf:
            self.at(until, lambda at: self._idle(name, at))

    def join(self, caller: SimulatedCaller, at: float) -> None:
        """A caller who chose comes to wait, where anybody is there."""
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
            self.at(at + rng.expovariate(1 / 90) + 8, lambda now: self._message(caller, now))
        patience = rng.expovariate(1 / self.centre.patience_seconds) + 1
        self.at(at + patience, lambda now: self._abandon(caller, now))
        self.at(at + self.centre.queue_seconds, lambda now: self._time_out(caller, now))
        self._serve(at)

    def _abandon(self, caller: SimulatedCaller, at: float) -> None:
        if caller.has_left:
            return
        if caller.ringing:
            operator, began = caller.ringing
            caller.attempts.append(Attempt(operator, began, at, Ring.CALLER_LEFT))
            self.busy(operator, at + 5)
        self._leave(caller, Departure.ABANDONED, at, at, EndedBy.CALLER)

    def _message(self, caller: SimulatedCaller, at: float) -> None:
        if caller.has_left or caller.ringing:
            return
        if caller.caller != "anonymous":
            self.callbacks.append(caller.caller)
        ended = at + 4 + self.rng.uniform(8, 60)
        self._leave(caller, Departure.MESSAGE, at, ended, EndedBy.CALLER)

    def _time_out(self, caller: SimulatedCaller, at: float) -> None:
        if caller.has_left:
            return
        if caller.ringing:
            self.at(at + 1, lambda now: self._time_out(caller, now))
            return
        self._leave(caller, Departure.TIMEOUT, at, at + 4.2, EndedBy.PBX)

    def _leave(
        self, caller: SimulatedCaller, how: Departure, at: float, ended: float, by: EndedBy
    ) -> None:
        caller.has_left = True
        if caller in self.waiting:
            self.waiting.remove(caller)
        self.finish(self._life(caller, ended, by, left=how, left_at=at), caller)
        self.at(at, self._all_idle)

    def _all_idle(self, at: float) -> None:
        for name in self.staff:
            self._idle(name, at)

    def _life(
        self,
        caller: SimulatedCaller,
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

    def finish(self, life: InboundCall, caller: SimulatedCaller | None = None) -> None:
        """Note a life, and hold its line to its end."""
        self.lived.calls.append(life)
        self.hold_line(life if caller is None else caller, life.ended)

    def hold_line(self, line: object, until: float) -> None:
        """A line is taken until then."""
        self.lines.add(line)
        self.at(until, lambda _: self.lines.discard(line))

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

    def _ring(self, caller: SimulatedCaller, name: str, at: float) -> None:
        rng = self.rng
        began = at + 0.02
        caller.ringing = name, began
        self.busy(name, math.inf)
        fate = rng.random()
        if fate < 0.03:
            self.at(began + 5, lambda now: self._no_answer(caller, name, now, Ring.IGNORED))
        elif fate < 0.04:
            wait = rng.uniform(0.5, 3)
            self.at(began + wait, lambda now: self._no_answer(caller, name, now, Ring.REJECTED))
        else:
            self.at(began + rng.uniform(1.2, 4.8), lambda now: self._answer(caller, name, now))

    def _no_answer(self, caller: SimulatedCaller, name: str, at: float, result: Ring) -> None:
        if caller.has_left or caller.ringing is None:
            return
        caller.attempts.append(Attempt(name, caller.ringing[1], at, result))
        caller.ringing = None
        self.busy(name, at + 20)
        self.at(at + 1, self._serve)

    def _answer(self, caller: SimulatedCaller, name: str, at: float) -> None:
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
        self.busy(name, free + rng.expovariate(1 / self.centre.after_call_seconds))
        life = self._life(caller, ended, by, transfer=transfer, consultation=consultation)
        self.finish(life, caller)
