"""What builds the warehouse is the place's matter: what is said of it, kept of it, and brought over from another engine. With Spark
itself: `tests/spark`."""

from __future__ import annotations

import json
import shutil
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from application.errors import ModelFailed
from application.home.session import open_workplace, read_settings
from application.home.settings import Settings, WarehouseEngine, load_settings
from application.warehouse import on_spark
from application.warehouse.brought import bring_over
from application.warehouse.build import sources_of
from application.warehouse.compiled import CompiledProject, Days, compiled_at_set_up
from application.warehouse.days import build_days, days_to_build
from application.warehouse.outcome import NodeOutcome
from application.warehouse.running import Filled
from application.warehouse.spark_missing import missing_for_spark
from application.warehouse.spark_place import require_permitted
from application.warehouse.state import BuildState, DayRange, present_state, remember
from compliance.errors import HomeUnusable, NotAllowed
from compliance.ground.home import Home
from compliance.registers.entries import KeptEntry
from orchestration.command.doctor import _about_engine
from tests.homes import ROOT, HomeOnTrial
from tests.support.warehouse_files import told_of

DAY = date(2023, 11, 20)
CONTRACT = ROOT / "contracts/sapporo-2023"
AS_OF = "2023-12-25T09:00:00+00:00"


def settings(engine: str) -> Settings:
    return load_settings(CONTRACT, {"MADOGUCHI_ENGINE": engine})


def test_a_home_is_built_by_duckdb_unless_the_place_says_spark() -> None:
    assert load_settings(CONTRACT, {}).built_by is WarehouseEngine.HOME
    assert settings("").built_by is WarehouseEngine.HOME
    assert settings("spark").built_by is WarehouseEngine.SPARK
    with pytest.raises(HomeUnusable, match=r"MADOGUCHI_ENGINE is 'flink'.*home or spark"):
        settings("flink")


def test_another_engine_derives_every_day_again() -> None:
    state = BuildState("r", "p", DAY, {DAY: "a"})
    by_spark = replace(state, engine=WarehouseEngine.SPARK)
    assert days_to_build(by_spark, by_spark, DAY, lambda _: True) == ()
    for present, wanted in ((state, by_spark), (by_spark, state)):
        assert days_to_build(present, wanted, DAY, lambda _: True) == (DayRange(DAY, DAY),)


def test_the_state_says_which_engine_built_and_counts_only_while_its_tables_are_there(
    tmp_path: Path,
) -> None:
    home = Home.at(tmp_path / "home")
    home.create()
    home.warehouse.touch()
    state = BuildState("r", "p", DAY, {DAY: "a"})
    remember(home, state)
    written = home.build_state.read_bytes()
    home.build_state.write_bytes(written.replace(b' "engine": "home",\n', b""))
    assert home.build_state.read_bytes() != written
    assert present_state(home) == state
    remember(home, replace(state, engine=WarehouseEngine.SPARK))
    assert present_state(home) is None
    home.spark.mkdir()
    assert present_state(home) == replace(state, engine=WarehouseEngine.SPARK)


def test_the_doctor_says_what_spark_lacks_where_the_place_builds_with_it(tmp_path: Path) -> None:
    nowhere = {"PATH": str(tmp_path)}
    told = [(one.subject, one.what) for one in _about_engine(settings("spark"), nowhere)]
    assert told[0][0] == "Java"
    assert "openjdk-17" in told[0][1]
    assert not [*_about_engine(settings("home"), nowhere)]
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.touch(0o755)
    assert "Java" not in missing_for_spark({"JAVA_HOME": str(tmp_path)})


def project() -> CompiledProject:
    found = compiled_at_set_up()
    assert found
    return found


def written_by_another(home: Home) -> dict[str, list[str]]:
    """Every table as Parquet files of the home's folder of tables, whole numbers of another width."""
    files: dict[str, list[str]] = {}
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        for model in project().models:
            name = f"{model.schema}.{model.name}"
            if model.kind == "staged":
                files[name] = [str(home.landing / "cdr" / "empty.parquet")]
            if model.kind in {"staged", "view"}:
                continue
            types = connection.execute(f"describe {model.relation}").fetchall()
            columns = ", ".join(
                f'"{row[0]}"::decimal(20, 0) as "{row[0]}"' if row[1] == "BIGINT" else f'"{row[0]}"'
                for row in types
            )
            folder = home.spark / name
            folder.mkdir(parents=True)
            for part in (0, 1):
                path = folder / f"{part}.parquet"
                connection.execute(
                    f"copy (select {columns} from {model.relation} where rowid % 2 = {part}) to '{path}'"
                )
                files.setdefault(name, []).append(str(path))
    return files


def test_tables_of_another_engine_come_over_as_duckdb_would_have_made_them(
    finished_home: HomeOnTrial, tmp_path: Path
) -> None:
    """Whoever reads the file of before goes on with it; one that fails leaves it in its place."""
    home = Home.at(Path(shutil.copytree(finished_home.path, tmp_path / "home")))
    filled = Filled(Days.ALL, None, None, AS_OF, sources_of(home, project(), {}))
    with duckdb.connect(str(home.warehouse)) as connection:
        for model in project().models:
            if model.kind == "staged":
                connection.execute(f"drop {kind_there(connection, model.name)} {model.relation}")
                query = filled.into(model.queries[Days.ALL])
                connection.execute(f"create view {model.relation} as (\n{query}\n)")
    before = told_of(home)
    files = written_by_another(home)
    inode = home.warehouse.stat().st_ino
    with duckdb.connect(str(home.warehouse), read_only=True) as reader:
        bring_over(home, project().models, files, filled)
        assert reader.execute("select count(*) from marts.fct_calls").fetchone() != (0,)
    assert home.warehouse.stat().st_ino != inode
    assert len(before) > 40
    assert told_of(home) == before
    shutil.copy(files["marts.fct_calls"][0], files["reports.rpt_daily_kpi"][0])
    inode = home.warehouse.stat().st_ino
    with pytest.raises(ModelFailed, match="still there"):
        bring_over(home, project().models, files, filled)
    assert home.warehouse.stat().st_ino == inode


