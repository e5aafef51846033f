"""Enters what the callers of demo and simulation said, before each moment that the home lives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from application.home.settings import Settings
from application.people import acting_home
from compliance.contract.business_calendar import BusinessCalendar
from compliance.ground.japan import TOKYO, civil_date
from compliance.inquiries.entering import enter
from compliance.inquiries.form import load_form
from compliance.inquiries.record import Flag, Inquiry
from compliance.inquiries.register import entered_calls
from compliance.keys.keyring import Keyring
from compliance.people.acting import prove
from compliance.registers.description import Register
from compliance.registers.entries import Draft, save
from compliance.registers.known import FAQ
from simulation.other_channels import by_other_channels
from simulation.people import OFFICER, PASSPHRASE
from simulation.registers import handling
from simulation.voices import Noted, Utterance, faq, noted, said

_WRITER, _MANAGER = "sv1", "mg1"
_LOOKS_BACK = timedelta(days=16)
"""Over the longest closure, with what comes late after it."""


def living_inquiries(
    settings: Settings, moments: Iterable[datetime | None]
) -> Iterator[datetime | None]:
    """The moments, with what was said before each of them entered first."""
    for moment in moments:
        if moment is not None:
            enter_records(settings, moment)
        yield moment


def enter_records(settings: Settings, moment: datetime) -> int:
    """Enter every record and follow-up that somebody would have entered by then; what is kept already is left.
    Returns how many records were new or corrected."""
    truth = _truth(settings)
    if not truth.exists():
        return 0
    form, calendar = load_form(settings.contract.form_file), BusinessCalendar(settings.contract)
    latest: dict[tuple[str, int], tuple[Utterance, bool]] = {}
    for one in said(truth, form, moment - _LOOKS_BACK):
        if one.entered_at < moment:
            key = (one.record.call_id, one.record.number)
            latest[key] = (one, key in latest)
    with acting_home(settings, moment) as place, place.held():
        known = entered_calls(place.engine)
        fresh = [
            one for key, (one, is_correction) in latest.items() if is_correction or key not in known
        ]
        follow_ups = [
            each
            for one, _ in latest.values()
            for each in noted(one.record, calendar.next_working_day)
            if each.entered_at < moment
        ]
        today = civil_date(moment)
        follow_ups += faq(settings.contract.period.start_date, today)
        if not fresh and not follow_ups:
            return 0
        actor = prove(place.engine, place.home, _WRITER, PASSPHRASE, moment)
        ring = Keyring.open(place.home)
        for at, records in _by_the_hour(fresh):
            told = [replace(r, channel=form.channel_of(r.call_id, "")) for r in records]
            enter(place.engine, ring, form, replace(actor, at=at), told, oversees=True)
        written = list(by_other_channels(form, calendar, moment - _LOOKS_BACK, moment))
        enter(place.engine, ring, form, actor, written, oversees=True)
        manager = prove(place.engine, place.home, _MANAGER, PASSPHRASE, moment)
        for register, drafts in _by_register(follow_ups):
            confirms = register is FAQ
            who = manager if confirms else actor
            save(place.engine, ring, register, who, drafts, confirms=confirms)
        officer = prove(place.engine, place.home, OFFICER, PASSPHRASE, moment)
        kept: dict[str, tuple[Register, list[Draft]]] = {}
        for register, values in handling(calendar, settings.contract.words.annex, today):
            kept.setdefault(register.name, (register, []))[1].append(Draft("", values))
        for register, drafts in kept.values():
            save(place.engine, ring, register, officer, drafts)
    return len(fresh)


def complaints_known(settings: Settings) -> Callable[[date, date], bool]:
    """Whether anybody complained on one of the days from the first to the last, as far as the centre has lived."""

    def has_complaints(first: date, last: date) -> bool:
        truth = _truth(settings)
        since = datetime.combine(first, datetime.min.time(), TOKYO)
        return truth.exists() and any(
            Flag.COMPLAINT in one.record.flags and first <= civil_date(one.record.at) <= last
            for one in said(truth, load_form(settings.contract.form_file), since)
        )

    return has_complaints


def _by_the_hour(fresh: Iterable[Utterance]) -> Iterator[tuple[datetime, list[Inquiry]]]:
    """Records as they were entered in the course of the day: those of each hour together, at the last one's moment."""
    hours: dict[datetime, list[Utterance]] = {}
    for one in sorted(fresh, key=lambda each: each.entered_at):
        hour = one.entered_at.replace(minute=0, second=0, microsecond=0)
        hours.setdefault(hour, []).append(one)
    for together in hours.values():
        yield together[-1].entered_at, [one.record for one in together]


def _by_register(follow_ups: Iterable[Noted]) -> Iterator[tuple[Register, list[Draft]]]:
    """The last of what is noted of each thing, by register: what came before it was saved in its time."""
    last: dict[str, dict[tuple[str, ...], Draft]] = {}
    registers = {}
    for one in follow_ups:
        registers[one.register.name] = one.register
        identity = (one.about, *(one.values.get(name, "") for name in one.register.identity))
        last.setdefault(one.register.name, {})[identity] = Draft(one.about, one.values)
    for name, drafts in last.items():
        yield registers[name], list(drafts.values())


def _truth(settings: Settings) -> Path:
    return Path(settings.pbx.root) / "truth.csv"
