"""Questions to the rows that another process asks: the same verdicts, counts alone, and asked in person where it fails."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import application.asking_aside as asking_aside
from application.asking_aside import Asker
from application.inquiry_rows import NAME
from application.rows_asked import RowsAsked
from application.warehouse.build import _own_log
from application.warehouse.landed import files_of_days, landed_days
from compliance.ground.home import Home
from compliance.inquiries.extract import path_of
from tests.homes import ROOT, HomeOnTrial

FORM = ROOT / "contracts/sapporo-2023/form.toml"


@pytest.fixture
def asked(finished_home: HomeOnTrial) -> RowsAsked:
    home = Home.at(finished_home.path)
    since = sorted(landed_days(home.landing))[-3]
    return RowsAsked(home.landing, files_of_days(home.landing, since, date.max), since)


def test_another_process_says_what_this_one_says_and_no_row(
    asked: RowsAsked, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    read: Callable[[RowsAsked, str], object] = asking_aside._verdicts

    def heard(asked: RowsAsked, text: str) -> object:
        told.append(text)
        return read(asked, text)

    monkeypatch.setattr(asking_aside, "_verdicts", heard)
    with Asker() as asker:
        asker.ask(asked)
        verdicts = asker.answer_to(asked)
    assert verdicts == asked.answer()
    assert verdicts is not None
    assert sum(one.rows for one in verdicts.values()) > 100
    known = {"kind", "rows", "checks"}
    assert all(one.keys() == known for one in json.loads(told[0]))
    checks = {key for one in json.loads(told[0]) for check in one["checks"] for key in check}
    assert checks == {"name", "title_ja", "is_met", "rows_checked", "rows_failed"}


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.exit(1)",
        "print('no verdict')",
        "print('[{}]')",
        "print('{}x')",
        "print('[]', end='')",
        "import sys, time; sys.stdout.write('['); sys.stdout.flush(); time.sleep(60)",
    ],
)
def test_a_process_that_fails_or_says_something_else_gives_no_answer(
    asked: RowsAsked, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_aside, "_WAIT_SECONDS", 2.0)
    with Asker((sys.executable, "-c", code)) as asker:
        asker.ask(asked)
        assert not asker.answer_to(asked)


def test_one_process_answers_all_that_is_asked_in_any_order(
    asked: RowsAsked, tmp_path: Path
) -> None:
    """A night's question and a period's, whose pages it writes."""
    assert asked.first_day is not None
    floor = path_of(Home.at(asked.landing.parent))
    period = replace(
        asked, last_day=asked.first_day, form_file=FORM, files={**asked.files, NAME: [floor]},
        pages=(tmp_path / "pages", datetime(2023, 12, 4, 8, tzinfo=UTC)),
    )  # fmt: skip
    later = replace(asked, first_day=asked.first_day + timedelta(days=1))
    with Asker() as asker:
        asker.ask(asked, period)
        told = asker.answer_to(period)
        assert told is not None and NAME in told
        assert "index.html" in {page.name for page in (tmp_path / "pages").iterdir()}
        assert told == period.answer()
        assert asker.answer_to(asked) == asked.answer()
        assert asker.answer_to(asked) is None, "an answer is had once"
        assert asker.process is not None
        pid = asker.process.pid
        asker.ask(later)
        assert asker.answer_to(later) == later.answer()
        assert asker.process.pid == pid
        process = asker.process
    assert process.poll() is not None, "it ends with the command"


def test_what_nobody_waited_for_is_never_taken_for_the_next_answer(asked: RowsAsked) -> None:
    forgotten = RowsAsked(Path("/nowhere"), {}, asked.first_day)
    with Asker() as asker:
        asker.ask(forgotten)
        asker.ask(asked)
        assert asker.answer_to(asked) == asked.answer()
        assert asker.answer_to(forgotten) is None


def test_what_is_asked_otherwise_than_it_was_begun_is_asked_in_person(asked: RowsAsked) -> None:
    """Rows that landed, or another hour, in between."""
    other = replace(asked, files={**asked.files, "cdr": []})
    with Asker() as asker:
        asker.ask(asked)
        assert asker.answer_to(other) is None
        assert asker.answer_to(asked) == asked.answer()


def test_a_process_that_was_killed_is_begun_anew(asked: RowsAsked) -> None:
    with Asker() as asker:
        asker.ask(asked)
        assert asker.process is not None
        asker.process.kill()
        assert asker.answer_to(asked) is None
        asker.ask(asked)
        assert asker.answer_to(asked) == asked.answer()


def test_what_dbt_does_to_the_root_logger_is_undone() -> None:
    root, before = logging.getLogger(), [*logging.getLogger().handlers]
    with _own_log():
        root.addHandler(logging.StreamHandler())
    assert root.handlers == before
