"""Records that come in are counted on their day, on the paper of their week, and nothing else is made again."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import duckdb
import pytest

from application.home.session import open_workplace, parse_as_of, read_settings
from application.sheets import write_rows
from compliance.inquiries import sheet
from orchestration.assets.inquiries import completeness
from simulation.people import PASSPHRASE, enter_people
from tests.homes import AS_OF, HomeOnTrial
from tests.support.people_commands import Centre

MONDAY = "2023-12-04"


def papers(home: Path) -> dict[str, tuple[int, dict[str, object] | None]]:
    with sqlite3.connect(home / "operations.db") as connection:
        rows = connection.execute(
            "select period, edition, data_json from deliverables where kind = 'weekly' order by edition"
        )
        return {period: (edition, json.loads(data)["content"]) for period, edition, data in rows}


@pytest.mark.slow
def test_what_is_entered_late_moves_its_own_week_alone(
    finished_home: HomeOnTrial, tmp_path: Path
) -> None:
    for name in ("home", "home-keys", "pbx"):
        shutil.copytree(finished_home.root / name, tmp_path / name)
    trial = HomeOnTrial(tmp_path, tmp_path / "pbx")
    settings = read_settings(None, trial.path, environment={})
    enter_people(settings)
    with duckdb.connect(str(trial.path / "warehouse.duckdb"), read_only=True) as connection:
        calls = connection.execute(
            "select call_id, strftime(started_at_local, '%Y-%m-%d'), strftime(started_at_local, '%H:%M:%S'), "
            "first_operator from marts.fct_calls where outcome = 'answered' "
            "and call_date between date '2023-12-04' and date '2023-12-10' order by started_at limit 4"
        ).fetchall()
    rows = [
        {
            sheet.DAY: day, sheet.TIME: at, sheet.OPERATOR: operator, sheet.CALL: call,
            sheet.CATEGORY: "新たな施策", sheet.ITEM: "上限額", sheet.VOICE: "質問", sheet.HANDLING: "案内",
        }
        for call, day, at, operator in calls
    ]  # fmt: skip
    rows[0] |= {sheet.COMPLAINT: "はい", sheet.SUMMARY: "説明が食い違っていたとの申出。"}
    before = papers(trial.path)
    assert all(content is None for _, content in before.values())
    file = tmp_path / "記録.xlsx"
    write_rows(file, sheet.HEADINGS, rows)
    Centre(tmp_path)("inquiries", "import", str(file), "--by", "sv1", typed=f"{PASSPHRASE}\n")
    done = trial.run(AS_OF)
    assert done.returncode in {0, 3}, done.stderr
    after = papers(trial.path)
    told = {period: content and content["total"] for period, (_, content) in after.items()}
    assert told[MONDAY] == 4
    assert {edition for edition, _ in after.values()} <= {1, 2}
    assert told["2023-11-27"] is None, "what came later says nothing of an earlier week"
    with open_workplace(settings, as_of=parse_as_of(AS_OF)) as workplace:
        found = completeness(workplace)
    assert (found.inquiries, found.complaints) == (4, 1)
    assert (
        found.without_record == found.answered - 4 == len(found.missing)
        or found.without_record > 50
    )
    whole = b"".join(p.read_bytes() for p in trial.path.rglob("*") if p.is_file())
    assert "食い違って".encode() not in whole
    assert "days built" not in trial.run(AS_OF).stderr
    assert papers(trial.path) == after
