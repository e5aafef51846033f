"""What the Dagster UI can change, and which right it takes: the one table. What does not stand here nobody may.

Dagster's own history is evidence of what was run, so nobody deletes runs, wipes assets or reports events that no run
made; the code server is stopped by the service, not by a page. A backfill done again would carry the name of whoever
began the first: it is begun anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from compliance.people.rights import Right

_START = frozenset({Right.REBUILD})
_STEER = frozenset({Right.RUN_JOBS})
NOBODY: frozenset[Right] = frozenset()

CHANGES: Mapping[str, frozenset[Right]] = {
    **dict.fromkeys(
        (
            "launchPipelineExecution", "launchRun", "launchMultipleRuns", "launchPipelineReexecution",
            "launchRunReexecution", "launchPartitionBackfill", "resumePartitionBackfill",
        ),
        _START,
    ),
    **dict.fromkeys(
        (
            "terminatePipelineExecution", "terminateRun", "terminateRuns", "cancelPartitionBackfill",
            "startSchedule", "stopRunningSchedule", "resetSchedule", "scheduleDryRun", "startSensor", "stopSensor",
            "resetSensor", "setSensorCursor", "sensorDryRun", "setAutoMaterializePaused", "reloadRepositoryLocation",
            "reloadWorkspace", "freeConcurrencySlotsForRun", "freeConcurrencySlots",
        ),
        _STEER,
    ),
    **dict.fromkeys(
        (
            "reexecutePartitionBackfill", "deletePipelineRun", "deleteRun", "wipeAssets", "reportRunlessAssetEvents", "reportAssetCheckEvaluations",
            "shutdownRepositoryLocation", "addDynamicPartition", "deleteDynamicPartitions", "setAppManagedComponent",
            "deleteAppManagedComponent", "refreshComponentState", "setConcurrencyLimit", "deleteConcurrencyLimit",
        ),
        NOBODY,
    ),
}  # fmt: skip
"""Mutations of Dagster's GraphQL, each with the rights of which one is enough."""
OF_THE_PAGE = frozenset({"logTelemetry", "setNuxSeen"})
"""What the UI sends by itself and what changes nothing of the home."""

PERMISSIONS: Mapping[str, str] = {
    "launch_pipeline_execution": "launchRun",
    "launch_pipeline_reexecution": "launchRunReexecution",
    "start_schedule": "startSchedule",
    "stop_running_schedule": "stopRunningSchedule",
    "schedule_dry_run": "scheduleDryRun",
    "edit_sensor": "startSensor",
    "sensor_dry_run": "sensorDryRun",
    "update_sensor_cursor": "setSensorCursor",
    "terminate_pipeline_execution": "terminateRun",
    "delete_pipeline_run": "deleteRun",
    "reload_repository_location": "reloadRepositoryLocation",
    "reload_workspace": "reloadWorkspace",
    "wipe_assets": "wipeAssets",
    "report_runless_asset_events": "reportRunlessAssetEvents",
    "launch_partition_backfill": "launchPartitionBackfill",
    "cancel_partition_backfill": "cancelPartitionBackfill",
    "edit_dynamic_partitions": "addDynamicPartition",
    "toggle_auto_materialize": "setAutoMaterializePaused",
    "edit_concurrency_limit": "setConcurrencyLimit",
    "edit_app_managed_components": "setAppManagedComponent",
    "refresh_component_state": "refreshComponentState",
}
"""What the UI asks before it shows a button, by the change that the button makes."""


def is_allowed(change: str, rights: Collection[Right]) -> bool:
    """Whether somebody with those rights may make that change."""
    return change in OF_THE_PAGE or bool(CHANGES.get(change, NOBODY) & set(rights))


OWN_TAGS = ("dagster/", ".dagster/", "madoguchi/")
"""Beginnings of tags by which Dagster and we know who or what began a run."""
TAGS_OF_A_PAGE = frozenset(
    f"dagster/{name}"
    for name in (
        "partition", "partition_set", "asset_partition_range_start", "asset_partition_range_end", "from_ui", "preset_name",
        "step_selection", "solid_selection", "op_selection", "parent_run_id", "root_run_id", "is_resume_retry",
        "is_asset_resume_retry",
    )
)  # fmt: skip
"""Those of them that Dagster's pages send for what they start: which part, and of which run it is a repetition."""


def may_be_sent(tag: str) -> bool:
    """Whether a page may give a run that tag. What says that a schedule, a sensor, a backfill or a command began it, it may not."""
    return (
        not tag.startswith(OWN_TAGS)
        or tag in TAGS_OF_A_PAGE
        or tag.startswith("dagster/partition/")
    )
