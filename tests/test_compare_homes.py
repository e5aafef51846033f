"""The comparison of two homes sees a figure, a register's column and a paper's value that moved, and nothing else."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb
import pytest

from tests.compare_homes import differences


def made(folder: Path, calls: int = 3, due: str = "2023-11-27", digest: str = "a") -> Path:
    folder.mkdir()
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts; create schema reports")
        connection.execute(
            "create table marts.fct_calls as select n as call_id, uuid()::varchar as recording_id "
            f"from range({calls}) t(n)"
        )
    with sqlite3.connect(folder / "operations.db") as connection:
        connection.execute("create table deliverables (kind, period, edition, due, data_sha256)")
        connection.execute(
            "insert into deliverables values ('weekly', 'w1', 1, ?, ?)", (due, digest)
        )
    return folder


@pytest.mark.parametrize(
    ("moved", "named"),
    [
        ({}, []),
        ({"calls": 4}, ["warehouse: marts.fct_calls"]),
        ({"due": "2023-11-28"}, ["operations: deliverables.due"]),
        ({"digest": "b"}, ["papers: weekly/w1/r1.value"]),
    ],
)
def test_what_moved_is_named(tmp_path: Path, moved: dict[str, object], named: list[str]) -> None:
    found = list(differences(made(tmp_path / "a"), made(tmp_path / "b", **moved)))  # type: ignore[arg-type]
    assert len(found) == len(named)
    assert all(line.startswith(words) for line, words in zip(found, named, strict=True))
