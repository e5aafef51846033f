"""A certificate says 完了 only of what the exchange no longer has in clear: looked for by digest, twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from compliance.erasure.case_file import Act, TaskKind
from compliance.erasure.exchange import marks
from compliance.erasure.execution import carry_out, settle_unless_begun
from compliance.erasure.offline import check
from compliance.erasure.offline_findings import Level
from compliance.erasure.register import facts_of, items_of, open_tasks
from compliance.erasure.states import CaseState, ItemResult
from compliance.ground import durable
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring
from compliance.vault.media import MARKER, registered_media
from tests.compliance.erasure.stage import OLD, Stage, certified, recording_id, set_up, sound


@pytest.fixture
def stage(tmp_path: Path, engine: Engine, home: Home) -> Stage:
    return set_up(tmp_path, engine, home)


def put_back(stage: Stage, number: int, name: str) -> Path:
    """The sound of a recording in clear on the exchange, under whatever name."""
    path = stage.folder / "spool" / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(sound(number))
    return path


def results(stage: Stage) -> list[str]:
    return [result.value for _, result in items_of(stage.engine, "E-0001")]


def sources(stage: Stage) -> dict[str, int]:
    facts = facts_of(stage.engine, "E-0001", Act.DESTROYED)
    assert facts is not None
    return dict(facts["sources"])


def kept_marks(stage: Stage) -> int:
    with stage.engine.connect() as connection:
        return len(connection.execute(select(marks)).fetchall())


@pytest.mark.parametrize("name", ["0.wav", "renamed.bin", "old/2023/another.WAV"])
def test_a_sound_that_is_still_there_is_found_whatever_it_is_called(
    stage: Stage, name: str
) -> None:
    path = put_back(stage, 0, name)
    (stage.folder / "spool" / "as-long.wav").write_bytes(b"x" * len(sound(0)))
    done = stage.execute(stage.authorised())
    assert (done.done, done.caution, done.tasks) == (OLD - 1, 1, 1)
    assert results(stage) == ["caution" if i.object_id == recording_id(0) else "done" for i, _ in items_of(stage.engine, "E-0001")]  # fmt: skip
    assert sources(stage) == {"left": 1, "looked": OLD, "removed": 0, "unseen": 0}
    assert path.exists(), "nothing is removed without being let"


def test_what_may_be_removed_is_removed_before_the_key_goes(stage: Stage) -> None:
    paths = [put_back(stage, 0, "0.wav"), put_back(stage, 0, "again.wav"), put_back(stage, 4, "4.wav")]  # fmt: skip
    stage.removes = True
    done = stage.execute(stage.authorised())
    assert (done.done, done.caution, done.tasks) == (OLD, 0, 0)
    assert sources(stage) == {"left": 0, "looked": OLD, "removed": 1, "unseen": 0}
    assert [path.exists() for path in paths] == [False, False, True], "another's sound stays"


def test_what_could_not_be_removed_is_not_called_removed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put_back(stage, 0, "0.wav")
    put_back(stage, 1, "1.wav")
    remove = durable.remove_durably

    def refuses(one: Path) -> None:
        if one == path:
            raise PermissionError(13, "Permission denied")
        remove(one)

    monkeypatch.setattr(durable, "remove_durably", refuses)
    stage.removes = True
    done = stage.execute(stage.authorised())
    assert (done.done, done.caution, done.tasks) == (OLD - 1, 1, 1)
    assert sources(stage) == {"left": 1, "looked": OLD, "removed": 1, "unseen": 0}


def test_an_exchange_that_cannot_be_read_is_not_taken_for_an_empty_one(stage: Stage) -> None:
    (stage.folder / "spool").rename(stage.folder / "away")
    done = stage.execute(stage.authorised())
    assert (done.done, done.caution) == (0, OLD)
    assert sources(stage) == {"left": 0, "looked": 0, "removed": 0, "unseen": OLD}
    (stage.folder / "away").rename(stage.folder / "spool")
    assert stage.work_off() == 1, "it can be read now, and nothing is there"


def test_a_sound_of_which_no_copy_opens_cannot_be_looked_for(stage: Stage) -> None:
    case = stage.authorised()
    for medium in registered_media(stage.engine):
        path = medium.place_of(recording_id(1))
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert stage.execute(case).caution == 1
    assert sources(stage) == {"left": 0, "looked": OLD - 1, "removed": 0, "unseen": 1}


def test_the_other_persons_look_finds_what_came_back_and_the_certificate_says_so(
    stage: Stage,
) -> None:
    """Moved away while it was executed, and put back after: the result of its item is no longer 完了."""
    case = stage.authorised()
    assert stage.execute(case).done == OLD
    put_back(stage, 2, "back.wav")
    files = certified(stage, case)
    members = json.loads(files["C-0001.json"])
    assert members["items"]["results"] == {"done": OLD - 1, "caution": 1, "not_done": 0, "held": 0}
    assert members["exchange"] == {"left": 1, "looked": OLD, "removed": 0, "unseen": 0}
    found = [f for f in check(files).findings if f.check == "exchange"]
    assert [f.level for f in found] == [Level.YELLOW] and "1件残り" in found[0].what
    assert stage.case(case).state is CaseState.CERTIFIED
    assert [task.what for task in open_tasks(stage.engine)] == [TaskKind.EXCHANGE]
    assert kept_marks(stage) == OLD, "it is still looked for"
    assert stage.work_off() == 0
    stage.removes = True
    assert stage.work_off() == 1
    assert kept_marks(stage) == 0 and not (stage.folder / "spool" / "back.wav").exists()


@pytest.mark.parametrize("others", [0, 2])
def test_the_certificate_says_with_how_many_files_it_was_compared(
    stage: Stage, others: int
) -> None:
    """Whoever shows an emptied folder in place of the exchange's shows it to the city."""
    shutil.rmtree(stage.folder / "spool")
    (stage.folder / "spool").mkdir()
    for number in range(others):
        (stage.folder / "spool" / f"of today {number}.wav").write_bytes(b"x" * len(sound(0)))
    case = stage.authorised()
    stage.execute(case)
    files = certified(stage, case)
    members = json.loads(files["C-0001.json"])
    assert members["verified"]["checks"]["sources_compared"] == others
    (found,) = [f for f in check(files).findings if f.check == "exchange"]
    assert found.level is Level.GREEN and f"交換機の音声ファイル{others}個と" in found.what


