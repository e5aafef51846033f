"""A day of a centre that runs at its limit: who calls when, what the staff plan, callbacks, and a restart of the PBX.

A discrete-event simulation on the floor (`floor`); it knows nothing of files. The same seed gives the same day. Times are
epoch seconds; durations are seconds.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from simulation.exchange.centre import Centre, LivedDay, chosen
from simulation.exchange.floor import CentreFloor, SimulatedCaller
from simulation.exchange.lives import (
    Dialled,
    EndedBy,
    InboundCall,
    OutboundCall,
)

_TOKYO = ZoneInfo("Asia/Tokyo")
_DAY_SHAPE = (9, 11, 10, 8, 7, 5, 4, 4, 6, 8, 8, 7, 6, 6, 5, 5, 4, 3)
"""Weights of the half hours from 09:00 to 18:00."""
_LUNCHES = 3
"""Lunch is taken in so many turns, an hour each."""
_WAITS_FOR_A_LISTENER = 5400.0
"""So long a restart waits for a moment at which somebody hears the menu: such calls are the rarer kind."""


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
    return _Day(rng, centre, day, callbacks, restart_after).live(is_open)


class _Day:
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
        self.down_until = 0.0
        self.restart_after = restart_after
        self.floor = CentreFloor(rng, centre, day, callbacks)

    def live(self, is_open: bool) -> LivedDay:
        """Everything that begins on this day, followed to its end."""
        if is_open:
            self._plan_staff()
            self._plan_arrivals()
            if self.restart_after is not None:
                self.floor.at(self.restart_after, self._restart)
        self._plan_after_hours(is_open)
        while self.floor.events:
            at, _, action = heapq.heappop(self.floor.events)
            action(at)
        self.floor.lived.calls.sort(key=_beginning)
        self.floor.lived.acts.sort(key=lambda act: act.at)
        self.floor.lived.callbacks = self.floor.callbacks
        return self.floor.lived

    def _plan_arrivals(self) -> None:
        rng = self.rng
        factor = {0: 1.2, 1: 1.05, 2: 0.95, 3: 0.95, 4: 0.9}.get(self.day.weekday(), 1.0)
        count = _poisson(rng, self.centre.calls_per_day * factor * rng.uniform(0.85, 1.15))
        half_hours = rng.choices(range(len(_DAY_SHAPE)), _DAY_SHAPE, k=count)
        span = (self.closes - self.opens) / len(_DAY_SHAPE)
        for half_hour in half_hours:
            self.floor.at(self.opens + span * (half_hour + rng.random()), self._arrive)

    def _plan_after_hours(self, is_open: bool) -> None:
        for _ in range(_poisson(self.rng, self.centre.calls_after_hours)):
            at = self.midnight + self.rng.triangular(7 * 3600, 22 * 3600, 18.5 * 3600)
            if not is_open or not self.opens - 30 <= at < self.closes + 30:
                self.floor.at(at, self._arrive_closed)
        if self.rng.random() < self.centre.calls_at_midnight:
            self.floor.at(self.midnight + 86400 - self.rng.uniform(1, 20), self._arrive_closed)

    def _plan_staff(self) -> None:
        rng = self.rng
        absent = rng.choice(self.centre.operators) if rng.random() < 0.06 else None
        late = rng.uniform(120, 420) if rng.random() < 0.05 else -rng.uniform(240, 900)
        present = [name for name in self.centre.operators if name != absent]
        for place, name in enumerate(present):
            self.floor.at(self.opens + late + place * 1.5, self.floor.logs_on(name))
            lunch = self.midnight + (11.5 + place % _LUNCHES) * 3600 + rng.uniform(0, 120)
            self.floor.at(lunch, self.floor.wants_break(name))
        self.floor.at(self.closes + 20, self.floor.close)
        for at in range(int(self.opens) + 3600, int(self.closes) - 600, 900):
            self.floor.at(float(at), self._call_back)

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
        self.floor.lived.calls.append(
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
        if len(self.floor.lines) >= centre.lines:
            self.floor.lived.calls.append(
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
            self.floor.finish(
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
        rounds, choice = 1, chosen(centre.queues, rng.random())
        queued = menu_begins + rng.uniform(1.5, centre.menu_seconds)
        if fate > 0.97:
            rounds, choice = 2, centre.queues[0]
            queued = menu_begins + 2 * (centre.menu_seconds + 2.0)
        caller = SimulatedCaller(
            self._number(), at, centre.notice_seconds, centre.menu_seconds, rounds, choice, queued
        )
        self.floor.lines.add(caller)
        self.floor.in_menu.add(caller)
        self.floor.at(queued, lambda now: self.floor.join(caller, now))

    def _restart(self, at: float) -> None:
        """Every conversation and menu ends; the staff stay logged on, the telephones are back in a minute."""
        going = [life for life in self.floor.lived.calls if _beginning(life) <= at < life.ended]
        if not self._may_restart(going, at):
            self.floor.at(at + 7, self._restart)
            return
        for life in going:
            assert isinstance(life, InboundCall)  # noqa: S101 - else it may not
            place = self.floor.lived.calls.index(life)
            self.floor.lived.calls[place] = replace(life, ended=at, ended_by=EndedBy.RESTART)
            if life.answer is not None:
                self.floor.busy(life.answer.operator, at + self.rng.uniform(60, 120))
        for caller in sorted(self.floor.in_menu, key=lambda c: c.arrived):
            self.floor.lived.calls.append(
                InboundCall(
                    caller=caller.caller,
                    arrived=caller.arrived,
                    ended=at,
                    ended_by=EndedBy.RESTART,
                    notice_seconds=caller.notice,
                    menu_seconds=caller.menu,
                )
            )
        self.floor.in_menu.clear()
        self.floor.lines.clear()
        self.down_until = at + 25
        self.floor.lived.restarted_at = at + 2

    def _may_restart(self, going: Sequence[InboundCall | OutboundCall], at: float) -> bool:
        """Whether only such calls are going on of which it is known what a PBX writes."""
        if self.floor.waiting or not (going or self.floor.in_menu):
            return False
        menus = [(c.arrived, c.notice) for c in self.floor.in_menu if c.rounds == 1]
        if len(menus) != len(self.floor.in_menu):
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

    def _call_back(self, at: float) -> None:
        """A free operator calls somebody who left a message, when nobody waits and a line is free."""
        free = [
            name
            for name, operator in self.floor.staff.items()
            if operator.is_here and not operator.is_paused and operator.free_from <= at
        ]
        if at < self.down_until:
            return
        if (
            not self.floor.callbacks
            or self.floor.waiting
            or not free
            or len(self.floor.lines) >= self.centre.lines
        ):
            return
        rng, name, number = self.rng, free[0], self.floor.callbacks.pop(0)
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
            self.floor.callbacks.append(number)
        self.floor.lived.calls.append(
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
        self.floor.hold_line(self.floor.lived.calls[-1], ended)
        self.floor.busy(name, ended + 30)


def _beginning(life: InboundCall | OutboundCall) -> float:
    return life.arrived if isinstance(life, InboundCall) else life.began


def _poisson(rng: random.Random, mean: float) -> int:
    """A Poisson draw for the small means of a day (Knuth's product method, in logarithms)."""
    total, count = 0.0, -1
    while total < mean:
        total += rng.expovariate(1.0)
        count += 1
    return count
