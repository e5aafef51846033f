"""Questions to the rows that another process asks: the same verdicts, counts alone, and asked in person where it fails."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import application.home.asked_aside as asked_aside
from application.home.asked_aside import Aside, RowsAsked, ask_aside
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
    aside = ask_aside(asked)
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
    "code", ["import sys; sys.exit(1)", "print('no verdict')", "print('[{}]')", "print('{}x')"]
)
def test_a_process_that_fails_or_says_something_else_gives_no_answer(
    asked: RowsAsked, code: str
) -> None:
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert Aside(asked, process).answer() is None


def test_a_process_that_is_no_longer_wanted_is_ended(asked: RowsAsked) -> None:
    aside = ask_aside(RowsAsked(Path("/nowhere"), asked.since, {}))
    assert aside is not None
    aside.close()
    assert aside.process.poll() is not None
    aside.close()


def test_what_dbt_does_to_the_root_logger_is_undone() -> None:
    root, before = logging.getLogger(), [*logging.getLogger().handlers]
    with _own_log():
        root.addHandler(logging.StreamHandler())
    assert root.handlers == before
