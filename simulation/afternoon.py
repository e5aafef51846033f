"""A working afternoon: a centre eight days into its contract, at half past one, with the exchange writing as the minutes pass.

Calls come in while somebody looks on, records wait to be written, a message to be heard, an urgent complaint to be told, a colleague to
be confirmed. (An erasure to be signed stands in the demo's finished contract: nothing is old enough here.) The day that is lived is one of the simulated exchange's own, written ahead beside the home and laid into its log line by line at its times.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path

from application.home.settings import Settings
from application.open_matters import unwritten_messages
from application.people import ActingHome, acting_home
from compliance.ground import durable
from compliance.ground.japan import TOKYO
from compliance.inquiries.entering import enter, void
from compliance.inquiries.form import load_form
from compliance.inquiries.reasons import Reason
from compliance.inquiries.record import Flag, Inquiry
from compliance.inquiries.register import latest
from compliance.keys.keyring import Keyring
from compliance.people.acting import prove, signer
from compliance.people.person import Employment, Particulars
from compliance.people.proposals import all_proposals
from compliance.people.proposing import propose_person
from compliance.people.rights import Role
from simulation.exchange.files import SimulatedPbx
from simulation.people import OFFICER, PASSPHRASE
from telephony_ingest.asterisk.live import live_calls

DAY = date(2023, 11, 29)
EVENING = datetime.combine(DAY - timedelta(days=1), time(23, 59), TOKYO)
"""Up to then the exchange has written and the home has done its work."""
FROM = datetime.combine(DAY, time(13, 30), TOKYO)
"""From when on it is lived; a service that starts anew begins here again."""
_COLLEAGUE = "sv2"
_AHEAD, _LOG, _NOTE = "-day", "queue_log", "before.json"
_EVERY_SECONDS = 0.5


def home_beside(demo_home: Path) -> Path:
    """Where the home of the afternoon lies: beside the demo's."""
    return demo_home.with_name("afternoon")


def is_ready(settings: Settings) -> bool:
    """Whether everything before the afternoon was lived, to the end."""
    return (_ahead(settings) / _NOTE).is_file()


def prepare(settings: Settings) -> None:
    """Leave open what an afternoon has open, and write the exchange's day ahead; the home has lived up to the evening before."""
    with acting_home(settings, FROM) as place, place.held():
        _propose(place)
        _leave_a_message(place)
    pbx, ahead = Path(settings.pbx.root), _ahead(settings)
    shutil.rmtree(ahead, ignore_errors=True)
    shutil.copytree(pbx, ahead)
    length = (pbx / _LOG).stat().st_size
    SimulatedPbx(ahead).live(DAY, is_open=True)
    written = (ahead / _LOG).read_bytes()[length:]
    with acting_home(settings, FROM) as place, place.held():
        _complain(place, settings, written.decode().splitlines())
    shutil.rmtree(ahead)
    ahead.mkdir()
    (ahead / _LOG).write_bytes(written)
    durable.write_durably(ahead / _NOTE, json.dumps({"length": length}).encode())


@contextmanager
def living(settings: Settings, now: Callable[[], datetime]) -> Iterator[None]:
    """The exchange at work for as long as the block lasts: each line of the day is in its log once its second is over."""
    ahead, log = _ahead(settings), Path(settings.pbx.root) / _LOG
    lines = sorted(
        (line for line in (ahead / _LOG).read_bytes().splitlines(keepends=True)), key=_second
    )
    with log.open("r+b") as file:
        file.truncate(int(json.loads((ahead / _NOTE).read_bytes())["length"]))
    ended = threading.Event()

    def write() -> None:
        told = 0
        while True:
            until = told
            while until < len(lines) and _second(lines[until]) < now().timestamp():
                until += 1
            if until > told:
                with log.open("ab") as file:
                    file.write(b"".join(lines[told:until]))
                told = until
            if ended.wait(_EVERY_SECONDS):
                return

    thread = threading.Thread(target=write, name="simulated exchange", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _second(line: bytes) -> int:
    return int(line.partition(b"|")[0])


def _ahead(settings: Settings) -> Path:
    pbx = Path(settings.pbx.root)
    return pbx.with_name(pbx.name + _AHEAD)


def _propose(place: ActingHome) -> None:
    """A second supervisor, whom the other officer has not confirmed yet."""
    if any(one.staff_id == _COLLEAGUE for one in all_proposals(place.engine)):
        return
    actor, key = signer(place.engine, place.home, OFFICER, PASSPHRASE, place.now)
    given = Particulars(
        frozenset({Role.SUPERVISOR}),
        Employment.REGULAR,
        place.today + timedelta(days=7),
        reported_on=place.today,
    )
    propose_person(
        place.engine, place.names(), actor, key, _COLLEAGUE, name="見本 新子", given=given
    )


def _leave_a_message(place: ActingHome) -> None:
    """The newest message has to be heard and written down once more: its record was struck out. Once, however often it is prepared."""
    if unwritten_messages(place.home, place.engine):
        return
    written = [one for one in latest(place.engine) if Flag.MESSAGE in one.inquiry.flags]
    if written:
        actor = prove(place.engine, place.home, "sv1", PASSPHRASE, place.now)
        void(place.engine, load_form(), actor, written[-1].inquiry_id, Reason.OTHER)


def _complain(place: ActingHome, settings: Settings, lines: list[str]) -> None:
    """An urgent complaint of a few minutes ago, which nobody has telephoned the city about."""
    spelt = {
        spelling: person.operator
        for person in settings.contract.staff
        for spelling in person.spellings
    }
    calls = live_calls(lines, spelt)
    call = next(one for one in calls if one.ended_at and one.ended_at < FROM - timedelta(minutes=5))
    record = Inquiry(
        call.call_id, 1, call.answered_at, call.operator, "pass", "other", "complaint", "", "city",
        flags=frozenset({Flag.COMPLAINT, Flag.URGENT}),
        summary="案内のとおりに出したのに届かず、きょう中に市から返事がほしいとのこと。",
    )  # fmt: skip
    actor = prove(place.engine, place.home, call.operator, PASSPHRASE, place.now)
    enter(place.engine, Keyring.open(place.home), load_form(), actor, [record])
