"""The Dagster UI as a browser asks it, over the recorded weeks."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
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
from orchestration.instance.origin import MODULE
from orchestration.instance.settings import DAGSTER_YAML
from tests.homes import ROOT

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
