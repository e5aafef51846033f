"""Inquiries by sheet: good rows land, bad ones come back with a reason that tells nothing of the caller, twice is once."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from compliance.ground.operations import open_operations
from compliance.inquiries import sheet
from compliance.inquiries.register import latest
from compliance.keys.keyring import Keyring
from orchestration.cli import app
from orchestration.command.exit_codes import ExitCode
from orchestration.duties.sheets import read_rows, write_rows
from tests.compliance.erasure.stage import PASSPHRASE, Stage, set_up

GOOD = {
    sheet.DAY: "2024-01-24", sheet.TIME: "09:30", sheet.OPERATOR: "op1", sheet.CALL: "1706056200.7",
    sheet.NUMBER: "1", sheet.CATEGORY: "新たな施策", sheet.ITEM: "上限額", sheet.VOICE: "苦情",
    sheet.HANDLING: "傾聴", sheet.COMPLAINT: "はい", sheet.WARD: "中央区", sheet.AGE: "70s",
    sheet.SUMMARY: "𠮷日の案内が分かりにくく、窓口の説明が食い違っていたとの申出。",
}  # fmt: skip
BAD = [
    ({sheet.DAY: "令和6年1月24日"}, sheet.DAY),
    ({sheet.TIME: "九時"}, sheet.TIME),
    ({sheet.CATEGORY: "=cmd|' /C calc'!A0"}, sheet.CATEGORY),
    ({sheet.ITEM: "<script>alert(1)</script>"}, sheet.ITEM),
    ({sheet.OPERATOR: "'; drop table inquiries;--"}, "職員番号"),
    ({sheet.NUMBER: "+1"}, sheet.NUMBER),
    ({sheet.NUMBER: "１"}, sheet.NUMBER),
    ({sheet.COMPLAINT: "@SUM(1)"}, sheet.COMPLAINT),
    ({sheet.SUMMARY: ""}, "要旨"),
    ({sheet.SUMMARY: "あ" * 30_000}, "200字"),
    ({sheet.SUMMARY: "\u202e逆さ"}, "表示されない"),
    ({sheet.SUMMARY: "0110000016へ電話"}, "電話番号"),
    ({sheet.SUMMARY: "昭和十二年三月四日生まれ"}, "生年月日"),
    ({sheet.CONTACT: "架空 花子"}, "折返し"),
    ({sheet.WARD: "架空 花子"}, "区"),
    ({sheet.AGE: "0110000016"}, "年代"),
    ({sheet.FAQ: "架空 花子"}, "FAQ番号"),
    ({sheet.CALL: "0110000016"}, "通話番号"),
]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    from compliance.ground.clock import ClockKind, claim_clock
    from tests.compliance.erasure.stage import NOW

    stage = set_up(tmp_path)
    claim_clock(stage.engine, ClockKind.SIMULATED, NOW)
    return stage


def say(stage: Stage, *words: str, by: str = "mg1", expected: int = 0) -> str:
    done = CliRunner().invoke(
        app, [*words, "--home", str(stage.home.root), "--by", by], input=f"{PASSPHRASE}\n"
    )
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == expected, done.output
    return done.output


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_good_rows_land_and_bad_ones_come_back(stage: Stage, ending: str) -> None:
    file = stage.folder / f"記録.{ending}"
    bad = [{**GOOD, sheet.CALL: f"1706056200.{n + 8}", **wrong} for n, (wrong, _) in enumerate(BAD)]
    second = {
        **GOOD,
        sheet.NUMBER: "2",
        sheet.COMPLAINT: "",
        sheet.SUMMARY: "=SUM(A1) と読み上げた。",
    }
    write_rows(file, sheet.HEADINGS, [GOOD, *bad, second])
    said = say(stage, "inquiries", "import", str(file), expected=ExitCode.INPUT_REFUSED)
    assert "2 records are new" in said
    back = read_rows(stage.folder / f"記録_返却.{ending}", (sheet.REASON,))
    assert len(back) == len(BAD)
    for row, (_, told) in zip(back, BAD, strict=True):
        assert told in row[sheet.REASON]
        assert "花子" not in row[sheet.REASON] and "0110000016" not in row[sheet.REASON]
    again = say(stage, "inquiries", "import", str(file), expected=ExitCode.INPUT_REFUSED)
    assert "0 records are new, 0 corrected, 2 were there already" in again
    out = stage.folder / f"out.{ending}"
    say(stage, "inquiries", "export", str(out))
    first, other = read_rows(out, sheet.HEADINGS)
    assert first[sheet.SUMMARY] == GOOD[sheet.SUMMARY]
    assert other[sheet.SUMMARY] == "=SUM(A1) と読み上げた。"
    assert (first[sheet.WARD], first[sheet.AGE]) == ("中央区", "70代")
    assert "0 corrected, 2 were there" in say(stage, "inquiries", "import", str(out))
    whole = b"".join(p.read_bytes() for p in stage.home.root.rglob("*") if p.is_file())
    assert "食い違って".encode() not in whole


def test_masked_on_confirmation(stage: Stage) -> None:
    file = stage.folder / "a.csv"
    write_rows(file, sheet.HEADINGS, [{**GOOD, sheet.SUMMARY: "0110000016へ折返し希望とのこと"}])
    say(stage, "inquiries", "import", str(file), expected=ExitCode.INPUT_REFUSED)
    assert "1 records are new" in say(stage, "inquiries", "import", str(file), "--mask")
    (kept,) = latest(stage.engine, Keyring.open(stage.home))
    assert kept.inquiry.summary == "＊＊＊＊＊＊＊＊＊＊へ折返し希望とのこと"


def test_half_a_file_and_one_without_headings_say_so(stage: Stage) -> None:
    file = stage.folder / "whole.xlsx"
    write_rows(file, sheet.HEADINGS, [GOOD])
    half = stage.folder / "half.xlsx"
    half.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    other = stage.folder / "other.csv"
    with other.open("w", newline="") as out:
        csv.writer(out).writerows([["何か", "別の"], ["1", "2"]])
    for wrong in (half, other):
        with pytest.raises(Exception, match=r"no xlsx|no row with the headings"):
            say(stage, "inquiries", "import", str(wrong))
    assert not latest(stage.engine)


def test_a_template_takes_what_it_lists(stage: Stage) -> None:
    file = stage.folder / "ひな型.xlsx"
    done = CliRunner().invoke(app, ["inquiries", "template", str(file)])
    assert done.exit_code == 0
    codes = read_rows(stage.folder / "ひな型_コード.xlsx", ("欄", "符号", "名称"))
    rows = []
    for number, row in enumerate(codes):
        if row["欄"].startswith(sheet.CATEGORY):
            category, item = row["名称"].split("／")
            rows.append(
                {**GOOD, sheet.CALL: f"1.{number}", sheet.CATEGORY: category, sheet.ITEM: item}
            )
    write_rows(file, sheet.HEADINGS, rows)
    assert f"{len(rows)} records are new" in say(stage, "inquiries", "import", str(file))


def test_only_who_may_reads_callers_words(stage: Stage) -> None:
    with pytest.raises(Exception, match="役割"):
        say(stage, "inquiries", "export", str(stage.folder / "x.csv"), by="ad1")
    assert not (stage.folder / "x.csv").exists()


def test_a_record_that_is_struck_out_is_listed_no_more(stage: Stage) -> None:
    file = stage.folder / "a.csv"
    write_rows(file, sheet.HEADINGS, [GOOD])
    say(stage, "inquiries", "import", str(file))
    (kept,) = latest(open_operations(stage.home.operations_url))
    say(stage, "inquiries", "void", kept.inquiry_id)
    assert not latest(stage.engine)


@pytest.mark.parametrize("letter", ["あ", "a", "0", "令和 "])
def test_a_megabyte_in_one_cell_comes_back_and_stops_nothing(stage: Stage, letter: str) -> None:
    file = stage.folder / "large.csv"
    words = (letter * 1_000_000)[:1_000_000]
    write_rows(file, sheet.HEADINGS, [{**GOOD, sheet.CALL: "1.1", sheet.SUMMARY: words}, GOOD])
    begun = time.process_time()
    said = say(stage, "inquiries", "import", str(file), "--mask", expected=ExitCode.INPUT_REFUSED)
    assert "1 records are new" in said
    assert time.process_time() - begun < 30, "looked at only as far as a summary may reach"


def test_an_old_sheet_does_not_bring_erased_words_back(stage: Stage) -> None:
    file = stage.folder / "a.csv"
    write_rows(file, sheet.HEADINGS, [GOOD])
    say(stage, "inquiries", "import", str(file))
    (kept,) = latest(stage.engine)
    Keyring.open(stage.home).next_epoch(stage.home, {f"inquiry:{kept.inquiry_id}"})
    said = say(stage, "inquiries", "import", str(file), expected=ExitCode.INPUT_REFUSED)
    assert "0 records are new, 0 corrected" in said
    (row,) = read_rows(stage.folder / "a_返却.csv", (sheet.REASON,))
    assert "消去済み" in row[sheet.REASON]
    (same,) = latest(stage.engine, Keyring.open(stage.home))
    assert (same.revision, same.inquiry.summary) == (1, "")
