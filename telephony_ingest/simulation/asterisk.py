"""What Asterisk 22 writes about a call's life: CEL events, call detail records, queue_log lines.

The order of events and the state of each channel at each event are those of the recorded set, kind by
kind (`tests/telephony_ingest/test_simulated_shapes.py` compares them). Channels, unique ids and CDR
sequence numbers are numbered when a batch is closed, in the order in which the PBX would have made
them, so lives may be told one after another though they overlap.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from telephony_ingest.simulation.lives import (
    Attempt,
    BlindTransfer,
    Departure,
    Dialled,
    EndedBy,
    InboundCall,
    OutboundCall,
    Ring,
)

OWN_NUMBER = "0119990000"
ANNOUNCED_EVERY_SECONDS = 6.0
ANNOUNCEMENT_SECONDS = 3.537
GREETING_SECONDS = 2.0
_TOKYO = ZoneInfo("Asia/Tokyo")
_STEP = 0.0005
"""Seconds between two things that the PBX does one after another."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever sits at a telephone of the centre."""

    name: str
    extension: str


PEOPLE: Mapping[str, Person] = {
    "op1": Person("Operator-1", "101"),
    "op2": Person("Operator-2", "102"),
    "op3": Person("Operator-3", "103"),
    "sv1": Person("Supervisor", "201"),
    "mg1": Person("Manager", "301"),
}


@dataclass(slots=True, eq=False)
class Channel:
    """A channel and what CEL says of it at this moment; its number is given when the batch is closed."""

    endpoint: str
    began: float
    linked: Channel | None = None
    number: int = -1
    cid_name: str = ""
    cid_number: str = ""
    ani: str = ""
    dnid: str = ""
    exten: str = "s"
    context: str = "internal"
    app: str = ""
    data: str = ""
    account: str = ""
    peer_account: str = ""

    @property
    def uniqueid(self) -> str:
        return f"{int(self.began)}.{self.number}"

    @property
    def name(self) -> str:
        """The channel's name; its number counts from the PBX's last start."""
        return f"PJSIP/{self.endpoint}-{self.number:08x}"


@dataclass(frozen=True, slots=True)
class CelRow:
    """An event with its channel's state; `peer` and `source` are channels until they are written."""

    event: str
    at: float
    state: Channel
    channel: Channel
    peer: Channel | None = None
    subtype: str = ""
    extra: str = ""
    names: tuple[Channel, ...] = ()


