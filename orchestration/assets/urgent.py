"""The asset `floor/urgent_complaints`: red from the moment an urgent complaint is entered until the telephone call to the city
is noted (6(3)オ). A sensor raises it at once; nothing but the record of the call closes it."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from application.home.session import Workplace, outlook, present_of_simulated_home
from application.home.settings import Settings
from application.open_matters import urgent_complaints
from compliance.ground.japan import TOKYO
from compliance.inquiries.follow_up import Urgent
from orchestration.assets.inquiries import GROUP
from orchestration.assets.metadata import table
from orchestration.assets.pages import tell

URGENT = dg.AssetKey([GROUP, "urgent_complaints"])
TELEPHONED = "city_was_telephoned"
EVERY_SECONDS = 30


@dg.asset(
    key=URGENT,
    group_name=GROUP,
    description=(
        "緊急のクレーム\n\n緊急と記録されたクレームは、直ちに市へ電話で報告します。電話した日時と相手を台帳「市への報告・"
        "引継ぎ」に記入するまで赤のままです。\n\n赤のとき：一覧の対応記録について市の担当へ電話し、"
        "`madoguchi registers add escalations --about <対応記録の番号> manner=緊急の電話 …` で記入してください。"
    ),
    required_resource_keys={"workplace"},
    check_specs=[
        dg.AssetCheckSpec(
            TELEPHONED,
            asset=URGENT,
            description="緊急のクレームのすべてに、市へ電話した記録（日時・相手）があるか。",
        )
    ],
)
def urgent_of_the_floor(context: dg.AssetExecutionContext) -> Iterator[object]:
    """Says which urgent complaints wait for their telephone call."""
    workplace: Workplace = context.resources.workplace
    found = urgent_complaints(workplace.engine, workplace.now)
    yield dg.MaterializeResult(metadata=_metadata(found))
    yield _check(found)


def report(instance: dg.DagsterInstance, workplace: Workplace) -> None:
    """The urgent complaints as they are, told to the instance without a run; nothing where there was never one."""
    found = urgent_complaints(workplace.engine, workplace.now)
    if found:
        tell(instance, URGENT, _metadata(found), [_check(found)])


def urgent_sensor(settings: Settings, *, is_running: bool) -> dg.SensorDefinition:
    """Looks at the register and says at once what changed; it takes no home and starts no run."""

    @dg.sensor(
        name="urgent_complaints_at_once",
        asset_selection=[URGENT],
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING
        if is_running
        else dg.DefaultSensorStatus.STOPPED,
        description="緊急のクレームが記録されると、直ちに赤で知らせます（30秒ごと）。",
    )
    def urgent_complaints_at_once(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = present_of_simulated_home(settings) or datetime.now(UTC)
        with outlook(settings, now) as place:
            found = urgent_complaints(place.engine, now)
        seen = hashlib.sha256(repr(found).encode()).hexdigest()
        if seen == context.cursor or (not found and context.cursor is None):
            return dg.SensorResult(skip_reason=dg.SkipReason("変わりはありません。"))
        check = _check(found)
        return dg.SensorResult(
            cursor=seen,
            asset_events=[
                dg.AssetMaterialization(URGENT, metadata=_metadata(found)),
                dg.AssetCheckEvaluation(
                    asset_key=URGENT,
                    check_name=TELEPHONED,
                    passed=check.passed,
                    metadata=check.metadata,
                    severity=check.severity,
                    description=check.description,
                ),
            ],
        )

    return urgent_complaints_at_once


def _metadata(found: Sequence[Urgent]) -> dict[str, Any]:
    return {
        "緊急のクレーム": len(found),
        "電話の記録がないもの": sum(one.told_at is None for one in found),
        "一覧": table(
            ("対応記録", "通話番号", "受付", "市への電話"),
            [
                (one.inquiry_id, one.call_id, _shown(one.received_at), _shown(one.told_at))
                for one in reversed(found[-50:])
            ],
        ),
    }


def _check(found: Sequence[Urgent]) -> dg.AssetCheckResult:
    waiting = [one.inquiry_id for one in found if one.told_at is None]
    return dg.AssetCheckResult(
        asset_key=URGENT,
        check_name=TELEPHONED,
        passed=not waiting,
        severity=dg.AssetCheckSeverity.ERROR,
        description=(
            f"市への電話の記録がないものが{len(waiting)}件あります。直ちに市の担当へ電話し、台帳「市への報告・引継ぎ」に"
            "日時と相手を記入してください。"
            if waiting
            else "緊急のクレームはすべて市へ電話で報告されています。"
        ),
        metadata={"電話の記録がない対応記録": waiting[:50]},
    )


def _shown(at: datetime | None) -> str:
    return "未" if at is None else f"{at.astimezone(TOKYO):%Y-%m-%d %H:%M}"
