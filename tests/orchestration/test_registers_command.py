"""Registers by command: who may, sheets in and out, one entry with its words asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from application.sheets import read_rows, write_rows
from compliance.errors import EntryRefused, NotAllowed
from compliance.registers import sheet
from compliance.registers.entries import entries
from compliance.registers.known import FAQ
from orchestration.cli import app
from orchestration.command.exit_codes import ExitCode
from tests.compliance.erasure.stage import Stage
from tests.support.inquiry_commands import say, stage

__all__ = ["stage"]
GOOD = {
    "FAQ番号": "F-12", "版": "1", "件名": "上限額", "変更": "新規", "求めた者": "市", "作成日": "2024-01-10",
}  # fmt: skip


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_sheet_lands_and_what_is_wrong_comes_back(
    stage: Stage, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"faq.{ending}"
    assert CliRunner().invoke(app, ["registers", "template", "faq", str(file)]).exit_code == 0
    assert read_rows(file, sheet.needed(FAQ)) == []
    write_rows(file, sheet.headings(FAQ), [GOOD, {**GOOD, "版": "=1+1"}])
    told = say(stage, "registers", "import", "faq", str(file), expected=ExitCode.INPUT_REFUSED)
    assert "1 entries are new" in told
    (back,) = read_rows(tmp_path / f"faq_返却.{ending}", [sheet.REASON])
    assert "版" in back[sheet.REASON]
    say(stage, "registers", "import", "faq", str(file), expected=ExitCode.INPUT_REFUSED)
    (kept,) = entries(stage.engine, FAQ)
    assert (kept.get("title"), kept.revision) == ("上限額", 1)


def test_an_administrator_reports_nothing_to_the_city(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "faq.csv"
    write_rows(file, sheet.headings(FAQ), [GOOD])
    with pytest.raises(NotAllowed):
        say(stage, "registers", "import", "faq", str(file), by="ad1")
    assert entries(stage.engine, FAQ) == []


def test_the_state_of_personal_information_at_once(stage: Stage, tmp_path: Path) -> None:
    said = say(stage, "papers", "status", "--to", str(tmp_path / "out"), by="pm1")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert [name.rsplit(".", 1)[1] for name in names] == ["pdf", "xlsx"]
    assert all(str(tmp_path / "out" / name) in said for name in names)
    book = load_workbook(tmp_path / "out" / names[1])
    front = {row[0]: row[1] for row in book["表紙"].iter_rows(values_only=True)}
    assert "随時" in front["種別"]
    held = list(book["2　保有状況"].iter_rows(values_only=True))
    assert int(held[1][4]) > 0 and held[1][5] == "一致"
    with pytest.raises(NotAllowed):
        say(stage, "papers", "status", "--to", str(tmp_path / "no"), by="ad1")


def test_one_entry_is_added_corrected_shown_exported_and_struck_out(
    stage: Stage, tmp_path: Path
) -> None:
    values = [
        "number=F-3",
        "version=1",
        "title=対象年齢",
        "change=新規",
        "asked_by=市",
        "made_on=2024/01/10",
    ]
    assert "new" in say(stage, "registers", "add", "faq", *values)
    assert "corrected" in say(stage, "registers", "add", "faq", *values, "confirmed_on=2024-01-11")
    (kept,) = entries(stage.engine, FAQ)
    assert kept.get("confirmed_on") == "2024-01-11"
    say(stage, "registers", "add", "faq", "number=F-3", "version=1", "reason=市の指示")
    (kept,) = entries(stage.engine, FAQ)
    assert (kept.get("reason"), kept.get("confirmed_on")) == ("市の指示", "2024-01-11"), (
        "what is not given stays"
    )
    file = tmp_path / "out.xlsx"
    say(stage, "registers", "export", "faq", str(file))
    assert read_rows(file, sheet.headings(FAQ))[0]["件名"] == "対象年齢"
    say(stage, "registers", "void", "faq", kept.entry_id)
    assert entries(stage.engine, FAQ) == []


def test_a_supervisor_adds_no_edition_that_is_confirmed_already(
    stage: Stage, tmp_path: Path
) -> None:
    values = ["number=F-3", "version=1", "title=対象年齢", "change=new", "asked_by=city", "made_on=2024-01-10"]  # fmt: skip
    confirmed = [*values, "confirmed_on=2024-01-11"]
    with pytest.raises(EntryRefused, match="責任者"):
        say(stage, "registers", "add", "faq", *confirmed, by="sv1")
    row = {"FAQ番号": "F-3", "版": "1", "件名": "対象年齢", "変更": "新規", "求めた者": "市", "作成日": "2024-01-10", "市の確認日": "2024-01-11"}  # fmt: skip
    file = tmp_path / "faq.csv"
    write_rows(file, sheet.headings(FAQ), [row])
    say(stage, "registers", "import", "faq", str(file), by="sv1", expected=ExitCode.INPUT_REFUSED)
    assert entries(stage.engine, FAQ) == []
    assert "1 entries are new" in say(stage, "registers", "import", "faq", str(file), by="mg1")