@dataclass(frozen=True, slots=True)
class CdrRow:
    """A call detail record; `made` orders the sequence numbers, `written` the files."""

    made: float
    written: float
    start: float
    answer: float | None
    end: float
    source: str
    source_name: str
    dst: str
    context: str
    channel: Channel
    destination: Channel | None
    app: str
    data: str
    disposition: str
    account: str = ""
    peer_account: str = ""
    userfield: str = ""
    did: str = ""


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A queue_log line; channels stand for their unique ids."""

    at: float
    channel: Channel | None
    fields: tuple[str | Channel, ...]
    verbatim: str = "NONE"


@dataclass(slots=True)
class Written:
    """A batch's lines for each file, in the order in which the PBX appends them, and the ids given.

    `uniqueids` and `channels` name the first channel of each life that was told, in that order.
    """

    cel: list[tuple[str, ...]] = field(default_factory=list)
    cdr: list[tuple[str, ...]] = field(default_factory=list)
    queue_log: list[str] = field(default_factory=list)
    uniqueids: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Pbx:
    """Tells lives to its logs. One seed, one text."""

    rng: random.Random
    queue_seconds: int = 60
    channels_made: int = 0
    records_made: int = 0
    _channels: list[Channel] = field(default_factory=list)
    _cel: list[CelRow] = field(default_factory=list)
    _cdr: list[CdrRow] = field(default_factory=list)
    _queue: list[QueueLine] = field(default_factory=list)
    _lives: list[Channel] = field(default_factory=list)

    def tell(self, life: InboundCall | OutboundCall) -> None:
        """Note a whole call."""
        if isinstance(life, OutboundCall):
            _Outbound(self, life).tell()
        else:
            _Inbound(self, life).tell()

    def note_queue(self, at: float, *fields: str, who: str = "NONE") -> None:
        """A queue_log line that belongs to no call: log-on, pause, rotation, start."""
        self._queue.append(QueueLine(at, None, fields, who))

    def close(self) -> Written:
        """Number what was told, give its lines, and begin a new batch."""
        base = self.channels_made
        for number, channel in enumerate(sorted(self._channels, key=lambda c: c.began)):
            channel.number = base + number
        self.channels_made += len(self._channels)
        sequence = {
            id(row): self.records_made + place
            for place, row in enumerate(sorted(self._cdr, key=lambda row: row.made))
        }
        self.records_made += len(self._cdr)
        written = Written(
            [_cel_line(row) for row in sorted(self._cel, key=lambda row: round(row.at, 6))],
            [
                _cdr_line(row, sequence[id(row)])
                for row in sorted(self._cdr, key=lambda row: row.written)
            ],
            [_queue_line(row) for row in sorted(self._queue, key=lambda row: round(row.at, 6))],
            [channel.uniqueid for channel in self._lives],
            [channel.name for channel in self._lives],
        )
        self._channels, self._cel, self._cdr, self._queue = [], [], [], []
        self._lives = []
        return written

    def restart(self, at: float) -> None:
        """The PBX starts again: the names of channels and the sequence of records begin at zero.

        What was told before is closed first; only the epoch second keeps unique ids apart.
        """
        if self._channels:
            raise ValueError("the batch before a restart is not closed")
        self.channels_made = self.records_made = 0
        self.note_queue(at, "NONE", "NONE", "QUEUESTART", "")

    def channel(self, endpoint: str, began: float, linked: Channel | None = None) -> Channel:
        """A new channel; the first of a call is linked to itself."""
        made = Channel(endpoint, began, linked)
        self._channels.append(made)
        if linked is None:
            self._lives.append(made)
        return made

    def event(
        self,
        event: str,
        at: float,
        channel: Channel,
        *,
        peer: Channel | None = None,
        subtype: str = "",
        extra: str = "",
        names: tuple[Channel, ...] = (),
    ) -> None:
        """A CEL event with the channel's state of this moment."""
        self._cel.append(CelRow(event, at, replace(channel), channel, peer, subtype, extra, names))

    def record(self, row: CdrRow) -> None:
        """A call detail record."""
        self._cdr.append(row)

    def queue(self, at: float, channel: Channel, *fields: str | Channel) -> None:
        """A queue_log line about a call: queue, operator, verb and its data."""
        self._queue.append(QueueLine(at, channel, fields))

    def stream(self, begins: bool, at: float, channel: Channel, sound: str | None) -> None:
        """Sound begins or ends on a channel; null is the music that waiting callers hear."""
        kind = "MOH" if sound is None else "FILE"
        extra = ""
        if begins:
            extra = (
                '{"class":"default"}'
                if sound is None
                else f'{{"sound":"{sound}","format":"slin","language":"en"}}'
            )
        word = "BEGIN" if begins else "END"
        self.event(f"STREAM_{word}", at, channel, subtype=f"{kind}_STREAM_{word}", extra=extra)

    def hang_up(
        self,
        at: float,
        channel: Channel,
        cause: int,
        source: Channel | str,
        status: str = "",
        *,
        is_last: bool = False,
    ) -> None:
        """A channel ends; with the call's last one, the call."""
        names = (source,) if isinstance(source, Channel) else ()
        said = "%0" if names else source
        extra = f'{{"hangupcause":{cause},"hangupsource":"{said}","dialstatus":"{status}"}}'
        self.event("HANGUP", at, channel, extra=extra, names=names)
        self.event("CHAN_END", at, channel)
        if is_last:
            self.event("LINKEDID_END", at, channel)

    def bridge(
        self, entering: bool, at: float, channel: Channel, bridge: str, peer: Channel | None
    ) -> None:
        """A channel enters or leaves a conversation."""
        word = "BRIDGE_ENTER" if entering else "BRIDGE_EXIT"
        extra = f'{{"bridge_id":"{bridge}","bridge_technology":"simple_bridge"}}'
        self.event(word, at, channel, peer=peer, extra=extra)

    def new_bridge(self) -> str:
        """A bridge's id."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))


class _Inbound:
    """One citizen's call, stage by stage, as the dialplan leads it."""

    def __init__(self, pbx: Pbx, life: InboundCall) -> None:
        self.pbx, self.life = pbx, life
        self.channel = pbx.channel("trunk", life.arrived)
        withheld = life.caller == "anonymous"
        self.channel.cid_name = "Anonymous" if withheld else ""
        self.channel.cid_number = life.caller
        self.channel.exten, self.channel.context = OWN_NUMBER, "from-trunk"
        self.began = life.arrived
        self.answered_at = life.arrived + 0.002
        self.open_record = life.arrived
        self.open_answer: float | None = self.answered_at
        self.end = life.ended
        self.rows: list[CdrRow] = []

    def tell(self) -> None:
        life, channel = self.life, self.channel
        self.pbx.event("CHAN_START", life.arrived, channel)
        channel.ani, channel.dnid = life.caller, OWN_NUMBER
        if life.is_lines_busy:
            channel.context = "overflow"
            self.open_answer = None
            self._hang_up(17, "dialplan/builtin")
            self._record(app="Hangup", data="17", disposition="BUSY")
        else:
            self._through_the_announcement()
        for row in self.rows:
            self.pbx.record(replace(row, written=self.end + 0.001))

    def _through_the_announcement(self) -> None:
        life, channel = self.life, self.channel
        channel.app = "Answer"
        self.pbx.event("ANSWER", self.answered_at, channel)
        notice = life.arrived + 0.21
        over = notice + life.notice_seconds
        if self._play("Playback", "keiro/rec-notice", notice, over):
            self._ends_here("Playback", "keiro/rec-notice")
        elif life.is_closed:
            channel.exten, channel.context = "s", "closed"
            if self._play("Playback", "keiro/closed", over + _STEP, life.ended - _STEP):
                self._ends_here("Playback", "keiro/closed")
            else:
                self._hang_up(16, "dialplan/builtin")
                self._record(app="Hangup", data="")
        else:
            channel.exten, channel.context = "s", "ivr"
            self._through_the_menu(over + _STEP)

    def _through_the_menu(self, begins: float) -> None:
        life = self.life
        for _ in range(life.menu_rounds - 1):
            over = begins + life.menu_seconds
            if self._play("BackGround", "keiro/menu", begins, over):
                return self._ends_here("BackGround", "keiro/menu")
            begins = over + 2.0
        if life.queued is None or life.choice is None:
            self._play("BackGround", "keiro/menu", begins, life.ended + 1.0)
            return self._ends_here("BackGround", "keiro/menu")
        digit = "1" if life.choice == "survey" else "2"
        is_silent = life.queued - begins > life.menu_seconds + 1.9
        over = begins + life.menu_seconds if is_silent else life.queued - _STEP
        self._play("BackGround", "keiro/menu", begins, over, digit="" if is_silent else digit)
        self._wait(life.queued, life.choice)
        return None

    def _wait(self, queued: float, queue: str) -> None:
        life, channel, pbx = self.life, self.channel, self.pbx
        channel.exten, channel.context = "s", f"q-{queue}"
        channel.app, channel.data = "Queue", f"{queue},t,,,{pbx.queue_seconds}"
        pbx.event("APP_START", queued, channel)
        if life.left is Departure.NO_STAFF:
            pbx.event("APP_END", queued + _STEP, channel)
            return self._crowded(queued + 2 * _STEP, "JOINEMPTY")
        pbx.queue(queued, channel, queue, "NONE", "ENTERQUEUE", "", life.caller, str(life.position))
        until = life.answer.ended if life.answer else life.left_at
        if until is None:
            raise ValueError("a call that waited was answered or left the queue")
        self._music(queued + _STEP, until)
        for attempt in life.attempts:
            telephone = self._ring(attempt, queue)
            if attempt.result is Ring.ANSWERED:
                return self._talk(attempt, telephone, queue, queued)
        return self._leave(until, queue, queued)

    def _music(self, begins: float, ends: float) -> None:
        """Music until the end, broken by the announcement that all are busy."""
        pbx, channel = self.pbx, self.channel
        pbx.stream(True, begins, channel, None)
        at = begins + ANNOUNCED_EVERY_SECONDS
        while at + ANNOUNCEMENT_SECONDS < ends:
            pbx.stream(False, at, channel, None)
            pbx.stream(True, at + _STEP, channel, "keiro/congestion")
            pbx.stream(False, at + ANNOUNCEMENT_SECONDS, channel, "keiro/congestion")
            pbx.stream(True, at + ANNOUNCEMENT_SECONDS + _STEP, channel, None)
            at += ANNOUNCED_EVERY_SECONDS + ANNOUNCEMENT_SECONDS

    def _ring(self, attempt: Attempt, queue: str) -> Channel:
        pbx, who = self.pbx, PEOPLE[attempt.operator]
        telephone = pbx.channel(attempt.operator, attempt.began + _STEP, self.channel)
        telephone.cid_name, telephone.cid_number = who.name, who.extension
        telephone.account = attempt.operator
        pbx.event("CHAN_START", telephone.began, telephone)
        telephone.ani = who.extension
        telephone.app, telephone.data = "AppQueue", "(Outgoing Line)"
        at, rang = attempt.ended, attempt.ended - attempt.began
        match attempt.result:
            case Ring.ANSWERED:
                return telephone
            case Ring.CALLER_LEFT:
                pbx.stream(False, at, self.channel, None)
                pbx.hang_up(at + _STEP, telephone, 0, "")
                pbx.queue(
                    at, self.channel, queue, attempt.operator, "RINGCANCELED", str(int(rang * 1000))
                )
            case Ring.IGNORED:
                pbx.hang_up(at, telephone, 0, "")
            case Ring.REJECTED:
                pbx.hang_up(at, telephone, 17, telephone)
        if attempt.result is not Ring.CALLER_LEFT:
            rang_ms = str(int(rang) * 1000)
            pbx.queue(at, self.channel, queue, attempt.operator, "RINGNOANSWER", rang_ms)
        self._record(
            app="Queue",
            data=self.channel.data,
            disposition="NO ANSWER",
            destination=telephone,
            peer_account=attempt.operator,
            end=at,
        )
        self.open_record = at
        return telephone

    def _talk(self, answer: Attempt, telephone: Channel, queue: str, queued: float) -> None:
        life, pbx, caller = self.life, self.pbx, self.channel
        at, operator = answer.ended, answer.operator
        pbx.event("ANSWER", at, telephone)
        pbx.stream(False, at + _STEP, caller, None)
        if self.rows:  # the record of an earlier ring is closed; this one begins with its own ring
            self.open_record = self.open_answer = answer.began
        waited, rang = int(at) - int(queued), int(at) - int(answer.began)
        pbx.queue(at, caller, queue, operator, "CONNECT", str(waited), telephone, str(rang))
        bridge = pbx.new_bridge()
        pbx.bridge(True, at + 2 * _STEP, telephone, bridge, None)
        caller.peer_account = operator
        pbx.bridge(True, at + 3 * _STEP, caller, bridge, telephone)
        if life.transfer:
            return self._hand_on(life.transfer, telephone, bridge, (queue, queued, at))
        end, talked = life.ended, str(int(life.ended) - int(at))
        verb = "COMPLETEAGENT" if life.ended_by is EndedBy.OPERATOR else "COMPLETECALLER"
        pbx.queue(end, caller, queue, operator, verb, str(waited), talked, str(life.position))
        source: Channel | str = telephone if life.ended_by is EndedBy.OPERATOR else caller
        if life.ended_by is EndedBy.RESTART:
            source = ""
        caller_first = life.ended_by is EndedBy.CALLER
        order = (caller, telephone) if caller_first else (telephone, caller)
        pbx.bridge(False, end, order[0], bridge, order[1])
        pbx.bridge(False, end + _STEP, order[1], bridge, None)
        pbx.hang_up(end + 2 * _STEP, telephone, 16, source)
        pbx.event("APP_END", end + 3 * _STEP, caller)
        self._record(
            app="Queue", data=caller.data, destination=telephone, peer_account=operator, end=end
        )
        self.end = end + 4 * _STEP
        self._end_in_queue(queue, source, 16, "ANSWER", has_record=True)
        return None

    def _hand_on(
        self,
        transfer: BlindTransfer,
        telephone: Channel,
        bridge: str,
        talk: tuple[str, float, float],
    ) -> None:
        """The operator hands the caller on: `talk` is the queue, its beginning, and the answer."""
        life, pbx, caller = self.life, self.pbx, self.channel
        queue, queued, answered = talk
        at, to = transfer.at, PEOPLE[transfer.to]
        operator = telephone.endpoint
        waited, talked = int(answered) - int(queued), int(at) - int(answered)
        pbx.queue(
            at, caller, queue, operator, "BLINDTRANSFER", to.extension, "internal",
            str(waited), str(talked), str(life.position),
        )  # fmt: skip
        extra = (
            f'{{"extension":"{to.extension}","context":"internal","bridge_id":"{bridge}",'
            '"transferee_channel_name":"%0","transferee_channel_uniqueid":"%u0"}'
        )
        pbx.event("BLINDTRANSFER", at, telephone, extra=extra, names=(caller,))
        caller.exten, caller.context = to.extension, "internal"
        pbx.bridge(False, at + _STEP, caller, bridge, telephone)
        pbx.event("APP_END", at + 2 * _STEP, caller)
        self._record(
            app="Queue", data=caller.data, destination=telephone, peer_account=operator, end=at
        )
        self.open_record = self.open_answer = at
        caller.app, caller.data = "Dial", f"PJSIP/{transfer.to},15,t"
        pbx.event("APP_START", at + 2 * _STEP, caller)
        pbx.bridge(False, at + 3 * _STEP, telephone, bridge, None)
        pbx.hang_up(at + 4 * _STEP, telephone, 16, "")
        target = pbx.channel(transfer.to, at + 4 * _STEP, caller)
        target.cid_name, target.cid_number, target.account = (
            to.name,
            to.extension,
            transfer.to,
        )
        pbx.event("CHAN_START", target.began, target)
        target.ani, target.exten, target.account = to.extension, to.extension, operator
        target.app, target.data = "AppDial", "(Outgoing Line)"
        second = pbx.new_bridge()
        taken, end = transfer.answered, life.ended
        pbx.event("ANSWER", taken, target)
        target.exten = ""
        pbx.bridge(True, taken + _STEP, target, second, None)
        pbx.bridge(True, taken + 2 * _STEP, caller, second, target)
        by_caller = life.ended_by is EndedBy.CALLER
        source = caller if by_caller else target
        pbx.bridge(
            False, end, caller if by_caller else target, second, target if by_caller else caller
        )
        pbx.bridge(False, end + _STEP, target if by_caller else caller, second, None)
        pbx.hang_up(end + 2 * _STEP, target, 16, source)
        pbx.event("APP_END", end + 3 * _STEP, caller)
        self._record(
            app="Dial", data=caller.data, destination=target, peer_account=operator, end=end
        )
        self.end = end + 4 * _STEP
        caller.app = caller.data = ""
        pbx.hang_up(self.end, caller, 16, source, "ANSWER", is_last=True)

    def _leave(self, at: float, queue: str, queued: float) -> None:
        life, pbx, caller = self.life, self.pbx, self.channel
        waited = str(int(at) - int(queued))
        place = str(life.position)
        match life.left:
            case Departure.ABANDONED:
                pbx.queue(at, caller, queue, "NONE", "ABANDON", "1", place, waited)
                is_ringing = bool(life.attempts) and life.attempts[-1].result is Ring.CALLER_LEFT
                if not is_ringing:
                    pbx.stream(False, at, caller, None)
                pbx.event("APP_END", at + _STEP, caller)
                self.end = at + 2 * _STEP
                status = "CANCEL" if is_ringing else ""
                self._end_in_queue(queue, caller, 0, status, has_record=is_ringing)
            case Departure.MESSAGE:
                pbx.queue(at, caller, queue, "NONE", "EXITWITHKEY", "1", "1", place, waited)
                digit = '{"digit":"1","duration_ms":160}'
                pbx.event("DTMF", at, caller, subtype="Received", extra=digit)
                caller.exten, caller.context = "1", "queue-exit"
                pbx.stream(False, at + _STEP, caller, None)
                pbx.event("APP_END", at + 2 * _STEP, caller)
                self._voicemail(at + 3 * _STEP)
            case Departure.TIMEOUT:
                pbx.queue(at, caller, queue, "NONE", "EXITWITHTIMEOUT", "1", place, waited)
                pbx.stream(False, at, caller, None)
                pbx.event("APP_END", at + _STEP, caller)
                self._crowded(at + 2 * _STEP, "TIMEOUT")

    def _voicemail(self, begins: float) -> None:
        life, pbx, caller = self.life, self.pbx, self.channel
        caller.app, caller.data = "VoiceMail", "100@keiro,us"
        pbx.event("APP_START", begins, caller)
        over = min(begins + GREETING_SECONDS, life.ended - 0.3)
        greeting = "/srv/pbx/spool/voicemail/keiro/100/unavail"
        for sound, starts, stops in (
            (greeting, begins, over),
            ("beep", over, over + 0.2),
        ):
            pbx.stream(True, starts + _STEP, caller, sound)
            pbx.stream(False, stops, caller, sound)
        pbx.event("APP_END", life.ended, caller)
        self._record(app=caller.app, data=caller.data, end=life.ended)
        caller.app = caller.data = ""
        self._hang_up(0, caller)

    def _crowded(self, begins: float, status: str) -> None:
        """The apology of the centre that could not take the call; then the PBX ends it."""
        self._play("Playback", "keiro/crowded", begins, self.life.ended - 2 * _STEP)
        self.end = self.life.ended
        queue = self.life.choice or ""
        self._end_in_queue(queue, "dialplan/builtin", 16, "", has_record=False, said=status)

    def _end_in_queue(
        self,
        queue: str,
        source: Channel | str,
        cause: int,
        dial_status: str,
        *,
        has_record: bool,
        said: str = "",
    ) -> None:
        """The caller's channel ends in the queue's context; only that of `survey` has an extension h.

        There a record of its own follows an earlier one; without one, the only record becomes it.
        """
        caller = self.channel
        app, data = ("Hangup", "") if source == "dialplan/builtin" else (caller.app, caller.data)
        is_survey = queue == "survey"
        if is_survey:
            caller.exten = "h"
            app, data = "NoOp", f"end of call {said}"
        caller.app = caller.data = ""
        self.pbx.hang_up(self.end, caller, cause, source, dial_status, is_last=True)
        if has_record and is_survey:
            self.open_record = self.open_answer = self.end
            self._record(app=app, data=data, is_after=True)
        elif not has_record:
            self._record(app=app, data=data)

    def _play(self, app: str, sound: str, begins: float, ends: float, *, digit: str = "") -> bool:
        """Play a sound until it ends or the caller goes; whether the caller went."""
        pbx, caller = self.pbx, self.channel
        goes = self.life.ended < ends
        ends = min(ends, self.life.ended)
        caller.app, caller.data = app, sound
        pbx.event("APP_START", begins, caller)
        pbx.stream(True, begins, caller, sound)
        if digit:
            extra = f'{{"digit":"{digit}","duration_ms":160}}'
            pbx.event("DTMF", ends - _STEP, caller, subtype="Received", extra=extra)
        pbx.stream(False, ends, caller, sound)
        pbx.event("APP_END", ends, caller)
        if not goes:
            caller.app = caller.data = ""
        return goes

    def _ends_here(self, app: str, data: str) -> None:
        """The caller hangs up, or the PBX restarts, while a sound plays."""
        self.channel.app = self.channel.data = ""
        self._hang_up(0, "" if self.life.ended_by is EndedBy.RESTART else self.channel)
        self._record(app=app, data=data)

    def _hang_up(self, cause: int, source: Channel | str) -> None:
        self.end = self.life.ended
        self.channel.app = self.channel.data = ""
        self.pbx.hang_up(self.end, self.channel, cause, source, is_last=True)

    def _record(
        self,
        *,
        app: str,
        data: str,
        disposition: str = "ANSWERED",
        destination: Channel | None = None,
        peer_account: str = "",
        end: float | None = None,
        is_after: bool = False,
    ) -> None:
        caller = self.channel
        self.rows.append(
            CdrRow(
                made=self.open_record,
                written=0.0,
                start=self.open_record,
                answer=self.open_answer,
                end=self.end + (0.0005 if is_after else 0.0) if end is None else end,
                source=caller.cid_number,
                source_name=caller.cid_name,
                dst=caller.exten,
                context=caller.context,
                channel=caller,
                destination=destination,
                app=app,
                data=data,
                disposition=disposition,
                peer_account=peer_account,
                userfield=self.life.choice if self.life.queued and self.life.choice else "",
                did=OWN_NUMBER,
            )
        )


