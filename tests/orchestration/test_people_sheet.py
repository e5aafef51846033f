"""People as a sheet: what goes out comes in unchanged, bad rows come back with reasons, good ones stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from compliance.people import sheet
from orchestration.cli import app
from orchestration.command.exit_codes import ExitCode
from orchestration.duties.sheets import read_rows, write_rows
from orchestration.errors import SheetUnreadable

GOOD = {
    sheet.ID: "op1", sheet.NAME: "表示 花子", sheet.ROLES: "従事者（OP）", sheet.EMPLOYMENT: "有期",
    sheet.REPORTED: "2023-11-13", sheet.STARTS: "2023/11/20", sheet.ENDS: "", sheet.RESERVE: "はい",
    sheet.TRAINED: "2023-11-14", sheet.PLEDGED: "2023-11-14",
}  # fmt: skip
BAD = [
    ({sheet.ROLES: "社長"}, sheet.ROLES),
    ({sheet.ROLES: ""}, sheet.ROLES),
    ({sheet.EMPLOYMENT: "=1+1"}, sheet.EMPLOYMENT),
    ({sheet.STARTS: ""}, sheet.STARTS),
    ({sheet.STARTS: "令和5年11月"}, sheet.STARTS),
    ({sheet.STARTS: "2023-02-30"}, sheet.STARTS),
    ({sheet.NAME: ""}, "name"),
    ({sheet.NAME: "あ" * 101}, "name"),
    ({sheet.NAME: "\u202e表示"}, "name"),
    ({sheet.ID: "'; drop table people;--"}, "staff id"),
    ({sheet.ID: "=cmd()"}, "staff id"),
    ({sheet.ENDS: "2023-01-01"}, "last day"),
    ({sheet.REPORTED: ""}, "Reserve"),
]
RUN = CliRunner()


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_good_rows_stay_and_bad_ones_come_back(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"people.{ending}"
    bad = [{**GOOD, sheet.ID: f"bad{n}", **changes} for n, (changes, _) in enumerate(BAD)]
    write_rows(file, sheet.HEADINGS, [GOOD, *bad, {**GOOD, sheet.ID: "op2", sheet.NAME: "𠮷田 〇"}])
    words = ["--home", str(tmp_path / "home")]
    done = RUN.invoke(app, ["people", "import", str(file), *words], catch_exceptions=False)
    assert done.exit_code == ExitCode.INPUT_REFUSED
    assert "2 rows changed" in done.stdout
    back = read_rows(tmp_path / f"people_返却.{ending}", (sheet.REASON,))
    assert len(back) == len(BAD)
    for row, (_, said) in zip(back, BAD, strict=True):
        assert said in row[sheet.REASON]
    again = RUN.invoke(app, ["people", "import", str(file), *words], catch_exceptions=False)
    assert "0 rows changed the register, 2 were there" in again.stdout
    out = tmp_path / f"out.{ending}"
    RUN.invoke(app, ["people", "export", str(out), *words], catch_exceptions=False)
    first, second = read_rows(out, sheet.HEADINGS)
    assert first == {**GOOD, sheet.STARTS: "2023-11-20"}
    assert second[sheet.NAME] == "𠮷田 〇"


def test_a_changed_row_is_the_next_version(tmp_path: Path) -> None:
    words = ["--home", str(tmp_path / "home")]
    file = tmp_path / "people.xlsx"
    for changes in (
        {},
        {sheet.ROLES: "従事者（OP）、業務管理者（SV）"},
        {sheet.ENDS: "2023-12-01"},
    ):
        write_rows(file, sheet.HEADINGS, [{**GOOD, **changes}])
        done = RUN.invoke(app, ["people", "import", str(file), *words], catch_exceptions=False)
        assert (done.exit_code, "1 rows changed" in done.stdout) == (0, True)
    shown = RUN.invoke(app, ["people", "list", *words], catch_exceptions=False).stdout
    assert "v3" in shown and "not in force: left" in shown


def test_what_is_no_sheet_is_told_in_one_message(tmp_path: Path) -> None:
    noise, text = tmp_path / "a.xlsx", tmp_path / "b.csv"
    noise.write_bytes(b"PK\x03\x04 half a file")
    text.write_bytes("職員番号,氏名\n".encode("cp932"))
    for path in (noise, text, tmp_path / "missing.csv"):
        with pytest.raises(SheetUnreadable):
            read_rows(path, (sheet.ID, sheet.ROLES))
    assert read_rows(text, (sheet.ID, sheet.NAME)) == []
