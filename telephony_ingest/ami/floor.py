"""The floor as events of the manager interface leave it: who waits, who is logged on, who rings, talks and holds. No I/O, no clock.

Everything is derived from what the exchange can be asked again (members, entries, channels with their bridges), so that a
resynchronised floor is the same as one that missed nothing; the events of agents' calls would say the same, and cannot be asked
for. Each event sets what it says, so that one that is older than the answer to a question does no harm if those after it follow.
Of a caller nothing is kept but the unique id; the name of a channel loses what makes it that of a call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from telephony_ingest.ami.blocks import ManagerBlock
from telephony_ingest.asterisk.live_status import AtWork, Doing, WaitingCaller
from telephony_ingest.asterisk.moments import moment_of
from telephony_ingest.landing.names import is_harmless

_BY_STATUS = {
    "2": Doing.TALKING, "3": Doing.TALKING, "7": Doing.TALKING, "6": Doing.RINGING, "8": Doing.HOLDING,
}  # fmt: skip
"""Device states of a member, for one whose channels cannot be told by its interface (`hint:…`, `Local/…`)."""
_DOWN, _RINGING = "0", "5"
_RANK = (Doing.TALKING, Doing.HOLDING, Doing.DIALLING, Doing.RINGING, Doing.PAUSED, Doing.FREE)


@dataclass(frozen=True, slots=True)
class LineInUse:
    """A call on a trunk, since its channel began (UTC)."""

    call_id: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class FloorNow:
    """Everything of one moment; waits the longest first, operators by id, lines by channel."""

    waiting: tuple[WaitingCaller, ...]
    operators: tuple[AtWork, ...]
    lines: tuple[LineInUse, ...]


@dataclass(frozen=True, slots=True)
class _Channel:
    peer: str
    state: str
    call: str
    since: datetime | None
    bridge: str = ""
    bridged_since: datetime | None = None
    is_holding: bool = False
    holding_since: datetime | None = None


@dataclass(slots=True)
class _Seat:
    """One interface; `paused` by queue: since when, and why."""

    peer: str
    names: set[str] = field(default_factory=set)
    queues: set[str] = field(default_factory=set)
    paused: dict[str, tuple[datetime | None, str]] = field(default_factory=dict)
    status: str = ""
    status_since: datetime | None = None
    free_since: datetime | None = None
    last_call: str = ""


class ManagerFloor:
    """A fold of events: `take` each in its order, then ask `now`."""

    def __init__(self) -> None:
        self._waiting: dict[str, WaitingCaller] = {}
        self._channels: dict[str, _Channel] = {}
        self._seats: dict[str, _Seat] = {}

    def take(self, block: ManagerBlock, received_at: datetime) -> None:
        """An event, at its own `Timestamp` where the exchange writes one; what is none of ours is passed over."""
        if taking := _TAKES.get(block.event):
            taking(self, block, moment_with_fraction(block.get("Timestamp")) or received_at)

    def forget_calls(self) -> None:
        """The exchange began anew: its calls are over, its members stay."""
        self._waiting.clear()
        self._channels.clear()

    def remember(self, before: ManagerFloor) -> None:
        """Take from a floor known earlier what cannot be asked for: since when, for whatever still lasts."""
        for unique_id, channel in self._channels.items():
            known = before._channels.get(unique_id)
            if known is None:
                continue
            channel = replace(channel, since=known.since)
            if known.bridge == channel.bridge and channel.bridged_since is None:
                channel = replace(channel, bridged_since=known.bridged_since)
                if known.is_holding == channel.is_holding:
                    channel = replace(channel, holding_since=known.holding_since)
            self._channels[unique_id] = channel
        for unique_id, waiting in self._waiting.items():
            if (waited := before._waiting.get(unique_id)) and waited.queue == waiting.queue:
                self._waiting[unique_id] = waited
        for interface, seat in self._seats.items():
            if seen := before._seats.get(interface):
                if seat.last_call == seen.last_call and before._is_idle(seen):
                    seat.free_since = seen.free_since
                if seat.status == seen.status:
                    seat.status_since = seat.status_since or seen.status_since

    def now(self, operators: Mapping[str, str], trunk_prefixes: tuple[str, ...] = ()) -> FloorNow:
        """The floor. `operators`: ids by the spellings of the exchange; whoever else is a member is passed over."""
        found: dict[str, AtWork] = {}
        for interface, seat in self._seats.items():
            names = (interface, *sorted(seat.names))
            operator = next((operators[name] for name in names if name in operators), None)
            if operator is None or not seat.queues:
                continue
            work = self._at_work(operator, seat)
            other = found.get(operator)
            if other is None or _RANK.index(work.doing) < _RANK.index(other.doing):
                found[operator] = work
        return FloorNow(
            waiting=tuple(sorted(self._waiting.values(), key=lambda one: (one.since, one.call_id))),
            operators=tuple(found[operator] for operator in sorted(found)),
            lines=tuple(
                LineInUse(unique_id, channel.since)
                for unique_id, channel in sorted(self._channels.items())
                if trunk_prefixes and channel.peer.startswith(trunk_prefixes)
            ),
        )

    def _is_idle(self, seat: _Seat) -> bool:
        return not seat.paused and all(one.peer != seat.peer for one in self._channels.values())

    def bridged_with(self, unique_id: str) -> list[str]:
        """The other channels of its bridge."""
        bridge = self._channels[unique_id].bridge if unique_id in self._channels else ""
        return [
            other for other, channel in self._channels.items()
            if bridge and other != unique_id and channel.bridge == bridge
        ]  # fmt: skip

    def is_holding(self, unique_id: str) -> bool:
        """Whether a channel's side holds its call."""
        channel = self._channels.get(unique_id)
        return channel is not None and channel.is_holding

    def hold(self, unique_id: str, at: datetime | None, *, is_holding: bool) -> None:
        """A channel's side holds the call, or does no longer."""
        if channel := self._channels.get(unique_id):
            since = at if is_holding else None
            self._channels[unique_id] = replace(channel, is_holding=is_holding, holding_since=since)

    def _at_work(self, operator: str, seat: _Seat) -> AtWork:
        found: list[tuple[Doing, datetime | None]] = []
        for channel in self._channels.values():
            if channel.peer != seat.peer:
                continue
            if channel.bridge and not channel.is_holding:
                found.append((Doing.TALKING, channel.bridged_since))
            elif channel.bridge:
                found.append((Doing.HOLDING, channel.holding_since))
            elif channel.state in (_DOWN, _RINGING):
                found.append((Doing.RINGING, channel.since))
            else:
                found.append((Doing.DIALLING, channel.since))
        if not found and not _has_channels(seat.peer) and seat.status in _BY_STATUS:
            found.append((_BY_STATUS[seat.status], seat.status_since))
        if found:
            doing, since = min(found, key=lambda one: _RANK.index(one[0]))
            return AtWork(operator, doing, since)
        if seat.paused:
            known = [one for one in seat.paused.values() if one[0] is not None]
            since, reason = min(known, default=(None, next(iter(seat.paused.values()))[1]))
            return AtWork(operator, Doing.PAUSED, since, reason)
        return AtWork(operator, Doing.FREE, seat.free_since)

    def _join(self, block: ManagerBlock, at: datetime) -> None:
        unique_id = block.get("Uniqueid")
        self._waiting[unique_id] = WaitingCaller(unique_id, block.get("Queue"), at)

    def _leave(self, block: ManagerBlock, at: datetime) -> None:
        self._waiting.pop(block.get("Uniqueid"), None)

    def _entry(self, block: ManagerBlock, at: datetime) -> None:
        unique_id, since = block.get("Uniqueid"), _seconds_before(at, block.get("Wait"))
        self._waiting[unique_id] = WaitingCaller(unique_id, block.get("Queue"), since or at)

    def _member(self, block: ManagerBlock, at: datetime) -> None:
        """What a queue says of a member, in an event or an answer: all of it, each time."""
        interface = block.get("Interface") or block.get("Location")
        peer = (block.get("StateInterface") or interface).removesuffix("/n")
        seat = self._seats.setdefault(interface, _Seat(peer))
        queue, status, was_paused = block.get("Queue"), block.get("Status"), bool(seat.paused)
        if not seat.queues and block.event == "QueueMemberAdded":
            seat.free_since = at
        seat.names.add(block.get("MemberName") or block.get("Name"))
        seat.queues.add(queue)
        seat.last_call = max(seat.last_call, block.get("LastCall"))
        if block.get("Paused") == "1":
            reason = block.get("PausedReason") or block.get("Reason")
            since = moment_of(block.get("LastPause")) or at
            seat.paused[queue] = (since, reason if is_harmless(reason) else "")
        else:
            seat.paused.pop(queue, None)
        if was_paused and not seat.paused:
            seat.free_since = at
        if status and status != seat.status:
            is_known = bool(seat.status) or block.event != "QueueMember"
            seat.status, seat.status_since = status, at if is_known else None

    def _removed(self, block: ManagerBlock, at: datetime) -> None:
        interface = block.get("Interface")
        if seat := self._seats.get(interface):
            seat.queues.discard(block.get("Queue"))
            seat.paused.pop(block.get("Queue"), None)
            if not seat.queues:
                del self._seats[interface]

    def _begun(self, block: ManagerBlock, at: datetime) -> None:
        self._channels[block.get("Uniqueid")] = _Channel(
            _peer(block.get("Channel")), block.get("ChannelState"), block.get("Linkedid"), at
        )

    def _listed(self, block: ManagerBlock, at: datetime) -> None:
        self._channels[block.get("Uniqueid")] = _Channel(
            _peer(block.get("Channel")),
            block.get("ChannelState"),
            block.get("Linkedid"),
            _seconds_before(at, block.get("Duration")),
            block.get("BridgeId"),
        )

    def _state(self, block: ManagerBlock, at: datetime) -> None:
        self._change(block, lambda channel: replace(channel, state=block.get("ChannelState")))

    def _renamed(self, block: ManagerBlock, at: datetime) -> None:
        self._change(block, lambda channel: replace(channel, peer=_peer(block.get("Newname"))))

    def _entered(self, block: ManagerBlock, at: datetime) -> None:
        bridge = block.get("BridgeUniqueid")
        self._change(block, lambda one: replace(
            one, bridge=bridge, bridged_since=at, state=block.get("ChannelState"),
            is_holding=False, holding_since=None,
        ))  # fmt: skip

    def _left(self, block: ManagerBlock, at: datetime) -> None:
        self._change(block, lambda one: replace(
            one, bridge="", bridged_since=None, is_holding=False, holding_since=None
        ))  # fmt: skip

    def _held(self, block: ManagerBlock, at: datetime) -> None:
        self.hold(block.get("Uniqueid"), at, is_holding=block.event == "Hold")

    def _over(self, block: ManagerBlock, at: datetime) -> None:
        gone = self._channels.pop(block.get("Uniqueid"), None)
        self._waiting.pop(block.get("Uniqueid"), None)
        if gone is not None:
            for seat in self._seats.values():
                if seat.peer == gone.peer:
                    seat.free_since = at

    def _change(self, block: ManagerBlock, changed: Callable[[_Channel], _Channel]) -> None:
        unique_id = block.get("Uniqueid")
        if channel := self._channels.get(unique_id):
            self._channels[unique_id] = changed(channel)