def test_no_mark_outlives_a_clean_certificate(stage: Stage) -> None:
    case = stage.authorised()
    stage.execute(case)
    assert kept_marks(stage) == OLD
    certified(stage, case)
    assert kept_marks(stage) == 0


def test_a_medium_that_is_away_and_an_exchange_that_keeps_are_two_tasks(stage: Stage) -> None:
    case = stage.authorised()
    put_back(stage, 0, "0.wav")
    (Path(registered_media(stage.engine)[1].path) / MARKER).rename(stage.folder / "marker")
    assert stage.execute(case).tasks == 2


def test_survivors_are_counted_by_kind(stage: Stage) -> None:
    Keyring.open(stage.home).make(["inquiry:1.1", "something"])
    case = stage.authorised()
    stage.execute(case)
    found = stage.verify(case)
    assert found.survivors == {"call": 2, "message": 0, "inquiry": 1, "other": 1}


@pytest.mark.slow
def test_a_fault_at_every_durable_step_of_removing_leaves_nothing_in_clear(tmp_path: Path) -> None:
    gone_before = 0
    for step in range(30):
        folder = tmp_path / str(step)
        folder.mkdir()
        stage = set_up(folder)
        stage.removes = True
        case, is_cut = stage.authorised(), False
        paths = [put_back(stage, number, f"{number}.wav") for number in range(OLD)]
        with durable.failing_at(step):
            try:
                stage.execute(case)
            except durable.InjectedFault:
                is_cut = True
        gone_before = sum(not path.exists() for path in paths)
        settle_unless_begun(stage.engine, stage.home)
        if stage.case(case).state is CaseState.EXECUTING:
            carry_out(stage.engine, stage.home, stage.actor("ad1"), case.case_id, stage.exchange)
        elif stage.case(case).state is CaseState.CONSENTED:
            stage.execute(case)
        assert is_cut
        assert {ItemResult(r) for r in results(stage)} == {ItemResult.DONE}
        assert not any(path.exists() for path in paths)
        stage.engine.dispose()
        shutil.rmtree(folder)
    assert gone_before == OLD, "the steps that were tried reach beyond the removal"
