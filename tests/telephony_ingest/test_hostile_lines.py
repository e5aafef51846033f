"""No line of data ends an ingest: whatever stands in it, it is a row or it is set aside, and its neighbours land."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.asterisk.live import live_calls
from telephony_ingest.asterisk.live_status import live_status_of
from telephony_ingest.asterisk.moments import moment_of
from telephony_ingest.landing import logs
from telephony_ingest.landing.sources import State
from tests.telephony_ingest.desks import Ingest

CALL = "1700438494.1"
GOOD = f"1700438500|{CALL}|survey|NONE|ENTERQUEUE||0110000042|1"


@pytest.fixture
def empty(tmp_path: Path) -> Ingest:
    (tmp_path / "pbx").mkdir()
    return Ingest(tmp_path / "pbx", tmp_path / "landing")


def cdr(**changed: str) -> str:
    """A line of `cdr_custom` in the reference order."""
    fields = {
        "start": "2023-11-20 09:01:34",
        "answer": "2023-11-20 09:01:34",
        "end": "2023-11-20 09:02:04",
        "clid": "",
        "src": "0110000042",
        "dst": "s",
        "dcontext": "q-survey",
        "channel": "PJSIP/trunk-00000001",
        "dstchannel": "PJSIP/op1-00000002",
        "lastapp": "Queue",
        "lastdata": "survey,t",
        "duration": "30.5",
        "billsec": "30.5",
        "disposition": "ANSWERED",
        "accountcode": "",
        "peeraccount": "",
        "uniqueid": CALL,
        "linkedid": CALL,
        "sequence": "1",
        "userfield": "",
        "did": "",
    } | changed
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(fields.values())
    return text.getvalue()


def landed(ingest: Ingest, kind: SourceKind, lines: list[str]) -> dict[str, int]:
    """Reasons of what was set aside when those lines stand between two good ones; the good ones land."""
    if kind is SourceKind.QUEUE_LOG:
        text, place = "\n".join([GOOD, *lines, GOOD, ""]), ingest.pbx / "queue_log"
    else:
        (ingest.pbx / "cdr-custom").mkdir()
        text, place = cdr() + "".join(lines) + cdr(sequence="2"), ingest.pbx / "cdr-custom/K.csv"
    place.write_text(text, "utf-8")
    report = ingest.land(kind)
    present = {source.state for source in report.sources if source.name == place.name}
    assert present <= {State.OK} or kind is SourceKind.CDR
    assert report.rows_landed + report.rows_rejected == len(lines) + 2
    assert report.rows_landed >= 2
    return report.rejected_by_reason


@pytest.mark.parametrize(
    "epoch", ["1" * 12, "170043849400", "9" * 14, "9" * 18, "9" * 30, "202", "-1"]
)
def test_an_epoch_of_another_age_is_set_aside_by_name(empty: Ingest, epoch: str) -> None:
    line = GOOD.replace("1700438500", epoch, 1)
    assert landed(empty, SourceKind.QUEUE_LOG, [line]) == {"implausible_time": 1}


def test_an_answer_after_a_ring_beyond_measure_lands_without_its_ring(empty: Ingest) -> None:
    line = f"1700438510|{CALL}|survey|op1|CONNECT|10|1700438500.2|4294967295"
    long = f"1700438511|{CALL}|survey|op1|CONNECT|10|1700438500.2|2147483647"
    assert landed(empty, SourceKind.QUEUE_LOG, [line, long]) == {}
    rings = empty.rows(SourceKind.QUEUE_LOG, "verb, ring_ms")
    assert rings.count(("CONNECT", None)) == 2


@pytest.mark.parametrize("duration", ["9" * 30, "1e300", "nan", "inf", "-" + "9" * 30, "x"])
def test_a_length_beyond_measure_is_set_aside(empty: Ingest, duration: str) -> None:
    assert landed(empty, SourceKind.CDR, [cdr(duration=duration, end="")]) == {"bad_number": 1}


@pytest.mark.parametrize(
    "moment",
    [
        "2023-11-20 (BC) 09:01:34",
        "0001-01-01 (BC) 00:00:00",
        "-0002-11-20 09:01:34",
        "0202-11-20 09:01:34",
        "202-11-20 09:01:34",
        "12023-11-20 09:01:34",
        "1970-01-01 09:00:00",
        "2123-11-20 09:01:34",
        "99999999999.5",
        "123456789",
    ],
)
@pytest.mark.parametrize("field", ["start", "end"])
def test_a_civil_time_of_another_age_is_set_aside_by_name(
    empty: Ingest, field: str, moment: str
) -> None:
    reasons = landed(empty, SourceKind.CDR, [cdr(**{field: moment})])
    assert reasons == {"implausible_time": 1}


def test_a_call_that_would_end_in_another_age_is_set_aside(empty: Ingest) -> None:
    line = cdr(start="2099-12-31 09:00:00", end="", duration="999999999")
    assert landed(empty, SourceKind.CDR, [line]) == {"implausible_time": 1}


def test_what_no_rule_foresaw_is_that_file_s_refusal_and_the_others_go_on(
    empty: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty.pbx / "queue_log").write_text(GOOD + "\n")
    (empty.pbx / "queue_log.1").write_text(GOOD.replace("1700438500", "1700438400", 1) + "\n")
    real, calls = logs.reduced, []

    def reduced(*words: object) -> object:
        calls.append(words)
        if len(calls) == 1:
            raise duckdb.OutOfRangeException("0110000042 is out of range")
        return real(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(logs, "reduced", reduced)
    report = empty.land()
    refused = [source for source in report.sources if source.state is State.UNREADABLE]
    assert [source.name for source in refused] == ["queue_log"]
    assert "0110000042" not in repr(report)
    assert report.rows_landed == 1
    monkeypatch.undo()
    assert empty.land().rows_landed == 1


def test_a_message_of_another_age_or_length_is_named_and_the_others_land(empty: Ingest) -> None:
    inbox = empty.pbx / "voicemail/keiro/100/INBOX"
    inbox.mkdir(parents=True)
    for n, (second, length) in enumerate(
        [
            ("1700438494", "5"),
            ("9" * 20, "5"),
            ("9" * 5000, "5"),
            ("1700438494", "inf"),
            ("1700438494", "1e300"),
        ]
    ):
        (inbox / f"msg{n:04d}.txt").write_text(
            f"[message]\norigtime={second}\nduration={length}\ncallerchan=PJSIP/trunk-0000000{n}\n"
        )
    report = empty.land(SourceKind.VOICEMAIL)
    assert (report.rows_landed, report.rejected_by_reason) == (1, {"unreadable_message": 4})


@pytest.mark.parametrize("epoch", ["9" * 12, "9" * 5000, "١٧٠٠٤٣٨٥٠٠", "170043850²"])
def test_the_floor_and_the_desk_pass_over_a_line_of_another_age(epoch: str) -> None:
    line = f"{epoch}|{CALL}|survey|op1|CONNECT|1|x|1"
    opened = datetime.fromisoformat("2023-11-20T09:00:00+09:00")
    assert live_status_of([line], {"op1": "op1"}, opened).answered == 0
    assert live_calls([line], {"op1": "op1"}) == []
    assert moment_of("1700438500") is not None
