"""What the UI sends is done: the same GraphQL that its buttons post, on a copy of a finished home."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from dagster._daemon.backfill import execute_backfill_iteration
from dagster_graphql.client.query import (
    LAUNCH_PARTITION_BACKFILL_MUTATION,
    LAUNCH_PIPELINE_EXECUTION_MUTATION,
)
from dagster_graphql.test.utils import execute_dagster_graphql

from application.home.person import PERSON_TAG, PROOF_TAG
from compliance.audit.log import AuditFolder, entries
from compliance.audit.verify import verify
from orchestration.assets.partitions import RANGE_END, RANGE_START
from orchestration.instance.origin import MODULE
from orchestration.instance.settings import DAGSTER_YAML
from tests.homes import ROOT, HomeOnTrial

DAY = "2023-11-20"
LATER = "2023-11-22"
SELECTOR = {"repositoryLocationName": "madoguchi", "repositoryName": "__repository__"}
PAGE = """
query($key: AssetKeyInput!, $partitions: [String!]) {
  assetOrError(assetKey: $key) { ... on Asset {
    assetMaterializations(partitions: $partitions, limit: 1) {
      partition
      metadataEntries { label ... on TextMetadataEntry { text } ... on IntMetadataEntry { intValue } }
    }
  } }
}
"""

CHECKS = """
query($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) { ... on AssetNode {
    assetChecksOrError { ... on AssetChecks { checks { name } } }
  } }
}
"""


@dataclass(frozen=True, slots=True)
class Browser:
    """Posts what the UI posts."""

    process: WorkspaceProcessContext

    def post(self, query: str, **variables: Any) -> dict[str, Any]:
        context = self.process.create_request_context()
        result = execute_dagster_graphql(context, query, variables=variables)
        assert result.data is not None
        return dict(result.data)

    def launch(self, job: str, op: str, by: str = "", **config: object) -> dg.DagsterRun:
        """The button 「Launch run」 of a job's Launchpad, as the gate sends it on for somebody (`by`), or of nobody by name."""
        tags = {PERSON_TAG: by, PROOF_TAG: "a" * 64} if by else {}
        answer = self.post(
            LAUNCH_PIPELINE_EXECUTION_MUTATION,
            executionParams={
                "mode": "default",
                "runConfigData": json.dumps({"ops": {op: {"config": config}}}),
                "selector": {**SELECTOR, "pipelineName": job},
                "executionMetadata": {
                    "tags": [{"key": key, "value": value} for key, value in tags.items()],
                },
            },
        )["launchPipelineExecution"]
        assert "run" in answer, answer
        run = self.process.instance.get_run_by_id(answer["run"]["runId"])
        assert run is not None
        return run

    def materialise(
        self, keys: Sequence[str], checks: Sequence[tuple[str, str]] | None = None, **tags: str
    ) -> dg.DagsterRun:
        """The button 「Materialize selected」; left out, the checks are all those of the assets, as the
        button sends them."""
        if checks is None:
            checks = [pair for key in keys for pair in self.checks_of(key)]
        answer = self.post(
            LAUNCH_PIPELINE_EXECUTION_MUTATION,
            executionParams={
                "mode": "default",
                "runConfigData": "{}",
                "selector": {
                    **SELECTOR,
                    "pipelineName": "__ASSET_JOB",
                    "assetSelection": [{"path": key.split("/")} for key in keys],
                    "assetCheckSelection": [
                        {"assetKey": {"path": key.split("/")}, "name": name} for key, name in checks
                    ],
                },
                "executionMetadata": {
                    "tags": [{"key": k, "value": v} for k, v in tags.items()],
                },
            },
        )["launchPipelineExecution"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        run = self.process.instance.get_run_by_id(answer["run"]["runId"])
        assert run is not None
        return run

    def checks_of(self, key: str) -> list[tuple[str, str]]:
        """Asset and name of every check of an asset."""
        answer = self.post(CHECKS, key={"path": key.split("/")})
        checks = answer["assetNodeOrError"]["assetChecksOrError"]["checks"]
        return [(key, check["name"]) for check in checks]

    def backfill(self, keys: Sequence[str], partitions: Sequence[str]) -> list[dg.DagsterRun]:
        """The button 「Launch backfill」, and the daemon's part of it."""
        answer = self.post(
            LAUNCH_PARTITION_BACKFILL_MUTATION,
            backfillParams={
                "assetSelection": [{"path": key.split("/")} for key in keys],
                "partitionNames": list(partitions),
                "tags": [],
            },
        )["launchPartitionBackfill"]
        assert answer["__typename"] == "LaunchBackfillSuccess", answer
        instance = self.process.instance
        for _ in range(6):
            errors = list(execute_backfill_iteration(self.process, logging.getLogger("backfill")))
            assert not any(errors), errors
            backfill = instance.get_backfill(answer["backfillId"])
            if backfill is not None and backfill.status.value.startswith("COMPLETED"):
                break
        return list(
            instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": answer["backfillId"]}))
        )

    def page(self, key: str, partition: str | None) -> tuple[str, dict[str, Any]]:
        """An asset's page: the newest event, or a partition's; its partition and its figures."""
        partitions = None if partition is None else [partition]
        answer = self.post(PAGE, key={"path": key.split("/")}, partitions=partitions)
        (event,) = answer["assetOrError"]["assetMaterializations"]
        entries = {
            entry["label"]: entry.get("text", entry.get("intValue"))
            for entry in event["metadataEntries"]
        }
        return event["partition"], entries


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


@contextmanager
def opened(folder: Path, **more: str) -> Iterator[Browser]:
    """A UI on the home in a folder, which starts runs in this process."""
    before = dict(os.environ)
    os.environ.update(
        MADOGUCHI_HOME=str(folder / "home"),
        MADOGUCHI_CONFIG=str(ROOT / "contracts/sapporo-2023/contract.toml"),
        DAGSTER_HOME=str(folder / "home" / "dagster"),
        **more,
    )
    settings = folder / "home" / "dagster" / "dagster.yaml"
    values = yaml.safe_load(DAGSTER_YAML.read_text())
    values["concurrency"].pop("runs")
    values["run_launcher"] = {
        "module": "dagster._core.launcher.sync_in_memory_run_launcher",
        "class": "SyncInMemoryRunLauncher",
    }
    values["run_coordinator"] = {
        "module": "dagster._core.run_coordinator",
        "class": "DefaultRunCoordinator",
    }
    settings.write_text(yaml.safe_dump(values))
    sys.modules.pop(MODULE, None)
    origin = InProcessCodeLocationOrigin(
        LoadableTargetOrigin(executable_path=sys.executable, module_name=MODULE),
        location_name="madoguchi",
    )
    try:
        with (
            dg.DagsterInstance.from_config(str(settings.parent)) as instance,
            WorkspaceProcessContext(instance, InProcessWorkspaceLoadTarget(origin)) as process,
        ):
            yield Browser(process)
    finally:
        sys.modules.pop(MODULE, None)
        os.environ.clear()
        os.environ.update(before)


def events(browser: Browser, run: dg.DagsterRun) -> tuple[set[tuple[str, str | None]], set[str]]:
    """What a run materialised, with partitions, and the checks that it evaluated."""
    assert run.status is dg.DagsterRunStatus.SUCCESS, browser.process.instance.all_logs(run.run_id)[
        -3:
    ]
    made, asked = set(), set()
    for entry in browser.process.instance.all_logs(run.run_id):
        event = entry.dagster_event
        if event is None:
            continue
        if event.is_step_materialization:
            materialization = event.step_materialization_data.materialization
            made.add((materialization.asset_key.to_user_string(), materialization.partition))
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            asked.add(event.asset_check_evaluation_data.check_name)
    return made, asked


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
