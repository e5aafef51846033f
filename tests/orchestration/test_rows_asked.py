"""Questions to the rows that another process asks: the same verdicts, counts alone, and asked in person where it fails."""

from __future__ import annotations

import json
import logging
import select
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread

import duckdb
import pytest

import application.asking_aside as asking_aside
import application.rows_asked as rows_asked
from application.asking_aside import Asker
from application.inquiry_rows import NAME
from application.rows_asked import RowsAsked
from application.warehouse.build import _own_log
from application.warehouse.landed import files_of_days, landed_days
from compliance.ground.home import Home
from compliance.inquiries import extract
from telephony_ingest.quality.verdict import Verdict
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


@pytest.fixture
def of_period(asked: RowsAsked, tmp_path: Path) -> RowsAsked:
    """A period's question, with records of inquiries: ten, of which three have a code that the form does not know."""
    floor = tmp_path / "inquiries.parquet"
    floor_of(floor, unknown=3)
    return replace(
        asked, last_day=asked.first_day, form_file=FORM, files={**asked.files, NAME: [floor]}, floor=rows_asked._which(floor),
        pages=(tmp_path / "home" / "quality", datetime(2023, 12, 4, 8, tzinfo=UTC)),
    )  # fmt: skip


def floor_of(path: Path, unknown: int) -> None:
    """A table of ten records of the recorded home's third last day, written as the product does: beside, then renamed."""
    columns = dict.fromkeys(extract._COLUMNS, "''") | {
        "inquiry_id": "'Q-' || i", "revision": "1::int", "number": "1::int", "row_key": "'Q-' || i || '/1'",
        "inquired_at": "timestamptz '2023-12-14 01:00:00+00'", "operator": "'op1'", "is_counted": "true",
        "is_complaint": "false", "is_urgent": "false", "needs_care": "false", "is_message": "false",
        "voice": f"case when i < {unknown} then 'nobody knows it' else '' end",
    }  # fmt: skip
    told = ", ".join(f"{value} as {name}" for name, value in columns.items())
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"copy (select {told} from range(10) r(i)) to '{path}.new' (format parquet)")  # fmt: skip
    Path(f"{path}.new").replace(path)


def failed(verdicts: Mapping[str, Verdict] | None) -> int:
    assert verdicts is not None
    return sum(check.rows_failed for check in verdicts[NAME].checks)


def test_one_process_answers_all_that_is_asked_in_any_order(
    asked: RowsAsked, of_period: RowsAsked
) -> None:
    """A night's question and a period's, whose pages it writes."""
    assert asked.first_day is not None and of_period.pages is not None
    pages = of_period.pages[0]
    pages.mkdir(parents=True)
    (pages / "of-before.html").write_text("x")
    later = replace(asked, first_day=asked.first_day + timedelta(days=1))
    with Asker() as asker:
        asker.ask(asked, of_period)
        assert asker.answer_to(asked) == asked.answer()
        assert [page.name for page in pages.iterdir()] == ["of-before.html"], "until it is taken"
        told = asker.answer_to(of_period)
        assert failed(told) == 3 and told == of_period.answer()
        assert "index.html" in {page.name for page in pages.iterdir()}
        assert not (pages / "of-before.html").exists()
        assert asker.answer_to(asked) is None, "an answer is had once"
        assert asker.process is not None
        pid = asker.process.pid
        asker.ask(later)
        assert asker.answer_to(later) == later.answer()
        assert asker.process.pid == pid
        process = asker.process
    assert process.poll() is not None, "it ends with the command"


def test_records_that_came_meanwhile_are_asked_in_person(of_period: RowsAsked) -> None:
    """The table of inquiries is replaced under its name: what was found in the one before is no answer."""
    (floor,) = of_period.files[NAME]
    with Asker() as asker:
        asker.ask(of_period)
        floor_of(floor, unknown=5)
        now = replace(of_period, floor=rows_asked._which(floor))
        assert now != of_period and asker.answer_to(now) is None
    assert failed(now.answer()) == 5


def test_pages_are_those_of_the_paper_that_took_its_answer_last(
    asked: RowsAsked, of_period: RowsAsked, tmp_path: Path
) -> None:
    """An earlier period that is asked in person meanwhile does not stay there, nor mix with the others."""
    assert of_period.pages is not None
    pages = of_period.pages[0]
    earlier = replace(of_period, pages=(pages, datetime(2023, 11, 27, 8, tzinfo=UTC)))
    alone = replace(of_period, pages=(tmp_path / "alone", of_period.pages[1]))
    alone.answer()
    with Asker() as asker:
        asker.ask(asked, of_period)
        earlier.answer()
        assert asker.answer_to(of_period) == alone.answer()

    def found(folder: Path) -> set[str]:
        return {page.relative_to(folder).as_posix() for page in folder.rglob("*.html")}

    assert found(pages) == found(tmp_path / "alone")
    assert (pages / "index.html").read_text() == (tmp_path / "alone" / "index.html").read_text()


def test_whoever_ends_amid_pages_leaves_those_of_before(of_period: RowsAsked) -> None:
    assert of_period.pages is not None
    of_period.answer()
    pages = of_period.pages[0]
    before = {page: page.read_bytes() for page in pages.rglob("*.html")}
    with Asker() as asker:
        asker.ask(of_period, of_period)
        assert asker.process is not None and asker.process.stdout is not None
        select.select([asker.process.stdout], [], [], 60)  # the first is answered, the second begun
        time.sleep(0.3)
        asker.ask(replace(of_period, last_day=None))
        place = asker._pages
    assert {page: page.read_bytes() for page in pages.rglob("*.html")} == before
    assert place is not None and not Path(place.name).exists()


def test_whoever_asks_very_much_is_not_kept(asked: RowsAsked) -> None:
    """Answers that nobody reads fill a pipe; what is not asked then is asked in person."""
    many = {f"{number:03d}": [Path(f"/{'x' * 100}/{number}")] for number in range(60)}
    questions = [replace(asked, files={**asked.files, **many}, last_day=asked.first_day + timedelta(days=n) if asked.first_day else None) for n in range(60)]  # fmt: skip
    answer = "[" + " " * 8000 + "]"
    code = f"import sys\nfor line in sys.stdin:\n    sys.stdout.write({answer!r} + chr(10)); sys.stdout.flush()"
    asking = Thread(target=lambda: asker.ask(*questions))
    with Asker((sys.executable, "-c", code)) as asker:
        asking.start()
        asking.join(20)
        is_kept = asking.is_alive()
        assert asker.answer_to(questions[-1]) is None
        assert asker.answer_to(questions[1]) == {}
    assert not is_kept


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
