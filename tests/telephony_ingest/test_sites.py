"""What differs from site to site: column orders, clocks, rotations, encodings; each row once and right."""

from __future__ import annotations

import bz2
import lzma
import re
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.landing.sources import State
from tests.telephony_ingest.desks import Ingest

AT = datetime(2023, 11, 20, 1, 0, tzinfo=UTC)
CDR = {
    "start": "2023-11-20 10:00:00",
    "answer": "2023-11-20 10:00:00",
    "end": "2023-11-20 10:00:26",
    "src": "0110000051",
    "dst": "s",
    "dcontext": "ivr",
    "channel": "PJSIP/trunk-00000001",
    "lastapp": "BackGround",
    "duration": "26",
    "billsec": "26",
    "disposition": "ANSWERED",
    "amaflags": "DOCUMENTATION",
    "uniqueid": "1700442000.1",
    "linkedid": "1700442000.1",
    "sequence": "7",
}
CLASSIC = [
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "uniqueid",
    "userfield",
]
SAMPLE = [
    "clid",
    "src",
    "dst",
    "dcontext",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "accountcode",
    "uniqueid",
    "userfield",
    "sequence",
]
EXPORT = [
    "calldate",
    "clid",
    "src",
    "dst",
    "dcontext",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "accountcode",
    "uniqueid",
    "userfield",
    "did",
    "recordingfile",
    "linkedid",
    "peeraccount",
    "sequence",
]


@pytest.fixture
def site(tmp_path: Path) -> Ingest:
    (tmp_path / "pbx" / "cdr-csv").mkdir(parents=True)
    (tmp_path / "pbx" / "cel-custom").mkdir()
    return Ingest(tmp_path / "pbx", tmp_path / "landing")


def line(columns: list[str], **other: str) -> str:
    values = {**CDR, "calldate": CDR["start"], **other}
    return ",".join(f'"{values.get(name, "")}"' for name in columns) + "\n"


def cdr(site: Ingest, text: str, name: str = "Master.csv") -> None:
    (site.pbx / "cdr-csv" / name).write_text(text)


def landed(site: Ingest) -> list[tuple[object, ...]]:
    return site.rows(SourceKind.CDR, "uniqueid, linkedid, start_at, end_at, channel, disposition")


RIGHT = [
    (
        "1700442000.1",
        "1700442000.1",
        AT,
        AT.replace(second=26),
        "PJSIP/trunk-00000001",
        "ANSWERED",
    )
]


@pytest.mark.parametrize(
    "columns",
    [
        CLASSIC[:17],
        CLASSIC,
        [*CLASSIC[:17], "peeraccount", "linkedid", "sequence"],
        [*CLASSIC, "peeraccount", "linkedid", "sequence"],
        SAMPLE[:18],
        SAMPLE,
    ],
    ids=lambda columns: f"{columns[0]}-{len(columns)}",
)
def test_every_order_that_the_writers_know_is_read_by_its_shape(
    site: Ingest, columns: list[str]
) -> None:
    cdr(site, line(columns))
    assert not site.land(SourceKind.CDR).rejected_by_reason
    assert landed(site) == RIGHT


def test_an_export_is_read_by_its_header(site: Ingest) -> None:
    cdr(site, ",".join(EXPORT) + "\n" + line(EXPORT))
    assert not site.land(SourceKind.CDR).rejected_by_reason
    assert landed(site) == RIGHT


def test_exports_with_one_header_are_different_sources(site: Ingest) -> None:
    header = ",".join(EXPORT) + "\n"
    cdr(site, header + line(EXPORT) * 3, "Master.csv.1")
    cdr(
        site,
        header + line(EXPORT, uniqueid="1700442001.2", linkedid="1700442001.2"),
        "Master.csv.2",
    )
    assert site.land(SourceKind.CDR).rows_landed == 4
    assert site.land(SourceKind.CDR).rows_landed == 0


def test_a_file_goes_on_in_more_columns_after_an_option_was_switched_on(site: Ingest) -> None:
    more = [*CLASSIC, "peeraccount", "linkedid", "sequence"]
    cdr(site, line(CLASSIC) * 3 + line(more, uniqueid="1700442001.2", linkedid="1700442000.1"))
    report = site.land(SourceKind.CDR)
    assert (report.rows_landed, report.rows_rejected) == (4, 0)
    assert {row[1] for row in landed(site)} == {"1700442000.1"}


@pytest.mark.parametrize("lines", [1, 3])
def test_an_unknown_order_is_refused_with_its_setting_and_read_once_it_is_set(
    site: Ingest, lines: int
) -> None:
    odd = ["uniqueid", "disposition", "start", "end", "duration", "channel", "src"]
    cdr(site, line(odd) * lines)
    report = site.land(SourceKind.CDR)
    said = [s.detail for s in report.sources if s.state is State.UNREADABLE]
    assert report.rows_landed == 0
    assert len(said) == 1
    assert "[pbx.columns] cdr_classic" in said[0]
    site.settings = {"columns": {"cdr_classic": odd}}
    assert site.land(SourceKind.CDR).rows_landed == lines


