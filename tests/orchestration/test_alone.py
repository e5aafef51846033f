"""Every asset and every check of the warehouse can be materialised alone, as the UI asks for it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import dagster as dg
import pytest
import yaml

from application.home.session import open_workplace, peek_clock, read_settings
from orchestration.command.headless import QUIET, Headless, headless
from tests.homes import ROOT, HomeOnTrial

DAY = "2023-11-20"


@pytest.fixture(scope="module")
def dagster(
    finished_home: HomeOnTrial, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Headless]:
    """A copy of the finished home, opened as the command opens it."""
    folder = tmp_path_factory.mktemp("alone")
    for name in ("home", "home-keys"):
        shutil.copytree(finished_home.root / name, folder / name)
    before = dict(os.environ)
    settings = read_settings(None, folder / "home", environment={})
    clock = peek_clock(settings)
    assert clock is not None
    with (
        open_workplace(settings, as_of=clock[1], pbx=settings.pbx) as workplace,
        headless(workplace) as opened,
    ):
        yield opened
    os.environ.clear()
    os.environ.update(before)


def materialise(
    dagster: Headless, keys: list[dg.AssetKey], partition: str | None
) -> dg.ExecuteInProcessResult:
    return dagster.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=dagster.instance,
        partition_key=partition,
        asset_selection=keys,
        run_config=QUIET,
    )


def keys_of(dagster: Headless) -> dict[dg.AssetKey, bool]:
    """The warehouse's assets, and whether each is kept by day."""
    graph = dagster.definitions.resolve_asset_graph()
    return {
        key: graph.get(key).partitions_def is not None
        for key in graph.get_all_asset_keys()
        if key.path[0] == "warehouse"
        and key.path[-1] not in {"weekly_kpi", "monthly_kpi"}
        and graph.get(key).is_executable
    }


def alone(dagster: Headless, key: dg.AssetKey, is_by_day: bool) -> None:
    result = materialise(dagster, [key], DAY if is_by_day else None)
    assert result.success
    assert [e.asset_key for e in result.get_asset_materialization_events()] == [key]
    assert {e.asset_key for e in result.get_asset_check_evaluations()} <= {key}


@pytest.mark.parametrize("name", ["daily_kpi", "fct_calls", "int_calls__channels"])
def test_an_asset_alone(dagster: Headless, name: str) -> None:
    key = dg.AssetKey(["warehouse", name])
    alone(dagster, key, keys_of(dagster)[key])


@pytest.mark.slow
def test_every_asset_alone(dagster: Headless) -> None:
    keys = keys_of(dagster)
    assert len(keys) > 15
    for key, is_by_day in sorted(keys.items()):
        alone(dagster, key, is_by_day)


def test_the_papers_of_one_week_alone(dagster: Headless) -> None:
    key = dg.AssetKey(["warehouse", "weekly_kpi"])
    result = materialise(dagster, [key], DAY)
    assert result.success
    assert [e.asset_key for e in result.get_asset_materialization_events()] == [key]


def test_the_months_alone(dagster: Headless) -> None:
    key = dg.AssetKey(["warehouse", "monthly_kpi"])
    result = materialise(dagster, [key], "2023-11-01")
    assert result.success
    assert [e.asset_key for e in result.get_asset_materialization_events()] == [key]


def test_runs_of_the_command_stand_under_the_code_location(dagster: Headless) -> None:
    """The pages /overview and /jobs find runs by this label."""
    packaged, at_the_top = (
        (ROOT / "orchestration" / "workspace.yaml").read_text("utf-8"),
        ROOT / "workspace.yaml",
    )
    assert at_the_top.read_text("utf-8") == packaged, (
        "what is installed and what lies in a checkout are one"
    )
    workspace = yaml.safe_load(packaged)
    module = workspace["load_from"][0]["python_module"]
    materialise(dagster, [dg.AssetKey(["warehouse", "fct_calls"])], DAY)
    (run,) = dagster.instance.get_runs(limit=1)
    origin = run.remote_job_origin
    assert origin is not None
    repository = origin.repository_origin
    assert repository.repository_name == dagster.definitions.get_repository_def().name
    assert repository.code_location_origin.location_name == module["location_name"]
    assert (
        repository.code_location_origin.loadable_target_origin.module_name == module["module_name"]
    )
    label = f"{repository.repository_name}@{module['location_name']}"
    assert dagster.instance.get_runs(dg.RunsFilter(tags={".dagster/repository": label}))
