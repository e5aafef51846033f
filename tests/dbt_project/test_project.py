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

import duckdb
import pytest
import yaml

from compliance.contract.words import ContractWords, shipped_words
from orchestration.assets.cited import MODELS, model_description
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


def test_every_model_is_kept_as_the_house_keeps_them(manifest: dict[str, Any]) -> None:
    """None is ephemeral: a process that builds one day after another compiles it into its readers once only."""
    kept = {
        node["name"]: node["config"]["materialized"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    assert {name: how for name, how in kept.items() if how not in ("replaced", "by_day")} == {}


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


def test_the_proofs_of_an_answer_are_those_of_the_documented_table_in_its_order() -> None:
    project = yaml.safe_load((ROOT / "dbt_project/dbt_project.yml").read_text("utf-8"))
    proofs = project["vars"]["answer_proofs"]
    documented = (ROOT / "docs/call-outcomes.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (CEL|queue_log|CDR)(?=[: ]).*$", documented, re.MULTILINE)
    assert [(row["proof"], row["source"]) for row in proofs] == [(p, s.lower()) for p, s in rows]
    for proof in proofs:
        line = next(
            row for row in documented.splitlines() if row.startswith(f"| `{proof['proof']}` |")
        )
        told = [cell.strip() for cell in line.split("|")[3:7]]
        columns = ("who", "since", "how_long", "wait")
        assert proof["tells"] == [c for c, cell in zip(columns, told, strict=True) if cell]
    stays = ROOT / "dbt_project/models/intermediate/int_calls__operator_stays.sql"
    assert "var('answer_proofs')" in stays.read_text("utf-8")


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


def test_a_menu_choice_is_said_to_be_the_code_of_a_service(manifest: dict[str, Any]) -> None:
    told = [m["columns"]["menu_choice"] for m in models(manifest) if "menu_choice" in m["columns"]]
    assert len(told) >= 2
    assert all("業務の符号（契約の services の code）" in one["description"] for one in told)
    assert "`menu_choice`\nof `marts.fct_calls` holds that code of a service" in (
        ROOT / "docs/contract.md"
    ).read_text("utf-8")


def test_public_models_say_what_a_row_is_and_which_clause_they_serve(
    manifest: dict[str, Any],
) -> None:
    """The clause is the contract's: the text holds none, the page gets it by its name."""
    words, made = shipped_words(), {model["name"]: model for model in models(manifest)}
    assert set(MODELS) <= set(made)
    assert {name for name, one in made.items() if one["schema"] in {"marts", "reports"}} <= set(
        MODELS
    )
    for name, clause in MODELS.items():
        told = made[name]["description"]
        assert words.clause(clause), name
        shown = model_description(name, told, words)
        assert f"（{words.clause(clause)}）1行" in shown and "**" not in shown, name
        assert model_description(name, told, ContractWords()).replace("　", "") == shown.replace(
            words.cited(clause), ""
        )
    for model in models(manifest):
        if model["schema"] in {"marts", "reports"}:
            assert re.search(r"1行", model["description"]), model["name"]


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


BETWEEN = {
    "09:00:16.405500": 16.406,
    "09:00:16.405499": 16.405,
    "09:00:00.000500": 0.001,
    "08:59:59.999500": -0.001,
    "09:00:16.000000": 16.0,
    "23:59:59.999999": 54000.0,
}
"""Seconds from nine o'clock."""


@pytest.mark.slow
def test_seconds_are_whole_microseconds_to_the_nearest_millisecond(
    finished_home: HomeOnTrial, tmp_path: Path
) -> None:
    """A half millisecond goes away from zero: 16.4055 s are 16.406 s, whatever doubles hold the two instants."""
    shutil.copytree(finished_home.path / "reference", tmp_path / "reference")

    def moment(clock: str) -> str:
        return f"cast('2023-11-20 {clock}+09:00' as timestamptz)"

    columns = ", ".join(
        '{{ seconds_between("'
        + moment("09:00:00")
        + '", "'
        + moment(until)
        + '") }} as case_'
        + str(n)
        for n, until in enumerate(BETWEEN)
    )
    done = dbt(tmp_path, "--quiet", "show", "--inline", f"select {columns}", "--output", "json")
    assert done.returncode == 0, done.stdout[-2000:]
    [shown] = json.loads(done.stdout)["show"]
    assert list(shown.values()) == list(BETWEEN.values())


UNPORTABLE = {
    "a bare true in where": r"\(\s*true\b",
    "functions of DuckDB": (
        r"\b(timezone|epoch|epoch_us|epoch_ms|to_timestamp|to_seconds|make_timestamp|generate_series|time_bucket|unnest|string_agg|isodow|"
        r"starts_with|arg_min|arg_max|regexp_matches|quantile_disc|list_\w+|date_diff|strftime|round_even)\s*\("
    ),
    "functions of Spark": (
        r"\b(convert_timezone|unix_\w+|timestamp_seconds|make_dt_interval|bround|explode|inline|arrays_zip|listagg|min_by|max_by|struct|"
        r"get_json_object)\s*\("
    ),
    "a whole division by a sign or a word": r"//|\bdiv\b",
    "a value of a JSON object by an arrow": r"->",
    "nulls put in order by a word": r"\bnulls (first|last)\b",
    "an instant or a civil time by a type's name": r"\bas timestamp(tz|_ntz|_ltz)?\b",
    "a pattern without the group that it gives": r"\bregexp_extract\((?!.*, ?\d\))",
    "a question to a table in a condition that stands in a list": r"[\"'].*\bin \(select\b.*[\"']",
    "an aggregate ordered in DuckDB's way": r"\b(first|last|any_value)\s*\(",
    "varchar for string": r"\bvarchar\b",
    "a backslash in a pattern": r"\\",
    "columns left out by name": r"\bexclude\b",
    "a decimal division": r"\* 1\.0\b|/ \d+\.0\b",
    "a time without end": r"'infinity'",
    "a cast by colons": r"::",
    "grouping by whatever is left": r"group by all",
}
"""What other engines lack or read otherwise (measured on Apache Spark); macros/dialect.sql alone may say it."""


@pytest.mark.parametrize("what", UNPORTABLE)
def test_models_speak_no_engine_s_dialect(what: str) -> None:
    project = ROOT / "dbt_project"
    files = [
        *project.glob("models/**/*.sql"),
        *project.glob("tests/*.sql"),
        *project.glob("macros/*.sql"),
    ]
    assert len(files) > 40
    found = [
        (path.name, line)
        for path in files
        if path.name != "dialect.sql"
        for line in path.read_text("utf-8").splitlines()
        if re.search(UNPORTABLE[what], line, re.IGNORECASE)
    ]
    assert not found
    dialect = (project / "macros/dialect.sql").read_text("utf-8")
    sayings = (
        "timezone(",
        "epoch_us(",
        "string_agg(",
        "listagg(",
        "first(",
        "->>",
        " div ",
        "as timestamptz",
    )
    assert all(saying in dialect for saying in sayings), "the patterns find what is said there"


ENGINES = ("duckdb", "spark")


def macros_of(name: str) -> dict[str, str]:
    """Each macro of a file of macros, with its parameters."""
    text = (ROOT / "dbt_project/macros" / name).read_text("utf-8")
    return dict(re.findall(r"{% macro (\w+)\((.*?)\) -?%}", text))


def test_what_engines_say_differently_is_said_for_each() -> None:
    """By name and parameters; what is dispatched stands there for every engine, and what stands there is dispatched."""
    text = (ROOT / "dbt_project/macros/dialect.sql").read_text("utf-8")
    known = macros_of("dialect.sql")
    dispatched = set(re.findall(r"adapter\.dispatch\('(\w+)'\)", text))
    assert len(dispatched) >= 16
    said = {name for name in known if "__" in name}
    assert said == {f"{engine}__{name}" for engine in ENGINES for name in dispatched}
    parameters = {name: re.sub(r"=\w+", "", known[name]) for name in known}
    assert not [n for n in said if parameters[n] != parameters[n.partition("__")[2]]]
    elsewhere = [
        (path.name, name)
        for path in (ROOT / "dbt_project/macros").glob("*.sql")
        if path.name != "dialect.sql"
        for name in macros_of(path.name)
        if name.partition("__")[0] in {*ENGINES, "default"}
    ]
    assert not elsewhere


def test_a_model_unnests_once_in_a_row() -> None:
    """Two lists in one row go hand in hand on one engine, and each with each on another."""
    found = {}
    for path in (ROOT / "dbt_project/models").rglob("*.sql"):
        for query in re.split(r"\bselect\b", path.read_text("utf-8")):
            if calls := query.count("each_row_of("):
                found[path.name] = max(calls, found.get(path.name, 0))
    assert set(found.values()) == {1}
    assert len(found) >= 3


@pytest.mark.parametrize("engine", ENGINES)
def test_a_model_names_what_each_engine_is_asked(engine: str) -> None:
    """Materializations stand for each engine, by the same names."""
    text = "".join(path.read_text("utf-8") for path in (ROOT / "dbt_project/macros").glob("*.sql"))
    kept = re.findall(rf"{{% materialization (\w+), adapter='{engine}' %}}", text)
    assert sorted(kept) == ["by_day", "replaced"]


def test_what_picks_a_row_is_ordered_by_what_cannot_tie() -> None:
    """A place in a log, a key of the row, or the picked value itself ends every order by which one of several is taken."""
    ends = {
        "in_order()",
        "row_key",
        "place",
        "stretch",
        "stay",
        "message_id",
        "operator",
        "call_id",
        "is_end_assumed",
    }
    picked = [
        (path.name, order)
        for path in (ROOT / "dbt_project/models").rglob("*.sql")
        for order in re.findall(r"(?:first_of|last_of)\([^,]+(?:\([^)]*\))?, (in_order\(\)|'[^']+')\)", path.read_text("utf-8"))
    ]  # fmt: skip
    assert len(picked) >= 20
    loose = [
        (name, order)
        for name, order in picked
        if re.split(r"[ .]", order.strip("'"))[-1] not in ends
    ]
    assert not loose


def test_a_built_warehouse_has_the_columns_and_types_that_are_promised(
    manifest: dict[str, Any], finished_home: HomeOnTrial
) -> None:
    """By name and type, in whatever order: our own materializations ask nothing of the kind while they build."""
    with duckdb.connect(str(finished_home.path / "warehouse.duckdb"), read_only=True) as connection:
        for model in models(manifest):
            if model["schema"] not in {"marts", "reports"}:
                continue
            built = connection.execute(f"describe {model['schema']}.{model['name']}").fetchall()
            promised = connection.execute(
                "select "
                + ", ".join(
                    f"cast(null as {c['data_type']}) as {name}"
                    for name, c in model["columns"].items()
                )
            ).description
            assert promised is not None
            assert {row[0]: row[1].split("(")[0] for row in built} == {
                column[0]: str(column[1]).split("(")[0] for column in promised
            }, model["name"]