_TAKES: Mapping[str, Callable[[ManagerFloor, ManagerBlock, datetime], None]] = {
    "QueueCallerJoin": ManagerFloor._join,
    "QueueCallerLeave": ManagerFloor._leave,
    "QueueCallerAbandon": ManagerFloor._leave,
    "QueueEntry": ManagerFloor._entry,
    "QueueMember": ManagerFloor._member,
    "QueueMemberAdded": ManagerFloor._member,
    "QueueMemberStatus": ManagerFloor._member,
    "QueueMemberPause": ManagerFloor._member,
    "QueueMemberRemoved": ManagerFloor._removed,
    "Newchannel": ManagerFloor._begun,
    "CoreShowChannel": ManagerFloor._listed,
    "Newstate": ManagerFloor._state,
    "Rename": ManagerFloor._renamed,
    "BridgeEnter": ManagerFloor._entered,
    "BridgeLeave": ManagerFloor._left,
    "Hold": ManagerFloor._held,
    "Unhold": ManagerFloor._held,
    "Hangup": ManagerFloor._over,
}
LISTED = frozenset({"QueueEntry", "QueueMember", "CoreShowChannel"})
"""What answers of the exchange are made of."""
WANTED = frozenset(_TAKES) - LISTED
"""The events that change a floor."""


