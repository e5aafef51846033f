"""The asset `erasures`: how far each case is, what is owed, and the jobs by which an administrator looks and executes.

A session tells who sits at the screen; it destroys nothing. Whoever executes signs the start with the own passphrase at the
desk, over the very case and for ten minutes, then starts the job, which uses that signature up and refuses without; the job is
started by the same person. Without consent, authorisation and that signature nothing is erased, from wherever it is asked for.
Run configuration is stored and shown: it holds ids and days only.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
from pydantic import Field

from application import erasure as duty
from application.erasure_orders import signed_start
from application.home.session import Workplace
from compliance.erasure.certificate_register import certificates_made
from compliance.erasure.register import all_cases, authorisation_of, case_of, items_of, open_tasks
from compliance.erasure.selection import Selection
from compliance.erasure.states import CaseState
from compliance.errors import EntryRefused
from compliance.ground.japan import TOKYO
from compliance.people.rights import Right
from orchestration.assets.metadata import table
from orchestration.assets.pages import allow_page, page_actor, refusing, tell

GROUP = "compliance"
CASES = dg.AssetKey([GROUP, "erasures"])
FINISHED = "nothing_half_done"
NOTHING_OWED = "nothing_owed"
APPLY = "erasure_apply"
EXECUTE = "erasure_execute"
TASKS = "erasure_tasks"
_WAITING = {CaseState.EXECUTING, CaseState.EXECUTED, CaseState.VERIFIED}


@dg.asset(
    key=CASES,
    group_name=GROUP,
    description=(
        "消去の案件\n\n申請・承諾・授権・実施・検証・証明書の進み具合です。消去には、市の承諾と2名の"
        "署名による授権が必要で、画面だけでは何も消去できません。\n\n"
        "赤のとき：途中で止まった案件があります。`madoguchi erasure show 案件番号` で次にすることを確かめてください。"
    ),
    required_resource_keys={"workplace"},
    check_specs=[
        dg.AssetCheckSpec(
            FINISHED,
            asset=CASES,
            description="途中（実施中・検証待ち・証明書待ち）の案件がないか。",
        ),
        dg.AssetCheckSpec(
            NOTHING_OWED, asset=CASES, description="届かなかった写し・媒体の残務がないか。"
        ),
    ],
)
def erasure_cases(context: dg.AssetExecutionContext) -> Iterator[object]:
    """Says how far each case is."""
    workplace: Workplace = context.resources.workplace
    yield dg.MaterializeResult(metadata=_metadata(workplace))
    yield from _checks(workplace)


def report(instance: dg.DagsterInstance, workplace: Workplace) -> None:
    """The cases as they are, told to the instance without a run of its own; nothing where there is none."""
    if not all_cases(workplace.engine):
        return
    tell(instance, CASES, _metadata(workplace), _checks(workplace))


class ErasureApplication(dg.Config):
    """What the Launchpad asks for before an application."""

    録音の最初の日: str = Field(default="", description="例 2023-11-20。空欄：限りません。")
    録音の最後の日: str = Field(default="", description="例 2023-11-26。空欄：限りません。")
    種別: str = Field(
        default="", description="call（通話録音）又は message（メッセージ）。空欄：両方。"
    )
    媒体: str = Field(
        default="", description="この媒体にあるものだけ（media-a など）。空欄：限りません。"
    )
    契約終了: bool = Field(
        default=False, description="true：契約終了に伴う消去（手元の録音を含む）。"
    )
    処理予定日: str = Field(description="例 2024-01-31。")
    試行: bool = Field(
        default=True,
        description="true：件数だけを示します。申請には本人の署名鍵が必要なため `madoguchi erasure apply` で行います。",
    )


class ErasureExecution(dg.Config):
    """What the Launchpad asks for before an execution."""

    授権番号: str = Field(description="`madoguchi erasure authorise` が示した番号。例 E-0001/1。")
    試行: bool = Field(
        default=True,
        description="true：件数と、実施できない理由だけを示します。false にする前に、実施者本人がデスクの「消去」で開始に署名します（有効10分）。",
    )


class ErasureTasks(dg.Config):
    """What the Launchpad asks for before owed copies are destroyed."""

    試行: bool = Field(
        default=True,
        description="true：残務だけを示します。false にする前に、本人がデスクの「消去」で署名します（有効10分）。",
    )


@dg.op(required_resource_keys={"workplace"}, description="消去の対象となる件数を示します。")
@refusing
def count_application(context: dg.OpExecutionContext, config: ErasureApplication) -> None:
    """Shows what a selection finds; what is to be entered needs a person's own key."""
    workplace: Workplace = context.resources.workplace
    selection = Selection(
        first_day=_day(config.録音の最初の日),
        last_day=_day(config.録音の最後の日),
        kind=config.種別,
        medium=config.媒体,
        is_contract_end=config.契約終了,
    )
    planned = _day(config.処理予定日)
    found = duty.found_now(workplace, selection)
    context.add_output_metadata(
        {
            "対象": len(found.chosen),
            "バイト数": sum(one.size for one in found.chosen),
            "保存日数内": found.too_young,
            "手元にあり": found.at_hand,
            "保全中": found.held,
            "申請するには": f"madoguchi erasure apply --planned {planned} --go --by 職員番号",
        }
    )
    if not config.試行:
        allow_page(workplace, Right.APPLY_ERASURE)