def test_a_clock_in_gmt_is_found_read_right_and_said_until_it_is_set(site: Ingest) -> None:
    gmt = {name: CDR[name].replace(" 10:", " 01:") for name in ("start", "answer", "end")}
    cdr(site, line(SAMPLE, **gmt))
    report = site.land(SourceKind.CDR)
    assert landed(site) == RIGHT
    said = [s.detail for s in report.sources if s.state is State.OTHER_CLOCK]
    assert len(said) == 1
    assert "9 hours before" in said[0]
    assert "[pbx.time_zones] cdr_classic" in said[0]
    site.settings = {"time_zones": {"cdr_classic": "UTC"}}
    assert not [s for s in site.land(SourceKind.CDR).sources if s.state is State.OTHER_CLOCK]


@pytest.mark.parametrize(
    "written",
    ["2023-11-20 10:00:00.250000", "1700442000.250000", "2023-11-20T10:00:00.250000+0900"],
)
@pytest.mark.parametrize("accounts", ['"3","op1"', '"","op1"'], ids=["amaflags", "peeraccount"])
def test_cel_is_read_in_local_time_and_epoch_in_both_orders(
    site: Ingest, written: str, accounts: str
) -> None:
    (site.pbx / "cel-custom" / "Master.csv").write_text(
        f'"CHAN_START","{written}","","0110000051","","","","s","from-trunk","PJSIP/trunk-00000001",'
        f'"","",{accounts},"1700442000.1","1700442000.1","","","",""\n'
    )
    assert not site.land(SourceKind.CEL).rejected_by_reason
    assert site.rows(SourceKind.CEL, "event_at, uniqueid, channel") == [
        (AT.replace(microsecond=250000), "1700442000.1", "PJSIP/trunk-00000001")
    ]


QUEUE = "1700442000|1700442000.1|survey|NONE|ENTERQUEUE||0110000051|1\n"


@pytest.mark.parametrize("suffix", ["xz", "bz2", "zst"])
def test_rotations_are_read_whatever_packed_them(site: Ingest, suffix: str) -> None:
    raw = QUEUE.encode()
    packed = {
        "xz": lambda: lzma.compress(raw),
        "bz2": lambda: bz2.compress(raw),
        "zst": lambda: pa.compress(raw, codec="zstd", asbytes=True),
    }[suffix]()
    (site.pbx / f"queue_log-20231121.{suffix}").write_bytes(packed)
    assert site.land().rows_landed == 1
    assert site.land().rows_landed == 0


def test_the_last_line_of_a_finished_rotation_counts_without_its_end(site: Ingest) -> None:
    (site.pbx / "queue_log-20231121.xz").write_bytes(lzma.compress(QUEUE.encode()[:-1]))
    (site.pbx / "queue_log").write_text("1700442000|NONE|NONE|NONE|QUEUESTART|")
    assert site.land().rows_landed == 1


def test_a_byte_order_mark_and_carriage_returns_belong_to_no_line(site: Ingest) -> None:
    (site.pbx / "queue_log").write_bytes(b"\xef\xbb\xbf" + QUEUE.replace("\n", "\r\n").encode())
    report = site.land()
    assert (report.rows_landed, report.rows_rejected) == (1, 0)


def test_a_caller_s_name_in_another_encoding_costs_no_line(site: Ingest) -> None:
    name = '"表示 花子" <0110000051>'.encode("cp932")
    raw = line(SAMPLE, clid="CALLER").encode().replace(b"CALLER", name.replace(b'"', b'""'))
    (site.pbx / "cdr-csv" / "Master.csv").write_bytes(raw)
    assert not site.land(SourceKind.CDR).rejected_by_reason
    assert landed(site) == RIGHT


def test_an_id_that_is_none_is_rejected_by_name_and_never_blank(site: Ingest) -> None:
    of_no_call = QUEUE.replace("|1700442000.1|", "|17004420|")
    chosen = QUEUE.replace("1700442000.1", "what is this")
    (site.pbx / "queue_log").write_text(QUEUE + of_no_call + chosen)
    report = site.land()
    assert report.rejected_by_reason == {"bad_id": 1}
    [(own,), (code,)] = site.rows(SourceKind.QUEUE_LOG, "call_uniqueid")
    assert own == "1700442000.1"
    assert re.fullmatch(r"k[0-9a-f]{16}", code), "an application may choose any other"


def test_only_the_beginnings_of_channels_tell_a_clock(site: Ingest) -> None:
    """A rotation in mid-call: the first event left is half an hour behind its channel's id."""
    (site.pbx / "cel-custom" / "Master.csv").write_text(
        '"HANGUP","2023-11-20 10:30:00","","","","","","s","from-trunk","PJSIP/trunk-00000001",'
        '"","","3","","1700442000.1","1700442000.1","","","",""\n'
    )
    site.land(SourceKind.CEL)
    assert site.rows(SourceKind.CEL, "event_at") == [(AT.replace(minute=30),)]


@pytest.mark.parametrize("name", ["hikari", "park", "Min"])
def test_words_that_are_names_too_become_codes(site: Ingest, name: str) -> None:
    (site.pbx / "queue_log").write_text(f"1700442000|MANAGER|survey|{name}|ADDMEMBER|\n")
    site.land()
    [(agent,)] = site.rows(SourceKind.QUEUE_LOG, "agent")
    assert agent.startswith("k")
    assert name not in agent
