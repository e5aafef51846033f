"""The state of a simulated PBX: its channels, the rows of CEL and CDR, the lines of queue_log.

Channels, unique ids and CDR sequence numbers are numbered when a batch is closed, in the order in which
the PBX would have made them, so lives may be told one after another though they overlap.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

OWN_NUMBER = "0119990000"
_TOKYO = ZoneInfo("Asia/Tokyo")
STEP = 0.0005
"""Seconds between two things that the PBX does one after another."""


@dataclass(frozen=True, slots=True)
class SimulatedPerson:
    """Whoever sits at a telephone of the centre."""

    name: str
    extension: str


PEOPLE: Mapping[str, SimulatedPerson] = {
    "op1": SimulatedPerson("Operator-1", "101"),
    "op2": SimulatedPerson("Operator-2", "102"),
    "op3": SimulatedPerson("Operator-3", "103"),
    "sv1": SimulatedPerson("Supervisor", "201"),
    "mg1": SimulatedPerson("Manager", "301"),
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
    """Notes what happens on its channels, and gives its logs' lines. One seed, one text."""

    rng: random.Random
    queue_seconds: int = 60
    channels_made: int = 0
    records_made: int = 0
    queues: tuple[str, ...] = ("survey", "opinion")
    people: Mapping[str, SimulatedPerson] = field(default_factory=lambda: PEOPLE)
    _channels: list[Channel] = field(default_factory=list)
    _cel: list[CelRow] = field(default_factory=list)
    _cdr: list[CdrRow] = field(default_factory=list)
    _queue: list[QueueLine] = field(default_factory=list)
    _lives: list[Channel] = field(default_factory=list)

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

    def channel_beside(self, endpoint: str, began: float) -> Channel:
        """A channel of a call of its own that is no citizen's: an operator's consultation."""
        made = Channel(endpoint, began)
        self._channels.append(made)
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


def _local(at: float, digits: int = 0) -> str:
    moment = datetime.fromtimestamp(at, _TOKYO)
    return moment.strftime("%Y-%m-%d %H:%M:%S") + (f".{moment.microsecond:06d}" if digits else "")


def _cel_line(row: CelRow) -> tuple[str, ...]:
    state, channel = row.state, row.channel
    extra = row.extra
    for place, named in enumerate(row.names):
        extra = extra.replace(f"%u{place}", named.uniqueid).replace(f"%{place}", named.name)
    linked = state.linked or channel  # as it was then: a transfer links a channel anew
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
