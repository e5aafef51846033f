"""What assets tell the instance without a run of their own, and what somebody at a page may start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import dagster as dg

from application.errors import ApplicationError
from application.home.person import PERSON_TAG, PROOF_TAG
from application.home.session import Workplace
from compliance import errors as compliance
from compliance.ground.acts import Actor, Via
from compliance.ground.japan import civil_date
from compliance.people.acting import allow, from_page
from compliance.people.rights import Right
from reporting import errors as reporting

_FOR_PEOPLE = (*compliance.FOR_PEOPLE, *reporting.FOR_PEOPLE)
_FAILED = "終わりまで行えませんでした。システム管理者に、この実行の記録を見てもらってください。"
_SAID: tuple[tuple[type[Exception], str], ...] = (
    (compliance.Busy, "別の処理がホームを使っています。終わってから、もう一度行ってください。"),
    (compliance.Refused, "受け付けられません。理由は、この実行の記録にあります。"),
    (
        compliance.Damaged,
        "ホーム又は鍵が、残したときのままではありません。システム管理者に知らせてください。",
    ),
    (
        OSError,
        "ファイルに書けない、又は読めない場所があります（空き、権限、媒体）。場所は、この実行の記録にあります。",
    ),
)
"""What a page says of a refusal whose own text is not for it, by its category."""
Given = ParamSpec("Given")
Done = TypeVar("Done")
_AUTOMATIC = frozenset({"dagster/schedule_name", "dagster/sensor_name"})
"""Tags that Dagster gives to runs which no person started."""


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


def page_actor(workplace: Workplace) -> Actor:
    """Whoever started this at a page; nobody by name where the page has no gateway."""
    return workplace.by or from_page(workplace.now)


def actor_of_run(run: dg.DagsterRun, now: datetime) -> Actor | None:
    """Who asked for a run at a page; null where a schedule, a sensor or a command did."""
    if PERSON_TAG in run.tags:
        staff_id, proof = run.tags[PERSON_TAG], run.tags.get(PROOF_TAG, "")
        return Actor(staff_id, now, proof=proof, via=Via.UI) if staff_id else from_page(now)
    return None if _AUTOMATIC & run.tags.keys() else from_page(now)


def refusing(body: Callable[Given, Done]) -> Callable[Given, Done]:
    """The body of a job that a person starts: what it refuses stands in the run's page as one text, what to do included."""

    @wraps(body)
    def told(*args: Given.args, **named: Given.kwargs) -> Done:
        try:
            return body(*args, **named)
        except (
            compliance.ComplianceError,
            ApplicationError,
            reporting.ReportingError,
            OSError,
        ) as error:
            raise dg.Failure(description=_said(error), allow_retries=False) from None

    return told


def _said(error: Exception) -> str:
    """A refusal as a person reads it; what the tool says about itself goes to the run's log."""
    if isinstance(error, _FOR_PEOPLE):
        return str(error)
    dg.get_dagster_logger().error("%s: %s", type(error).__name__, error)
    kind = next((said for category, said in _SAID if isinstance(error, category)), _FAILED)
    return f"{kind}（`{type(error).__name__}`）"


def allow_page(workplace: Workplace, right: Right) -> None:
    """Let whoever started something from a page do it, or refuse and note it.

    Raises:
        NotAllowed: the registers do not let them today; or nobody has shown who they are, and it is nothing harmless.
    """
    first_day = workplace.settings.contract.period.start_date
    today = civil_date(workplace.now)
    allow(workplace.engine, page_actor(workplace), right, today, first_day)
