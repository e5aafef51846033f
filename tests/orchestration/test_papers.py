"""Papers: due when the calendar says, judged only when something moved, whole whatever happens."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from application.home.session import (
    Workplace,
    open_workplace,
    outlook,
    parse_as_of,
    read_settings,
)
from application.papers import (
    DuePaper,
    due_papers,
    issue_paper,
    owed_papers,
    papers_to_judge,
)
from compliance.audit.checkpoint import read_shown
from compliance.contract.due import periods
from compliance.deliverables.edition import deliverable_files, deliverables
from compliance.deliverables.register import editions, printed_checkpoints
from compliance.ground import durable
from compliance.ground.durable import InjectedFault, failing_at
from reporting.paper.issue import Issued
from reporting.paper.packaging import changed_files, files_named
from tests.homes import AS_OF, HomeOnTrial

WEEK = 2


@pytest.fixture
def workplace(finished_home: HomeOnTrial, tmp_path: Path) -> Iterator[Workplace]:
    """A copy of the finished home, held by this process."""
    shutil.copytree(finished_home.path, tmp_path / "home")
    shutil.copytree(finished_home.root / "home-keys", tmp_path / "home-keys")
    settings = read_settings(None, tmp_path / "home", environment={})
    with open_workplace(settings, as_of=parse_as_of(AS_OF)) as opened:
        yield opened


def the_paper(workplace: Workplace) -> DuePaper:
    """The paper of the week on trial."""
    owed, *_ = owed_papers(workplace.settings)
    return DuePaper(owed, periods(workplace.calendar, owed.terms.due)[WEEK])


def issued(workplace: Workplace) -> Issued:
    paper = the_paper(workplace)
    return issue_paper(workplace, paper.owed, paper.period)


def forget(workplace: Workplace) -> None:
    """The register and the outbox as they were before the week's paper was made."""
    period = workplace.calendar.weeks()[WEEK].monday.isoformat()
    with workplace.engine.begin() as connection:
        for table in (deliverable_files, deliverables):
            connection.execute(delete(table).where(table.c.period == period))
    shutil.rmtree(workplace.home.outbox / "weekly" / period)


