"""No clear telephone number and no caller name anywhere in a home that has done its work."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import pytest

from tests.homes import HomeOnTrial
from tests.support.readable_texts import readable_texts


@pytest.fixture(scope="module")
def secrets(samples: Path) -> frozenset[str]:
    """Every number that called or was called, in the spellings a leak could take, and every name."""
    found: set[str] = set()
    with (samples / "truth.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            number, name = row["caller_or_called_number"], row["caller_name"]
            if number.isdigit():
                found |= {number, "9" + number, "+81" + number[1:]}
            if len(name) >= 3 and name.lower() != "anonymous":
                found.add(name)
    assert len(found) > 100
    return frozenset(found)


def leaks(text: str, secrets: frozenset[str]) -> set[str]:
    digits = set(re.findall(r"(?<![0-9])\+?[0-9]{9,13}(?![0-9])", text))
    names = {secret for secret in secrets if not secret.lstrip("+").isdigit() and secret in text}
    return (digits & secrets) | names


def test_the_search_finds_a_planted_number(tmp_path: Path, secrets: frozenset[str]) -> None:
    number = next(secret for secret in sorted(secrets) if secret.startswith("0"))
    plant = tmp_path / "plant.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"copy (select '{number}' as a) to '{plant}' (format parquet)")
    assert any(leaks(text, secrets) for text in readable_texts(plant))


def test_no_number_and_no_name_lies_anywhere_under_the_home(
    finished_home: HomeOnTrial, secrets: frozenset[str]
) -> None:
    files = [path for path in sorted(finished_home.path.rglob("*")) if path.is_file()]
    kinds = {path.suffix for path in files}
    assert {".parquet", ".duckdb", ".db", ".pdf", ".xlsx", ".json"} <= kinds
    found = {
        str(path.relative_to(finished_home.path)): len(leaked)
        for path in files
        if (leaked := {leak for text in readable_texts(path) for leak in leaks(text, secrets)})
    }
    assert found == {}


def test_nothing_on_disk_or_in_a_table_is_missing_from_the_inventory(
    finished_home: HomeOnTrial,
) -> None:
    from application.stores import STORES
    from compliance.ground.home import Home
    from compliance.ground.operations import open_operations
    from compliance.inventory import unlisted

    home = Home.at(finished_home.path)
    engine = open_operations(home.operations_url)
    try:
        assert unlisted(home, engine, STORES) == []
    finally:
        engine.dispose()
