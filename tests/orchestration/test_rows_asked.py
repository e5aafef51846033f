"""Questions to the rows that another process asks: the same verdicts, counts alone, and asked in person where it fails."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

import application.home.asked_aside as asked_aside
from application.home.asked_aside import Asker, RowsAsked
from application.warehouse.build import _own_log
from application.warehouse.landed import files_of_days, landed_days
from compliance.ground.home import Home
from tests.homes import HomeOnTrial


@pytest.fixture
def asked(finished_home: HomeOnTrial) -> RowsAsked:
    home = Home.at(finished_home.path)
    since = sorted(landed_days(home.landing))[-3]
    return RowsAsked(home.landing, since, files_of_days(home.landing, since, date.max))


def test_another_process_says_what_this_one_says_and_no_row(
    asked: RowsAsked, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    read: Callable[[str], object] = asked_aside._verdicts

    def heard(text: str) -> object:
        told.append(text)
        return read(text)

    monkeypatch.setattr(asked_aside, "_verdicts", heard)
    with Asker() as asker:
        aside = asker.ask(asked)
        assert aside is not None
        verdicts = aside.answer()
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
    monkeypatch.setattr(asked_aside, "_WAIT_SECONDS", 2.0)
    with Asker((sys.executable, "-c", code)) as asker:
        aside = asker.ask(asked)
        assert aside is None or not aside.answer()


def test_one_process_answers_all_that_is_asked_one_after_the_other(asked: RowsAsked) -> None:
    later = replace(asked, since=asked.since + timedelta(days=1))
    with Asker() as asker:
        first = asker.ask(asked)
        assert first is not None and first.answer() == asked.answer()
        assert asker.process is not None
        pid = asker.process.pid
        second = asker.ask(later)
        assert second is not None and second.answer() == later.answer()
        assert second.answer() is None, "an answer is had once"
        assert asker.process.pid == pid
        process = asker.process
    assert process.poll() is not None, "it ends with the command"


def test_what_nobody_waited_for_is_never_taken_for_the_next_answer(asked: RowsAsked) -> None:
    with Asker() as asker:
        forgotten = asker.ask(RowsAsked(Path("/nowhere"), asked.since, {}))
        second = asker.ask(asked)
        assert second is not None and second.answer() == asked.answer()
        assert forgotten is not None and forgotten.answer() is None


def test_a_process_that_was_killed_is_begun_anew(asked: RowsAsked) -> None:
    with Asker() as asker:
        aside = asker.ask(asked)
        assert asker.process is not None and aside is not None
        asker.process.kill()
        assert aside.answer() is None
        again = asker.ask(asked)
        assert again is not None and again.answer() == asked.answer()


def test_what_dbt_does_to_the_root_logger_is_undone() -> None:
    root, before = logging.getLogger(), [*logging.getLogger().handlers]
    with _own_log():
        root.addHandler(logging.StreamHandler())
    assert root.handlers == before
