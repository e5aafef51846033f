"""Rotation: after sixty days two media have a recording, and nothing is dropped before."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from compliance.errors import EntryRefused, SealBroken
from compliance.ground import durable
from compliance.ground.acts import Action
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.ground.operations import open_operations
from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import copies_by_last_look, kept_copies
from compliance.vault.custody import online_path
from compliance.vault.media import MARKER, register_medium, registered_media
from compliance.vault.preservation import HoldReason, set_hold
from compliance.vault.rotation import (
    Held,
    due_for_rotation,
    least_looked_at,
    look_at_medium,
    restore,
    rotate,
)
from compliance.vault.sealed import associated_data, unseal
from tests.homes import ROOT
from tests.support.custody import COUNT, entries, recording_id, sound
from tests.support.rotation import ACTOR, DAY, DAYS, LATER, prepared, turn


def assert_on_two_media(engine: Engine, home: Home) -> None:
    ring = Keyring.open(home)
    places = sorted((copy.recording_id, copy.place) for copy in kept_copies(engine))
    assert places == sorted((recording_id(n), m) for n in range(COUNT) for m in ("m-a", "m-b"))
    assert not list(home.vault_online.rglob("*.sealed"))
    assert entries(engine, Action.RECORDING_COPIED) == 2 * COUNT
    assert entries(engine, Action.COPY_DROPPED) == COUNT
    for medium in registered_media(engine):
        for n in range(COUNT):
            with medium.place_of(recording_id(n)).open("rb") as file:
                key, bound = ring.key(recording_id(n)), associated_data(recording_id(n))
                assert b"".join(unseal(file, key, bound)) == sound(n)


# ---- the decision


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def test_sixty_days_are_civil_days_in_japan() -> None:
    early, late = Held("early", at("2023-11-20T00:00:01")), Held("late", at("2023-11-20T23:59:59"))
    for today, due in ((date(2024, 1, 18), []), (date(2024, 1, 19), ["early", "late"])):
        assert due_for_rotation([late, early], DAYS, (), today) == due
    assert due_for_rotation([late, early], DAYS, {"early"}, DAY) == ["late"]


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=30), st.integers(1, 100))
def test_what_is_due_is_old_enough_held_by_nobody_and_all_of_that(
    ages: list[tuple[int, bool]], days: int
) -> None:
    recordings = [
        Held(str(n), at("2024-01-19T12:00") - timedelta(a)) for n, (a, _) in enumerate(ages)
    ]
    held = {str(n) for n, (_, is_held) in enumerate(ages) if is_held}
    due = due_for_rotation(recordings, days, held, DAY)
    assert set(due) == {str(n) for n, (a, is_held) in enumerate(ages) if a >= days and not is_held}


def test_a_hundred_thousand_recordings_are_decided_in_a_second() -> None:
    import time

    recordings = [Held(f"{n:064x}", LATER - timedelta(n % 120)) for n in range(100_000)]
    began = time.perf_counter()
    assert len(due_for_rotation(recordings, DAYS, frozenset(), DAY)) > 40_000
    assert time.perf_counter() - began < 1


# ---- the doing


def test_a_recording_goes_to_two_media_and_from_hand(
    engine: Engine, home: Home, tmp_path: Path
) -> None:
    prepared(engine, home, tmp_path)
    assert turn(engine, home, DAY - timedelta(1)).due == 0
    report = turn(engine, home)
    assert (report.due, report.rotated, report.failed, report.refused) == (COUNT, COUNT, [], "")
    assert_on_two_media(engine, home)
    assert turn(engine, home).due == 0


@pytest.mark.parametrize("how", ["unmounted", "another medium's marker", "no medium at all"])
def test_nothing_is_dropped_while_a_medium_is_missing(
    engine: Engine, home: Home, tmp_path: Path, how: str
) -> None:
    first, second = prepared(engine, home, tmp_path)
    if how == "unmounted":
        shutil.rmtree(second.path)
        Path(second.path).mkdir()
    elif how == "another medium's marker":
        shutil.copy(Path(first.path) / MARKER, Path(second.path) / MARKER)
    else:
        report = rotate(engine, home, [], [recording_id(0)], LATER)
        assert "none registered" in report.refused
        return
    report = turn(engine, home)
    assert report.rotated == 0 and "mount them" in report.refused
    assert len(list(home.vault_online.rglob("*.sealed"))) == COUNT
    assert entries(engine, Action.COPY_DROPPED) == 0


def test_a_copy_at_hand_that_was_changed_is_kept_and_named(
    engine: Engine, home: Home, tmp_path: Path
) -> None:
    prepared(engine, home, tmp_path)
    path = online_path(home, recording_id(1))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    report = turn(engine, home)
    assert report.rotated == COUNT - 1
    assert len(report.failed) == 1 and recording_id(1) in report.failed[0]
    assert path.exists()


def test_what_is_held_stays_at_hand_until_it_is_released(
    engine: Engine, home: Home, tmp_path: Path
) -> None:
    prepared(engine, home, tmp_path)
    set_hold(engine, ACTOR, recording_id(0), HoldReason.COMPLAINT)
    with pytest.raises(EntryRefused, match="すでに保全中"):
        set_hold(engine, ACTOR, recording_id(0), HoldReason.AUDIT)
    with pytest.raises(EntryRefused, match="目録にありません"):
        set_hold(engine, ACTOR, "nobody", HoldReason.AUDIT)
    assert turn(engine, home).rotated == COUNT - 1
    assert online_path(home, recording_id(0)).exists()
    set_hold(engine, ACTOR, recording_id(0), HoldReason.COMPLAINT, is_held=False)
    assert turn(engine, home).rotated == 1
    assert_on_two_media(engine, home)


@pytest.mark.slow
def test_a_fault_at_every_durable_step_of_a_rotation(tmp_path: Path) -> None:
    for step in range(80):
        root = tmp_path / str(step)
        home = Home.at(root / "home")
        home.create()
        engine = open_operations(home.operations_url)
        media, is_cut = prepared(engine, home, root), False
        with durable.failing_at(step):
            try:
                turn(engine, home)
            except durable.InjectedFault:
                is_cut = True
        for medium in media:
            durable.sweep_temporaries(Path(medium.path), is_deep=True)
        turn(engine, home)
        assert_on_two_media(engine, home)
        engine.dispose()
        if not is_cut:
            break
    assert 25 <= step < 79


_KILLED = """
    import os, signal, sys
    from pathlib import Path
    from compliance.ground import durable
    from compliance.ground.home import Home
    from compliance.ground.operations import open_operations
    from tests.support.rotation import prepared, turn

    home = Home.at(Path(sys.argv[1]))
    engine = open_operations(home.operations_url)
    prepared(engine, home, Path(sys.argv[2]))
    with durable.failing_at(int(sys.argv[3]), lambda: os.kill(os.getpid(), signal.SIGKILL)):
        turn(engine, home)
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", range(36))
def test_killed_at_a_durable_step_of_a_rotation(home: Home, tmp_path: Path, step: int) -> None:
    words = [str(home.root), str(tmp_path), str(step)]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_KILLED), *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL}
    engine = open_operations(home.operations_url)
    prepared(engine, home, tmp_path)
    turn(engine, home)
    assert_on_two_media(engine, home)
    engine.dispose()


