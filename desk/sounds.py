"""Messages and their sound as the desk needs them. Pure values, and the acts that are handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.ground.acts import Actor, Purpose


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
class Sounds:
    """`waiting` gives the messages without a record, the newest first, and raises `HomeBusy` while the warehouse is built. `open`
    opens one by its id for a purpose, and hands out nothing yet; `note` writes that somebody hears it, before they do."""

    waiting: Callable[[], Sequence[WaitingMessage]]
    open: Callable[[str, Purpose], Sound | NoSound]
    note: Callable[[Actor, str, Purpose], None]
