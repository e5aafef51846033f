"""Every source row once, whatever happens to the files that hold it."""

from __future__ import annotations

import gzip
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.ground import durable
from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.errors import LandingUnwritable
from telephony_ingest.landing.sources import State
from tests.conftest import SAMPLES
from tests.telephony_ingest.desks import Ingest

LINES = {
    SourceKind.QUEUE_LOG: 647,
    SourceKind.CDR: 726,
    SourceKind.CEL: 4895,
    SourceKind.RECORDINGS: 13,
    SourceKind.VOICEMAIL: 9,
}


@pytest.fixture
def ingest(tmp_path: Path, pbx_dir: Path) -> Ingest:
    shutil.copytree(pbx_dir, tmp_path / "pbx")
    return Ingest(tmp_path / "pbx", tmp_path / "landing")


@pytest.fixture
def empty(tmp_path: Path) -> Ingest:
    (tmp_path / "pbx").mkdir()
    return Ingest(tmp_path / "pbx", tmp_path / "landing")


@pytest.mark.parametrize("kind", list(LINES))
def test_every_recorded_row_lands_once_and_a_second_ingest_adds_nothing(
    ingest: Ingest, kind: SourceKind
) -> None:
    first = ingest.land(kind)
    assert (first.rows_landed, first.rows_rejected, first.is_refused) == (LINES[kind], 0, False)
    rows = ingest.rows(kind)
    assert len(rows) == LINES[kind]
    assert ingest.land(kind).rows_landed == 0
    assert ingest.rows(kind) == rows


def test_renaming_compressing_and_rotating_add_nothing(ingest: Ingest) -> None:
    ingest.land()
    rows = ingest.facts(SourceKind.QUEUE_LOG)
    (ingest.pbx / "queue_log.1").rename(ingest.pbx / "queue_log.2")
    (ingest.pbx / "queue_log.0").rename(ingest.pbx / "queue_log.1")
    raw = (ingest.pbx / "queue_log").read_bytes()
    (ingest.pbx / "queue_log.0.gz").write_bytes(gzip.compress(raw))
    (ingest.pbx / "queue_log").unlink()
    assert ingest.land().rows_landed == 0
    assert ingest.facts(SourceKind.QUEUE_LOG) == rows


def test_a_line_without_its_end_waits_and_lands_whole_later(empty: Ingest) -> None:
    log = empty.pbx / "queue_log"
    log.write_text("1700438400|NONE|NONE|NONE|QUEUESTART|\n1700438401|NONE|NONE|NO")
    report = empty.land()
    assert (report.rows_landed, report.is_refused) == (1, False)
    with log.open("a") as file:
        file.write("NE|QUEUESTART|\n")
    assert empty.land().rows_landed == 1
    assert len(empty.rows(SourceKind.QUEUE_LOG)) == 2


def test_the_same_line_elsewhere_keeps_its_row_key_and_has_its_own_place(empty: Ingest) -> None:
    line = "1700438494|1700438494.1|survey|NONE|ENTERQUEUE||0110000001|1\n"
    (empty.pbx / "queue_log").write_text(line + line)
    empty.land()
    keys = empty.rows(SourceKind.QUEUE_LOG, "row_key, byte_offset, line_no")
    assert len({key for key, _, _ in keys}) == 1
    assert [(offset, number) for _, offset, number in keys] == [(0, 1), (len(line), 2)]


