"""A file that is no log of the exchange is named for what it is, with what to do, and nothing of it is read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.landing.sources import SourceState, State
from tests.telephony_ingest.desks import Ingest

NUMBER = "0110000042"
QUEUE_LINE = "1700438494|1700438494.10|survey|NONE|ENTERQUEUE||0110000042|1"
CDR_CELLS = (
    *("", NUMBER, "s", "ivr", f'"" <{NUMBER}>', "PJSIP/trunk-00000001", "", "Queue", "survey"),
    *("2023-11-20 09:00:05", "2023-11-20 09:00:06", "2023-11-20 09:01:05", "60", "59"),
    *("ANSWERED", "DOCUMENTATION", "1700438405.10", "", "", "1700438405.10", "1"),
)
DUMP = (
    "-- MySQL dump 10.13  Distrib 8.0\n--\n\nDROP TABLE IF EXISTS `cdr`;\n"
    f"INSERT INTO `cdr` VALUES ('2023-11-20 09:00:05','{NUMBER}','s','ivr');\n"
)


def workbook() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    return held.getvalue()


def saved_by_excel(cells: tuple[str, ...], divider: str = ",") -> str:
    """The cells as Excel shows them: times without seconds, ids as numbers."""
    shown = [cell.replace("2023-11-20 09:", "2023/11/20 9:") for cell in cells]
    shown = [cell[: cell.rindex(":")] if cell.startswith("2023/") else cell for cell in shown]
    return divider.join(shown) + "\n"


OTHERS = {
    "an SQL dump": (DUMP, "database dump"),
    "PostgreSQL": ("SET client_encoding = 'UTF8';\nCOPY public.cdr (src) FROM stdin;\n", "SQL"),
    "a workbook": (workbook(), "Excel workbook"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel workbook"),
    "a database": (b"SQLite format 3\0" + bytes(200), "SQLite"),
    "Unicode text": ("\t".join(CDR_CELLS).encode("utf-16") + b"\n\0", "UTF-16"),
    "XML": (f'<?xml version="1.0"?>\n<cdr core="x"><n>{NUMBER}</n></cdr>\n', "XML"),
    "JSON": (f'{{"variables":{{"caller":"{NUMBER}"}}}}\n', "JSON"),
    "Cisco": (
        '"cdrRecordType","globalCallID_callManagerId","globalCallID_callId","callingPartyNumber"\n'
        f'1,1,4711,"{NUMBER}"\n',
        "Cisco Unified CM",
    ),
    "3CX": (
        "Call Time,Caller ID,Destination,Status,Ringing,Talking\n"
        f"2023-11-20 09:00:05,{NUMBER},800,Answered,00:00:05,00:01:00\n",
        "3CX",
    ),
    "in Japanese": (
        f"日時,発信者,着信先,通話秒数\n2023-11-20 09:00:05,{NUMBER},800,60\n",
        "another system",
    ),
}


def refused(ingest: Ingest, kind: SourceKind) -> SourceState:
    report = ingest.land(kind)
    [source] = [s for s in report.sources if s.state is not State.MISSING]
    assert source.state is State.UNREADABLE
    assert (report.rows_landed, report.rejected_by_reason) == (0, {})
    assert NUMBER not in repr(source)
    assert len(source.detail) <= 255, "what the papers keep of it is whole"
    return source


@pytest.fixture
def empty(tmp_path: Path) -> Ingest:
    for folder in ("cdr-csv", "cel-custom"):
        (tmp_path / "pbx" / folder).mkdir(parents=True)
    return Ingest(tmp_path / "pbx", tmp_path / "landing")


@pytest.mark.parametrize("kind", [SourceKind.QUEUE_LOG, SourceKind.CDR, SourceKind.CEL])
@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_log_is_named_for_what_it_is(empty: Ingest, name: str, kind: SourceKind) -> None:
    content, told = OTHERS[name]
    place = {"queue_log": "queue_log", "cdr": "cdr-csv/Master.csv", "cel": "cel-custom/Keiro.csv"}
    raw = content if isinstance(content, bytes) else content.encode()
    (empty.pbx / place[kind]).write_bytes(raw)
    assert told in refused(empty, kind).detail


@pytest.mark.parametrize(
    "line",
    [
        saved_by_excel(CDR_CELLS),
        saved_by_excel(CDR_CELLS, "\t"),
        saved_by_excel(CDR_CELLS, ";"),
        ",".join(CDR_CELLS).replace("1700438405.10", "1.70E+09") + "\n",
    ],
    ids=["times", "tabs", "semicolons", "ids"],
)
def test_a_record_that_excel_saved_is_not_read_with_other_ids(empty: Ingest, line: str) -> None:
    (empty.pbx / "cdr-csv/Master.csv").write_text(line * 3, "utf-8")
    assert "saved by Excel" in refused(empty, SourceKind.CDR).detail


@pytest.mark.parametrize(
    "line", [f'"{QUEUE_LINE}"', QUEUE_LINE.replace("|", ","), QUEUE_LINE.replace("|", "\t")]
)
def test_a_queue_log_that_excel_saved_is_named(empty: Ingest, line: str) -> None:
    (empty.pbx / "queue_log").write_text(f"{line}\n{line}\n", "utf-8")
    assert "saved by Excel" in refused(empty, SourceKind.QUEUE_LOG).detail


def test_a_log_with_one_line_of_its_own_is_read_whatever_else_it_begins_with(
    empty: Ingest,
) -> None:
    (empty.pbx / "queue_log").write_text(f"{DUMP}{QUEUE_LINE}\n", "utf-8")
    report = empty.land()
    assert report.rows_landed == 1
    assert report.rejected_by_reason == {"wrong_field_count": 4}


def test_a_log_is_ok_only_where_a_line_of_it_was_read(empty: Ingest) -> None:
    log = empty.pbx / "queue_log"
    log.write_text("")
    [source] = empty.land().sources
    assert (source.state, source.is_trouble) == (State.NO_LINES, False)
    log.write_text("nothing of this\nis a line\n")
    for _ in range(2):
        [source] = empty.land().sources
        assert source.state is State.UNREADABLE
        assert "none of its 2 lines" in source.detail
    with log.open("a") as file:
        file.write(f"{QUEUE_LINE}\n")
    for _ in range(2):
        assert [source.state for source in empty.land().sources] == [State.OK]


def test_a_header_alone_has_no_line_yet(empty: Ingest) -> None:
    header = "calldate,clid,src,dst,dcontext,channel,disposition,uniqueid\n"
    (empty.pbx / "cdr-csv/Master.csv").write_text(header)
    states = {source.name: source.state for source in empty.land(SourceKind.CDR).sources}
    assert states["Master.csv"] is State.NO_LINES


def test_a_file_whose_name_could_be_somebody_s_is_called_the_same_in_any_home(
    tmp_path: Path, empty: Ingest
) -> None:
    for name in (f"{NUMBER}.csv", "Keiro.csv"):
        (empty.pbx / "cel-custom" / name).write_text(DUMP)
    other = Ingest(empty.pbx, tmp_path / "other", key=bytes(32))
    told = [[(s.name, s.detail) for s in i.land(SourceKind.CEL).sources] for i in (empty, other)]
    assert told[0] == told[1]
    assert [name for name, _ in told[0]] == ["cel-custom/*.csv* no. 1", "Keiro.csv"]


@pytest.mark.parametrize("prefix", ["trunk", "pjsip/trunk", "PJSIP-trunk", "0119990000"])
def test_a_trunk_prefix_that_can_never_match_is_said(empty: Ingest, prefix: str) -> None:
    empty.settings["dialplan"] = {"trunk_prefixes": ["PJSIP/trunk", prefix]}
    said = [s for s in empty.land(SourceKind.CDR).sources if "can never match" in s.detail]
    assert [s.name for s in said] == ["[pbx.dialplan] trunk_prefixes no. 2"]
    empty.settings["dialplan"] = {"trunk_prefixes": ["PJSIP/trunk", "DAHDI/", "Local"]}
    assert not [s for s in empty.land(SourceKind.CDR).sources if "can never" in s.detail]
