"""Messages that wait to be written down, with sounds in memory that remember who asked for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from application.message_sounds import MessageSounds, NoSound, Sound, WaitingMessage
from compliance.errors import HomeBusy, SealBroken
from compliance.ground.acts import Actor, Purpose
from compliance.vault.listening import note_heard
from tests.desk.conftest import AT, Desk

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(range(200))
HEARD, GONE, RAW = "a" * 64, "b" * 64, "c" * 64
OLD = AT - timedelta(days=20)


@dataclass
class FakeVault:
    """Sounds in memory that remember what was asked of them, and in which order."""

    waiting: list[WaitingMessage] = field(default_factory=lambda: [
        WaitingMessage("1700438494.7", AT, HEARD, 12.4, "", False),
        WaitingMessage("1700438300.9", OLD, GONE, None, "この録音は消去済みです。聴けません。", True),
    ])  # fmt: skip
    busy: bool = False
    broken: bool = False
    asked: list[str] = field(default_factory=list)

    def as_sounds(self, desk: Desk) -> MessageSounds:
        def waiting() -> Sequence[WaitingMessage]:
            if self.busy:
                raise HomeBusy("A run builds the warehouse now.")
            return self.waiting

        def opened(recording_id: str, purpose: Purpose) -> Sound | NoSound:
            known: dict[str, Sound | NoSound] = {
                HEARD: Sound(len(WAV), self.pieces(WAV)),
                RAW: Sound(3, self.pieces(b"gsm")),
                GONE: NoSound(410, "この録音は消去済みです。聴けません。"),
            }
            return known.get(recording_id, NoSound(404, "その伝言はありません。"))

        def note(actor: Actor, recording_id: str, purpose: Purpose) -> None:
            self.asked.append("noted")
            note_heard(desk.engine, actor, recording_id, purpose)

        return MessageSounds(waiting, opened, note)

    def pieces(self, content: bytes) -> object:
        def given(start: int, end: int) -> Iterator[bytes]:
            for at in range(start, min(end, len(content)), 50):
                if self.broken:
                    raise SealBroken("/secret/place")
                self.asked.append("read")
                yield content[at : min(end, at + 50)]

        return given