class _Outbound:
    """A call from the centre to a citizen."""

    def __init__(self, pbx: Pbx, life: OutboundCall) -> None:
        self.pbx, self.life = pbx, life

    def tell(self) -> None:
        pbx, life = self.pbx, self.life
        who, dialled = PEOPLE[life.operator], f"9{life.number}"
        own = pbx.channel(life.operator, life.began)
        own.cid_name, own.cid_number = who.name, who.extension
        own.exten, own.account = dialled, life.operator
        pbx.event("CHAN_START", life.began, own)
        own.cid_name, own.cid_number = "", OWN_NUMBER
        own.ani, own.dnid = who.extension, dialled
        own.app, own.data = "Dial", f"PJSIP/{life.number}@trunk,15"
        pbx.event("APP_START", life.began + 0.001, own)
        far = pbx.channel("trunk", life.began + 0.0015, own)
        far.context = "from-trunk"
        pbx.event("CHAN_START", far.began, far)
        far.cid_number, far.exten = dialled, dialled
        far.app, far.data = "AppDial", "(Outgoing Line)"
        far.account = far.peer_account = life.operator
        if life.result is Dialled.REACHED and life.answered is not None:
            self._talk(own, far, life.answered)
        else:
            self._fail(own, far)

    def _talk(self, own: Channel, far: Channel, answered: float) -> None:
        pbx, life = self.pbx, self.life
        bridge = pbx.new_bridge()
        pbx.event("ANSWER", answered, far)
        pbx.event("ANSWER", answered + _STEP, own)
        far.exten = ""
        pbx.bridge(True, answered + 2 * _STEP, far, bridge, None)
        own.peer_account = life.operator
        pbx.bridge(True, answered + 3 * _STEP, own, bridge, far)
        by_citizen = life.ended_by is EndedBy.CALLER
        order = (far, own) if by_citizen else (own, far)
        end = life.ended
        pbx.bridge(False, end, order[0], bridge, order[1])
        pbx.bridge(False, end + _STEP, order[1], bridge, None)
        pbx.hang_up(end + 2 * _STEP, far, 16, order[0])
        pbx.event("APP_END", end + 3 * _STEP, own)
        self._record(own, far, answered, end, "ANSWERED")
        own.app = own.data = ""
        pbx.hang_up(end + 4 * _STEP, own, 16, order[0], "ANSWER", is_last=True)

    def _fail(self, own: Channel, far: Channel) -> None:
        pbx, life, end = self.pbx, self.life, self.life.ended
        cause = {Dialled.BUSY: 17, Dialled.REJECTED: 21, Dialled.IGNORED: 127}[life.result]
        disposition = "BUSY" if life.result is Dialled.BUSY else "NO ANSWER"
        gives_up = life.result is Dialled.IGNORED
        pbx.hang_up(end, far, cause, "" if gives_up else far)
        pbx.event("APP_END", end + _STEP, own)
        self._record(own, far, None, end, disposition)
        own.app = own.data = ""
        status = {
            Dialled.BUSY: "BUSY",
            Dialled.REJECTED: "NOANSWER",
            Dialled.IGNORED: "CANCEL",
        }[life.result]
        source: Channel | str = own if gives_up else "dialplan/builtin"
        pbx.hang_up(end + 2 * _STEP, own, cause, source, status, is_last=True)
        if not gives_up:
            self._record(own, None, None, end + 2 * _STEP, disposition, start=end)

    def _record(
        self,
        own: Channel,
        far: Channel | None,
        answer: float | None,
        end: float,
        disposition: str,
        start: float | None = None,
    ) -> None:
        self.pbx.record(
            CdrRow(
                made=self.life.began if start is None else start,
                written=self.life.ended + 0.003,
                start=self.life.began if start is None else start,
                answer=answer,
                end=end,
                source=OWN_NUMBER,
                source_name="",
                dst=own.exten,
                context="internal",
                channel=own,
                destination=far,
                app="Dial" if far else "Hangup",
                data=f"PJSIP/{self.life.number}@trunk,15" if far else "",
                disposition=disposition,
                account=self.life.operator,
                peer_account=self.life.operator if far else "",
            )
        )


