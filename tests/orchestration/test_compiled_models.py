"""The models that set-up compiled say what dbt builds, for every kind of build; and who only looks at definitions loads no dbt."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

import application.warehouse.build as building
from application.warehouse.asking import TAGS
from application.warehouse.build import build
from application.warehouse.compiled import (
    COMPILED,
    Days,
    compiled_at_set_up,
    days_of_build,
    selected,
)
from application.warehouse.days import LONGER
from application.warehouse.landed import files_of_days, landed_days
from application.warehouse.manifest import MANIFEST, project_files
from application.warehouse.outcome import NodeOutcome
from compliance.contract.due_terms import Unit
from compliance.ground.home import Home
from orchestration.assets.warehouse import _slim, chosen
from tests.homes import ROOT, HomeOnTrial

LATER = "2024-01-25T00:00:00+00:00"


def copied(home: HomeOnTrial, to: Path) -> Home:
    return Home.at(Path(shutil.copytree(home.path, to)))


def relations(home: Home) -> dict[str, tuple[str, list[tuple[object, ...]]]]:
    """Of every table and view: its kind, and its rows in an order of their own."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        names = connection.execute(
            "select table_schema || '.' || table_name, table_type from information_schema.tables order by 1"
        ).fetchall()
        found = {}
        for name, kind in names:
            rows = connection.execute(f"select * from {name}").fetchall()
            found[name] = (kind, sorted(rows, key=repr))
    return found


def differing(one: Home, other: Home) -> list[str]:
    ours, theirs = relations(one), relations(other)
    assert len(ours) > 40
    return sorted(n for n in ours.keys() | theirs.keys() if ours.get(n) != theirs.get(n))


@pytest.mark.parametrize("days", list(Days))
def test_what_set_up_compiled_builds_what_dbt_builds(
    finished_home: HomeOnTrial, tmp_path: Path, days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Daily models of those days after their rows were damaged, then the longer ones; the present is another than before."""
    by_us, by_dbt = (
        copied(finished_home, tmp_path / who) for who in ("by us{one}", "by dbt's {own}")
    )
    known = sorted(landed_days(by_us.landing))
    first, last = known[len(known) // 2], known[len(known) // 2 + 1]
    bounds = {
        "from_date": None if days is Days.ALL else first.isoformat(),
        "to_date": last.isoformat() if days is Days.BETWEEN else None,
    }
    told: dict[Home, list[str]] = {by_us: [], by_dbt: []}
    for home in told:
        with duckdb.connect(str(home.warehouse)) as connection:
            connection.execute("update marts.fct_calls set wait_seconds = 1 where call_date >= ?", [first])  # fmt: skip
            connection.execute("delete from reports.rpt_daily_kpi where call_date >= ?", [first])

        def note(outcome: NodeOutcome, told: list[str] = told[home]) -> None:
            told.append(f"{outcome.unique_id} {outcome.status}")

        with monkeypatch.context() as patch:
            (unwanted,) = {by_us: ["_build_with_dbt"], by_dbt: ["compiled_at_set_up"]}[home]
            patch.setattr(building, unwanted, lambda *_: None)
            named = (
                files_of_days(home.landing, first, last, home.landed)
                if days is Days.BETWEEN
                else None
            )
            variables = {"as_of": LATER, **bounds}
            build(home, variables, exclude=LONGER, files=named, on_node=note)
            whole = {"as_of": LATER, "from_date": None, "to_date": None}
            for tag in TAGS.values():
                build(home, whole, select=f"tag:{tag}", on_node=note)
    assert sorted(told[by_us]) == sorted(told[by_dbt])
    assert len(told[by_us]) > 40
    assert differing(by_us, by_dbt) == []
    with duckdb.connect(str(by_us.warehouse)) as connection:
        connection.execute("update marts.fct_calls set wait_seconds = 1 where call_date = ?", [first])  # fmt: skip
    assert differing(by_us, by_dbt) != [], "the comparison sees a row that differs"


def test_a_build_that_set_up_did_not_compile_is_dbts() -> None:
    project = compiled_at_set_up()
    assert project is not None
    assert selected(project, select="fct_calls", exclude=None) is None
    assert days_of_build(None, "2023-11-24") is None


def test_statements_older_than_the_project_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert compiled_at_set_up() is not None
    newest = max(path.stat().st_mtime_ns for path in project_files())
    kept = COMPILED.stat()
    try:
        os.utime(COMPILED, ns=(newest - 1, newest - 1))
        assert compiled_at_set_up() is None
    finally:
        os.utime(COMPILED, ns=(kept.st_atime_ns, kept.st_mtime_ns))


def test_no_token_is_left_in_a_statement_of_a_home(tmp_path: Path) -> None:
    project = compiled_at_set_up()
    assert project is not None
    from application.warehouse.compiled import wrapped
    from application.warehouse.running import Filled

    home = Home.at(tmp_path / "a {home}'s")
    sources = building.sources_of(home, project, {})
    filled = Filled(Days.BETWEEN, "2023-11-24", "2023-11-25", LATER, sources)
    statements = [filled.into(wrapped(model, Days.BETWEEN)) for model in project.models]
    assert not [one for one in statements if "set-up" in one or "set_up" in one]
    assert any("a {home}''s/landing/cdr/" in one for one in statements)


@pytest.mark.parametrize(("unit", "select", "exclude"), [
    (None, "fqn:*", LONGER), (Unit.WEEK, "tag:weekly", ""), (Unit.MONTH, "tag:monthly", ""),
])  # fmt: skip
def test_what_definitions_choose_is_what_dbt_selects(
    unit: Unit | None, select: str, exclude: str
) -> None:
    from dagster_dbt.utils import _select_unique_ids_from_manifest

    manifest = _slim(json.loads(MANIFEST.read_bytes()))
    by_dbt = _select_unique_ids_from_manifest(select, exclude, "", manifest, None)
    ours = set(chosen(manifest, unit)["nodes"])
    assert ours == {one for one in by_dbt if one in manifest["nodes"]} != set()


def test_definitions_load_no_dbt_and_leave_it_to_be_loaded() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, orchestration.command.headless\n"
            "print('dbt.version' in sys.modules, 'dbt.adapters.base' in sys.modules, 'dagster_dbt' in sys.modules)\n"
            "import dbt.version; print(dbt.version.__version__)",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout.splitlines()
    assert told[0] == "False False True"
    assert told[1][0].isdigit()
