"""The asset `floor/inbox`: sheets of inquiries dropped into a folder are taken in by a sensor (6(3)アイ)."""

import time
from collections.abc import Iterator
from dataclasses import asdict

import dagster as dg

from application.home.session import Workplace
from application.home.settings import Settings
from application.inbox import TakenSheets, take_inbox, waiting_sheets
from orchestration.assets.inquiries import GROUP

INBOX = dg.AssetKey([GROUP, "inbox"])
ALL_TAKEN = "every_row_was_taken"
JOB = "inquiries_inbox"
EVERY_SECONDS, AGAIN_SECONDS = 60, 600
_TITLES = {
    "sheets": "取り込んだ表", "new": "新しい記録", "corrected": "訂正", "unchanged": "既にあった記録",
    "refused": "返却した行", "unreadable": "読めない表", "stuck": "返却できない表",
}  # fmt: skip


@dg.asset(
    key=INBOX,
    group_name=GROUP,
    description=(
        "対応記録の受け箱\n\ncontract.toml の [floor] inbox に置かれた表（xlsx、CSV）を取り込み、元の表を取り除きます。"
        "誤りのある行と読めない表は、理由を付けて「返却」フォルダに戻します。\n\n赤のとき：「返却」フォルダの表を直し、もう一度受け箱に"
        "置いてください。"
    ),
    required_resource_keys={"workplace"},
    check_specs=[
        dg.AssetCheckSpec(
            ALL_TAKEN, asset=INBOX, description="置かれた表の行が、すべて取り込めたか。"
        )
    ],
)
def inbox_of_the_floor(context: dg.AssetExecutionContext) -> Iterator[object]:
    """Takes the sheets in and says what became of their rows."""
    workplace: Workplace = context.resources.workplace
    taken = take_inbox(workplace)
    yield dg.MaterializeResult(
        metadata={_TITLES[name]: value for name, value in asdict(taken).items()}
    )
    yield _check(taken)


inbox_job = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.assets(INBOX),
    description="受け箱：置かれた対応記録の表を取り込みます（表が置かれたとき）。",
)


def inbox_sensor(
    settings: Settings, *, is_running: bool, is_simulated: bool
) -> dg.SensorDefinition:
    """Asks for the job where a sheet lies in the folder."""

    @dg.sensor(
        name="inquiries_inbox_filled",
        job_name=JOB,
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING
        if is_running
        else dg.DefaultSensorStatus.STOPPED,
        description="受け箱に表が置かれると取り込みます（1分ごと）。",
    )
    def inquiries_inbox_filled(
        context: dg.SensorEvaluationContext,
    ) -> dg.RunRequest | dg.SkipReason:
        waiting = waiting_sheets(settings.contract, is_real_clock=not is_simulated)
        if not waiting:
            return dg.SkipReason("受け箱に表はありません。")
        newest = max(path.stat().st_mtime_ns for path in waiting)
        again = int(time.time()) // AGAIN_SECONDS  # what a failed run left is taken up again
        return dg.RunRequest(run_key=f"{len(waiting)}-{newest}-{again}")

    return inquiries_inbox_filled


def _check(taken: TakenSheets) -> dg.AssetCheckResult:
    is_met = taken.is_all_taken
    stuck = f"{taken.stuck}個の表は返却できず、受け箱に残っています。" if taken.stuck else ""
    return dg.AssetCheckResult(
        asset_key=INBOX,
        check_name=ALL_TAKEN,
        passed=is_met,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            "すべての行を取り込みました。"
            if is_met
            else f"{taken.refused}行と{taken.unreadable}個の表を「返却」フォルダに戻しました。直して、もう一度置いてください。"
            + stuck
        ),
    )
