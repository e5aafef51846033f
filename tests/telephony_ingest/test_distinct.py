"""Reducing each distinct value once changes no row: not their order, not their blanks, not their rejects."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony_ingest.asterisk import formats
from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.landing import distinct, judging, lines
from telephony_ingest.landing.pseudonyms import Pseudonyms
from tests.homes import ROOT
from tests.telephony_ingest.desks import KEY, Ingest

SAMPLES = ROOT / "tests" / "samples" / "pbx"
STRANGE = (
    '"2023-11-20 10:00:00","","2023-11-20 10:00:26","","０１１－０００－００７７","佐藤","調査 窓口",'
    '"PJSIP/011-000-0077-00000001","","Queue","調査 窓口,t","26","26","BUSY","Yamada","+81 11 000 0077",'
    '"pbx-1-1700442000.1","","7","",""\n'
    '"not a time","","","","","","","","","","","","","","","","x","","","",""\n'
)


@pytest.mark.parametrize("kind", [SourceKind.CDR, SourceKind.CEL])
def test_rows_come_out_the_same(
    tmp_path: Path, kind: SourceKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    pbx = tmp_path / "pbx"
    for name in ("cdr-custom", "cdr-csv", "cel-custom"):
        shutil.copytree(SAMPLES / name, pbx / name, copy_function=shutil.copyfile)
    with (pbx / "cdr-custom" / "Keiro.csv").open("a", encoding="utf-8") as file:
        file.write(STRANGE)
    found = []
    for most in (0.0, 0.5, 1.0):
        monkeypatch.setattr(distinct, "_MOST", most)
        ingest = Ingest(pbx, tmp_path / f"landing-{most}")
        report = ingest.land(kind)
        rows = ingest.query(
            f"select * exclude (source_name) from read_parquet('{ingest.landing / kind}/*.parquet') "
            "order by source_id, byte_offset"
        )
        found.append((rows, report.rows_landed, report.rejected_by_reason, ingest.rejects()))
    assert found[0] == found[1] == found[2]
    assert found[0][1] > 700


def test_what_may_be_reduced_once_is_recognised() -> None:
    calls = distinct._calls(formats.CDR_CUSTOM)
    assert calls["kept_name"] == {
        f"kept_name({name})": name
        for name in ("dcontext", "accountcode", "peeraccount", "userfield")
    }
    assert calls["instant"]['instant("end")'] == "end"
    assert "line_key" not in calls, "a whole line is no field"


@given(
    st.lists(st.text(alphabet='|a1佐\r"', max_size=30).map(lambda text: text.encode()), max_size=12)
)
def test_fields_between_dividers_are_those_that_the_database_splits(written: list[bytes]) -> None:
    raw = b"".join(line + b"\n" for line in written)
    divided = formats.QUEUE_LOG.divided
    assert divided is not None
    table = lines.table_of(raw, 0, 0, formats.QUEUE_LOG, None, Pseudonyms.from_key(KEY))
    front = [f"f[{n}]" for n in range(1, len(divided.front) + 1)]
    back = [f"f[-{n}]" for n in range(len(divided.back), 0, -1)]
    names = ", ".join((*divided.front, *divided.back, divided.count))
    with duckdb.connect() as connection:
        connection.register("lines", table)
        found = connection.execute(f"select {names} from lines").fetchall()
        expected = connection.execute(
            f"select {', '.join((*front, *back))}, len(f) from "
            "(select string_split(rtrim(line, chr(10)), '|') as f from lines)"
        ).fetchall()
    assert found == expected
    assert len(found) == len(written)


def test_rows_of_many_batches_stand_in_the_order_of_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for batch in (7, 1 << 20):
        monkeypatch.setattr(judging, "_BATCH", batch)
        ingest = Ingest(SAMPLES, tmp_path / f"landing-{batch}")
        ingest.land(SourceKind.CEL)
        found.append(
            ingest.query(
                f"select * from read_parquet('{ingest.landing / SourceKind.CEL}/*-*-*.parquet', "
                "file_row_number = true) order by source_id, file_row_number"
            )
        )
    assert found[0] == found[1]
    assert len(found[0]) > 4000


@pytest.mark.parametrize("kind", [SourceKind.CDR, SourceKind.CEL, SourceKind.QUEUE_LOG])
def test_a_chunk_of_which_no_line_can_be_taken_apart_is_set_aside_whole(
    tmp_path: Path, kind: SourceKind
) -> None:
    name = {SourceKind.CDR: "cdr-custom/Keiro.csv", SourceKind.CEL: "cel-custom/Keiro.csv"}.get(
        kind, "queue_log"
    )
    path = tmp_path / "pbx" / name
    path.parent.mkdir(parents=True)
    good = (SAMPLES / name).read_bytes().splitlines(keepends=True)[0]
    path.write_bytes(good + b'"' + b"x" * (2 << 20) + b"\n")
    ingest = Ingest(tmp_path / "pbx", tmp_path / "landing", {"chunk_bytes": 4096})
    report = ingest.land(kind)
    assert (report.rows_landed, dict(report.rejected_by_reason)) == (1, {"too_long": 1})