def moment_with_fraction(text: str) -> datetime | None:
    """The moment of a second since 1970 with a fraction (UTC); null where it is none."""
    whole, _, fraction = text.partition(".")
    moment = moment_of(whole)
    if moment is None or not (fraction.isascii() and fraction.isdigit()):
        return moment
    return datetime.fromtimestamp(
        moment.timestamp() + int(fraction[:6]) / 10 ** len(fraction[:6]), UTC
    )


def _seconds_before(at: datetime, length: str) -> datetime | None:
    """A moment so long (`seconds` or `h:mm:ss`) before another; null where no length is told."""
    parts = length.split(":")
    if len(parts) > 3 or not all(
        part.isascii() and part.isdigit() and len(part) < 8 for part in parts
    ):
        return None
    seconds = 0
    for part in parts:
        seconds = seconds * 60 + int(part)
    moment = at.timestamp() - seconds
    return datetime.fromtimestamp(moment, UTC) if moment > 0 else None


def _peer(channel: str) -> str:
    """`PJSIP/op1` of `PJSIP/op1-0000001f`."""
    return channel.rpartition("-")[0] or channel


def _has_channels(peer: str) -> bool:
    technology, is_there, _ = peer.partition("/")
    return bool(is_there) and technology not in ("Local", "hint:Local") and ":" not in technology