@pytest.fixture
def same_checkpoint(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The audit log's checkpoint is the one that the week's paper printed: all else must be alike."""
    period = workplace.calendar.weeks()[WEEK].monday.isoformat()
    printed = read_shown(printed_checkpoints(workplace.engine)[f"weekly/{period}/r1"])
    monkeypatch.setattr("application.papers.checkpointed", lambda _: printed)


def contents(workplace: Workplace) -> dict[str, str]:
    period = workplace.calendar.weeks()[WEEK].monday.isoformat()
    folder = workplace.home.outbox / "weekly" / period
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2023-11-27T05:59", 0),
        ("2023-11-27T06:00", 1),
        ("2024-01-03T23:59", 5),
        ("2024-01-04T06:00", 6),
        ("2024-03-04T06:00", 15),
    ],
)
def test_a_paper_is_due_at_its_hour_on_its_day(tmp_path: Path, now: str, due: int) -> None:
    settings = read_settings(None, tmp_path / "home", environment={})
    (tmp_path / "home").mkdir()
    with outlook(settings, parse_as_of(now)) as place:
        papers = due_papers(place)
    weekly = [paper.period.label for paper in papers if paper.owed.kind.kind == "weekly"]
    assert weekly == [f"第{n}週" for n in range(1, due + 1)]


def test_nothing_is_judged_again_while_nothing_moved(workplace: Workplace) -> None:
    assert papers_to_judge(workplace) == []


def test_a_row_that_moved_has_its_week_and_the_later_ones_judged(workplace: Workplace) -> None:
    """Later weeks print the running total, so they are looked at too."""
    moved = next((workplace.home.landing / "voicemail").glob("*-*.parquet"))
    moved.unlink()
    asked = [paper.period.key for paper in papers_to_judge(workplace)]
    assert asked
    everything = [p.period.key for p in due_papers(workplace) if p.owed.kind.kind == "weekly"]
    assert asked == everything[everything.index(asked[0]) :]


@pytest.mark.usefixtures("same_checkpoint")
def test_a_paper_made_from_the_same_data_is_the_same_paper(workplace: Workplace) -> None:
    before = contents(workplace)
    paper = issued(workplace)
    assert not paper.is_written
    forget(workplace)
    again = issued(workplace)
    assert again.is_written
    assert contents(workplace) == before


@pytest.mark.slow
@pytest.mark.usefixtures("same_checkpoint")
def test_a_fault_at_any_step_of_a_paper_ends_in_the_same_paper(workplace: Workplace) -> None:
    week = workplace.calendar.weeks()[WEEK]
    whole = contents(workplace)
    forget(workplace)
    with failing_at(10**6) as steps:
        issued(workplace)
    assert len(steps) >= 15
    folder = workplace.home.outbox / "weekly" / week.monday.isoformat()
    for nth in range(len(steps)):
        forget(workplace)
        with pytest.raises(InjectedFault), failing_at(nth):
            issued(workplace)
        assert editions(workplace.engine, "weekly", week.monday.isoformat()) == ()
        durable.sweep_temporaries(folder)
        issued(workplace)
        assert contents(workplace) == whole
        (edition,) = editions(workplace.engine, "weekly", week.monday.isoformat())
        assert edition.edition == 1
        assert changed_files(folder, files_named(folder, "manifest.json")) == ()


def test_the_manifest_and_the_register_name_the_same_files(workplace: Workplace) -> None:
    from compliance.deliverables.register import delivered_files

    for paper in due_papers(workplace):
        kind, period = paper.owed.kind.kind, paper.period.key
        manifest = json.loads(
            (workplace.home.outbox / kind / period / "manifest.json").read_bytes()
        )
        named = {file["name"]: file["sha256"] for file in manifest["files"]}
        assert named == delivered_files(workplace.engine, kind, period)
        assert manifest["audit_checkpoint"].split(":")[0].isdigit()
        assert manifest["due_date"] == paper.period.due_date.isoformat()


@pytest.mark.parametrize("harm", ["removed", "touched", "whole folder removed", "manifest touched"])
def test_a_lost_or_touched_file_is_made_again_from_the_register(
    workplace: Workplace, harm: str
) -> None:
    week = workplace.calendar.weeks()[WEEK]
    folder = workplace.home.outbox / "weekly" / week.monday.isoformat()
    whole = contents(workplace)
    if harm == "whole folder removed":
        shutil.rmtree(folder)
    if harm == "manifest touched":
        manifest = folder / "manifest.json"
        manifest.write_bytes(manifest.read_bytes().replace(b"sha256", b"sha512"))
    for path in () if harm.startswith("manifest") else folder.glob("*.[px]*"):
        path.unlink() if harm == "removed" else path.write_bytes(b"touched")
    paper = issued(workplace)
    assert not paper.is_written
    restored = contents(workplace)
    assert {name: restored[name] for name in paper.files} == dict(paper.files)
    assert restored == whole
    assert workplace.journal.touched and all(t.is_restored for t in workplace.journal.touched)


def test_a_file_that_cannot_be_made_again_alike_is_left_and_named(workplace: Workplace) -> None:
    week = workplace.calendar.weeks()[WEEK]
    folder = workplace.home.outbox / "weekly" / week.monday.isoformat()
    with workplace.engine.begin() as connection:
        connection.execute(
            deliverable_files.update()
            .where(deliverable_files.c.period == week.monday.isoformat())
            .values(sha256="0" * 64)
        )
    before = contents(workplace)
    paper = issued(workplace)
    assert contents(workplace) == before
    assert changed_files(folder, paper.files) == tuple(paper.files)


def test_days_after_the_last_full_one_are_not_counted(workplace: Workplace) -> None:
    from application.papers import _last_full_day

    assert _last_full_day(workplace) == date(2023, 12, 25)
    early = parse_as_of("2023-12-25T17:59")
    object.__setattr__(workplace, "now", early)
    assert _last_full_day(workplace) == date(2023, 12, 25) - timedelta(days=1)
