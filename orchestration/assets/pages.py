"""What assets tell the instance without a run of their own, and what somebody at a page may start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from compliance.ground.japan import TOKYO
from compliance.people.acting import allow, from_page
from compliance.people.rights import Right
from orchestration.opening.workplace import Workplace


def tell(
    instance: dg.DagsterInstance,
    key: dg.AssetKey,
    metadata: Mapping[str, Any],
    checks: Iterable[dg.AssetCheckResult] = (),
) -> None:
    """One asset as it is now, with its checks, as events that belong to no run."""
    instance.report_runless_asset_event(dg.AssetMaterialization(key, metadata=metadata))
    for check in checks:
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=key,
                check_name=str(check.check_name),
                passed=check.passed,
                metadata=check.metadata,
                severity=check.severity,
                description=check.description,
            )
        )


def allow_page(workplace: Workplace, right: Right) -> None:
    """Let whoever started something from a page do it, or refuse and note it: nobody has shown who they are there.

    Raises:
        NotAllowed: it is nothing harmless.
    """
    first_day = workplace.settings.contract.period.start_date
    today = workplace.now.astimezone(TOKYO).date()
    allow(workplace.engine, from_page(workplace.now), right, today, first_day)
