"""What we ask of the warehouse is what `dbt test` asks, and finds the same rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from application.errors import ModelFailed
from application.home.environment import environment
from application.warehouse.asking import ask, known_tests, unit_of
from application.warehouse.build import folders_read
from application.warehouse.manifest import DBT_PROJECT
from compliance.contract.due_terms import Unit
from compliance.ground.home import Home
from tests.homes import HomeOnTrial

DAMAGES = {
    "a call counted twice": "insert into marts.fct_calls select * from marts.fct_calls limit 3",
    "an outcome nobody knows": "update marts.fct_calls set outcome = 'lost' where outcome = 'abandoned'",
    "a call without its legs": "delete from marts.fct_calls where outcome = 'answered'",
    "a figure that is not the sum": "update reports.rpt_daily_kpi set incoming_count = incoming_count + 1",
    "a finding too many": "insert into marts.fct_findings select * from marts.fct_findings limit 1",
}


@pytest.fixture
def home(tmp_path: Path, finished_home: HomeOnTrial) -> Home:
    copy = tmp_path / "home"
    for name in ("warehouse.duckdb", "reference", "landing", "floor"):
        source = finished_home.path / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, _made(copy) / name)
    with duckdb.connect(
        str(copy / "warehouse.duckdb")
    ) as connection:  # its views read that home's files
        views = connection.execute(
            "select database_name || '.' || schema_name || '.' || view_name, sql from duckdb_views() where not internal"
        ).fetchall()
        for _, sql in views:
            connection.execute(
                sql.replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1).replace(
                    str(finished_home.path), str(copy)
                )
            )
    return Home.at(copy)


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def asked_by_dbt(home: Home, folder: Path) -> dict[str, int]:
    """The oracle: rows found by each test, as `dbt test` says."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    found: dict[str, int] = {}

    def listen(event: Any) -> None:
        if event.info.name == "NodeFinished":
            found[event.data.node_info.node_name] = int(event.data.run_result.num_failures)

    listening: list[Callable[[Any], None]] = [listen]
    with environment(
        MADOGUCHI_WAREHOUSE=str(home.warehouse), DO_NOT_TRACK="1", **folders_read(home)
    ):
        try:
            dbtRunner(callbacks=listening).invoke(
                ["--quiet", "--log-level-file", "none", "--no-write-json", "--no-partial-parse", "test",
                 "--select", "test_type:data", "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT),
                 "--target-path", str(folder)]
            )  # fmt: skip
        finally:
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    return found


def test_every_test_finds_what_dbt_finds(home: Home, tmp_path: Path) -> None:
    assert not any(outcome.failures for outcome in ask(home, known_tests()) if _is_identity(outcome.name))  # fmt: skip
    with duckdb.connect(str(home.warehouse)) as connection:
        for damage in DAMAGES.values():
            connection.execute(damage)
    ours = {outcome.name: outcome.failures for outcome in ask(home, known_tests())}
    assert ours == asked_by_dbt(home, tmp_path / "dbt")
    assert sum(1 for rows in ours.values() if rows) >= len(DAMAGES)
    assert len(ours) == len(known_tests()) > 40


def _is_identity(name: str) -> bool:
    from application.warehouse.verdicts import finding_of

    (test,) = [one for one in known_tests() if one["name"] == name]
    return finding_of(test) is None


def test_a_test_of_weeks_is_asked_with_the_weeks() -> None:
    by_name = {test["name"]: unit_of(test) for test in known_tests()}
    assert by_name["weeks_are_the_sum_of_their_days"] is Unit.WEEK
    assert by_name["unique_fct_calls_call_id"] is Unit.DAY


def test_a_test_that_cannot_be_asked_says_so_without_its_rows(home: Home) -> None:
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("alter table marts.fct_calls rename column outcome to kind")
    with pytest.raises(ModelFailed, match="could not be asked"):
        ask(home, known_tests())
