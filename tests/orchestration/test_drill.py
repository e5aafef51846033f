"""The job `drill`: it needs no person, tries the newest backup, tells the morning how that went, and refuses where none is known."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from application.backup import backed_up
from application.backup_duties import NONE_KNOWN, backup_duties
from application.duties import Urgency
from application.home.run_report import Journal
from application.home.session import Workplace, open_workplace, read_settings
from application.service_state import service_state
from application.today import brief_of, lines
from compliance.backup.manifest import FILES, backups_in
from compliance.backup.register import BackupDeed, BackupEvent, is_drill_due, last_event
from compliance.ground.acts import Result
from compliance.ground.japan import civil_date
from orchestration.assets.code_location import build_definitions
from orchestration.assets.drill import drill, drill_request
from orchestration.assets.today import _metadata
from tests.homes import ROOT

AT = datetime.now(UTC)
CONTRACT = ROOT / "contracts/sapporo-2023"


@contextmanager
def lived(folder: Path, medium: Path | None) -> Iterator[Workplace]:
    """A home that lives by the machine's clock, opened; its backups lie in `medium`."""
    told = {} if medium is None else {"MADOGUCHI_BACKUPS": str(medium)}
    settings = read_settings(CONTRACT, folder / "home", environment=told)
    settings.pbx.root.mkdir(exist_ok=True)
    with open_workplace(settings, as_of=None, journal=Journal()) as workplace:
        yield workplace


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    (tmp_path / "medium").mkdir()
    return tmp_path / "medium"


def tried(workplace: Workplace) -> tuple[bool, BackupEvent]:
    """The job's end, and what was entered of it."""
    job = build_definitions(workplace.settings, workplace).resolve_job_def("drill")
    with dg.DagsterInstance.ephemeral() as instance:
        done = job.execute_in_process(instance=instance, raise_on_error=False)
    event = last_event(workplace.engine, BackupDeed.DRILLED)
    assert event is not None
    return done.success, event


def said(workplace: Workplace) -> str:
    """What the morning says of the trial: the desk's and the UI's line, one and the same."""
    brief = brief_of(workplace)
    told = _metadata(brief)["バックアップの復元訓練"]
    assert any(told in line for line in lines(brief))
    return str(told)


def test_the_newest_backup_is_tried_by_the_job_and_the_morning_and_the_status_say_so(
    tmp_path: Path, medium: Path
) -> None:
    with lived(tmp_path, medium) as workplace:
        made = backed_up(workplace, medium).folder
        before = {path: path.stat().st_mtime_ns for path in medium.rglob("*")}
        assert _metadata(brief_of(workplace))["バックアップの復元訓練"] == "まだありません"
        is_done, event = tried(workplace)
        assert is_done and event.is_right and event.backup == made.name
        assert made.name in said(workplace) and "復元できました" in said(workplace)
        assert service_state(workplace, workplace.now, lambda _: None).drill == event
        skipped = drill_request(event, civil_date(event.at) + timedelta(days=27))
        assert isinstance(skipped, dg.SkipReason)
        assert skipped.skip_message == "復元訓練は28日以内に済んでいます。"
        assert "（28日ごと、失敗の後は翌日、5時15分）" in str(drill.description)
        assert not list(backup_duties(workplace, civil_date(event.at) + timedelta(days=27)))
        assert {path: path.stat().st_mtime_ns for path in medium.rglob("*")} == before
        assert not list(workplace.home.root.glob(".tmp-*")), "what was put together is gone"


@pytest.mark.parametrize("where", ["nobody said where", "nothing lies there", "it is not mounted"])
def test_where_no_backup_is_known_the_job_refuses_and_the_morning_presses(
    tmp_path: Path, medium: Path, where: str
) -> None:
    if where == "it is not mounted":
        medium.rmdir()
    with lived(tmp_path, None if where == "nobody said where" else medium) as workplace:
        is_done, event = tried(workplace)
        assert not is_done and (event.backup, event.is_right) == ("", False)
        assert NONE_KNOWN in said(workplace)
        duties = list(backup_duties(workplace, civil_date(workplace.now)))
        assert [(one.title, one.urgency) for one in duties] == [(NONE_KNOWN, Urgency.OVERDUE)]
        assert any(
            "duties press" in one
            for one in service_state(workplace, workplace.now, lambda _: None).problems
        )


