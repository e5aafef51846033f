"""What the desk needs of a home, handed to it: the registers, the form, the keyring, the calls of this minute, the morning."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from application.board import board_of
from application.call_log import call_log_of
from application.custody_state import custody_state
from application.erasure_cases import cases_of
from application.erasure_steps import steps_of
from application.home.session import Outlook, peek_clock
from application.home.settings import Settings
from application.message_sounds import sounds_of
from application.open_matters import unrecorded_calls
from application.shelf import shelf_of
from application.today import brief_of_home
from compliance.contract.business_calendar import BusinessCalendar
from compliance.ground.clock import ClockKind
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.inquiries.form import load_form
from compliance.keys.keyring import Keyring, epochs
from compliance.keys.names import NameKey, load_or_create_name_key
from compliance.people.register import holds_names
from compliance.people.rights import Right
from compliance.registers.known import registers_under
from desk.services import Link, RecentCall, Services
from orchestration.assets.deliverables import page_of
from orchestration.gateway.application import UI_PREFIX
from telephony_ingest.ami.feed import ManagerFeed
from telephony_ingest.asterisk.live import live_calls, tail_of_log

RECENT = timedelta(minutes=60)
"""So long after its end a call is offered to whoever answered it."""


def clock_of(settings: Settings) -> Callable[[], datetime]:
    """The home's present: the system's clock, or a simulated one that goes on from where commands left it."""
    clock = peek_clock(settings)
    if clock is None or clock[0] is not ClockKind.SIMULATED:
        return lambda: datetime.now(UTC)
    began, at = time.monotonic(), clock[1]
    return lambda: at + timedelta(seconds=time.monotonic() - began)


def services_of(
    settings: Settings,
    home: Home,
    engine: Engine,
    now: Callable[[], datetime],
    *,
    is_tls: bool,
    feed: ManagerFeed | None = None,
) -> Services:
    """The desk of a home; `feed` is what the exchange tells, where one listens to it."""
    form = load_form(settings.contract.form_file)
    queues = {queue.name: queue.label for queue in settings.contract.queues}
    operators = {
        spelling: person.operator
        for person in settings.contract.staff
        for spelling in person.spellings
    }

    def calls(staff_id: str) -> Sequence[RecentCall]:
        since = now() - RECENT
        lines = tail_of_log(Path(settings.pbx.root), settings.pbx.sources.queue_log)
        return [
            RecentCall(call.call_id, call.answered_at, queues.get(call.queue, call.queue))
            for call in live_calls(lines, operators)
            if call.operator == staff_id and (call.ended_at or call.answered_at) >= since
        ]

    def names() -> NameKey:
        return load_or_create_name_key(home, holds_names=holds_names(engine))

    calendar = BusinessCalendar(settings.contract)
    ring, cases = PresentKeyring(home), cases_of(settings, home, engine, now)
    return Services(
        engine=engine,
        home=home,
        now=now,
        first_day=settings.contract.period.start_date,
        form=form,
        registers=registers_under(settings.contract.campaigns, settings.contract.words.annex),
        clause=settings.contract.words.clause,
        ring=ring,
        calls=calls,
        morning=lambda: brief_of_home(settings, now()),
        unrecorded=lambda: unrecorded_calls(home, engine, civil_date(now())),
        call_log=call_log_of(home, engine, settings.contract),
        board=board_of(settings, now, operators, feed),
        shelf=shelf_of(settings, home, engine, now),
        sounds=sounds_of(home, engine, ring),
        cases=cases,
        steps=steps_of(settings, home, engine, now, cases),
        custody=lambda: custody_state(Outlook(settings, home, engine, calendar, now())),
        definitions=settings.contract.definitions,
        is_tls=is_tls,
        key=names,
        links=(Link("処理の画面（Dagster）", f"{UI_PREFIX}/", Right.SEE_RUNS),),
        page_of_making=lambda kind, period: f"{UI_PREFIX}{page_of(kind, period)}",
    )


class PresentKeyring:
    """The home's keyring as its file is now; read again when somebody else made keys or an erasure began an epoch."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._seen: tuple[object, ...] = ()
        self._ring: Keyring | None = None

    def __call__(self) -> Keyring:
        """The keyring; not kept by whoever asked, since the next epoch leaves it behind."""
        with self._lock:
            seen = self._present()
            if self._ring is None or seen != self._seen:
                self._ring, self._seen = Keyring.open(self._home), self._present()
            return self._ring

    def _present(self) -> tuple[object, ...]:
        known = epochs(self._home)
        if not known:
            return ()
        stat = known[-1].keyring.stat()
        return (known[-1].number, stat.st_size, stat.st_mtime_ns)
