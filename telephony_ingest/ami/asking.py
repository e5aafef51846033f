"""What the exchange is asked after each connection, until the floor is known: members and entries, channels, who is on hold. Pure.

Its answers are as it is when it answers, while events that came about before may be delivered after them. So events are kept
from the login on, and told to the answered floor in their order once a last question (`Ping`) was answered: whatever was under
way before that has come by then.
"""

from __future__ import annotations

from datetime import datetime

from telephony_ingest.ami.blocks import ManagerBlock
from telephony_ingest.ami.floor import LISTED, ManagerFloor
from telephony_ingest.errors import ManagerRefused

_QUEUES, _CHANNELS, _LAST, _HOLD = "queues", "channels", "last", "hold-"
_ENDS = {"QueueStatusComplete": _QUEUES, "CoreShowChannelsComplete": _CHANNELS}
ANSWERS = frozenset({*LISTED, *_ENDS})
"""The events that answers consist of."""


def action(name: str, action_id: str, **headers: str) -> bytes:
    """A question as it is sent.

    Raises:
        ValueError: a value would end its line.
    """
    lines = {"Action": name, "ActionID": action_id, **headers}
    if any(not value.isprintable() for value in lines.values()):
        raise ValueError(f"a header of {name} holds a control character")
    return "".join(f"{key}: {value}\r\n" for key, value in lines.items()).encode() + b"\r\n"


class Resynchronising:
    """One round of questions. `floor` is null until it is known; `before` is the floor before the connection was lost."""

    FIRST = action("QueueStatus", _QUEUES) + action("CoreShowChannels", _CHANNELS)

    def __init__(self, before: ManagerFloor | None = None) -> None:
        self.floor: ManagerFloor | None = None
        self._before = before
        self._answered = ManagerFloor()
        self._open = {_QUEUES, _CHANNELS}
        self._events: list[tuple[ManagerBlock, datetime]] = []
        self._bridged: list[str] = []
        self._on_hold: dict[str, bool] = {}

    def take(self, block: ManagerBlock, at: datetime) -> bytes:
        """A block that came; what to send now.

        Raises:
            ManagerRefused: the account may not ask this.
        """
        action_id = block.get("ActionID")
        if block.event in LISTED:
            if action_id in (_QUEUES, _CHANNELS):
                self._answered.take(block, at)
                if block.get("BridgeId"):
                    self._bridged.append(block.get("Uniqueid"))
        elif block.event in _ENDS:
            self._open.discard(_ENDS[block.event])
            if not self._open and action_id in (_QUEUES, _CHANNELS):
                return self._further()
        elif block.event:
            self._events.append((block, at))
        elif action_id.startswith(_HOLD):
            unique_id = action_id.removeprefix(_HOLD)
            if block.get("Response") == "Success":
                self._on_hold[unique_id] = block.get("Value") == "1"
        elif action_id == _LAST:
            self.floor = self._known()
        elif action_id in self._open and block.get("Response") == "Error":
            raise ManagerRefused(
                "The account of [pbx.ami] may not ask for queues and channels: give it `write = reporting` in manager.conf."
            )
        return b""

    def _further(self) -> bytes:
        """A channel that is on hold is held by the other one of its bridge: an exchange that cannot say so leaves what was known."""
        questions = [
            action("Getvar", _HOLD + one, Channel=one, Variable="CHANNEL(onhold)")
            for one in self._bridged
            if one.isprintable()
        ]
        return b"".join(questions) + action("Ping", _LAST)

    def _known(self) -> ManagerFloor:
        floor = self._answered
        for unique_id in self._bridged:
            for other in floor.bridged_with(unique_id):
                was = self._before is not None and self._before.is_holding(other)
                if self._on_hold.get(unique_id, was):
                    floor.hold(other, None, is_holding=True)
        if self._before is not None:
            floor.remember(self._before)
        for block, at in self._events:
            floor.take(block, at)
        return floor