def _local(at: float, digits: int = 0) -> str:
    moment = datetime.fromtimestamp(at, _TOKYO)
    return moment.strftime("%Y-%m-%d %H:%M:%S") + (f".{moment.microsecond:06d}" if digits else "")


def _cel_line(row: CelRow) -> tuple[str, ...]:
    state, channel = row.state, row.channel
    extra = row.extra
    for place, named in enumerate(row.names):
        extra = extra.replace(f"%u{place}", named.uniqueid).replace(f"%{place}", named.name)
    linked = channel.linked or channel
    return (
        row.event, _local(row.at, 6), state.cid_name, state.cid_number, state.ani, "", state.dnid,
        state.exten, state.context, channel.name, state.app, state.data, state.account,
        state.peer_account, channel.uniqueid, linked.uniqueid,
        row.peer.name if row.peer else "", "", row.subtype, extra,
    )  # fmt: skip


def _cdr_line(row: CdrRow, sequence: int) -> tuple[str, ...]:
    """In the column order of the reference cdr_custom configuration."""
    linked = row.channel.linked or row.channel
    # a record that begins on an answered channel counts as answered from its own beginning
    answer = None if row.answer is None else max(row.answer, row.start)
    billed = 0.0 if answer is None else row.end - answer
    return (
        _local(row.start), "" if answer is None else _local(answer), _local(row.end),
        f'"{row.source_name}" <{row.source}>', row.source, row.dst, row.context,
        row.channel.name, row.destination.name if row.destination else "", row.app, row.data,
        f"{row.end - row.start:.6f}", f"{billed:.6f}", row.disposition, row.account,
        row.peer_account, row.channel.uniqueid, linked.uniqueid, str(sequence), row.userfield,
        row.did,
    )  # fmt: skip


def _queue_line(line: QueueLine) -> str:
    fields: Iterable[str] = (f.uniqueid if isinstance(f, Channel) else f for f in line.fields)
    who = line.verbatim if line.channel is None else line.channel.uniqueid
    return "|".join([str(int(line.at)), who, *fields])