def test_rows_later_than_the_present_wait_with_the_cursor_before_them(ingest: Ingest) -> None:
    noon = datetime(2023, 12, 1, 3, tzinfo=UTC)
    for kind in (SourceKind.QUEUE_LOG, SourceKind.CEL, SourceKind.CDR):
        early = ingest.land(kind, upto=noon)
        assert early.rows_waiting > 0
        ingest.land(kind, upto=None)
        assert len(ingest.rows(kind)) == LINES[kind]
    latest = ingest.query(
        f"select count(*) from read_parquet('{ingest.landing}/queue_log/*.parquet')"
    )
    assert latest == [(LINES[SourceKind.QUEUE_LOG],)]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"1700438494|170043\xff\xfe|survey|op1|CONNECT|1|x|1\n", "not_utf8"),
        (b"1700438494|1700438494.1|survey\n", "wrong_field_count"),
        (b"1700438494|1700438494.1|survey|op1|CONNECT|1\n", "wrong_field_count"),
        (b"yesterday|NONE|NONE|NONE|QUEUESTART|\n", "bad_time"),
    ],
)
def test_a_bad_line_is_set_aside_by_place_and_reason_and_the_good_ones_land(
    empty: Ingest, bad: bytes, reason: str
) -> None:
    good = b"1700438400|NONE|NONE|NONE|QUEUESTART|\n"
    (empty.pbx / "queue_log").write_bytes(good + bad + good)
    report = empty.land()
    assert report.rows_landed == 2
    assert report.rejected_by_reason == {reason: 1}
    assert report.is_refused
    assert empty.rejects() == [("queue_log", reason, len(good), len(bad))]
    assert [row[0] for row in empty.rows(SourceKind.QUEUE_LOG, "line_no")] == [1, 3]


@pytest.mark.parametrize(
    "bad",
    [
        '"2023-12-19 10:00:00","too","few"\n',
        '"2023-12-19 10:00:00","an unclosed quote\n',
        ",".join(['"x"'] * 30) + "\n",
    ],
)
def test_a_bad_cdr_line_shifts_nothing_that_follows(ingest: Ingest, bad: str) -> None:
    cdr = ingest.pbx / "cdr-custom" / "Keiro.csv"
    lines = cdr.read_text().splitlines(keepends=True)
    cdr.write_text("".join([*lines[:5], bad, *lines[5:]]))
    report = ingest.land(SourceKind.CDR)
    assert report.rows_landed == LINES[SourceKind.CDR]
    assert report.rows_rejected == 1


def test_rejects_hold_no_byte_of_the_line(empty: Ingest) -> None:
    (empty.pbx / "queue_log").write_bytes(b"0110000042|SECRETNAME\n")
    empty.land()
    for path in (empty.landing / "rejects").glob("*.parquet"):
        raw = path.read_bytes()
        assert b"SECRETNAME" not in raw
        assert b"0110000042" not in raw


def test_a_folder_a_broken_link_and_a_cut_off_archive_are_named_and_the_rest_lands(
    ingest: Ingest,
) -> None:
    (ingest.pbx / "queue_log").unlink()
    (ingest.pbx / "queue_log").mkdir()
    (ingest.pbx / "queue_log.8").symlink_to(ingest.pbx / "nowhere")
    whole = gzip.compress(b"1700438400|NONE|NONE|NONE|QUEUESTART|\n" * 500)
    (ingest.pbx / "queue_log.9.gz").write_bytes(whole[:-20])
    report = ingest.land()
    states = {source.name: source.state for source in report.sources}
    assert states["queue_log"] is State.UNREADABLE
    assert states["queue_log.8"] is State.UNREADABLE
    assert states["queue_log.9.gz"] is State.UNREADABLE
    assert states["queue_log.0"] is State.OK
    assert report.rows_landed > 0
    assert all(source.detail for source in report.sources if source.state is not State.OK)


def test_a_missing_source_is_named_and_what_to_do(empty: Ingest) -> None:
    report = empty.land(SourceKind.CEL)
    assert [source.state for source in report.sources] == [State.MISSING]
    assert "contract.toml" in report.sources[0].detail
    assert empty.rows(SourceKind.CEL) == []


def test_a_file_that_became_shorter_loses_nothing_that_landed(ingest: Ingest) -> None:
    ingest.land()
    rows = ingest.rows(SourceKind.QUEUE_LOG)
    log = ingest.pbx / "queue_log"
    log.write_bytes(log.read_bytes()[:400])
    report = ingest.land()
    assert {source.name: source.state for source in report.sources}["queue_log"] is State.PARTIAL
    assert ingest.rows(SourceKind.QUEUE_LOG) == rows


def test_a_pipe_where_a_file_should_be_never_holds_up_the_ingest(empty: Ingest) -> None:
    import os

    os.mkfifo(empty.pbx / "queue_log")
    assert empty.land().sources[0].state is State.UNREADABLE


