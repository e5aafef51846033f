"""The job `drill`: the newest backup tried by itself, every four weeks, whether or not somebody thinks of it."""

from datetime import date

import dagster as dg

from application.backup import drilled
from application.backup_duties import NONE_KNOWN
from application.home.session import Workplace
from compliance.backup.register import DRILL_AFTER, BackupEvent, is_drill_due

DRILL = "drill"
WHEN = f"{DRILL_AFTER.days}日ごと、失敗の後は翌日、5時15分"
"""When it is tried, as pages say it."""


@dg.op(
    required_resource_keys={"workplace"},
    description="最新のバックアップを試しに復元し、すべて検証し、消します。結果は記録され、朝の確認に出ます。",
)
def newest_backup_tried(context: dg.OpExecutionContext) -> None:
    """Fails where nobody could live from the newest backup, or where none is known."""
    workplace: Workplace = context.resources.workplace
    found = drilled(workplace, workplace.settings.backups_root)
    if not found.is_right:
        raise dg.Failure(
            "バックアップの復元訓練が失敗しました。" if found.name else f"{NONE_KNOWN}。",
            metadata={"problems": list(found.problems[:50])},
            allow_retries=False,
        )  # fmt: skip
    context.log.info(f"{found.name}を復元できました。")


@dg.job(
    name=DRILL,
    description=(
        f"バックアップの復元訓練：最新のバックアップを別の場所に復元し、検証し、消します（{WHEN}）。"
        "バックアップの置き場所は MADOGUCHI_BACKUPS です。"
    ),
)
def drill() -> None:
    """Try the newest backup."""
    newest_backup_tried()


def drill_request(last: BackupEvent | None, today: date) -> dg.RunRequest | dg.SkipReason:
    """Whether a trial is due; one on the command line counts as well."""
    if is_drill_due(last, today):
        return dg.RunRequest()
    return dg.SkipReason(f"復元訓練は{DRILL_AFTER.days}日以内に済んでいます。")
