"""The house itself: locked without an index, offline, and as its own documents say."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-spark.lock")


def pinned(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text()
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_index_and_hashes_everything(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    requirements = [line for line in text.splitlines() if re.match(r"^[A-Za-z0-9]", line)]
    assert all("==" in line and line.endswith("\\") for line in requirements)
    assert text.count("--hash=sha256:") >= len(requirements)


def test_every_declared_dependency_is_locked_and_the_locks_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    runtime, dev, spark = (pinned(lock) for lock in LOCKS)
    for wanted, lock in (
        (project["dependencies"], runtime),
        (project["optional-dependencies"]["dev"], dev),
        (project["optional-dependencies"]["spark"], spark),
    ):
        for requirement in wanted:
            name = re.match(r"[A-Za-z0-9_.-]+", requirement).group()  # type: ignore[union-attr]
            assert name.lower() in lock, f"{name} is not locked: run `make lock`"
            if "==" in requirement:
                assert lock[name.lower()] == requirement.split("==")[1]
    for more in (dev, spark):
        assert all(more[name] == version for name, version in runtime.items() if name in more)
        assert runtime.keys() <= more.keys()
    assert all(spark[name] == version for name, version in dev.items() if name in spark)
    assert not runtime.keys() & {"pyspark", "py4j", "dbt-spark"}, (
        "nobody needs Java who did not ask"
    )


def test_makefile_prints_each_command_that_the_readme_names() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    readme = (ROOT / "README.md").read_text()
    commands = set(re.findall(r"(?:^|`)make ([a-z]+)", readme, re.MULTILINE))
    assert {"setup", "demo", "test", "check", "fix", "dev"} <= commands
    for command in commands:
        assert f"make {command}" in shown


def test_no_file_names_a_machine_path_or_a_registry_host() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    forbidden = re.compile(
        "|".join(
            [
                "py" + r"pi\.org",
                "python" + "hosted",
                "registry\\.np" + "mjs",
                "/wo" + "rk/",
                "/ro" + "ot/",
            ]
        )
    )
    suffixes = {".py", ".md", ".toml", ".yml", ".yaml", ".sql", ".lock", ".typ", ".cfg", ".csv", ""}
    found = [
        name
        for name in listed
        if name
        and Path(name).suffix in suffixes
        and (ROOT / name).is_file()
        and forbidden.search((ROOT / name).read_text(errors="replace"))
    ]
    assert found == []


def test_nothing_phones_home_and_the_ui_binds_to_this_machine() -> None:
    import yaml

    instance = yaml.safe_load((ROOT / "orchestration" / "instance" / "dagster.yaml").read_text())
    assert instance["telemetry"] == {"enabled": False}
    assert instance["nux"] == {"enabled": False}
    project = yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text())
    assert project["flags"]["send_anonymous_usage_stats"] is False
    from orchestration.cli import dev, serve

    assert inspect.signature(serve).parameters["host"].default == "127.0.0.1"
    assert 'host="127.0.0.1"' in inspect.getsource(dev)


PRODUCT = ("telephony_ingest", "compliance", "reporting", "application", "simulation", "desk", "orchestration")  # fmt: skip


def test_no_public_class_name_stands_twice() -> None:
    """One word, one meaning: whoever reads a name knows which thing it is."""
    places: dict[str, list[str]] = {}
    for package in PRODUCT:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.parse(path.read_text("utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_product_module_is_longer_than_four_hundred_lines() -> None:
    """One concept a module: what is longer has two."""
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for package in PRODUCT
        for path in (ROOT / package).rglob("*.py")
    }
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_no_test_module_is_imported_by_another() -> None:
    """What tests share lies in `tests/support`: a test can be renamed or taken apart without another one breaking."""
    found = {
        str(path.relative_to(ROOT)): names
        for path in (ROOT / "tests").rglob("*.py")
        if (names := sorted(_imported_tests(ast.parse(path.read_text("utf-8")))))
    }
    assert found == {}
    assert _imported_tests(ast.parse("def f():\n    from tests.desk import test_one")) == {
        "tests.desk.test_one"
    }


def _imported_tests(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if re.fullmatch(r"tests\.(?:\w+\.)*test_\w+", name)}
