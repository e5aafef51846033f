"""Calls that just ended, from the log that the PBX is writing."""

from __future__ import annotations

import csv
import os
from datetime import UTC, datetime
from pathlib import Path

from telephony_ingest.asterisk.live import LiveCall, live_calls, tail_of_log

OPERATORS = {"op1": "op1", "PJSIP/op1": "op1", "PJSIP/op2": "op2"}


def at(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def test_a_call_is_known_from_its_answer_and_ends_once() -> None:
    lines = [
        "1700000000|100.1|survey|NONE|ENTERQUEUE||0110000001|1",
        "1700000005|100.1|survey|PJSIP/op1|CONNECT|5|100.2|3",
        "1700000007|100.5|survey|PJSIP/op2|RINGNOANSWER|2000",
        "no line at all",
        "1700000009|100.9|opinion|PJSIP/op2|CONNECT|1|100.10|0",
        "1700000065|100.1|survey|op1|COMPLETECALLER|5|60|1",
        "1700000070|100.77|survey|op1|COMPLETEAGENT|1|2|1",
        "1700000080|100.8|survey|stranger|CONNECT|1|100.11|0",
    ]
    assert live_calls(lines, OPERATORS) == [
        LiveCall("100.9", "opinion", "op2", at(1700000009), None),
        LiveCall("100.1", "survey", "op1", at(1700000005), at(1700000065)),
    ]


def test_a_transferred_call_is_one_of_each_operator() -> None:
    lines = [
        "1700000005|100.1|survey|op1|CONNECT|5|100.2|3",
        "1700000030|100.1|survey|op1|BLINDTRANSFER|102|internal|5|25|1",
        "1700000033|100.1|opinion|PJSIP/op2|CONNECT|1|100.4|1",
    ]
    assert [(c.operator, c.ended_at) for c in live_calls(lines, OPERATORS)] == [
        ("op2", None),
        ("op1", at(1700000030)),
    ]


def test_the_recorded_log_tells_every_answered_call_of_its_end(pbx_dir: Path) -> None:
    lines = tail_of_log(pbx_dir, "queue_log*")
    known = {line.split("|")[3]: line.split("|")[3].removeprefix("PJSIP/") for line in lines if line.count("|") > 4}  # fmt: skip
    calls = live_calls(lines, known)
    connects = {tuple(line.split("|")[1:2]) for line in lines if "|CONNECT|" in line}
    assert {(call.call_id,) for call in calls} == connects
    assert calls


def test_what_it_calls_a_call_is_what_the_papers_call_it(pbx_dir: Path, samples: Path) -> None:
    lines = [
        line
        for log in sorted(pbx_dir.glob("queue_log*"))
        for line in log.read_text("utf-8").splitlines()
    ]
    known = {line.split("|")[3]: line.split("|")[3].removeprefix("PJSIP/") for line in lines if line.count("|") > 4}  # fmt: skip
    with (samples / "truth.csv").open(encoding="utf-8") as file:
        truth = {row["linkedid"]: row for row in csv.DictReader(file)}
    calls = live_calls(lines, known)
    assert len(calls) > 100
    for call in calls:
        row = truth[call.call_id]
        assert call.operator in (row["operator"], row["transferred_to"]), call.call_id


def test_a_call_that_went_on_over_a_rotation_is_known(tmp_path: Path) -> None:
    (tmp_path / "queue_log.0").write_text("1700000005|100.1|survey|op1|CONNECT|5|100.2|3\n")
    os.utime(tmp_path / "queue_log.0", (1, 1))
    (tmp_path / "queue_log").write_text("1700000065|100.1|survey|op1|COMPLETECALLER|5|60|1\n")
    (call,) = live_calls(tail_of_log(tmp_path, "queue_log*"), OPERATORS)
    assert call == LiveCall("100.1", "survey", "op1", at(1700000005), at(1700000065))


def test_only_whole_lines_of_the_newest_log_are_read(tmp_path: Path) -> None:
    assert tail_of_log(tmp_path, "queue_log*") == []
    (tmp_path / "queue_log.1").write_text("1|a|q|op1|CONNECT|\n")
    (tmp_path / "queue_log.2.gz").write_bytes(b"\x1f\x8b")
    log = tmp_path / "queue_log"
    filler = "1700000000|x|survey|NONE|ENTERQUEUE||0110000001|1\n" * 8000
    log.write_text(filler + "1700000005|100.1|survey|op1|CONNECT|5|100.2|3\n17000000")
    lines = tail_of_log(tmp_path, "queue_log*")
    assert lines[-1].endswith("|CONNECT|5|100.2|3")
    assert 1000 < len(lines) < 8000
    assert lines[0].count("|") == lines[1].count("|")
