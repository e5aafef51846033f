"""The same models on Apache Spark: whichever engine built a home, every relation of it is the same, row for row and to the last bit, and so
are its papers.

Needs Java, pyspark and dbt-spark, which no installation of ours has: `.ci/spark` makes an environment of its own for them.
"""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from application.home.session import Workplace
from application.home.settings import WarehouseEngine
from application.papers import due_papers, read_value
from application.warehouse.days import build_days, pending_days, wanted_state
from application.warehouse.state import present_state
from compliance.ground.home import Home
from tests.homes import HomeOnTrial
from tests.spark.places import built_by, fill_floor, needs_spark, opened, take_out
from tests.support.heard_stream import landed, write_down
from tests.support.warehouse_files import differing, told_of

pytestmark = [pytest.mark.slow, needs_spark]


def build(place: Workplace, engine: WarehouseEngine, days: tuple[date | None, date | None]) -> None:
    build_days(built_by(place, engine), *days, lambda _: None)
    state = present_state(place.home)
    assert state
    assert state.engine is engine


def papers_of(place: Workplace) -> dict[tuple[str, str], str]:
    """The digest of each weekly and monthly paper as it would be made now, by its kind and period."""
    return {
        (paper.owed.kind.kind, paper.period.key): paper.owed.kind.digest(
            read_value(place, paper.owed, paper.period)
        )
        for paper in due_papers(place)
    }


@pytest.mark.timeout(2400)
def test_whichever_engine_built_every_relation_and_paper_is_the_same(
    finished_home: HomeOnTrial, tmp_path: Path
) -> None:
    """All days; two days of which one has no rows yet; those, come late; and back to DuckDB. Each change of engine derives every day."""
    write_down(tmp_path / "heard", set())
    by_duckdb = landed(tmp_path, finished_home)
    by_duckdb.build_state.unlink()
    shutil.copytree(by_duckdb.root, tmp_path / "spark" / "home")
    shutil.copytree(by_duckdb.keys, tmp_path / "spark" / "home-keys")
    by_spark = Home.at(tmp_path / "spark" / "home")
    everything = (None, None)
    with (
        opened(by_duckdb, finished_home.pbx) as ours,
        opened(by_spark, finished_home.pbx) as theirs,
    ):
        for home in (by_duckdb, by_spark):
            fill_floor(home)  # opening wrote down that nobody inquired
        build(ours, WarehouseEngine.HOME, everything)
        assert not [name for name, (_, _, rows) in told_of(by_duckdb).items() if not rows]
        build(theirs, WarehouseEngine.SPARK, everything)
        assert differing(by_duckdb, by_spark) == []
        papers = papers_of(ours)
        assert len(set(papers.values())) > 5
        assert {kind for kind, _ in papers} >= {"weekly", "completion", "personal_information"}
        assert papers_of(theirs) == papers
        assert present_state(by_spark).failing == present_state(by_duckdb).failing

        lost = busiest_day(by_duckdb)
        before = calls_of(by_spark, lost)
        for home in (by_duckdb, by_spark):
            shutil.copytree(home.landing, home.root.with_name("landing-whole"))
            take_out(home, lost)
        days = lost - timedelta(days=1), lost
        build(ours, WarehouseEngine.HOME, days)
        build(theirs, WarehouseEngine.SPARK, days)
        assert calls_of(by_spark, days[0]) == calls_of(by_duckdb, days[0])
        assert calls_of(by_spark, lost) == 0 < before
        assert differing(by_duckdb, by_spark) == []
        without = papers_of(ours)
        assert papers_of(theirs) == without != papers

        for home in (by_duckdb, by_spark):  # the lines come late
            shutil.rmtree(home.landing)
            home.root.with_name("landing-whole").rename(home.landing)
            home.landed.unlink(missing_ok=True)
        build(ours, WarehouseEngine.HOME, days)
        build(theirs, WarehouseEngine.SPARK, days)
        assert calls_of(by_spark, lost) == before
        assert differing(by_duckdb, by_spark) == []
        assert papers_of(theirs) == papers_of(ours) == papers

        wanted = wanted_state(by_spark, theirs.now, WarehouseEngine.HOME)
        [again] = pending_days(by_spark, wanted, theirs.calendar)
        assert all(day in again for day in wanted.days)
        build(theirs, WarehouseEngine.HOME, days)
        assert not by_spark.spark.exists()
        by_duckdb.build_state.unlink()
        build(ours, WarehouseEngine.HOME, everything)
        assert differing(by_duckdb, by_spark) == []
        assert papers_of(theirs) == papers_of(ours) == papers


def busiest_day(home: Home) -> date:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        [(day,)] = connection.execute(
            "select call_date from marts.fct_calls group by 1 order by count(*) desc limit 1"
        ).fetchall()
    return day


def calls_of(home: Home, day: date) -> int:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        [(count,)] = connection.execute(
            "select count(*) from marts.fct_calls where call_date = ?", [day]
        ).fetchall()
    return int(count)
