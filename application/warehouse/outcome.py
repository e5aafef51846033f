"""What became of one node of a build, whoever built it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class NodeOutcome:
    """What became of one dbt node.

    `status` is dbt's own word: `success` for a model, `pass` or `fail` for a test (whatever its severity),
    `error`, `skipped` for both. `failures` counts the rows that a test found, null for models; `by_day` says on which days
    they lie, as far as that is known.
    """

    unique_id: str
    resource_type: str
    status: str
    seconds: float
    failures: int | None
    message: str
    by_day: Mapping[date, int] = field(default_factory=dict)

    @property
    def is_broken(self) -> bool:
        """Whether the node could not do its work (a test that found rows did its work)."""
        return self.status in {"error", "skipped", "runtime error", "partial success"}

    @property
    def name(self) -> str:
        """The node's own name."""
        return self.unique_id.split(".")[2]


def told_by_dbt(event: Any) -> NodeOutcome | None:
    """The outcome that an event of dbt's tells of; null where it tells of something else. Pure."""
    if event.info.name != "NodeFinished":
        return None
    run, node = event.data.run_result, event.data.node_info
    return NodeOutcome(
        unique_id=node.unique_id,
        resource_type=node.resource_type,
        status=str(run.status),
        seconds=float(run.execution_time),
        failures=None,
        message=str(run.message),
    )