@dg.op(required_resource_keys={"workplace"}, description="授権された消去を実施します。")
@refusing
def execute_authorised(context: dg.OpExecutionContext, config: ErasureExecution) -> None:
    """Erases under an authorisation that two people signed; it names who executes."""
    workplace: Workplace = context.resources.workplace
    case_id, _, round_ = config.授権番号.partition("/")
    given = authorisation_of(workplace.engine, case_id)
    if given is None or str(given.round) != round_:
        raise EntryRefused(f"授権 {config.授権番号} はありません。番号を確かめてください。")
    case = case_of(workplace.engine, case_id)
    actor = page_actor(workplace)
    witness, order = signed_start(workplace, actor, case_id)
    found = duty.may_execute(workplace, case_id, witness)
    shown: dict[str, Any] = {
        "案件": case_id,
        "状態": case.state.title_ja,
        "件数": case.items_count,
        "実施者": given.executor,
        "授権した人": "、".join(one.staff_id for one in given.signatures),
        "開始の署名": "なし"
        if order is None
        else f"{order.staff_id}（{order.signed_at.astimezone(TOKYO):%H:%M}）",
        "実施できない理由": table(("理由", "内容"), [(o.value, o.text_ja) for o in found]),
    }
    if config.試行:
        context.add_output_metadata(shown)
        return
    allow_page(workplace, Right.EXECUTE_ERASURE)
    done = duty.executed(workplace, actor, case_id)
    context.add_output_metadata(
        {
            **shown,
            "状態": case_of(workplace.engine, case_id).state.title_ja,
            "完了": done.done,
            "注意付完了": done.caution,
            "保留": done.held,
            "残務": done.tasks,
            "次にすること": f"madoguchi erasure verify {case_id} --by 職員番号（申請者・実施者以外）",
        }
    )


@dg.op(required_resource_keys={"workplace"}, description="届かなかった写しを破棄します。")
@refusing
def work_off_owed(context: dg.OpExecutionContext, config: ErasureTasks) -> None:
    """Destroys what an erasure owed and what is reachable now; nothing else can be reached by it."""
    workplace: Workplace = context.resources.workplace
    owed = open_tasks(workplace.engine)
    closed = 0
    if not config.試行:
        allow_page(workplace, Right.EXECUTE_ERASURE)
        closed = duty.tasks_worked_off(workplace, page_actor(workplace))
    context.add_output_metadata(
        {
            "残務": table(
                ("案件", "種別", "場所"), [(t.case_id, t.what.value, t.place) for t in owed]
            ),
            "今回片付いた件数": closed,
        }
    )


@dg.job(
    name=APPLY,
    description="消去の申請：対象の件数を示します。申請そのものは madoguchi erasure apply で行います。",
    executor_def=dg.in_process_executor,
)
def erasure_apply() -> None:
    """The job of one look."""
    count_application()


@dg.job(
    name=EXECUTE,
    description="消去の実施：市の承諾、2名の授権、実施者本人の開始の署名がある案件だけを消去します。初期値は試行です。",
    executor_def=dg.in_process_executor,
)
def erasure_execute() -> None:
    """The job of one execution."""
    execute_authorised()


@dg.job(
    name=TASKS,
    description="消去の残務：実施の時に届かなかった写しを、接続してから破棄します。初期値は試行です。",
    executor_def=dg.in_process_executor,
)
def erasure_tasks() -> None:
    """The job of what is owed."""
    work_off_owed()


def _metadata(workplace: Workplace) -> dict[str, Any]:
    made = {one.case_id: one.name for one in certificates_made(workplace.engine)}
    rows = []
    for case in all_cases(workplace.engine):
        counted: dict[str, int] = {}
        for _, result in items_of(workplace.engine, case.case_id):
            counted[result.title_ja] = counted.get(result.title_ja, 0) + 1
        told = "、".join(f"{title}{count}" for title, count in counted.items())
        applied = f"{case.applied_at.astimezone(TOKYO):%Y-%m-%d}"
        rows.append(
            (
                case.case_id,
                applied,
                case.state.title_ja,
                case.items_count,
                told,
                made.get(case.case_id, ""),
            )
        )
    owed = [(t.case_id, t.what.value, t.place) for t in open_tasks(workplace.engine)]
    return {
        "案件": table(("案件", "申請日", "状態", "件数", "結果", "証明書"), rows),
        "残務": table(("案件", "種別", "場所"), owed),
    }


def _checks(workplace: Workplace) -> Iterator[dg.AssetCheckResult]:
    waiting = [case for case in all_cases(workplace.engine) if case.state in _WAITING]
    told = "、".join(f"{case.case_id}（{case.state.title_ja}）" for case in waiting)
    yield dg.AssetCheckResult(
        asset_key=CASES,
        check_name=FINISHED,
        passed=not waiting,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"途中の案件：{told}。" if waiting else "途中の案件はありません。",
    )
    owed = open_tasks(workplace.engine)
    yield dg.AssetCheckResult(
        asset_key=CASES,
        check_name=NOTHING_OWED,
        passed=not owed,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"届かなかった写しが{len(owed)}件あります。媒体を接続して `madoguchi erasure tasks --go` を行ってください。"
            if owed
            else "残務はありません。"
        ),
    )


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise EntryRefused(
            f"{text} は日付ではありません。2024-01-31 のように入れてください。"
        ) from None
