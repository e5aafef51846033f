"""The code location: light to load, complete, and readable for MG."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from application.home.session import read_settings
from compliance.contract.words import shipped_words
from orchestration.assets.cited import ASSETS
from orchestration.assets.code_location import build_definitions
from tests.support.clauses import CITED

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


def test_a_page_says_its_clause_as_the_contract_has_it_and_else_nothing(
    repository,
    tmp_path: Path,  # type: ignore[no-untyped-def]
) -> None:
    told = {
        spec.key.to_user_string(): (spec.description or "").partition("\n")[0]
        for spec in repository.asset_graph.asset_nodes
    }
    words = shipped_words()
    for key, clause in ASSETS.items():
        assert words.clause(clause) and told[key].endswith(f"（{words.clause(clause)}）"), key
    assert told["compliance/audit_log"] == "監査記録（別紙1-5(6)、別紙2-10）"
    assert told["warehouse/fct_operator_intervals"].startswith(
        "従事者の状態（仕様書6(1)オ(ウ)）1行"
    )
    assert told["deliverables/completion_report"].startswith("業務完了届（仕様書9(2)ア）1区分")
    other = build_definitions(
        read_settings(ROOT / "contracts/general-centre", tmp_path / "home")
    ).get_repository_def()
    shown = [spec.description or "" for spec in other.asset_graph.asset_nodes]
    shown += [other.get_job(name).description or "" for name in other.job_names]
    shown += [one.description or "" for one in other.schedule_defs]
    shown += [one.description or "" for one in other.sensor_defs]
    shown += [
        spec.description or ""
        for checks in other.asset_checks_defs_by_key.values()
        for spec in checks.check_specs
    ]
    assert len(shown) > 80
    assert [text for text in shown if CITED.search(text)] == []


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
        "drill_when_due",
        "weekly_report_when_due",
        "voices_report_when_due",
        "complaints_report_when_due",
        "morning_brief_at_half_past_eight",
        "completion_report_when_due",
        "personal_information_report_when_due",
    }
