"""Sound files in whatever format and folder: they are taken in, or they are named, since they are personal data."""

from __future__ import annotations

from pathlib import Path

import pytest

from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.asterisk.recordings import SIDES
from telephony_ingest.landing.sources import SourceState, State
from tests.homes import ROOT
from tests.telephony_ingest.desks import Ingest

CALL = "1700438494.1"
NUMBER = "0110000042"


@pytest.fixture
def empty(tmp_path: Path) -> Ingest:
    (tmp_path / "pbx" / "recordings").mkdir(parents=True)
    return Ingest(tmp_path / "pbx", tmp_path / "landing")


def put(ingest: Ingest, *places: str) -> None:
    for n, place in enumerate(places):
        (ingest.pbx / place).parent.mkdir(parents=True, exist_ok=True)
        (ingest.pbx / place).write_bytes(bytes(33 + n))


def named(ingest: Ingest) -> list[SourceState]:
    report = ingest.land(SourceKind.RECORDINGS)
    return [source for source in report.sources if source.state is not State.OK]


def test_one_call_s_recordings_in_every_format_land_each_under_its_name(empty: Ingest) -> None:
    suffixes = (".wav", ".WAV", ".gsm", ".mp3", ".g722", ".ulaw", ".alaw", ".sln", ".sln16")
    put(empty, *(f"recordings/{CALL}{suffix}" for suffix in suffixes))
    assert named(empty) == []
    rows = empty.rows(SourceKind.RECORDINGS, "source_name, call_uniqueid")
    assert {name for name, _ in rows} == {f"{CALL}{suffix}" for suffix in suffixes}
    assert {call for _, call in rows} == {CALL}
    assert empty.land(SourceKind.RECORDINGS).rows_landed == 0


def test_what_is_no_sound_file_is_no_recording(empty: Ingest) -> None:
    put(empty, f"recordings/{CALL}.txt", "recordings/README")
    assert named(empty) == []
    assert empty.rows(SourceKind.RECORDINGS) == []


def test_sound_files_that_no_pattern_matches_are_counted_and_never_shown(empty: Ingest) -> None:
    empty.settings["sources"] = {"recordings": "recordings/*.wav"}
    put(
        empty,
        f"recordings/{CALL}.wav",
        f"recordings/{CALL}.WAV",
        f"recordings/{NUMBER}.gsm",
        f"monitor/2023/{NUMBER}-in.gsm",
    )
    [source] = named(empty)
    assert source.state is State.PARTIAL
    assert "3 sound files" in source.detail
    assert "(.WAV 1, .gsm 2)" in source.detail
    assert NUMBER not in repr(source)


def test_a_message_s_sound_and_a_mailbox_s_greetings_are_no_strays(empty: Ingest) -> None:
    box = "voicemail/keiro/100"
    put(empty, f"{box}/INBOX/msg0000.wav", f"{box}/unavail.wav", f"{box}/greet.gsm")
    (empty.pbx / box / "INBOX" / "msg0000.txt").write_text(
        "[message]\norigtime=1700438494\nduration=3\n"
    )
    assert named(empty) == []
    put(empty, f"{box}/Old/msg0000.wav")
    [source] = named(empty)
    assert "1 sound files" in source.detail


@pytest.mark.parametrize("suffix", [".gsm", ".WAV", ".ulaw"])
def test_a_message_s_sound_may_be_in_any_format(empty: Ingest, suffix: str) -> None:
    inbox = empty.pbx / "voicemail/keiro/100/INBOX"
    inbox.mkdir(parents=True)
    (inbox / "msg0000.txt").write_text("[message]\norigtime=1700438494\nduration=3\n")
    (inbox / f"msg0000{suffix}").write_bytes(bytes(3300))
    empty.land(SourceKind.VOICEMAIL)
    assert empty.rows(SourceKind.VOICEMAIL, "size_bytes") == [(3300,)]


def test_each_side_of_a_recording_lands_and_its_side_ends_its_shown_name(empty: Ingest) -> None:
    sides = ("-in", "_out", "", "_Mixed", ".rx")
    put(empty, *(f"recordings/{CALL}{side}.wav" for side in sides))
    put(empty, *(f"recordings/q-{NUMBER}-{CALL}{side}.wav" for side in sides))
    assert named(empty) == []
    shown = {row[0] for row in empty.rows(SourceKind.RECORDINGS, "source_name")}
    assert {f"{CALL}{side}.wav" for side in sides} < shown
    coded = {name for name in shown if name.startswith("k")}
    assert {name[name.index(CALL) :] for name in coded} == {f"{CALL}{side}.wav" for side in sides}
    assert len({name[: name.index(CALL)] for name in coded}) == 1, "one code for one recording"
    assert NUMBER not in repr(shown)
    assert empty.rows(SourceKind.RECORDINGS, "distinct call_uniqueid") == [(CALL,)]


def test_an_ending_of_a_name_that_no_sound_has_is_not_shown(empty: Ingest) -> None:
    (empty.pbx / f"recordings/{CALL}.{NUMBER}").symlink_to("nowhere")
    [source] = named(empty)
    assert source.state is State.UNREADABLE
    assert NUMBER not in repr(source)


def test_the_sides_that_landing_shows_are_those_that_the_model_brings_together() -> None:
    model = ROOT / "dbt_project" / "models" / "staging" / "stg_pbx__recordings.sql"
    assert f"[-_.]({SIDES})" in model.read_text("utf-8")
