"""Inquiries by sheet: good rows land, bad ones come back with a reason that tells nothing of the caller, twice is once."""

from __future__ import annotations

import csv
import time
from datetime import datetime
from datetime import time as dtime

import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from application.sheets import read_rows, write_rows
from compliance.ground.operations import open_operations
from compliance.inquiries import sheet
from compliance.inquiries.form import load_form
from compliance.inquiries.reasons import Reason
from compliance.inquiries.register import history_of, latest
from compliance.keys.keyring import Keyring
from compliance.people.rights import Role
from orchestration.cli import app
from orchestration.command.exit_codes import ExitCode
from tests.compliance.erasure.stage import FIRST_DAY, Stage
from tests.support.inquiry_commands import GOOD, say, stage
from tests.support.people import let_in

__all__ = ["stage"]


BAD = [
    ({sheet.DAY: "令和6年1月24日"}, sheet.DAY),
    ({sheet.TIME: "九時"}, sheet.TIME),
    ({sheet.CATEGORY: "=cmd|' /C calc'!A0"}, sheet.CATEGORY),
    ({sheet.ITEM: "<script>alert(1)</script>"}, sheet.ITEM),
    ({sheet.OPERATOR: "'; drop table inquiries;--"}, "職員番号"),
    ({sheet.NUMBER: "+1"}, sheet.NUMBER),
    ({sheet.NUMBER: "一"}, sheet.NUMBER),
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


def test_an_operator_s_sheet_rewrites_no_colleague_s_record(stage: Stage) -> None:
    let_in(stage.engine, stage.home, "op2", Role.OPERATOR, stage.now, FIRST_DAY)
    file = stage.folder / "a.csv"
    write_rows(file, sheet.HEADINGS, [GOOD])
    say(stage, "inquiries", "import", str(file), by="mg1")
    other = {**GOOD, sheet.CALL: "1706056200.8", sheet.OPERATOR: "op2"}
    named = {**GOOD, sheet.CALL: "1706056200.9"}
    write_rows(file, sheet.HEADINGS, [{**GOOD, sheet.COMPLAINT: ""}, other, named])
    refused = ExitCode.INPUT_REFUSED
    said = say(stage, "inquiries", "import", str(file), by="op2", expected=refused)
    assert "1 records are new, 0 corrected" in said
    row, new = read_rows(stage.folder / "a_返却.csv", (sheet.REASON,))
    assert (row[sheet.CALL], "自分の記録だけ" in row[sheet.REASON]) == (GOOD[sheet.CALL], True)
    assert (new[sheet.CALL], "自分の職員番号" in new[sheet.REASON]) == (named[sheet.CALL], True)
    write_rows(file, sheet.HEADINGS, [{**GOOD, sheet.COMPLAINT: ""}, other])
    assert "1 corrected, 1 were there" in say(stage, "inquiries", "import", str(file), by="mg1")
    assert {one.inquiry.call_id: one.revision for one in latest(stage.engine)} == {
        GOOD[sheet.CALL]: 2, other[sheet.CALL]: 1,
    }  # fmt: skip


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
        with pytest.raises(Exception, match=r"壊れている|見出し.*のある行がありません"):
            say(stage, "inquiries", "import", str(wrong))
    assert not latest(stage.engine)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_template_takes_what_it_lists(stage: Stage, ending: str) -> None:
    file = stage.folder / f"ひな型.{ending}"
    assert CliRunner().invoke(app, ["inquiries", "template", str(file)]).exit_code == 0
    form = load_form()
    if ending == "csv":
        codes = read_rows(stage.folder / "ひな型_コード.csv", ("欄", "符号", "名称"))
        offered = [r["名称"].split("／") for r in codes if r["欄"].startswith(sheet.CATEGORY)]
    else:
        book = load_workbook(file)
        listed = {
            title: [str(cell) for cell in rest if cell]
            for title, *rest in book["コード"].iter_cols(values_only=True)
        }
        assert listed == {h: list(titles) for h, titles in sheet.choices(form).items()}
        ranges = {str(v.sqref): v.formula1 for v in book.active.data_validations.dataValidation}
        assert len(ranges) == len(listed) and ranges["F2:F1001"] == "コード!$A$2:$A$5"
        offered = [[root.title, item] for root in form.categories.values() for item in root.items.values()]  # fmt: skip
    rows = [
        {**GOOD, sheet.CALL: f"1.{number}", sheet.CATEGORY: category, sheet.ITEM: item}
        for number, (category, item) in enumerate(offered)
    ]
    write_rows(file, sheet.HEADINGS, rows)
    assert f"{len(rows)} records are new" in say(stage, "inquiries", "import", str(file))


def test_a_workbook_as_people_make_it(stage: Stage) -> None:
    """The sheet renamed and not the first, a title above, real dates and times, merged cells, a formula."""
    book = Workbook()
    book.create_sheet("雑記")["A1"] = "メモ"
    main = book.create_sheet("１１月の分")
    book.active = main
    main.append(["対応記録（11月）"])
    main.append(list(sheet.HEADINGS))
    good = {**GOOD, sheet.DAY: datetime(2024, 1, 24), sheet.TIME: dtime(9, 30), sheet.NUMBER: 1}  # noqa: DTZ001 - as a cell holds it
    main.append([good.get(heading, "") for heading in sheet.HEADINGS])
    text = {**GOOD, sheet.CALL: "1706056200.8", sheet.DAY: "2024/01/24", sheet.TIME: "9:30"}
    main.append([text.get(heading, "") for heading in sheet.HEADINGS])
    merged = {**GOOD, sheet.CALL: "1706056200.9"}
    main.append([merged.get(heading, "") for heading in sheet.HEADINGS])
    main.append(["" for _ in sheet.HEADINGS[:3]] + ["1706056200.10", *[merged.get(h, "") for h in sheet.HEADINGS[4:]]])  # fmt: skip
    for column in "ABC":
        main.merge_cells(f"{column}5:{column}6")
    formula = {
        **GOOD,
        sheet.CALL: "1706056200.11",
        sheet.SUMMARY: '=HYPERLINK("http://example.jp")',
    }
    main.append([formula.get(heading, "") for heading in sheet.HEADINGS])
    file = stage.folder / "a.xlsx"
    book.save(file)
    said = say(stage, "inquiries", "import", str(file), expected=ExitCode.INPUT_REFUSED)
    assert "3 records are new" in said
    kept = {one.inquiry.call_id: one.inquiry for one in latest(stage.engine)}
    assert set(kept) == {"1706056200.7", "1706056200.8", "1706056200.9"}
    assert kept["1706056200.7"].at == kept["1706056200.8"].at
    back = read_rows(stage.folder / "a_返却.xlsx", (sheet.REASON,))
    assert [(row[sheet.CALL], row[sheet.REASON][:4]) for row in back] == [
        ("1706056200.10", "「日付」"),
        ("1706056200.11", "要旨を入"),
    ], "a merged day is said to be missing; a formula without a value is no text"


def test_only_who_may_reads_callers_words(stage: Stage) -> None:
    with pytest.raises(Exception, match="役割"):
        say(stage, "inquiries", "export", str(stage.folder / "x.csv"), by="ad1")
    assert not (stage.folder / "x.csv").exists()


def test_a_record_that_is_struck_out_is_listed_no_more(stage: Stage) -> None:
    file = stage.folder / "a.csv"
    write_rows(file, sheet.HEADINGS, [GOOD])
    say(stage, "inquiries", "import", str(file))
    (kept,) = latest(open_operations(stage.home.operations_url))
    say(stage, "inquiries", "void", kept.inquiry_id, expected=2)
    say(stage, "inquiries", "void", kept.inquiry_id, "--reason", "later", expected=2)
    assert latest(stage.engine), "nothing is struck out without a reason of the list"
    say(stage, "inquiries", "void", kept.inquiry_id, "--reason", "twice")
    assert not latest(stage.engine)
    assert [one.reason for one in history_of(stage.engine, kept.inquiry_id)] == [None, Reason.TWICE]


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
