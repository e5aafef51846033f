"""What a command tells of a long life: few lines, whatever was done."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from application.home.run_report import Journal
from orchestration.command.summary import as_text, facts
from orchestration.command.terminal import lived_progress
from reporting.paper.issue import Issued

FIRST = datetime(2023, 11, 19, 15, tzinfo=UTC)
LAST = FIRST + timedelta(days=100)


def test_a_life_of_many_days_is_told_in_eight_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with lived_progress(FIRST, LAST, is_quiet=False) as told:
        for day in range(101):
            told.step("warehouse: fct_calls")
            told.moment(FIRST + timedelta(days=day))
        told.moment(LAST + timedelta(days=9))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 8
    assert [int(found) for found in re.findall(r"(\d+)%", "".join(lines))] == [
        13,
        25,
        38,
        50,
        63,
        75,
        88,
        100,
    ]
    assert "2023-12-03" in lines[0]
    with lived_progress(FIRST, LAST, is_quiet=True) as told:
        told.moment(LAST)
    assert capsys.readouterr().err == ""


def paper(kind: str, number: int) -> Issued:
    return Issued(
        kind,
        f"p{number}",
        kind,
        1,
        True,
        Path(f"/outbox/{kind}/p{number}"),
        {"a.pdf": "0" * 64},
        (),
        0,
    )


def test_many_papers_are_counted_by_kind_and_few_are_named() -> None:
    many = Journal(
        papers=[paper("weekly", n) for n in range(15)] + [paper("voices", n) for n in range(4)]
    )
    text = as_text(many)
    assert (
        "Papers: 15 weekly, 4 voices" in text and "/outbox/" not in text and text.count("\n") < 12
    )
    few = as_text(Journal(papers=[paper("weekly", n) for n in range(2)]))
    assert "Paper: /outbox/weekly/p0/" in few and few.count("a.pdf") == 2
    assert len(facts(many)["papers"]) == 19, "a program has all of them"