@pytest.mark.parametrize(
    "kind",
    [
        SourceKind.RECORDINGS,
        *(
            pytest.param(kind, marks=pytest.mark.slow)
            for kind in (SourceKind.QUEUE_LOG, SourceKind.CDR)
        ),
    ],
)
def test_an_ingest_that_dies_at_any_durable_step_and_runs_again_ends_as_if_it_had_not(
    tmp_path: Path, pbx_dir: Path, kind: SourceKind
) -> None:
    undisturbed = Ingest(pbx_dir, tmp_path / "undisturbed")
    with durable.failing_at(10**9) as steps:
        undisturbed.land(kind)
    assert len(steps) >= 6
    for nth in range(len(steps)):
        ingest = Ingest(pbx_dir, tmp_path / f"dies-{nth}")
        with pytest.raises(durable.InjectedFault), durable.failing_at(nth):
            ingest.land(kind)
        ingest.land(kind)
        assert ingest.rows(kind) == undisturbed.rows(kind), steps[nth]
        assert ingest.rejects() == undisturbed.rejects()
        names = sorted(p.relative_to(ingest.landing) for p in ingest.landing.rglob("*"))
        theirs = sorted(p.relative_to(undisturbed.landing) for p in undisturbed.landing.rglob("*"))
        assert names == theirs, steps[nth]


