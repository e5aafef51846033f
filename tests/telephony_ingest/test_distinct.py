"""Reducing each distinct value once changes no row: not their order, not their blanks, not their rejects."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from telephony_ingest.asterisk import formats
from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.landing import distinct
from tests.homes import ROOT
from tests.telephony_ingest.desks import Ingest

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