def kind_there(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    found = connection.execute(
        "select table_type from information_schema.tables where table_name = ?", [name]
    ).fetchone()
    return "view" if found == ("VIEW",) else "table"


@pytest.mark.parametrize(
    "told",
    [
        [{"failure": "run: a node failed"}],
        [{"node": {"status": "error"}}, {"files": {}}],
        [{"node": {"status": "success"}}],
    ],
    ids=["dbt failed", "a model failed", "the process was killed"],
)
def test_a_build_that_failed_leaves_the_file_of_before(
    told: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home.at(tmp_path / "home")
    home.create()
    home.warehouse.write_bytes(b"before")
    node = {"unique_id": "model.madoguchi.stg", "resource_type": "model", "seconds": 0.1}
    node |= {"failures": None, "message": "as dbt says"}
    lines = [
        json.dumps({key: {**node, **what} if key == "node" else what for key, what in one.items()})
        for one in told
    ]
    monkeypatch.setattr(on_spark, "missing_for_spark", lambda _: {})
    monkeypatch.setattr(on_spark, "_process", lambda *_: nullcontext(lines))
    seen: list[NodeOutcome] = []
    variables = {"as_of": AS_OF, "from_date": None, "to_date": None}
    with pytest.raises(ModelFailed, match="What was built before is still there"):
        on_spark.build_on_spark(home, variables, on_node=seen.append)
    assert [one.status for one in seen] == [one["node"]["status"] for one in told if "node" in one]
    assert home.warehouse.read_bytes() == b"before"


def test_without_spark_no_build_begins_and_what_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    home = Home.at(tmp_path / "home")
    with pytest.raises(ModelFailed, match=r"Java.* not here.*madoguchi doctor"):
        on_spark.build_on_spark(home, {"as_of": AS_OF})
    assert not home.spark.exists()


def permitted_until(day: str) -> KeptEntry:
    values = {
        "kind": "network",
        "target": "reckoner.example",
        "scope": "集計",
        "permitted_on": "2023-11-20",
        "expires_on": day,
    }
    return KeptEntry(
        register="permits", entry_id="N-1", revision=1, about="", values=values,
        recorded_at=datetime(2023, 11, 20, tzinfo=UTC), recorded_by="mg1", has_words=False,
    )  # fmt: skip


OTHER = {"MADOGUCHI_SPARK_MASTER": "spark://reckoner.example:7077"}


def test_a_master_on_another_machine_takes_the_city_s_permit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is built there, nothing that was built is thrown away, while no permit in force names that machine."""
    permitted = [permitted_until("2023-11-30")]
    for environment in ({}, {"MADOGUCHI_SPARK_MASTER": "spark://127.0.0.1:7077"}):
        require_permitted(environment, (), DAY)
    require_permitted(OTHER, permitted, DAY)
    for permits, day in (((), DAY), (permitted, date(2023, 12, 1))):
        with pytest.raises(NotAllowed, match=r"reckoner\.example"):
            require_permitted(OTHER, permits, day)
    for name, value in OTHER.items():
        monkeypatch.setenv(name, value)
    home = tmp_path / "home"
    with open_workplace(read_settings(CONTRACT, home, environment={"MADOGUCHI_ENGINE": "spark"}), as_of=datetime(2023, 11, 21, tzinfo=UTC)) as place:  # fmt: skip
        place.home.build_state.write_text("as it was")
        with pytest.raises(NotAllowed, match=r"reckoner\.example"):
            build_days(place, None, None, lambda _: None)
        assert place.home.build_state.read_text() == "as it was"


def test_what_is_missing_is_said_before_anything_is_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_spark, "missing_for_spark", lambda _: {"Java": "is not here"})
    home = tmp_path / "home"
    with open_workplace(read_settings(CONTRACT, home, environment={"MADOGUCHI_ENGINE": "spark"}), as_of=datetime(2023, 11, 21, tzinfo=UTC)) as place:  # fmt: skip
        place.home.spark.mkdir()
        place.home.build_state.write_text("as it was")
        with pytest.raises(ModelFailed, match="Java"):
            build_days(place, None, None, lambda _: None)
        assert place.home.spark.is_dir() and place.home.build_state.read_text() == "as it was"


def test_what_workers_write_is_never_run_and_no_key_is_known_beside_spark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home.at(tmp_path / "home")
    home.create()
    home.spark.mkdir()
    for module in ("application", "json"):
        (home.spark / module).mkdir()
        (home.spark / module / "__init__.py").write_text(f"open('{tmp_path}/caught', 'w')\n")
    monkeypatch.setenv("MADOGUCHI_KEYS", str(home.keys))
    monkeypatch.setenv("MADOGUCHI_OPERATIONS_URL", "postgresql://somebody:secret@127.0.0.1/x")
    told = on_spark._environment(home)
    assert not {"MADOGUCHI_KEYS", "MADOGUCHI_OPERATIONS_URL", "SPARK_REMOTE"} & told.keys()
    with on_spark._process(home, {"not": "asked"}) as lines:
        assert list(lines) == []
    assert not (tmp_path / "caught").exists()
