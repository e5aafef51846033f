"""What the UI sends is done: the same GraphQL that its buttons post, on a copy of a finished home."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from compliance.audit.log import AuditFolder, entries
from compliance.audit.verify import verify
from orchestration.assets.partitions import RANGE_END, RANGE_START
from tests.homes import HomeOnTrial
from tests.support.dagster_browser import Browser, events, opened

DAY = "2023-11-20"
LATER = "2023-11-22"


@pytest.fixture(scope="module")
def browser(
    finished_home: HomeOnTrial, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """A UI on a copy of the finished home; it starts runs in this process."""
    folder = tmp_path_factory.mktemp("ui")
    for name in ("home", "home-keys", "pbx"):
        shutil.copytree(finished_home.root / name, folder / name)
    with opened(folder, MADOGUCHI_PBX=str(folder / "pbx")) as browser:
        yield browser


def test_one_day_of_one_report(browser: Browser) -> None:
    key = "warehouse/daily_kpi"
    run = browser.materialise(
        [key], [(key, "classes_add_up_to_incoming")], **{"dagster/partition": DAY}
    )
    made, asked = events(browser, run)
    assert made == {(key, DAY)}
    assert asked == {"classes_add_up_to_incoming"}


def test_a_range_of_days_as_one_run(browser: Browser) -> None:
    key = "warehouse/daily_kpi"
    made, _ = events(browser, browser.materialise([key], **{RANGE_START: DAY, RANGE_END: LATER}))
    assert made == {(key, DAY), (key, "2023-11-21"), (key, LATER)}


def test_a_backfill_of_days_is_one_run(browser: Browser) -> None:
    key = "warehouse/fct_calls"
    (run,) = browser.backfill([key], [DAY, "2023-11-21", LATER])
    made, _ = events(browser, run)
    assert made == {(key, DAY), (key, "2023-11-21"), (key, LATER)}


def test_a_backfill_of_papers_is_one_run_a_week(browser: Browser) -> None:
    keys = ["warehouse/weekly_kpi", "deliverables/weekly_report"]
    runs = browser.backfill(keys, [DAY, "2023-11-27"])
    assert len(runs) == 2
    made = set.union(*(events(browser, run)[0] for run in runs))
    assert made == {(key, week) for key in keys for week in (DAY, "2023-11-27")}


@pytest.mark.parametrize(
    ("key", "partition"),
    [
        ("pbx/queue_log", None),
        ("pbx/recordings", None),
        ("warehouse/stg_pbx__cdr_rows", None),
        ("deliverables/weekly_report", DAY),
    ],
)
def test_an_asset_alone(browser: Browser, key: str, partition: str | None) -> None:
    tags = {"dagster/partition": partition} if partition else {}
    made, _ = events(browser, browser.materialise([key], **tags))
    assert made == {(key, partition)}


def test_the_log_is_verified_and_says_which_door_a_run_came_through(browser: Browser) -> None:
    made, asked = events(browser, browser.materialise(["compliance/audit_log"]))
    assert made == {("compliance/audit_log", None)}
    assert asked == {"log_is_right"}
    browser.materialise(["compliance/audit_log"], **{"dagster/schedule_name": "audit_at_night"})
    folder = AuditFolder(Path(os.environ["MADOGUCHI_HOME"]) / "audit")
    runs = [(e["actor"], e["via"]) for e in entries(folder) if e["action"] == "job_run"]
    assert runs[-2:] == [("ui", "ui"), ("system", "schedule")]
    assert verify(folder).is_right


def test_the_vault_opens_every_copy(browser: Browser) -> None:
    made, asked = events(browser, browser.materialise(["recordings/sealed"]))
    assert made == {("recordings/sealed", None)}
    assert asked == {
        "every_copy_opens", "nothing_left_in_clear", "room_for_sixty_days", "media_sample_reads",
    }  # fmt: skip


def test_the_floors_records_say_whether_they_are_complete(browser: Browser) -> None:
    made, asked = events(browser, browser.materialise(["floor/inquiries"]))
    assert made == {("floor/inquiries", None)}
    assert asked == {
        "answered_calls_have_records",
        "others_are_few",
        "messages_are_written_down",
        "callbacks_are_done_in_time",
        "operators_callbacks_are_explained",
    }


def test_a_sheet_of_people_is_looked_through_and_never_taken_in(
    browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "職員番号,氏名,役割,雇用形態,開始日\nop9,表示 花子,従事者（OP）,正規,2023-11-20\n,,社長,,\n"
    )
    looked = browser.launch("people_sheet", "look_through_sheet", ファイル=str(path))
    assert looked.is_success
    for record in browser.process.instance.all_logs(looked.run_id):
        assert "花子" not in record.user_message + str(record.dagster_event or "")
    refused = browser.launch("people_sheet", "look_through_sheet", ファイル=str(path), 試行=False)
    assert not refused.is_success
    folder = AuditFolder(Path(os.environ["MADOGUCHI_HOME"]) / "audit")
    last = [e for e in entries(folder) if e["result"] == "refused"][-1]
    assert (last["actor"], last["object_id"]) == ("ui", "keep_people")


@pytest.mark.parametrize(
    ("key", "check"),
    [
        ("pbx/queue_log", "rows_as_expected"),
        ("warehouse/fct_findings", "answered_calls_are_recorded"),
        ("warehouse/weekly_kpi", "weeks_are_the_sum_of_their_days"),
    ],
)
def test_a_check_alone(browser: Browser, key: str, check: str) -> None:
    """The button 「Execute check」: no asset is selected."""
    made, asked = events(browser, browser.materialise([], [(key, check)]))
    assert not made
    assert asked == {check}


def test_a_partition_shows_its_own_figures_and_the_newest_beside_them(browser: Browser) -> None:
    key = "warehouse/daily_kpi"
    events(browser, browser.materialise([key], **{RANGE_START: DAY, RANGE_END: LATER}))
    figures = {day: browser.page(key, day)[1] for day in (DAY, LATER)}
    for day, page in figures.items():
        assert page["この日"] == day
    assert figures[DAY]["入電（業務時間内）"] == 25
    assert figures[LATER]["入電（業務時間内）"] == 22
    events(browser, browser.materialise([key], **{"dagster/partition": DAY}))
    partition, overview = browser.page(key, None)
    assert partition == DAY
    assert overview["最新の記録日"].startswith("2023/12/"), (
        "the newest day, whatever was built last"
    )


def test_a_gap_in_the_records_shows_its_list(browser: Browser) -> None:
    key = "warehouse/fct_findings"
    run = browser.materialise([], [(key, "answered_calls_are_recorded")])
    (entry,) = [
        e.dagster_event.asset_check_evaluation_data
        for e in browser.process.instance.all_logs(run.run_id)
        if e.dagster_event and e.dagster_event.event_type_value == "ASSET_CHECK_EVALUATION"
    ]
    assert not entry.passed
    assert entry.severity is dg.AssetCheckSeverity.WARN
    rows = entry.metadata["該当行"].value
    listed = str(entry.metadata["一覧（新しい順、50件まで）"].value).splitlines()
    assert isinstance(rows, int) and len(listed) == min(rows, 50) + 2
