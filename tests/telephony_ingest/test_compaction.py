"""Merged landing files say what their parts said: rows, lineage, how far each source was read; also when cut short anywhere."""

from __future__ import annotations

import errno
import itertools
import shutil
from pathlib import Path
from typing import Any

import pytest

from compliance.ground import durable
from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.asterisk.settings import PbxSettings
from telephony_ingest.asterisk.take_in import landing_session
from telephony_ingest.landing import compaction
from telephony_ingest.landing.compaction import NOTE, compacted
from telephony_ingest.landing.pseudonyms import Pseudonyms
from telephony_ingest.landing.ranges import landed_ranges
from tests.telephony_ingest.desks import KEY, NOW, Ingest, NoCursors

LOG = SourceKind.QUEUE_LOG
LINE = "17000{:05d}|17000{:05d}.{}|survey|op{}|CONNECT|{}|17000{:05d}.9|2\n"


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that grew in nine sittings, rotated after the fifth; two lines of it cannot be read."""
    folder = tmp_path_factory.mktemp("grown")
    ingest = Ingest(folder / "pbx", folder / "landing")
    ingest.pbx.mkdir()
    log = ingest.pbx / "queue_log"
    for n in range(9):
        if n == 5:
            log.rename(ingest.pbx / "queue_log.0")
        with log.open("a") as file:
            for k in range(3):
                m = 10 * n + k
                file.write(LINE.format(m, m, k, n % 3, k, m))
            if n in (2, 7):
                file.write("no line|\n")
        ingest.land(LOG)
    return folder


@pytest.fixture
def many(grown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ingest:
    """A copy of its own of that log and what landed of it."""
    monkeypatch.setattr(compaction, "FEWEST", 4)
    shutil.copytree(grown, tmp_path, dirs_exist_ok=True)
    return Ingest(tmp_path / "pbx", tmp_path / "landing")


def merge(ingest: Ingest, kind: SourceKind = LOG, *, is_of_objects: bool = False) -> int:
    with landing_session(
        PbxSettings().at(ingest.pbx),
        ingest.landing,
        upto=None,
        now=NOW,
        pseudonyms=Pseudonyms.from_key(KEY),
        cursors=NoCursors(),
        durable=durable,
    ) as session:
        session.prepare(kind.value)
        return compacted(session, kind.value, is_of_objects=is_of_objects)


def state(ingest: Ingest, kind: SourceKind = LOG) -> tuple[Any, ...]:
    """All that a reader can tell: rows with their lineage, rejects, how far each source was read."""
    return (ingest.rows(kind), ingest.rejects(), landed_ranges(ingest.landing / kind.value))


def names(ingest: Ingest, kind: SourceKind = LOG) -> list[str]:
    return sorted(path.name for path in (ingest.landing / kind.value).iterdir())


def test_a_merge_changes_nothing_that_a_reader_can_tell(many: Ingest) -> None:
    before, files = state(many), names(many)
    assert len(before[0]) == 27 and len(before[1]) == 2
    fewer = merge(many)
    assert (
        fewer == len(files) - len(names(many)) == 7
    )  # two sources, each one file, and the empty one
    assert state(many) == before
    assert merge(many) == 0


def test_what_is_landed_afterwards_follows_on(many: Ingest) -> None:
    merge(many)
    before = state(many)
    report = many.land(LOG)
    assert (report.rows_landed, state(many)) == (0, before)
    with (many.pbx / "queue_log").open("a") as file:
        file.write(LINE.format(99, 99, 1, 1, 1, 99))
    assert many.land(LOG).rows_landed == 1
    assert len(many.rows(LOG)) == 28
    assert many.rejects() == before[1]


def test_cut_short_at_any_step_it_ends_as_if_it_had_not(many: Ingest, tmp_path: Path) -> None:
    before = state(many)
    whole = tmp_path / "whole"
    shutil.copytree(many.landing, whole)
    for nth in itertools.count():
        shutil.rmtree(many.landing)
        shutil.copytree(whole, many.landing)
        try:
            with durable.failing_at(nth) as steps:
                merge(many)
        except durable.InjectedFault:
            many.land(LOG)  # whoever comes next settles first
            assert state(many) == before, steps
            assert NOTE not in names(many)
            continue
        assert nth == len(steps) > 10
        break


@pytest.mark.parametrize(
    "gone", [0, 5, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 5))]
)
def test_killed_while_parts_are_removed(
    many: Ingest, gone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, left = state(many), [gone]
    unlink = Path.unlink

    def once_too_often(self: Path, missing_ok: bool = False) -> None:
        if self.suffix == ".parquet" and not self.name.startswith("."):
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
        unlink(self, missing_ok=missing_ok)

    with monkeypatch.context() as cut:
        cut.setattr(Path, "unlink", once_too_often)
        with pytest.raises(KeyboardInterrupt):
            merge(many)
    assert NOTE in names(many)
    many.land(LOG)
    assert state(many) == before
    assert NOTE not in names(many)


@pytest.mark.parametrize(
    "note", [b"", b"[]", b'{"result": "../../x", "parts": ["../../y"]}', b'{"parts": []}']
)
def test_a_note_that_says_nothing_harms_nothing(many: Ingest, note: bytes) -> None:
    before = state(many)
    (many.landing / LOG.value / NOTE).write_bytes(note)
    many.land(LOG)
    assert state(many) == before and NOTE not in names(many)


@pytest.mark.parametrize("step", ["write_durably", "publish"])
def test_a_full_disk_leaves_the_parts_and_the_ingest_goes_on(
    many: Ingest, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before, files = state(many), names(many)
    with monkeypatch.context() as disk:
        disk.setattr(durable, step, full)
        assert merge(many) == 0
    assert (state(many), NOTE in names(many)) == (before, False)
    assert [name for name in names(many) if not name.startswith(".")] == files
    assert merge(many) == 7


def test_large_files_and_few_stay_as_they_are(
    many: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = names(many)
    monkeypatch.setattr(compaction, "SMALL_BYTES", 10)
    assert merge(many) == 0
    monkeypatch.setattr(compaction, "SMALL_BYTES", 1 << 20)
    monkeypatch.setattr(compaction, "FEWEST", 10)
    assert merge(many) == 0
    assert names(many) == files


def test_recordings_are_merged_and_registered_once(
    tmp_path: Path, pbx_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "FEWEST", 3)
    ingest = Ingest(tmp_path / "pbx", tmp_path / "landing")
    sounds = sorted((pbx_dir / "recordings").glob("*.wav"))[:12]
    (ingest.pbx / "recordings").mkdir(parents=True)
    kind = SourceKind.RECORDINGS
    for n in range(0, 12, 3):
        for sound in sounds[n : n + 3]:
            shutil.copy2(sound, ingest.pbx / "recordings" / sound.name)
        ingest.land(kind)
    before = ingest.rows(kind)
    assert len(before) == 12
    assert merge(ingest, kind, is_of_objects=True) == 3
    assert ingest.rows(kind) == before
    assert ingest.land(kind).rows_landed == 0


def test_what_is_being_written_is_no_landing_file_yet(
    many: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader beside an ingest, or after one that was killed, counts no row twice."""
    before = many.rows(LOG)
    seen: list[list[tuple[Any, ...]]] = []
    monkeypatch.setattr(durable, "publish", lambda *_: seen.append(many.rows(LOG)))
    merge(many)
    assert seen and all(rows == before for rows in seen)
    assert many.rows(LOG) == before
