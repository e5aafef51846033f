"""The messages of a home that wait to be written down, and their sound from the vault."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from application.open_matters import unwritten_messages
from compliance.errors import EntryRefused, KeyUnavailable, SealBroken
from compliance.ground.acts import Actor, Purpose
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import ONLINE
from compliance.vault.listening import note_heard
from compliance.vault.lookup import Catalogued, catalogued, copies_of
from compliance.vault.media import registered_media
from compliance.vault.playing import open_playback
from compliance.vault.preservation import holds
from compliance.vault.states import RecordingState


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A message that nobody wrote down. `at` is the call's arrival, `seconds` null where the recording does not tell; `refusal` says
    in Japanese why it cannot be heard now, blank where it can. `is_held`: it is kept whatever its age."""

    call_id: str
    at: datetime
    recording_id: str
    seconds: float | None
    refusal: str
    is_held: bool


@dataclass(frozen=True, slots=True)
class Sound:
    """A message that can be heard. `pieces` gives its bytes from one place to before another and raises `SealBroken` where they are not
    what was sealed."""

    size_bytes: int
    pieces: Callable[[int, int], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class NoSound:
    """Why one cannot be, in Japanese; `status` as an answer says it."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class MessageSounds:
    """`waiting` gives the messages without a record, the newest first, and raises `HomeBusy` while the warehouse is built. `open`
    opens one by its id for a purpose, and hands out nothing yet; `note` writes that somebody hears it, before they do."""

    waiting: Callable[[], Sequence[WaitingMessage]]
    open: Callable[[str, Purpose], Sound | NoSound]
    note: Callable[[Actor, str, Purpose], None]


_MESSAGE = "message"
_STATES = {
    RecordingState.SPOOLED: NoSound(409, "まだ保管庫に入っていません。次の処理の後に聴けます。"),
    RecordingState.ERASED: NoSound(410, "この録音は消去済みです。聴けません。"),
    RecordingState.UNUSABLE: NoSound(410, "この録音は使えません（読めないファイルでした）。"),
}
_UNKNOWN = NoSound(404, "その伝言はありません。")
_ERASED = _STATES[RecordingState.ERASED]
_DAMAGED = NoSound(409, "録音が封をしたときのものと違います。管理者に知らせてください。")
_NOWHERE = "この録音の写しは、どこにもありません。管理者に知らせてください。"


def sounds_of(home: Home, engine: Engine, ring: Callable[[], Keyring]) -> MessageSounds:
    """What the desk does with the messages of a home."""

    def waiting() -> Sequence[WaitingMessage]:
        found = unwritten_messages(home, engine)
        ids = [one.recording_id for one in found if one.recording_id]
        known, held, places = catalogued(engine, ids), holds(engine), copies_of(engine, ids)
        mounted = _mounted(engine)
        return [
            WaitingMessage(
                call_id=one.call_id,
                at=one.at,
                recording_id=one.recording_id or "",
                seconds=entry.duration_seconds if entry else None,
                refusal=_refusal(entry, places.get(one.recording_id or "", ()), mounted),
                is_held=one.recording_id in held,
            )
            for one in found
            for entry in (known.get(one.recording_id or ""),)
        ]

    def opened(recording_id: str, purpose: Purpose) -> Sound | NoSound:
        entry = catalogued(engine, [recording_id]).get(recording_id)
        if entry is None or entry.kind != _MESSAGE:
            return _UNKNOWN
        if entry.state in _STATES:
            return _STATES[entry.state]
        try:
            playback = open_playback(engine, home, ring(), recording_id, purpose)
        except EntryRefused:
            places = copies_of(engine, [recording_id]).get(recording_id, ())
            return NoSound(409, _away(places))
        except KeyUnavailable:
            return _ERASED
        except SealBroken:
            return _DAMAGED
        return Sound(playback.size_bytes, playback.pieces)

    def note(actor: Actor, recording_id: str, purpose: Purpose) -> None:
        note_heard(engine, actor, recording_id, purpose)

    return MessageSounds(waiting=waiting, open=opened, note=note)


def _refusal(entry: Catalogued | None, places: Iterable[str], mounted: frozenset[str]) -> str:
    """Why a message cannot be heard now, blank where it can."""
    if entry is None:
        return "録音がありません。"
    if entry.state in _STATES:
        return _STATES[entry.state].text
    return "" if mounted & set(places) else _away(places)


def _mounted(engine: Engine) -> frozenset[str]:
    """The places whose copies can be opened now."""
    return frozenset({ONLINE, *(m.medium_id for m in registered_media(engine) if m.is_mounted())})


def _away(places: Iterable[str]) -> str:
    named = "、".join(sorted(places))
    return (
        f"録音は媒体 {named} にあります。媒体をつないでから聴いてください。" if named else _NOWHERE
    )
