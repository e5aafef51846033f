"""The job `history`: the UI forgets old runs that are about no day, week or month (`[retention] ui_history_days`)."""

from datetime import UTC, datetime

import dagster as dg

from application.home.session import Workplace
from orchestration.instance.history import forget_history

HISTORY = "history"


@dg.op(
    required_resource_keys={"workplace"},
    description="日数を過ぎた処理の記録（区分のないもの）を画面から消します。",
)
def forget_old_runs(context: dg.OpExecutionContext) -> None:
    """Says in the run how many were forgotten."""
    workplace: Workplace = context.resources.workplace
    days = workplace.settings.contract.retention.ui_history_days
    count = forget_history(context.instance, days, datetime.now(UTC))
    context.log.info(f"{days}日を過ぎた処理の記録を{count}件消しました。")


@dg.job(
    name=HISTORY,
    description=(
        "処理の記録の整理：日数を過ぎた処理（日・週・月の区分がないもの）を画面から消します（毎日4時45分）。"
        "誰が何を実行したかは監査記録に残ります。"
    ),
)
def history() -> None:
    """Forget what is too old."""
    forget_old_runs()
