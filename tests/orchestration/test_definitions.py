"""The code location: light to load, complete, and readable for MG."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from application.home.session import read_settings
from orchestration.assets.code_location import build_definitions

ROOT = Path(__file__).resolve().parents[2]


def seconds(code: str) -> float:
    """User and system seconds of a fresh interpreter; the wall clock of a shared machine lies.

    It may keep what it compiled, as it does where a home is kept; where a machine forbids that, our modules would
    be compiled anew each time and the libraries' not.
    """
    keeps = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    timed = (
        "import os, sys; sys.path.insert(0, os.getcwd())\n"
        f"{code}\n"
        "t = os.times(); print('seconds', t.user + t.system)"
    )
    done = subprocess.run(
        [sys.executable, "-c", timed],
        cwd=ROOT,
        env=keeps,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(re.findall(r"seconds ([0-9.]+)", done.stdout)[-1])


@pytest.mark.slow
def test_loading_costs_at_most_half_more_than_the_bare_imports() -> None:
    bare = "import dagster, dagster_dbt"
    ours = "from orchestration.definitions import defs; defs.get_repository_def()"
    seconds(ours)
    ratios = sorted(seconds(ours) / seconds(bare) for _ in range(3))
    assert ratios[0] <= 1.5, ratios


def test_loading_imports_nothing_heavy() -> None:
    heavy = {"great_expectations", "matplotlib", "pandas", "typst", "xlsxwriter", "duckdb"}
    code = (
        "import sys\nimport dagster, dagster_dbt\nbefore = set(sys.modules)\n"
        "import orchestration.definitions\n"
        f"print(*{heavy!r} & (set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == []


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    home = tmp_path_factory.mktemp("definitions") / "home"
    return build_definitions(read_settings(None, home)).get_repository_def()


def test_every_asset_opens_with_a_japanese_name_and_lies_in_a_known_group(repository) -> None:  # type: ignore[no-untyped-def]
    groups = {"today", "pbx", "floor", "warehouse", "recordings", "compliance", "deliverables"}
    japanese = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
    for spec in repository.asset_graph.asset_nodes:
        if not spec.is_materializable and not spec.is_external:
            continue
        assert spec.group_name in groups, spec.key
        first_line = (spec.description or "").strip().splitlines()[:1]
        assert first_line, spec.key
        assert japanese.search(first_line[0]), spec.key


def test_days_and_weeks_are_partitions_of_the_contract_in_tokyo(repository) -> None:  # type: ignore[no-untyped-def]
    import dagster as dg

    graph = repository.asset_graph
    days = graph.get(dg.AssetKey(["warehouse", "daily_kpi"])).partitions_def
    weeks = graph.get(dg.AssetKey(["deliverables", "weekly_report"])).partitions_def
    assert days.timezone == weeks.timezone == "Asia/Tokyo"
    assert days.get_first_partition_key() == "2023-11-20"
    keys = weeks.get_partition_keys()
    assert (keys[0], keys[-1], len(keys)) == ("2023-11-20", "2024-02-26", 15)


def test_jobs_and_schedules_carry_the_names_that_run_uses(repository) -> None:  # type: ignore[no-untyped-def]
    assert {"ingest", "morning", "nightly", "audit", "vault", "rotation", "weekly_report"} <= set(
        repository.job_names
    )
    assert {schedule.name for schedule in repository.schedule_defs} == {
        "ingest_in_hours",
        "morning_at_night",
        "model_at_night",
        "audit_at_night",
        "vault_on_sundays",
        "rotation_at_night",
        "erasures_at_night",
        "medium_every_month",
        "history_at_night",
        "weekly_report_when_due",
        "voices_report_when_due",
        "complaints_report_when_due",
        "morning_brief_at_half_past_eight",
        "completion_report_when_due",
        "personal_information_report_when_due",
    }
