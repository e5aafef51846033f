"""The small registers of the operations database: recordings, cursors, states of sources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Engine, select

from compliance.ground.acts import audit_outbox
from compliance.ground.cursors import CursorStore, cursors
from compliance.ground.source_states import read_states, record_states
from compliance.vault.catalogue import (
    RecordingState,
    SpooledRecording,
    recordings,
    register_recordings,
)
from tests.compliance.conftest import NOW

SEEN = SpooledRecording("r1", "1700438494.0", 44, None, "empty", None, NOW)


def test_a_recording_enters_the_catalogue_once_as_spooled(engine: Engine) -> None:
    assert register_recordings(engine, [SEEN], NOW) == 1
    assert register_recordings(engine, [SEEN, replace(SEEN, recording_id="r2")], NOW) == 1
    with engine.connect() as connection:
        states = connection.execute(
            select(recordings.c.recording_id, recordings.c.state).order_by(
                recordings.c.recording_id
            )
        ).all()
        noted = connection.execute(select(audit_outbox.c.object_id)).scalars().all()
    spooled = RecordingState.SPOOLED.value
    assert [tuple(row) for row in states] == [("r1", spooled), ("r2", spooled)]
    assert sorted(noted) == ["r1", "r2"]


def test_registering_again_leaves_the_custody_that_was_reached(engine: Engine) -> None:
    register_recordings(engine, [SEEN], NOW)
    with engine.begin() as connection:
        connection.execute(recordings.update().values(state=RecordingState.SEALED.value))
    register_recordings(engine, [SEEN], NOW)
    with engine.connect() as connection:
        assert connection.execute(select(recordings.c.state)).scalar_one() == "sealed"


def test_a_cursor_moves_and_standing_still_writes_nothing(engine: Engine) -> None:
    CursorStore(engine, NOW).move("s", "cdr", "Master.csv", 10)
    CursorStore(engine, NOW + timedelta(hours=1)).move("s", "cdr", "Master.csv", 10)
    with engine.connect() as connection:
        assert connection.execute(select(cursors.c.updated_at)).scalar_one() == NOW
    later = CursorStore(engine, NOW + timedelta(hours=2))
    later.move("s", "cdr", "Master.csv", 20)
    assert later.end_of("s") == 20
    assert later.end_of("unknown") is None


@dataclass(frozen=True)
class Seen:
    name: str
    state: str
    detail: str = ""


def test_a_bad_source_is_kept_since_it_went_bad_and_dropped_when_it_recovers(
    engine: Engine,
) -> None:
    later = NOW + timedelta(hours=1)
    record_states(engine, "cdr", [Seen("a", "missing", "x"), Seen("b", "ok")], NOW)
    record_states(engine, "cdr", [Seen("a", "missing", "x"), Seen("b", "ok")], later)
    record_states(engine, "cel", [Seen("c", "unreadable", "y")], later)
    assert [(s.kind, s.name, s.state, s.since) for s in read_states(engine)] == [
        ("cdr", "a", "missing", NOW),
        ("cel", "c", "unreadable", later),
    ]
    record_states(engine, "cdr", [Seen("a", "unreadable", "z")], later)
    assert next((s.name, s.state, s.since) for s in read_states(engine)) == (
        "a",
        "unreadable",
        later,
    )
    record_states(engine, "cdr", [Seen("a", "ok")], later)
    assert [s.kind for s in read_states(engine)] == ["cel"]


def test_a_long_reason_is_cut_and_stays_the_same_state(engine: Engine) -> None:
    record_states(engine, "cdr", [Seen("a", "missing", "x" * 400)], NOW)
    record_states(engine, "cdr", [Seen("a", "missing", "x" * 400)], NOW + timedelta(hours=1))
    (state,) = read_states(engine)
    assert (len(state.detail), state.since) == (255, NOW)
