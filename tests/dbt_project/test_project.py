"""The dbt project: every rule tested, every model and column described, contracts where others read."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.homes import ROOT, HomeOnTrial

CLASSIFIED = ROOT / "dbt_project/models/intermediate/int_calls__classified.sql"
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """The manifest that set-up made."""
    text = (ROOT / "dbt_project/target/manifest.json").read_text("utf-8")
    return json.loads(text)  # type: ignore[no-any-return]


def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]


def test_every_rule_has_a_unit_test_and_a_line_in_the_decision_table(
    manifest: dict[str, Any],
) -> None:
    rules = set(re.findall(r"then '(R\d\d)'|else '(R\d\d)'", CLASSIFIED.read_text("utf-8")))
    named = {a or b for a, b in rules}
    assert len(named) >= 18
    expected = {
        row["outcome_rule"]
        for test in manifest["unit_tests"].values()
        for row in test["expect"]["rows"] or []
    }
    assert named <= expected
    table = (ROOT / "docs/call-outcomes.md").read_text("utf-8")
    assert named == set(re.findall(r"^\| (R\d\d) \|", table, re.MULTILINE))


def test_every_model_is_described_and_the_public_ones_column_by_column(
    manifest: dict[str, Any],
) -> None:
    for model in models(manifest):
        assert JAPANESE.search(model["description"]), model["name"]
        is_public = model["schema"] in {"marts", "reports"}
        assert bool(model["contract"]["enforced"]) is is_public, model["name"]
        if is_public:
            assert model["columns"]
            for column in model["columns"].values():
                assert column["description"], f"{model['name']}.{column['name']}"
                assert column["data_type"], f"{model['name']}.{column['name']}"


def test_public_models_say_what_a_row_is_and_which_clause_they_serve(
    manifest: dict[str, Any],
) -> None:
    for model in models(manifest):
        if model["schema"] in {"marts", "reports"}:
            assert re.search(r"1行", model["description"]), model["name"]
            assert re.search(r"仕様書|別紙|6\(", model["description"]), model["name"]


def test_every_public_model_has_a_unique_key_and_every_test_a_description(
    manifest: dict[str, Any],
) -> None:
    tests = [n for n in manifest["nodes"].values() if n["resource_type"] == "test"]
    unique = {n["attached_node"] for n in tests if "unique" in n["name"]}
    for model in models(manifest):
        if model["schema"] in {"marts", "reports"} and "intervals" not in model["name"]:
            assert model["unique_id"] in unique, model["name"]
    for test in tests:
        if not test.get("test_metadata"):
            assert test["description"], test["name"]


def dbt(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "MADOGUCHI_WAREHOUSE": str(home / "warehouse.duckdb"),
        "MADOGUCHI_LANDING": str(home / "landing"),
        "MADOGUCHI_REFERENCE": str(home / "reference"),
        "DO_NOT_TRACK": "1",
    }
    code = "from dbt.cli.main import dbtRunner; import sys; r = dbtRunner().invoke(sys.argv[1:]); sys.exit(not r.success)"
    places = [
        "--project-dir",
        str(ROOT / "dbt_project"),
        "--profiles-dir",
        str(ROOT / "dbt_project"),
    ]
    options = ["--log-level-file", "none", "--no-partial-parse", "--no-use-colors"]
    return subprocess.run(
        [sys.executable, "-c", code, *options, *words, *places, "--target-path", str(home / "dbt")],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_every_unit_test_of_the_rules_passes(
    finished_home: HomeOnTrial, tmp_path: Path, manifest: dict[str, Any]
) -> None:
    for name in ("warehouse.duckdb", "landing", "reference"):
        source = finished_home.path / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name)
        else:
            shutil.copy(source, tmp_path / name)
    done = dbt(tmp_path, "test", "--select", "test_type:unit")
    assert done.returncode == 0, done.stdout[-4000:]
    count = len(manifest["unit_tests"])
    assert re.search(rf"PASS={count} WARN=0 ERROR=0 SKIP=0", done.stdout), done.stdout[-500:]
