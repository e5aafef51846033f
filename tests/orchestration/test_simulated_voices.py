"""What the simulated callers said is what tables and papers say: every record, category and day; complaints on their days."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from application.handing_over import made_papers, open_paper
from application.home.session import read_settings
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import periods
from compliance.contract.due_terms import DueRule
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.ground.operations import open_operations
from compliance.inquiries.form import load_form
from compliance.inquiries.kept import inquiry_id
from compliance.inquiries.record import CALLBACK, Flag, Inquiry
from compliance.registers.known import CALLBACKS
from simulation import voices
from simulation.exchange.centre import days_between
from simulation.exchange.files import SimulatedPbx
from tests.homes import ROOT, HomeOnTrial

AS_OF = "2023-11-29T12:00+09:00"
FORM = load_form()


@dataclass
class Lived:
    """A simulated home with the truth of what was said up to a moment, by id."""

    path: Path
    pbx: Path
    until: datetime

    @property
    def truth(self) -> dict[str, Inquiry]:
        began = self.until - timedelta(days=365)
        said = voices.said(self.pbx / "truth.csv", FORM, began)
        records = [one.record for one in said if one.entered_at < self.until]
        return {inquiry_id(record): record for record in records}

    def ask(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(query, list(values)).fetchall()

    def papers(self, kind: str) -> dict[str, tuple[int, dict[str, Any], datetime, date]]:
        """By period: latest edition, its data, when the first edition was made, and when it was due."""
        with sqlite3.connect(self.path / "operations.db") as connection:
            rows = connection.execute(
                "select period, edition, data_json, made_at, due_date from deliverables where kind = ? "
                "order by edition",
                [kind],
            ).fetchall()
        found: dict[str, tuple[int, dict[str, Any], datetime, date]] = {}
        for period, edition, data, made_at, due in rows:
            made = datetime.fromisoformat(made_at + "+00:00").astimezone(TOKYO)
            first = found[period][2] if period in found else made
            found[period] = (edition, json.loads(data), first, date.fromisoformat(due))
        return found


def day_of(record: Inquiry) -> date:
    return record.at.astimezone(TOKYO).date()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("voices")
    trial = HomeOnTrial(folder, folder / "home-pbx")
    done = subprocess.run(
        trial.command("simulate", "--home", str(trial.path), "--as-of", AS_OF),
        cwd=ROOT,
        env=trial.environment(),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode in {0, 3}, done.stderr
    yield Lived(trial.path, folder / "home-pbx", datetime.fromisoformat(AS_OF))


@pytest.mark.slow
def test_every_record_is_there_once_as_it_was_last_said(lived: Lived) -> None:
    found = {
        row[0]: row[1:]
        for row in lived.ask(
            "select inquiry_id, call_id, call_date, operator, category, item, voice, stance, handling, faq, "
            "is_complaint, is_urgent, is_message, ward, age_band from marts.fct_inquiries"
        )
    }
    true = {
        key: (
            one.call_id, day_of(one), one.operator, one.category, one.item, one.voice, one.stance, one.handling,
            one.faq, Flag.COMPLAINT in one.flags, Flag.URGENT in one.flags, Flag.MESSAGE in one.flags,
            one.ward, one.age_band,
        )
        for key, one in lived.truth.items()
        if day_of(one) < lived.until.date()
    }  # fmt: skip
    built = {key: row for key, row in found.items() if row[1] < lived.until.date()}
    assert built == true
    assert any(row[11] for row in built.values()) and any(row[9] for row in built.values())


@pytest.mark.slow
def test_the_weekly_paper_counts_every_category_and_day(lived: Lived) -> None:
    for monday, (_, report, _, _) in lived.papers("weekly").items():
        first = date.fromisoformat(monday)
        week = [
            one
            for one in lived.truth.values()
            if one.is_counted and first <= day_of(one) <= first + timedelta(days=6)
        ]
        content = report["content"]
        assert content["total"] == len(week)
        assert content["complaints"] == sum(Flag.COMPLAINT in one.flags for one in week)
        by_day = Counter((one.category, one.item, day_of(one)) for one in week)
        told = Counter[tuple[str, str, date]]()
        codes = {
            (root.title, title): (root.code, item)
            for root in FORM.categories.values()
            for item, title in root.items.items()
        }
        days = [date.fromisoformat(day["day"]) for day in report["days"]]
        for row in content["items"]:
            for day, count in zip(days, row["by_day"], strict=True):
                told[(*codes[row["category"], row["item"]], day)] += count
        assert told == by_day
        for name, titles in (("voices", FORM.voices), ("stances", FORM.stances), ("handlings", FORM.handlings)):  # fmt: skip
            counted = Counter(titles.get(getattr(one, name[:-1]), "") for one in week)
            assert {t["title"]: t["total"] for t in content[name]} == {t: counted[t] for t in titles.values()}  # fmt: skip
        assert report["follow_ups"]["callbacks_asked"] == sum(o.handling == CALLBACK for o in week)
        messages = {k["inquiry_id"] for k in report["follow_ups"]["messages"]}
        assert messages == {inquiry_id(o) for o in week if Flag.MESSAGE in o.flags}


@pytest.mark.slow
def test_return_calls_are_kept_as_they_were_noted(lived: Lived) -> None:
    calendar = BusinessCalendar(read_settings(None, lived.path, environment={}).contract)
    true = {
        key: _callback_of(one, calendar, lived.until)
        for key, one in lived.truth.items()
        if one.handling == CALLBACK and day_of(one) < lived.until.date()
    }
    found = lived.ask(
        "select inquiry_id, due_on, closed_at from marts.fct_callbacks where call_date < ?",
        [lived.until.date()],
    )
    assert {key: (due_on, closed_at) for key, due_on, closed_at in found} == true
    assert any(closed_at for _, closed_at in true.values())


@pytest.mark.parametrize(
    "last_day", ["2023-12-27", pytest.param("2024-03-01", marks=pytest.mark.slow)]
)
def test_nearly_every_return_call_is_closed_on_the_day_it_is_due(
    tmp_path: Path, last_day: str
) -> None:
    """On the evening of any day: all but a handful in time, and somebody is late and somebody forgotten, so that the demo shows it."""
    contract = read_settings(ROOT / "contracts/sapporo-2023/contract.toml", environment={}).contract
    calendar = BusinessCalendar(contract)
    evening = datetime.fromisoformat(f"{last_day}T23:00+09:00")
    pbx, first = SimulatedPbx(tmp_path), contract.period.start_date
    for day in days_between(first, min(evening.date(), calendar.last_day)):
        pbx.live(day, is_open=calendar.is_business_day(day))
    since = datetime.combine(first, time(), TOKYO)
    asked = {
        inquiry_id(one.record): _callback_of(one.record, calendar, evening)
        for one in voices.said(tmp_path / "truth.csv", FORM, since)
        if one.record.handling == CALLBACK and one.entered_at < evening
    }
    due = [(due_on, closed) for due_on, closed in asked.values() if due_on <= evening.date()]
    is_open = [due_on for due_on, closed in due if closed is None]
    late = [due_on for due_on, closed in due if closed and closed.astimezone(TOKYO).date() > due_on]
    assert len(due) > 80
    assert 1 <= len(is_open) <= 8 and 1 <= len(late) <= 10
    assert len(is_open) + len(late) <= len(due) * 0.08
    for due_on in late:
        assert calendar.is_business_day(due_on)


def _callback_of(
    record: Inquiry, calendar: BusinessCalendar, until: datetime
) -> tuple[date, datetime | None]:
    """When a return call was due and when it was closed, as far as that is noted at an instant."""
    *_, last = (
        one
        for one in voices.noted(record, calendar.next_working_day)
        if one.register is CALLBACKS and (one.entered_at < until or "done_at" not in one.values)
    )
    closed = last.values.get("closed_at")
    return date.fromisoformat(last.values["due_on"]), datetime.fromisoformat(closed) if closed else None  # fmt: skip


@pytest.mark.slow
def test_complaint_reports_appear_on_exactly_their_due_days(lived: Lived) -> None:
    settings = read_settings(None, lived.path, environment={})
    expected = {}
    for period in periods(BusinessCalendar(settings.contract), DueRule.NEXT_BUSINESS_DAY):
        ids = {
            key
            for key, one in lived.truth.items()
            if Flag.COMPLAINT in one.flags and period.first_day <= day_of(one) <= period.last_day
        }
        if ids and period.due_date <= lived.until.date():
            expected[period.key] = (period.due_date, ids)
    made = lived.papers("complaints")
    assert made.keys() == expected.keys() and expected
    for key, (_, report, first_made, due) in made.items():
        assert (first_made.date(), due) == (expected[key][0], expected[key][0])
        assert {case["inquiry_id"] for case in report["cases"]} == expected[key][1]
        assert all(case["reports"] for case in report["cases"] if case["is_urgent"])
    counted = dict(lived.ask("select call_date, complaint_count from reports.rpt_complaint_daily"))
    true = Counter(day_of(o) for o in lived.truth.values() if Flag.COMPLAINT in o.flags)
    assert {d: n for d, n in counted.items() if d < lived.until.date()} == {
        d: n for d, n in true.items() if d < lived.until.date()
    }


@pytest.mark.slow
def test_words_reach_the_city_and_lie_nowhere_else(lived: Lived) -> None:
    home = Home.at(lived.path, lived.path.with_name(lived.path.name + "-keys"))
    engine = open_operations(home.operations_url)
    sealed = [p for p in made_papers(engine) if p.kind in ("voices", "complaints")]
    assert {p.kind for p in sealed} == {"voices", "complaints"}
    truth = lived.truth
    for paper in sealed:
        opened = open_paper(engine, home, paper.kind, paper.period)
        (book,) = [content for name, content in opened.files.items() if name.endswith(".xlsx")]
        text = _text_of(book)
        report = lived.papers(paper.kind)[paper.period][1]
        told = report["cases"] if paper.kind == "complaints" else report["messages"]
        for one in told:
            assert truth[one["inquiry_id"]].summary in text
    engine.dispose()
    secrets = {one.summary for one in truth.values() if one.summary} | {
        voices._CONTACT, "架空 花子", "架空係長", "例野主査", "改めて説明を求める",
    }  # fmt: skip
    assert len(secrets) > 15
    for path in lived.path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".xlsx":
                content += _text_of(content).encode()
            for words in secrets:
                assert words.encode() not in content, path.name


def _text_of(workbook: bytes) -> str:
    import io

    with zipfile.ZipFile(io.BytesIO(workbook)) as book:
        return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
