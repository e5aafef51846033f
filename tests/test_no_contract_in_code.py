"""No text of the product names one contract: its clauses and its city stand in `contracts/`, by names of ours."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from compliance.contract.words import IN_HEADS, Clauses
from compliance.registers.known import REGISTERS
from orchestration.assets.cited import ASSETS, MODELS
from reporting.kinds import KINDS
from tests.homes import ROOT
from tests.support.clauses import CITED

PRODUCT = ("application", "compliance", "desk", "orchestration", "reporting", "telephony_ingest")
TEXTS = (".typ", ".yml", ".yaml", ".html", ".js", ".toml", ".css", ".md")
ASKED = re.compile(r"(?:words\.(?:clause|cited|grounds)\(|based_on\(contract, )[\"'](\w+)[\"']")
ALLOWED = {
    ("reporting/erasure/certificate.typ", "別紙1"): "the certificate's own first annex",
    ("reporting/erasure/certificate.typ", "別紙2"): "the certificate's own second annex",
}  # fmt: skip
"""What may stand, by file and what is found, with the reason."""


def strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every text of a module that is no docstring and no comment, with its line."""
    told = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """What a file says, without what only its writer reads."""
    if path.suffix == ".py":
        yield from strings(ast.parse(path.read_text("utf-8")))
        return
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.lstrip().startswith(("#", "//", "--", "*", "/*")) or path.suffix == ".md":
            yield number, line


def found_in(path: Path, name: str) -> list[str]:
    return [
        f"{name}:{number}: {match}"
        for number, text in lines(path)
        for match in CITED.findall(text)
        if (name, match) not in ALLOWED
    ]


def sources() -> list[Path]:
    return [
        path
        for package in (*PRODUCT, "dbt_project/models", "dbt_project/tests")
        for path in sorted((ROOT / package).rglob("*"))
        if path.suffix in (".py", *TEXTS) and path.is_file() and "target" not in path.parts
    ]


def test_no_text_of_the_product_holds_a_clause_or_a_name_of_one_contract() -> None:
    looked = sources()
    assert len(looked) > 400
    found = [one for path in looked for one in found_in(path, str(path.relative_to(ROOT)))]
    assert found == []


@pytest.mark.parametrize(
    ("name", "text", "is_found"),
    [
        ("a.py", 'TITLE = "届（別紙2第4条）"', True),
        ("a.py", 'NOTE = f"{1}件（仕様書6(3)エ）"', True),
        ("a.py", '"""別紙2-13."""\n# 仕様書6(3)エ\nX = 1', False),
        ("a.py", 'def f() -> None:\n    """6(3)オ."""', False),
        ("a.typ", "個人情報（別紙2 第13条）に基づき", True),
        ("a.typ", "// 別紙1", False),
        ("a.yml", "description: 音（6(3)カ）。", True),
        ("a.html", "<p>札幌市</p>", True),
        ("a.py", 'TITLE = "秘匿別紙（別送）"', False),
    ],
)
def test_the_search_finds_what_it_is_for(
    tmp_path: Path, name: str, text: str, is_found: bool
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    assert bool(found_in(tmp_path / name, name)) is is_found


def asked_for() -> Iterator[str]:
    """Names by which the product asks for a clause."""
    yield from IN_HEADS
    yield from (one.clause for one in KINDS.values())
    for register in REGISTERS.values():
        yield register.clause
        yield from (filing.clause for filing in register.filings)
    yield from (*MODELS.values(), *ASSETS.values())
    for path in sources():
        if path.suffix == ".py":
            yield from ASKED.findall(path.read_text("utf-8"))


def test_every_clause_is_asked_for_and_every_contract_lists_them_all() -> None:
    names = list(Clauses.model_fields)
    assert sorted({name for name in asked_for() if name}) == sorted(names)
    for path in sorted((ROOT / "contracts").glob("*/words.toml")):
        assert list(tomllib.loads(path.read_text("utf-8"))["clauses"]) == names, path.parent.name


def test_every_exception_is_still_needed() -> None:
    for name, text in ALLOWED:
        assert text in (ROOT / name).read_text("utf-8"), name