@pytest.mark.slow
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(st.integers(0, 30_000), max_size=6))
def test_a_file_read_while_it_grows_lands_as_if_read_whole(
    tmp_path_factory: pytest.TempPathFactory, pbx_dir: Path, cuts: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("grows")
    raw = (pbx_dir / "queue_log.1").read_bytes()
    whole = Ingest(folder / "whole", folder / "whole-landing")
    grown = Ingest(folder / "grown", folder / "grown-landing", {"chunk_bytes": 4096})
    for ingest in (whole, grown):
        ingest.pbx.mkdir()
    (whole.pbx / "queue_log").write_bytes(raw)
    whole.land()
    for cut in [*sorted(c for c in cuts if c < len(raw)), len(raw)]:
        (grown.pbx / "queue_log").write_bytes(raw[:cut])
        grown.land()
    assert grown.facts(SourceKind.QUEUE_LOG) == whole.facts(SourceKind.QUEUE_LOG)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(
    junk=st.lists(
        st.one_of(st.binary(max_size=40), st.text(max_size=40).map(str.encode)).map(
            lambda line: line.replace(b"\n", b" ")
        ),
        max_size=8,
    )
)
def test_whatever_a_log_holds_every_line_is_landed_or_set_aside(
    tmp_path_factory: pytest.TempPathFactory, junk: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("junk")
    ingest = Ingest(folder / "pbx", folder / "landing")
    ingest.pbx.mkdir()
    lines = [b"1700438400|NONE|NONE|NONE|QUEUESTART|", *junk]
    (ingest.pbx / "queue_log").write_bytes(b"".join(line + b"\n" for line in lines))
    report = ingest.land()
    blank = sum(1 for line in lines if not line.removesuffix(b"\r"))
    assert report.rows_landed + report.rows_rejected + blank == len(lines)


def test_recordings_are_handed_to_the_catalogue_with_what_their_header_says(ingest: Ingest) -> None:
    ingest.land(SourceKind.RECORDINGS)
    (seen,) = ingest.registered
    assert len(seen) == LINES[SourceKind.RECORDINGS]
    assert {recording.header_state for recording in seen} == {"ok", "header_only"}
    assert all(recording.call_uniqueid for recording in seen)


@pytest.mark.parametrize("kind", [SourceKind.QUEUE_LOG, SourceKind.CDR, SourceKind.CEL])
def test_lines_that_end_like_windows_are_the_same_rows(
    pbx_dir: Path, tmp_path: Path, kind: SourceKind
) -> None:
    plain, carried = (Ingest(tmp_path / n, tmp_path / f"{n}-landing") for n in ("lf", "crlf"))
    shutil.copytree(pbx_dir, plain.pbx)
    shutil.copytree(pbx_dir, carried.pbx)
    for pattern in ("queue_log*", "cdr-*/*.csv", "cel-custom/*.csv"):
        for path in carried.pbx.glob(pattern):
            path.chmod(0o644)
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    plain.land(kind)
    assert carried.land(kind).rows_rejected == 0
    columns = "* exclude (source_id, source_name, byte_offset, landed_at)"
    assert sorted(map(repr, carried.rows(kind, columns))) == sorted(
        map(repr, plain.rows(kind, columns))
    )


def test_a_call_detail_record_is_known_by_its_own_id_and_writer(ingest: Ingest) -> None:
    ingest.land(SourceKind.CDR)
    keys = ingest.rows(SourceKind.CDR, "row_key, uniqueid, sequence, writer")
    assert all(key == f"{uid}/{sequence}/{writer}" for key, uid, sequence, writer in keys)
    assert len({key for key, *_ in keys}) == len(keys) == 726


def recorded(ingest: Ingest, name: str, sound: bytes) -> None:
    (ingest.pbx / "recordings").mkdir(exist_ok=True)
    (ingest.pbx / "recordings" / name).write_bytes(sound)


def test_recordings_of_a_named_system_land_each_by_itself(empty: Ingest) -> None:
    """Two header-only files of one size, alike but for the second in which they began."""
    header = next((SAMPLES / "pbx/recordings").glob("*.wav")).read_bytes()[:44]
    recorded(empty, "pbx1-1700438494.0.wav", header)
    recorded(empty, "pbx1-1700438999.0.wav", header)
    assert empty.land(SourceKind.RECORDINGS).rows_landed == 2
    names = {row[0] for row in empty.rows(SourceKind.RECORDINGS, "call_uniqueid")}
    assert names == {"pbx1-1700438494.0", "pbx1-1700438999.0"}
    assert empty.land(SourceKind.RECORDINGS).rows_landed == 0


def test_a_number_in_a_file_name_or_before_a_unique_id_stays_outside(empty: Ingest) -> None:
    number = "0110000042"
    recorded(empty, f"{number}-1700438494.1.wav", b"RIFF")
    (empty.pbx / "queue_log").write_text(
        f"1700438494|{number}-1700438494.1|survey|NONE|ENTERQUEUE||{number}|1\n"
    )
    (empty.pbx / "voicemail" / "keiro" / "100" / "INBOX").mkdir(parents=True)
    (empty.pbx / f"voicemail/keiro/100/INBOX/msg{number}.txt").write_text("nothing here")
    reports = [
        empty.land(kind)
        for kind in (SourceKind.RECORDINGS, SourceKind.QUEUE_LOG, SourceKind.VOICEMAIL)
    ]
    assert empty.rows(SourceKind.RECORDINGS, "call_uniqueid") == [("1700438494.1",)]
    [(call,)] = empty.rows(SourceKind.QUEUE_LOG, "call_uniqueid")
    assert re.fullmatch(r"k[0-9a-f]{16}-1700438494\.1", call)
    assert number not in repr(reports)
    for path in empty.landing.rglob("*.parquet"):
        assert number not in repr(empty.query(f"select * from read_parquet('{path}')"))


def test_a_recording_that_goes_away_while_it_is_read_is_named_and_the_rest_lands(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telephony_ingest.asterisk import recordings

    real, gone = recordings.examine, "1700438494.1.wav"

    def examine(path: Path) -> object:
        if path.name == gone:
            raise FileNotFoundError(2, "No such file or directory")
        return real(path)

    monkeypatch.setattr(recordings, "examine", examine)
    shipped = len(list((ingest.pbx / "recordings").glob("*.wav")))
    report = ingest.land(SourceKind.RECORDINGS)
    assert report.rows_landed == shipped - 1
    assert [s.name for s in report.sources if s.state is State.UNREADABLE] == [gone]
    monkeypatch.undo()
    assert ingest.land(SourceKind.RECORDINGS).rows_landed == 1


def test_a_folder_that_cannot_be_written_is_a_message_of_ours(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "temporary_beside", lambda path: path.parent / "gone" / path.name)
    with pytest.raises(LandingUnwritable, match=r"cannot be written.*free space"):
        ingest.land(SourceKind.CDR)
