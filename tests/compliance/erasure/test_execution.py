"""Destruction: what a thief has from before opens nothing afterwards, and no crash leaves it half done."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlalchemy import Engine

from compliance.erasure import workflow
from compliance.erasure.case_file import Act, TaskKind
from compliance.erasure.conditions import obstacles
from compliance.erasure.execution import (
    begin,
    carry_out,
    settle_unless_begun,
)
from compliance.erasure.register import (
    all_cases,
    executing_case,
    facts_of,
    is_being_erased,
    items_of,
    open_tasks,
)
from compliance.erasure.states import CaseState, ItemResult
from compliance.errors import (
    ComplianceError,
    EntryRefused,
    ErasureRefused,
    KeyUnavailable,
    TransitionRefused,
)
from compliance.ground import durable
from compliance.ground.acts import Action
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.keys.backups import back_up, registered_backups
from compliance.keys.keyring import Keyring, epochs
from compliance.vault.catalogue import counts, kept_copies
from compliance.vault.custody import online_path, verify_vault
from compliance.vault.media import MARKER, registered_media
from compliance.vault.preservation import HoldReason, set_hold
from compliance.vault.sealed import associated_data, unseal
from tests.compliance.erasure.stage import (
    COUNT,
    OLD,
    Stage,
    certified,
    recording_id,
    set_up,
    sound,
)
from tests.homes import ROOT

SURVIVORS = range(OLD, COUNT)


@pytest.fixture
def stage(tmp_path: Path, engine: Engine, home: Home) -> Stage:
    return set_up(tmp_path, engine, home)


def assert_erased(stage: Stage, expected: ItemResult = ItemResult.DONE) -> None:
    """The old recordings are gone with their keys, the others open from the keyring as it is on disk."""
    ring = Keyring.open(stage.home)
    assert ring.ids == {recording_id(n) for n in SURVIVORS}
    assert [epoch.number for epoch in epochs(stage.home)] == [ring.epoch.number]
    assert sorted(path.name for path in stage.home.keys.glob("epoch-*")) == [ring.epoch.secret.name]
    for n in SURVIVORS:
        with online_path(stage.home, recording_id(n)).open("rb") as file:
            key, bound = ring.key(recording_id(n)), associated_data(recording_id(n))
            assert b"".join(unseal(file, key, bound)) == sound(n)
    for n in range(OLD):
        with pytest.raises(KeyUnavailable):
            ring.key(recording_id(n))
        for medium in registered_media(stage.engine):
            assert not medium.place_of(recording_id(n)).exists()
    assert verify_vault(stage.engine, stage.home, ring) == (len(SURVIVORS), [])
    assert counts(stage.engine)["erased"][0] == OLD
    assert {copy.recording_id for copy in kept_copies(stage.engine)} == ring.ids
    (case,) = all_cases(stage.engine)
    assert case.state is CaseState.EXECUTED
    assert {result for _, result in items_of(stage.engine, case.case_id)} == {expected}
    assert stage.noted(Action.ERASURE_BEGUN) == 1
    assert stage.noted(Action.ERASURE_DONE) == 1
    assert stage.noted(Action.RECORDING_ERASED) == OLD
    current = [made for made in registered_backups(stage.engine) if not made.has_ended]
    assert current and all(made.epoch == ring.epoch.number for made in current)
    assert not any(made.problems() for made in current)


def everything(*folders: Path) -> bytes:
    return b"\0".join(
        path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()
    )


def test_what_was_consented_to_is_erased_and_the_rest_goes_on(stage: Stage) -> None:
    case = stage.authorised()
    assert case.items_count == OLD
    done = stage.execute(case)
    assert (done.done, done.caution, done.held, done.tasks) == (OLD, 0, 0, 0)
    assert_erased(stage)
    begun = facts_of(stage.engine, case.case_id, Act.BEGUN)
    assert begun is not None and begun["by"] == "ad1"


def test_a_copy_of_the_home_from_before_opens_nothing_with_the_secrets_of_after(
    stage: Stage, tmp_path: Path
) -> None:
    """The attacker has every file of the home, of an hour ago and of just before, and all secrets of today."""
    older = tmp_path / "older"
    shutil.copytree(stage.home.root, older)
    case = stage.authorised()
    before = tmp_path / "before"
    shutil.copytree(stage.home.root, before)
    media = {m.medium_id: shutil.copytree(m.path, tmp_path / f"copy-{m.medium_id}")
             for m in registered_media(stage.engine)}  # fmt: skip
    old = {path.name: path.read_bytes() for path in stage.home.keyrings.glob("*.keyring")}
    stage.execute(case)
    assert_erased(stage)
    assert len(list(media["m-a"].rglob("*.sealed"))) == OLD
    for stolen in (older, before):
        thief = Home.at(stolen, stage.home.keys)
        with pytest.raises(ComplianceError):
            Keyring.open(thief).key(recording_id(0))
        for name, content in old.items():
            (stage.folder / "tried").mkdir(exist_ok=True)
            secret = next(iter(stage.home.keys.glob("epoch-*.secret")))
            (stage.folder / "tried" / name).write_bytes(content)
            forged = Home.at(stolen, tmp_path / "forged-keys")
            shutil.copytree(stage.home.keys, forged.keys, dirs_exist_ok=True)
            shutil.copy(secret, forged.keys / name.replace(".keyring", ".secret"))
            with pytest.raises(ComplianceError):
                Keyring.open(forged).key(recording_id(0))


def test_no_record_of_the_old_epoch_is_left_anywhere(stage: Stage) -> None:
    case = stage.authorised()
    lines = [
        line.split(b" ")[1]
        for epoch in epochs(stage.home)
        for line in epoch.keyring.read_bytes().splitlines()
    ]
    secret = epochs(stage.home)[-1].secret.read_bytes()
    assert len(lines) == COUNT and secret in everything(stage.key_medium, stage.home.keys)
    stage.execute(case)
    left = everything(stage.home.root, stage.home.keys, stage.key_medium)
    assert not [line for line in lines if line in left]
    assert secret not in left and secret.hex().encode() not in left


def test_what_is_held_after_the_consent_is_left_out(stage: Stage) -> None:
    case = stage.authorised()
    set_hold(stage.engine, stage.actor("pm1"), recording_id(1), HoldReason.COMPLAINT)
    done = stage.execute(case)
    assert (done.done, done.held) == (OLD - 1, 1)
    ring = Keyring.open(stage.home)
    assert recording_id(1) in ring.ids and recording_id(0) not in ring.ids
    results = {i.object_id: r for i, r in items_of(stage.engine, case.case_id)}
    assert results[recording_id(1)] is ItemResult.HELD
    medium = registered_media(stage.engine)[0]
    with medium.place_of(recording_id(1)).open("rb") as file:
        key = ring.key(recording_id(1))
        assert b"".join(unseal(file, key, associated_data(recording_id(1)))) == sound(1)


def test_a_hold_counts_until_the_erasure_is_begun_and_not_after_it(stage: Stage) -> None:
    case = stage.authorised()
    found = stage.situation(case)
    assert not obstacles(found)
    set_hold(stage.engine, stage.actor("pm1"), recording_id(1), HoldReason.COMPLAINT)
    begin(stage.engine, stage.actor("ad1"), found, stage.checkpoint().size)
    assert not is_being_erased(stage.engine, recording_id(1))
    assert is_being_erased(stage.engine, recording_id(0))
    done = carry_out(stage.engine, stage.home, stage.actor("ad1"), case.case_id, stage.exchange)
    assert (done.done, done.held) == (OLD - 1, 1)
    assert recording_id(1) in Keyring.open(stage.home).ids
    with pytest.raises(EntryRefused, match="消去済み"):
        set_hold(stage.engine, stage.actor("pm1"), recording_id(0), HoldReason.COMPLAINT)


def test_a_medium_that_is_away_leaves_a_task_and_a_caution(stage: Stage) -> None:
    case = stage.authorised()
    medium = registered_media(stage.engine)[1]
    marker = Path(medium.path) / MARKER
    kept = marker.read_bytes()
    marker.unlink()
    done = stage.execute(case)
    assert (done.done, done.caution, done.tasks) == (0, OLD, 1)
    (task,) = open_tasks(stage.engine)
    assert (task.what, task.place) == (TaskKind.MEDIUM, medium.medium_id)
    assert stage.work_off() == 0
    marker.write_bytes(kept)
    assert stage.work_off() == 1
    assert not open_tasks(stage.engine)
    assert_erased(stage, ItemResult.CAUTION)


def test_working_off_a_medium_leaves_what_was_held(stage: Stage) -> None:
    case = stage.authorised()
    set_hold(stage.engine, stage.actor("pm1"), recording_id(1), HoldReason.COMPLAINT)
    medium = registered_media(stage.engine)[1]
    marker = Path(medium.path) / MARKER
    kept = marker.read_bytes()
    marker.unlink()
    stage.execute(case)
    marker.write_bytes(kept)
    assert stage.work_off() == 1
    left = [number for number in range(OLD) if medium.place_of(recording_id(number)).exists()]
    assert left == [1], "the copy that somebody holds stays, on every medium"


def test_a_key_copy_that_is_away_makes_every_item_a_caution_until_it_is_back(
    stage: Stage, tmp_path: Path
) -> None:
    other = tmp_path / "second-key-medium"
    other.mkdir()
    back_up(stage.engine, stage.home, stage.actor("pm1"), other)
    away = other.rename(tmp_path / "in-the-safe")
    case = stage.authorised()
    done = stage.execute(case)
    assert (done.done, done.caution, done.tasks) == (0, OLD, 1)
    away.rename(other)
    assert list(other.rglob("epoch-*.secret"))
    assert stage.work_off() == 1
    assert not [path for path in other.rglob("*") if path.is_file()]
    assert_erased(stage, ItemResult.CAUTION)


def test_nothing_is_destroyed_before_the_new_secret_lies_on_a_key_medium(stage: Stage) -> None:
    case = stage.authorised()
    stage.begin(case)
    away = stage.key_medium.rename(stage.folder / "away")
    with pytest.raises(KeyUnavailable, match="goes on then"):
        carry_out(stage.engine, stage.home, stage.actor("ad1"), case.case_id, stage.exchange)
    assert settle_unless_begun(stage.engine, stage.home) == 0
    assert len(epochs(stage.home)) == 2 and epochs(stage.home)[0].secret.exists()
    away.rename(stage.key_medium)
    carry_out(stage.engine, stage.home, stage.actor("ad1"), case.case_id, stage.exchange)
    assert_erased(stage)


def test_an_authorisation_is_used_once(stage: Stage) -> None:
    case = stage.authorised()
    stage.execute(case)
    with pytest.raises(ErasureRefused, match="authorisation_used"):
        stage.begin(case)
    assert stage.noted(Action.ERASURE_DONE) == 1


LATER = hashlib.sha256(b"another letter").hexdigest()


def test_a_consent_recorded_between_the_look_and_the_begin_is_over_no_signature(
    stage: Stage,
) -> None:
    case = stage.authorised()
    found = stage.situation(case)
    assert not obstacles(found)
    stage.consent(case, evidence_sha256=LATER)
    with pytest.raises(EntryRefused, match="承諾が記録し直されました"):
        begin(stage.engine, stage.actor("ad1"), found, stage.checkpoint().size)
    assert stage.case(case).state is CaseState.CONSENTED
    assert stage.noted(Action.ERASURE_BEGUN) == 0


def test_a_consent_that_was_looked_at_before_the_begin_is_not_recorded_after_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = stage.authorised()
    before = stage.case(case)
    stage.begin(case)
    monkeypatch.setattr(workflow, "case_of", lambda *_: before)
    with pytest.raises(TransitionRefused):
        stage.consent(case, evidence_sha256=LATER)
    monkeypatch.undo()
    carry_out(stage.engine, stage.home, stage.actor("ad1"), case.case_id, stage.exchange)
    certificate = json.loads(certified(stage, case)["C-0001.json"])
    signed = json.loads(certificate["authorisation"]["statement"])
    assert (certificate["consent"]["revision"], certificate["consent"]["evidence_sha256"]) == (
        signed["consent_revision"],
        signed["consent_evidence_sha256"],
    )
    assert stage.noted(Action.CONSENT_RECORDED) == 1


def resume(stage: Stage) -> None:
    """What the next opening of the home and the next command do."""
    settle_unless_begun(stage.engine, stage.home)
    (case,) = all_cases(stage.engine)
    if case.state is CaseState.EXECUTING:
        carry_out(stage.engine, stage.home, stage.actor("ad1"), case.case_id, stage.exchange)
    elif case.state is CaseState.CONSENTED:
        stage.execute(case)


@pytest.mark.slow
def test_a_fault_at_every_durable_step(tmp_path: Path) -> None:
    for step in range(120):
        folder = tmp_path / str(step)
        folder.mkdir()
        stage = set_up(folder)
        case, is_cut = stage.authorised(), False
        with durable.failing_at(step):
            try:
                stage.execute(case)
            except durable.InjectedFault:
                is_cut = True
        resume(stage)
        assert_erased(stage)
        assert executing_case(stage.engine) is None
        stage.engine.dispose()
        if not is_cut:
            break
    assert 25 <= step < 119


_KILLED = """
    import os, signal, sys
    from pathlib import Path
    from compliance.ground import durable
    from compliance.ground.home import Home
    from compliance.ground.operations import open_operations
    from compliance.erasure.register import all_cases
    from tests.compliance.erasure.stage import Stage

    home = Home.at(Path(sys.argv[1]) / "home")
    stage = Stage(open_operations(home.operations_url), home, Path(sys.argv[1]))
    with durable.failing_at(int(sys.argv[2]), lambda: os.kill(os.getpid(), signal.SIGKILL)):
        stage.execute(all_cases(stage.engine)[0])
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", range(88))
def test_killed_at_a_durable_step(tmp_path: Path, step: int) -> None:
    stage = set_up(tmp_path)
    stage.authorised()
    stage.engine.dispose()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_KILLED), str(tmp_path), str(step)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL}
    stage = Stage(open_operations(stage.home.operations_url), stage.home, tmp_path)
    resume(stage)
    assert_erased(stage)
    stage.engine.dispose()
