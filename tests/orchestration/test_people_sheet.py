"""People as a sheet: what goes out comes in unchanged, bad rows come back with reasons, good ones stay."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from application.errors import SheetUnreadable
from application.sheets import read_rows, write_rows
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.people import sheet
from orchestration.cli import app
from orchestration.command.exit_codes import ExitCode
from tests.support.people import PASSPHRASE, found_home

GOOD = {
    sheet.ID: "op1", sheet.NAME: "表示 花子", sheet.ROLES: "従事者（OP）", sheet.EMPLOYMENT: "有期",
    sheet.REPORTED: "2023-11-13", sheet.STARTS: "2023/11/20", sheet.ENDS: "", sheet.RESERVE: "はい",
    sheet.TRAINED: "2023-11-14", sheet.PLEDGED: "2023-11-14", sheet.AFFILIATION: "架空電話 札幌",
}  # fmt: skip
BAD = [
    ({sheet.ROLES: "社長"}, sheet.ROLES),
    ({sheet.ROLES: ""}, sheet.ROLES),
    ({sheet.EMPLOYMENT: "=1+1"}, sheet.EMPLOYMENT),
    ({sheet.STARTS: ""}, sheet.STARTS),
    ({sheet.STARTS: "令和5年11月"}, sheet.STARTS),
    ({sheet.STARTS: "2023-02-30"}, sheet.STARTS),
    ({sheet.NAME: ""}, "氏名は"),
    ({sheet.NAME: "あ" * 101}, "氏名は"),
    ({sheet.NAME: "\u202e表示"}, "氏名は"),
    ({sheet.ID: "'; drop table people;--"}, "職員番号"),
    ({sheet.ID: "=cmd()"}, "職員番号"),
    ({sheet.AFFILIATION: "あ" * 65}, sheet.AFFILIATION),
    ({sheet.AFFILIATION: "\u202e架空"}, sheet.AFFILIATION),
    ({sheet.ENDS: "2023-01-01"}, "末日"),
    ({sheet.REPORTED: ""}, "予備"),
]
RUN = CliRunner()
TYPED = f"{PASSPHRASE}\n"


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """A founded home, and the options by which pm1 works on it."""
    home = Home.at(tmp_path / "home")
    home.create()
    at = datetime(2026, 11, 1, tzinfo=UTC)
    found_home(open_operations(home.operations_url), home, at, date(2023, 11, 20), {})
    return ["--home", str(home.root), "--by", "pm1"]


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_good_rows_stay_and_bad_ones_come_back(
    tmp_path: Path, words: list[str], ending: str
) -> None:
    file = tmp_path / f"people.{ending}"
    bad = [{**GOOD, sheet.ID: f"bad{n}", **changes} for n, (changes, _) in enumerate(BAD)]
    write_rows(file, sheet.HEADINGS, [GOOD, *bad, {**GOOD, sheet.ID: "op2", sheet.NAME: "𠮷田 〇"}])
    done = RUN.invoke(app, ["people", "import", str(file), *words], TYPED, catch_exceptions=False)
    assert done.exit_code == ExitCode.INPUT_REFUSED
    assert "2 rows changed" in done.stdout
    back = read_rows(tmp_path / f"people_返却.{ending}", (sheet.REASON,))
    assert len(back) == len(BAD)
    for row, (_, said) in zip(back, BAD, strict=True):
        assert said in row[sheet.REASON]
    again = RUN.invoke(app, ["people", "import", str(file), *words], TYPED, catch_exceptions=False)
    assert "0 rows changed the register, 2 were there" in again.stdout
    out = tmp_path / f"out.{ending}"
    RUN.invoke(app, ["people", "export", str(out), *words], TYPED, catch_exceptions=False)
    *_, first, second = sorted(
        (row for row in read_rows(out, sheet.HEADINGS) if row[sheet.ID].startswith("op")),
        key=lambda row: row[sheet.ID],
    )
    assert first == {**GOOD, sheet.STARTS: "2023-11-20"}
    assert second[sheet.NAME] == "𠮷田 〇"


def test_a_changed_row_is_the_next_version(tmp_path: Path, words: list[str]) -> None:
    file = tmp_path / "people.xlsx"
    for changes in (
        {},
        {sheet.EMPLOYMENT: "正規"},
        {sheet.ENDS: "2023-12-01"},
    ):
        write_rows(file, sheet.HEADINGS, [{**GOOD, **changes}])
        done = RUN.invoke(
            app, ["people", "import", str(file), *words], TYPED, catch_exceptions=False
        )
        assert (done.exit_code, "1 rows changed" in done.stdout) == (0, True)
    shown = RUN.invoke(app, ["people", "list", *words[:2]], catch_exceptions=False).stdout
    assert "v3" in shown and "not in force: left" in shown


def test_a_sheet_without_the_column_of_affiliation_changes_none(
    tmp_path: Path, words: list[str]
) -> None:
    file, out = tmp_path / "people.xlsx", tmp_path / "out.xlsx"
    write_rows(file, sheet.HEADINGS, [GOOD])
    RUN.invoke(app, ["people", "import", str(file), *words], TYPED, catch_exceptions=False)
    old = tuple(one for one in sheet.HEADINGS if one != sheet.AFFILIATION)
    write_rows(file, old, [{one: GOOD[one] for one in old} | {sheet.EMPLOYMENT: "正規"}])
    RUN.invoke(app, ["people", "import", str(file), *words], TYPED, catch_exceptions=False)
    RUN.invoke(app, ["people", "export", str(out), *words], TYPED, catch_exceptions=False)
    (kept,) = (row for row in read_rows(out, sheet.HEADINGS) if row[sheet.ID] == "op1")
    assert (kept[sheet.EMPLOYMENT], kept[sheet.AFFILIATION]) == ("正規", "架空電話 札幌")


@pytest.mark.parametrize("staff_id", ["op1", "pm1", "new1"])
def test_a_sheet_gives_nobody_a_role_that_counts_in_an_erasure_nor_changes_the_own_entry(
    tmp_path: Path, words: list[str], staff_id: str
) -> None:
    file = tmp_path / "people.csv"
    write_rows(file, sheet.HEADINGS, [GOOD])
    assert RUN.invoke(app, ["people", "import", str(file), *words], TYPED).exit_code == 0
    row = {**GOOD, sheet.ID: staff_id, sheet.ROLES: "システム管理者", sheet.RESERVE: ""}
    write_rows(file, sheet.HEADINGS, [row])
    done = RUN.invoke(app, ["people", "import", str(file), *words], TYPED, catch_exceptions=False)
    assert done.exit_code == ExitCode.INPUT_REFUSED
    (back,) = read_rows(tmp_path / "people_返却.csv", (sheet.REASON,))
    assert ("自分" if staff_id == "pm1" else "一人では") in back[sheet.REASON]


def test_what_is_no_sheet_is_told_in_one_message(tmp_path: Path) -> None:
    noise, text = tmp_path / "a.xlsx", tmp_path / "b.csv"
    noise.write_bytes(b"PK\x03\x04 half a file")
    text.write_bytes("職員番号,氏名\n".encode("cp932"))
    for path in (noise, text, tmp_path / "missing.csv"):
        with pytest.raises(SheetUnreadable):
            read_rows(path, (sheet.ID, sheet.ROLES))
    assert read_rows(text, (sheet.ID, sheet.NAME)) == []
