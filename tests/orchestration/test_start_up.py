"""What a command imports: nobody waits for what the command does not do. Real processes, on a home that has lived."""

from __future__ import annotations

import ast
import datetime as dt
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from alembic.script import ScriptDirectory

from application.warehouse.reading import asked, literal
from compliance.ground.operations import MIGRATIONS, last_revision
from tests.homes import AS_OF, HomeOnTrial

ORCHESTRATOR = {"dagster", "dagster_dbt", "dbt", "sqlglot", "grpc"}
FRAMES = {"pandas", "scipy", "altair", "matplotlib", "great_expectations"}
WEB = {"starlette", "uvicorn"}
PAPERS = {"typst", "openpyxl", "xlsxwriter"}
STORES = {"sqlalchemy", "alembic", "duckdb", "pyarrow", "numpy", "cryptography", "pydantic"}
ALWAYS = ORCHESTRATOR | FRAMES | WEB | PAPERS | {"alembic"}
"""Left out by every command that only looks, and by a run that finds nothing to do."""

TOLD = """
import sys
from orchestration.cli import app
sys.argv = ["madoguchi", *sys.argv[1:]]
try:
    app()
except SystemExit as ended:
    assert not ended.code, ended.code
print({name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


@pytest.fixture
def lived(finished_home: HomeOnTrial, tmp_path: Path) -> HomeOnTrial:
    """A copy, which may be touched."""
    shutil.copytree(finished_home.root, tmp_path / "lived")
    return HomeOnTrial(tmp_path / "lived", tmp_path / "lived" / "pbx")


def imported(home: HomeOnTrial, *words: str) -> set[str]:
    """The packages that a command of a process of its own has imported at its end."""
    done = subprocess.run(
        [sys.executable, "-c", TOLD, *words],
        cwd=Path(__file__).resolve().parents[2],
        env=home.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-400:]
    found: set[str] = ast.literal_eval(done.stderr.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    ("words", "left_out"),
    [
        (["--help"], ALWAYS | STORES),
        (["papers", "--help"], ALWAYS | {"duckdb", "pyarrow", "numpy"}),
        (["verify", "--help"], ALWAYS | STORES - {"pydantic"}),  # the command line's own,
        (["settings"], ALWAYS | {"duckdb", "pyarrow", "numpy"}),
        (["papers", "list"], ALWAYS | {"duckdb", "pyarrow", "numpy"}),
        (["clock", "status"], ALWAYS | {"duckdb", "pyarrow", "numpy"}),
        (["registers", "list"], ALWAYS | {"duckdb", "pyarrow", "numpy"}),
        (["today"], ALWAYS | {"pyarrow", "numpy"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_that_looks_imports_what_it_looks_with(
    lived: HomeOnTrial, words: list[str], left_out: set[str]
) -> None:
    knows_homes = "--help" not in words and words != ["registers", "list"]
    given = ["--home", str(lived.path)] if knows_homes else []
    assert imported(lived, *words, *given) & left_out == set()


@pytest.mark.slow
def test_a_run_imports_the_orchestrator_when_there_is_something_to_do(
    lived: HomeOnTrial,
) -> None:
    words = ("run", "--home", str(lived.path), "--pbx", str(lived.pbx), "--as-of")
    assert imported(lived, *words, AS_OF) & ALWAYS == set()
    tomorrow = (dt.datetime.fromisoformat(AS_OF) + dt.timedelta(days=1)).isoformat()
    found = imported(lived, *words, tomorrow)
    assert {"dagster", "dagster_dbt"} <= found
    assert "dbt" not in found, "what dbt compiled at set-up needs no dbt"


def test_a_reference_table_that_was_touched_is_made_again(lived: HomeOnTrial) -> None:
    """Though nothing is asked to write one that is as it was."""
    before = lived.state()
    table = lived.path / "reference" / "terms.parquet"
    table.write_bytes(table.read_bytes() + b"x")
    assert lived.run().returncode == 0
    assert lived.state() == before


def test_the_last_revision_is_alembic_s_head() -> None:
    assert last_revision() == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_a_value_in_a_question_is_what_was_given() -> None:
    given = [7, -1, "it's'; drop table x; --", dt.date(2023, 11, 20), ["a'b", "", "\\'?$1"], None]
    with duckdb.connect() as connection:
        assert asked(connection, "select ?, ?, ?, ?, ?, ?", given) == [tuple(given)]
        assert asked(connection, "select $2, $1, $2", ["a", "b"]) == [("b", "a", "b")]
    for value in (True, 1.5, dt.datetime(2023, 11, 20, tzinfo=dt.UTC)):
        with pytest.raises(TypeError):
            literal(value)
