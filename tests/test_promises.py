"""Every package says in its `__init__` what it promises, and opens with an example that runs."""

from __future__ import annotations

import ast
import doctest
import importlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROMPT = ">>> "
LINES_OF_A_PROMISE = 10
LINES_OF_AN_EXAMPLE = 10


def modules() -> Iterator[Path]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for package in project["tool"]["importlinter"]["root_packages"]:
        yield from sorted((ROOT / package).rglob("*.py"))


def name_of(module: Path) -> str:
    *packages, last = module.relative_to(ROOT).with_suffix("").parts
    return ".".join(packages if last == "__init__" else [*packages, last])


def docstring(module: Path) -> str:
    return ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""


def lacking(told: str) -> list[str]:
    """What a package's docstring lacks of a promise and an example, or has too much of."""
    promise, _, example = told.partition(PROMPT)
    return [
        what
        for what, is_so in {
            "no promise": len(promise.strip().splitlines()) < 2,
            "no example": not example,
            "a long promise": len(promise.strip().splitlines()) > LINES_OF_A_PROMISE,
            "a long example": len(example.strip().splitlines()) > LINES_OF_AN_EXAMPLE,
        }.items()
        if is_so
    ]


PACKAGES = {name_of(module): module for module in modules() if module.name == "__init__.py"}
EXAMPLES = {name_of(module): module for module in modules() if PROMPT in module.read_text("utf-8")}


def test_every_folder_with_modules_is_a_package() -> None:
    assert {name_of(module.with_name("__init__.py")) for module in modules()} == PACKAGES.keys()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_what_it_promises_and_shows_it(package: str) -> None:
    assert lacking(docstring(PACKAGES[package])) == [], package


@pytest.mark.parametrize("module", PACKAGES | EXAMPLES)
def test_an_example_gives_what_it_shows(module: str) -> None:
    found = doctest.testmod(importlib.import_module(module))
    assert found.attempted, f"{module} has no example that runs"
    assert not found.failed, f"{module} shows what it does not give"


def test_what_is_missing_is_named() -> None:
    assert lacking("") == ["no promise", "no example"]
    assert lacking("Papers.\n\n>>> 1 + 1\n2") == ["no promise"]
    assert lacking("Papers.\n\nNone is made twice.") == ["no example"]
    assert lacking("Papers.\n" * 11 + ">>> 1\n1\n" * 6) == ["a long promise", "a long example"]
