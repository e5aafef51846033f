"""録音の保全 as people do it (6(3)カ): what is held, since when, why and by whom, and a hold set or let go; the one use case of command
and desk.

An erasure that was begun before a hold takes the recording all the same, so a hold that comes too late is refused, and whoever set it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Engine

from compliance.erasure.register import is_being_erased
from compliance.errors import EntryRefused
from compliance.ground.acts import Actor, Via
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.people.acting import allow, prove
from compliance.people.rights import Right
from compliance.vault.lookup import catalogued
from compliance.vault.preservation import HoldInForce, HoldReason, held, set_hold
from compliance.vault.states import RecordingState


@dataclass(frozen=True, slots=True)
class HeldRecording:
    """A hold in force, and what became of its recording."""

    hold: HoldInForce
    state: RecordingState


def hold_or_release(
    engine: Engine,
    actor: Actor,
    recording_id: str,
    reason: HoldReason,
    *,
    is_held: bool,
    looked: int | None = None,
) -> None:
    """Hold a recording, or let it go. Of a hold and the start of an erasure that takes the recording one is first: either the erasure
    leaves it out, or the hold is refused and nothing of it stands in the register. `looked` is the revision of the hold that was looked
    at, where one was: no other is let go.

    Raises:
        EntryRefused: as `set_hold`, it is being erased, or the hold is another than the one looked at.
    """

    def must() -> None:
        if is_held and is_being_erased(engine, recording_id):
            raise EntryRefused(
                f"録音 {recording_id} は、始まった消去の対象です。保全は間に合いません。"
            )
        if looked is not None and (recording_id, looked) not in {
            (h.recording_id, h.revision) for h in held(engine)
        }:
            raise EntryRefused("見た後に保全が変わりました。もう一度見てから行ってください。")

    set_hold(engine, actor, recording_id, reason, is_held=is_held, must=must)


@dataclass(frozen=True, slots=True)
class DeskHolds:
    """Holds at the desk. `list_` looks; `hold` and `release` take staff id and passphrase of whoever may hold, and raise
    `PersonUnproved`, `NotAllowed` and `EntryRefused`."""

    engine: Engine
    home: Home
    now: Callable[[], datetime]
    first_day: date

    def list_(self) -> Sequence[HeldRecording]:
        """What is held, the newest hold first."""
        found = held(self.engine)
        known = catalogued(self.engine, [one.recording_id for one in found])
        return [HeldRecording(one, known[one.recording_id].state) for one in found]

    def is_known(self, recording_id: str) -> bool:
        """Whether the catalogue has a recording of that id."""
        return recording_id in catalogued(self.engine, [recording_id])

    def hold(self, staff_id: str, passphrase: str, recording_id: str, reason: HoldReason) -> None:
        """Hold a recording."""
        actor = self._acting(staff_id, passphrase)
        hold_or_release(self.engine, actor, recording_id, reason, is_held=True)

    def release(
        self, staff_id: str, passphrase: str, recording_id: str, reason: HoldReason, looked: int
    ) -> None:
        """Let go the hold that was looked at, by its revision."""
        actor = self._acting(staff_id, passphrase)
        hold_or_release(self.engine, actor, recording_id, reason, is_held=False, looked=looked)

    def _acting(self, staff_id: str, passphrase: str) -> Actor:
        at = self.now()
        actor = replace(prove(self.engine, self.home, staff_id, passphrase, at), via=Via.DESK)
        allow(self.engine, actor, Right.HOLD_RECORDING, civil_date(at), self.first_day)
        return actor
