"""The asset `today/morning_brief`: the one that the manager opens first, at half past eight on business days."""

from collections.abc import Iterator, Sequence
from datetime import time
from typing import Any

import dagster as dg

from application.backup_duties import told_of_drill
from application.brief_mail import SentBrief, told_by_mail
from application.home.session import Workplace
from application.today import Brief, brief_of
from orchestration.assets.metadata import table
from orchestration.assets.pages import tell

GROUP = "today"
BRIEF = dg.AssetKey([GROUP, "morning_brief"])
MADE, CONFIRMED, CLEAR, IN_FORCE, MAILED = (
    "papers_are_made", "papers_are_confirmed", "floor_is_clear", "registers_are_in_order", "brief_is_mailed",
)  # fmt: skip
JOB = "morning_brief"
SCHEDULE = "dagster/schedule_name"
NOT_BY_HAND = SentBrief(True, "手動の更新では、メールを送りません。")
AT = time(8, 30)
_CHECKS = {
    MADE: "期限の来た書類がすべて作成されているか。",
    CONFIRMED: "期限の来た書類を責任者が確認したか（`madoguchi papers confirm`）。",
    CLEAR: "緊急の電話、折返し、伝言の書き起こしに残りがないか。",
    IN_FORCE: "従事者・許可・区域・貸与品・是正などの期限が過ぎていないか。",
    MAILED: "朝の確認を、決められたあて先にメールで知らせたか（開設日の8時30分の処理だけが送ります）。",
}


@dg.asset(
    key=BRIEF,
    group_name=GROUP,
    description=(
        "朝の確認\n\n本日の提出物、期限を過ぎたもの、責任者確認待ち、前営業日の数字、要対応をまとめます（開設日の8時30分）。"
        "最初に開くのはこの資産です。\n\n赤のとき：一覧の書類・対応記録・台帳を、書かれた順に処理してください。"
    ),
    required_resource_keys={"workplace"},
    check_specs=[
        dg.AssetCheckSpec(name, asset=BRIEF, description=description)
        for name, description in _CHECKS.items()
    ],
)
def morning_brief(context: dg.AssetExecutionContext) -> Iterator[object]:
    """Looks at everything and changes nothing; what a schedule began is told by mail, too."""
    workplace: Workplace = context.resources.workplace
    brief = brief_of(workplace)
    yield dg.MaterializeResult(metadata=_metadata(brief))
    yield from _checks(brief)
    yield _mailed(told_by_mail(workplace, brief) if SCHEDULE in context.run.tags else NOT_BY_HAND)


morning_brief_job = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.assets(BRIEF),
    description="朝の確認：本日の提出物、期限、要対応をまとめます（開設日の8時30分）。",
)


def report(instance: dg.DagsterInstance, workplace: Workplace) -> None:
    """The brief as it is, told to the instance without a run."""
    brief = brief_of(workplace)
    tell(instance, BRIEF, _metadata(brief), [*_checks(brief), _mailed(NOT_BY_HAND)])


def _mailed(told: SentBrief) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=BRIEF,
        check_name=MAILED,
        passed=told.is_right,
        severity=dg.AssetCheckSeverity.WARN,
        description=told.text,
    )


def _metadata(brief: Brief) -> dict[str, Any]:
    y, floor = brief.yesterday, brief.floor
    return {
        "本日の提出物": sum(one.due_date == brief.today for one in brief.papers),
        "期限超過": len(brief.overdue),
        "責任者確認待ち": len(brief.unconfirmed),
        "前営業日の数字": (
            f"{y.day:%m/%d}　入電{y.incoming}　応答{y.answered}　あふれ{y.overflow}　放棄{y.abandoned}　預かり{y.message}"
            if y
            else "まだありません"
        ),
        **({"目標": table(("目標", "前営業日", "月の累計"), _targets(brief))} if brief.targets else {}),
        "要対応": len(floor.open_urgent) + len(floor.overdue) + len(floor.unwritten) + len(brief.pressing),
        "書類": table(
            ("期限", "書類", "版", "状況"),
            [
                (one.due_date or "―", one.title, one.edition or "―", one.state.title_ja if one.state else "未作成")
                for one in brief.papers
            ],
        ),
        "現場": table(
            ("項目", "件数"),
            [
                ("緊急のクレームで電話の記録がないもの", len(floor.open_urgent)),
                ("期限を過ぎた折返し", len(floor.overdue)),
                ("書き起こしのない伝言", len(floor.unwritten)),
                ("理由のない従事者の折返し", len(floor.unexplained)),
            ],
        ),
        "台帳の期限": table(
            ("期限", "項目", "対象の番号", ""),
            [(d.day, d.title, d.ref, d.urgency.title_ja) for d in brief.duties],
        ),
        "バックアップの復元訓練": told_of_drill(brief.drill) if brief.drill else "まだありません",
        "消去の残務": brief.open_erasure_tasks,
    }  # fmt: skip


def _targets(brief: Brief) -> list[tuple[str, str, str]]:
    return [(one.of_ja, one.of_day.text_ja, one.of_month.text_ja) for one in brief.targets]


def _checks(brief: Brief) -> Iterator[dg.AssetCheckResult]:
    floor = brief.floor
    waiting = [
        one.title for one in brief.unconfirmed if one.due_date and one.due_date <= brief.today
    ]
    left = (
        [f"緊急の電話　{one.inquiry_id}" for one in floor.open_urgent]
        + [f"折返し　{one.inquiry_id}" for one in floor.overdue]
        + [f"伝言　{call}" for _, call, _ in floor.unwritten]
    )
    duties = [f"{d.title}　{d.ref}" for d in brief.pressing]
    for name, severity, found, told in (
        (MADE, dg.AssetCheckSeverity.ERROR, [one.title for one in brief.overdue], "期限の来た書類が{}件、作成されていません。この書類の資産を「Materialize」してください。"),
        (CONFIRMED, dg.AssetCheckSeverity.WARN, waiting, "責任者の確認を待つ書類が{}件あります。`madoguchi papers confirm` で確認してください。"),
        (CLEAR, dg.AssetCheckSeverity.WARN, left, "現場に残りが{}件あります。一覧の対応記録・通話を処理してください。"),
        (IN_FORCE, dg.AssetCheckSeverity.WARN, duties, "台帳に期限の来たものが{}件あります。更新するか、済んだ日を記入してください。"),
    ):  # fmt: skip
        yield _check(name, severity, found, told)


def _check(
    name: str, severity: dg.AssetCheckSeverity, found: Sequence[str], told: str
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=BRIEF,
        check_name=name,
        passed=not found,
        severity=severity,
        description=told.format(len(found)) if found else "残りはありません。",
        metadata={"一覧（50件まで）": list(found[:50])},
    )