def test_a_backup_that_was_touched_fails_the_job_and_the_next_night_tries_again(
    tmp_path: Path, medium: Path
) -> None:
    """Who keeps the medium alone cannot make a trial look well."""
    with lived(tmp_path, medium) as workplace:
        made = backed_up(workplace, medium).folder
        database = made / FILES / "operations.db"
        content = database.read_bytes()
        database.unlink()
        database.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        is_done, event = tried(workplace)
        assert not is_done and (event.backup, event.is_right) == (made.name, False)
        assert "失敗" in said(workplace)
        assert isinstance(drill_request(event, civil_date(event.at)), dg.RunRequest)


def test_an_older_backup_under_the_newest_ones_name_makes_no_trial_look_well(
    tmp_path: Path, medium: Path
) -> None:
    """Who keeps the medium keeps the older one, throws the newest away, and gives the older its name."""
    with lived(tmp_path, medium) as workplace:
        older = backed_up(workplace, medium).folder
        newest = backed_up(
            replace(workplace, now=workplace.now + timedelta(hours=1)), medium
        ).folder
        shutil.rmtree(newest)
        older.rename(newest)
        is_done, event = tried(workplace)
        assert not is_done and (event.backup, event.is_right) == (newest.name, False)


@pytest.mark.parametrize("name", ["madoguchi-zz 090-0000-0000Z", "madoguchi-" + "9" * 80 + "Z"])
def test_a_folder_that_is_no_backups_name_is_no_backup_and_no_page_says_it(
    tmp_path: Path, medium: Path, name: str
) -> None:
    with lived(tmp_path, medium) as workplace:
        made = backed_up(workplace, medium).folder
        (medium / name).mkdir()
        is_done, event = tried(workplace)
        assert is_done and event.backup == made.name and name not in said(workplace)


def test_what_a_killed_trial_left_is_swept_and_never_backed_up(
    tmp_path: Path, medium: Path
) -> None:
    with lived(tmp_path, medium) as workplace:
        backed_up(workplace, medium)
        left = workplace.home.root / ".tmp-0123456789abcdef"
        shutil.copytree(medium, left / "landing")
        assert tried(workplace)[0] and not left.exists()
        left.mkdir()
        (left / "operations.db").write_bytes(b"half")
    with lived(tmp_path, medium) as workplace:
        assert not left.exists(), "the next to open the home sweeps it"
        backed_up(workplace, medium)
        assert not any(".tmp-" in str(path) for path in backups_in(medium)[-1].rglob("*"))


def test_a_disk_without_room_fails_the_trial_and_is_not_filled(
    tmp_path: Path, medium: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    with lived(tmp_path, medium) as workplace:
        made = backed_up(workplace, medium).folder
        monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=usage.total // 20))
        is_done, event = tried(workplace)
        assert not is_done and (event.backup, event.files) == (made.name, 0)


def test_a_trial_is_begun_every_four_weeks_and_after_one_that_failed() -> None:
    day = date(2023, 12, 1)
    at = datetime(2023, 12, 1, 5, 20, tzinfo=UTC)
    right = BackupEvent(BackupDeed.DRILLED.value, at, "b", Result.DONE.value, 1, 1, 1)
    assert is_drill_due(None, day)
    assert not is_drill_due(right, day + timedelta(days=27))
    assert is_drill_due(right, day + timedelta(days=28))
    assert is_drill_due(replace(right, result=Result.FAILED.value), day)
    assert isinstance(drill_request(right, day), dg.SkipReason)


def test_the_schedule_asks_the_home_whether_a_trial_is_due(tmp_path: Path, medium: Path) -> None:
    def asked(workplace: Workplace, days: int) -> object:
        definitions = build_definitions(workplace.settings, workplace)
        schedule = definitions.resolve_schedule_def("drill_when_due")
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
        at = workplace.now + timedelta(days=days)
        with dg.build_schedule_context(scheduled_execution_time=at) as context:
            told = schedule.evaluate_tick(context)
        return len(told.run_requests or ()), bool(told.skip_message)

    with lived(tmp_path, medium) as workplace:
        assert asked(workplace, 0) == (1, False)
        backed_up(workplace, medium)
        assert tried(workplace)[0]
        assert asked(workplace, 27) == (0, True)
        assert asked(workplace, 28) == (1, False)