def test_a_medium_is_entered_once_and_only_where_it_is(
    engine: Engine, home: Home, tmp_path: Path
) -> None:
    first, _ = prepared(engine, home, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    for medium_id, serial, path in (
        ("m-a", "S9", other), ("m-c", "Sa", other), ("online", "S9", other), ("M C", "S9", other),
        ("m-c", " ", other), ("m-c", "S9", tmp_path / "missing"), ("m-c", "S9", Path(first.path)),
    ):  # fmt: skip
        with pytest.raises(EntryRefused):
            register_medium(engine, ACTOR, medium_id, serial, "", path)
    assert len(registered_media(engine)) == 2


def test_a_recording_comes_back_from_a_medium(engine: Engine, home: Home, tmp_path: Path) -> None:
    first, second = prepared(engine, home, tmp_path)
    turn(engine, home)
    with pytest.raises(EntryRefused, match="どこにもありません"):
        restore(engine, home, ACTOR, "nobody")
    restore(engine, home, ACTOR, recording_id(0))
    assert online_path(home, recording_id(0)).exists()
    with pytest.raises(EntryRefused, match="すでに手元"):
        restore(engine, home, ACTOR, recording_id(0))
    set_hold(engine, ACTOR, recording_id(0), HoldReason.INCIDENT)
    assert turn(engine, home).rotated == 0
    path = first.place_of(recording_id(1))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(SealBroken, match="m-a"):
        restore(engine, home, ACTOR, recording_id(1))
    for medium in (first, second):
        (Path(medium.path) / MARKER).unlink()
    with pytest.raises(EntryRefused, match="先にどれかをマウント"):
        restore(engine, home, ACTOR, recording_id(2))
    assert len(list(home.vault_online.rglob("*.sealed"))) == 1
    assert entries(engine, Action.RECORDING_RESTORED) == 1


def test_a_fault_at_every_durable_step_of_a_restore(tmp_path: Path) -> None:
    for step in range(40):
        root = tmp_path / str(step)
        home = Home.at(root / "home")
        home.create()
        engine = open_operations(home.operations_url)
        prepared(engine, home, root)
        turn(engine, home)
        is_cut = False
        with durable.failing_at(step):
            try:
                restore(engine, home, ACTOR, recording_id(0))
            except durable.InjectedFault:
                is_cut = True
        durable.sweep_temporaries(home.vault_online, is_deep=True)
        turn(engine, home)
        assert_whole_somewhere(engine, home)
        engine.dispose()
        if not is_cut:
            break
    assert 4 <= step < 39


def assert_whole_somewhere(engine: Engine, home: Home) -> None:
    """Two verified copies of each on media, and nothing at hand that no catalogue knows."""
    places = {(copy.recording_id, copy.place) for copy in kept_copies(engine)}
    assert {(recording_id(n), m) for n in range(COUNT) for m in ("m-a", "m-b")} <= places
    at_hand = {path.name.removesuffix(".sealed") for path in home.vault_online.rglob("*.sealed")}
    assert at_hand == {recording_id_ for recording_id_, place in places if place == "online"}


def test_a_medium_is_read_oldest_looks_first_and_names_what_is_wrong(
    engine: Engine, home: Home, tmp_path: Path
) -> None:
    first, second = prepared(engine, home, tmp_path)
    assert least_looked_at(engine, [first, second]) is None
    turn(engine, home)
    later = LATER + timedelta(days=7)
    looked = look_at_medium(engine, first, later, limit=1)
    assert (looked.read, looked.wrong) == (1, ())
    seen = copies_by_last_look(engine, "m-a")
    assert seen[-1].recording_id not in {copy.recording_id for copy in seen[:-1]}
    assert least_looked_at(engine, [first, second]) == first  # two of its copies are as old
    assert look_at_medium(engine, first, later).read == COUNT
    assert least_looked_at(engine, [first, second]) == second
    path = second.place_of(recording_id(1))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    second.place_of(recording_id(2)).unlink()
    found = look_at_medium(engine, second, later + timedelta(days=1))
    assert sorted(found.wrong) == sorted([recording_id(1), recording_id(2)])
    (Path(second.path) / MARKER).unlink()
    with pytest.raises(EntryRefused, match="マウントされていません"):
        look_at_medium(engine, second, later)
    assert least_looked_at(engine, [second]) is None
