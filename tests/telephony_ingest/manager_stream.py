"""The recorded stream of a real Asterisk's manager interface, and an exchange that answers questions as that one stood at any event.

The exchange's own state is kept by other means than the product's: the latest lines of each channel, member and entry, as read.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

SAMPLE = Path(__file__).parent.parent / "samples" / "ami-events.txt.xz"
OPERATORS = {
    **{name: name for name in ("op1", "op2", "op3", "sv1")},
    **{f"PJSIP/{name}": name for name in ("op1", "op2", "op3", "sv1")},
}


@cache
def recorded() -> bytes:
    return lzma.decompress(SAMPLE.read_bytes())


@cache
def blocks() -> tuple[str, ...]:
    return tuple(recorded().decode().split("\r\n\r\n"))


def pairs(block: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in block.split("\r\n") if ": " in line)


@dataclass
class Exchange:
    """What the recorded exchange would answer after the events so far."""

    channels: dict[str, dict[str, str]] = field(default_factory=dict)
    members: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    entries: dict[str, dict[str, str]] = field(default_factory=dict)
    bridges: dict[str, str] = field(default_factory=dict)
    on_hold: set[str] = field(default_factory=set)
    at: float = 0.0

    def happened(self, block: str) -> None:
        told = pairs(block)
        event, one = told.get("Event", ""), told.get("Uniqueid", "")
        self.at = float(told.get("Timestamp", self.at))
        if block.startswith("Asterisk Call Manager"):
            self.channels.clear(), self.entries.clear(), self.bridges.clear(), self.on_hold.clear()
        elif event == "Newchannel":
            self.channels[one] = told
        elif event == "Newstate" and one in self.channels:
            self.channels[one] |= {"ChannelState": told["ChannelState"]}
        elif event == "BridgeEnter":
            self.bridges[one] = told["BridgeUniqueid"]
        elif event == "BridgeLeave":
            self.bridges.pop(one, None)
            self.on_hold.discard(one)
        elif event in ("Hold", "Unhold"):
            others = {o for o, b in self.bridges.items() if b == self.bridges.get(one) and o != one}
            self.on_hold = self.on_hold | others if event == "Hold" else self.on_hold - others
        elif event == "Hangup":
            for kept in (self.channels, self.entries, self.bridges):
                kept.pop(one, None)
            self.on_hold.discard(one)
        elif event == "QueueCallerJoin":
            self.entries[one] = told
        elif event in ("QueueCallerLeave", "QueueCallerAbandon"):
            self.entries.pop(one, None)
        elif event == "QueueMemberRemoved":
            self.members.pop((told["Queue"], told["Interface"]), None)
        elif event.startswith("QueueMember"):
            self.members[told["Queue"], told["Interface"]] = told

    def answer(self, question: dict[str, str]) -> Iterator[str]:
        """The blocks of the answer, in the words of the manager interface."""
        tag = f"ActionID: {question.get('ActionID', '')}"
        name = question["Action"]
        if name == "Getvar":
            value = int(question["Channel"] in self.on_hold)
            yield f"Response: Success\r\n{tag}\r\nVariable: CHANNEL(onhold)\r\nValue: {value}"
        else:
            yield f"Response: Success\r\n{tag}\r\nMessage: follows"
        if name == "QueueStatus":
            for (queue, interface), told in self.members.items():
                rest = "\r\n".join(
                    f"{key}: {told[key]}"
                    for key in ("StateInterface", "LastCall", "LastPause", "LoginTime", "Status", "Paused", "PausedReason")
                )  # fmt: skip
                yield f"Event: QueueMember\r\n{tag}\r\nQueue: {queue}\r\nName: {told['MemberName']}\r\nLocation: {interface}\r\n{rest}"
            for one, told in self.entries.items():
                wait = int(self.at - float(told["Timestamp"]))
                yield f"Event: QueueEntry\r\n{tag}\r\nQueue: {told['Queue']}\r\nUniqueid: {one}\r\nWait: {wait}"
            yield f"Event: QueueStatusComplete\r\n{tag}\r\nEventList: Complete"
        elif name == "CoreShowChannels":
            for one, told in self.channels.items():
                age = int(self.at - float(told["Timestamp"]))
                lasts = f"{age // 3600:02d}:{age % 3600 // 60:02d}:{age % 60:02d}"
                yield (
                    f"Event: CoreShowChannel\r\n{tag}\r\nChannel: {told['Channel']}\r\nChannelState: {told['ChannelState']}\r\n"
                    f"CallerIDNum: {told['CallerIDNum']}\r\nUniqueid: {one}\r\nLinkedid: {told['Linkedid']}\r\n"
                    f"Duration: {lasts}\r\nBridgeId: {self.bridges.get(one, '')}"
                )
            yield f"Event: CoreShowChannelsComplete\r\n{tag}\r\nEventList: Complete"
