"""The asset `floor/inquiries`: what callers said, in counts, and whether the records are complete (6(3)イ)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dagster as dg

from application.home.session import Workplace
from application.open_matters import OpenMatters, open_matters_of
from application.warehouse.reading import rows_of, warehouse_to_read
from compliance.inquiries.extract import write_extract
from orchestration.assets.metadata import table
from orchestration.assets.pages import tell

GROUP = "floor"
INQUIRIES = dg.AssetKey([GROUP, "inquiries"])
RECORDED = "answered_calls_have_records"
FEW_OTHERS = "others_are_few"
CALLED_BACK = "callbacks_are_done_in_time"
EXPLAINED = "operators_callbacks_are_explained"
WRITTEN = "messages_are_written_down"
MOST_OTHERS = 0.1
"""その他 above this share says that the form lacks a code."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """What the warehouse says of the records; `missing` are the newest answered calls without one."""

    answered: int
    inquiries: int
    without_record: int
    others: int
    complaints: int
    callbacks: int
    missing: tuple[tuple[str, str], ...]

    @property
    def share_of_others(self) -> float:
        """その他 among all that count; 0 where nothing does."""
        return self.others / self.inquiries if self.inquiries else 0.0


@dg.asset(
    key=INQUIRIES,
    group_name=GROUP,
    description=(
        "対応記録\n\n市民からの問い合わせを、1件1記録で数えます。区分などの符号だけを扱い、要旨・氏名・連絡先は"
        "含みません。`madoguchi inquiries import` で取り込むと、次の集計で日別・週別の件数になります。\n\n"
        "赤のとき：一覧の通話について、対応した人に記録を入れてもらってください。"
    ),
    required_resource_keys={"workplace"},
    check_specs=[
        dg.AssetCheckSpec(
            RECORDED,
            asset=INQUIRIES,
            description="応答した通話のすべてに、1件以上の対応記録があるか。",
        ),
        dg.AssetCheckSpec(
            FEW_OTHERS,
            asset=INQUIRIES,
            description="「その他」が1割以下か（多いときは様式に区分が足りません）。",
        ),
        dg.AssetCheckSpec(
            WRITTEN,
            asset=INQUIRIES,
            description="預かりメッセージのすべてに、書き起こした対応記録があるか。",
        ),
        dg.AssetCheckSpec(
            CALLED_BACK,
            asset=INQUIRIES,
            description="期限を過ぎて完了していない折返しがないか。",
        ),
        dg.AssetCheckSpec(
            EXPLAINED,
            asset=INQUIRIES,
            description="市へ報告した件を従事者が折返したとき、その理由があるか。",
        ),
    ],
)
def inquiries_of_the_floor(context: dg.AssetExecutionContext) -> Iterator[object]:
    """Writes the table of codes and says how complete the records are."""
    workplace: Workplace = context.resources.workplace
    write_extract(workplace.home, workplace.engine)
    found, floor = completeness(workplace), _floor(workplace)
    yield dg.MaterializeResult(metadata=_metadata(found, floor))
    yield from _checks(found, floor)


def report(instance: dg.DagsterInstance, workplace: Workplace) -> None:
    """The records as they are, told to the instance without a run of its own; nothing where there is none."""
    found = completeness(workplace)
    if not found.inquiries:
        return
    floor = _floor(workplace)
    tell(instance, INQUIRIES, _metadata(found, floor), _checks(found, floor))


def completeness(workplace: Workplace) -> Completeness:
    """Counts from the warehouse; all 0 where it is not built yet."""
    with warehouse_to_read(workplace.home) as connection:
        counted = rows_of(
            connection,
            "select count(*) filter (where is_counted), "
            "count(*) filter (where is_counted and item = 'other'), "
            "count(*) filter (where is_complaint), count(*) filter (where handling = 'callback') "
            "from marts.fct_inquiries",
        )
        answered = rows_of(
            connection, "select count(*) from marts.fct_calls where outcome = 'answered'"
        )
        missing = rows_of(
            connection,
            "select call_id, cast(call_date as varchar) from marts.fct_calls "
            "where outcome = 'answered' and call_id not in "
            "(select call_id from marts.fct_inquiries where call_id is not null) "
            "order by started_at desc",
        )
    inquiries, others, complaints, callbacks = counted[0] if counted else (0, 0, 0, 0)
    return Completeness(
        answered[0][0] if answered else 0,
        inquiries,
        len(missing),
        others,
        complaints,
        callbacks,
        tuple((day, call) for call, day in missing[:50]),
    )


def _floor(workplace: Workplace) -> OpenMatters:
    return open_matters_of(
        workplace.home, workplace.engine, workplace.settings.contract, workplace.now
    )


def _metadata(found: Completeness, floor: OpenMatters) -> dict[str, Any]:
    return {
        "応答件数": found.answered,
        "問い合わせ件数": found.inquiries,
        "記録のない応答": found.without_record,
        "その他の割合": f"{100 * found.share_of_others:.1f}％",
        "クレーム": found.complaints,
        "折返し": found.callbacks,
        "折返しの期限超過": len(floor.overdue),
        "書き起こしのない伝言": len(floor.unwritten),
        "使われていないFAQ": "受領待ち" if floor.unused_faq is None else floor.unused_faq,
    }


def _checks(found: Completeness, floor: OpenMatters) -> Iterator[dg.AssetCheckResult]:
    is_kept = found.inquiries > 0
    yield dg.AssetCheckResult(
        asset_key=INQUIRIES,
        check_name=RECORDED,
        passed=not is_kept or found.without_record == 0,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"応答{found.answered}件のうち、記録のないものが{found.without_record}件あります。"
            if is_kept
            else "対応記録はまだ取り込まれていません。"
        ),
        metadata={"記録のない応答（新しい順、50件まで）": table(("日", "通話番号"), found.missing)},
    )
    yield dg.AssetCheckResult(
        asset_key=INQUIRIES,
        check_name=FEW_OTHERS,
        passed=found.share_of_others <= MOST_OTHERS,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"「その他」は{100 * found.share_of_others:.1f}％です（1割以下が目安）。",
    )
    yield _waiting(
        WRITTEN,
        is_kept=is_kept,
        count=len(floor.unwritten),
        told="書き起こしのない預かりメッセージが{}件あります。録音の番号で聴き（`madoguchi recordings play`）、対応記録に入れてください。",
        listed={
            "書き起こしのない伝言（新しい順、50件まで）": table(
                ("日", "通話番号", "録音の番号"), floor.unwritten[:50]
            )
        },
    )
    yield _waiting(
        CALLED_BACK,
        is_kept=True,
        count=len(floor.overdue),
        told="期限を過ぎた折返しが{}件あります。折返して、台帳「折返し」に完了日時を記入してください。",
        listed={
            "期限を過ぎた折返し（50件まで）": table(
                ("対応記録", "期限"), [(one.inquiry_id, one.due_on) for one in floor.overdue[:50]]
            )
        },
    )
    yield _waiting(
        EXPLAINED,
        is_kept=True,
        count=len(floor.unexplained),
        told="市へ報告した件を従事者が折返したものが{}件あります。台帳「折返し」に理由を記入してください。",
        listed={"対応記録": list(floor.unexplained[:50])},
    )


def _waiting(
    name: str, *, is_kept: bool, count: int, told: str, listed: dict[str, Any]
) -> dg.AssetCheckResult:
    """A check that is met when nothing waits."""
    return dg.AssetCheckResult(
        asset_key=INQUIRIES,
        check_name=name,
        passed=not (is_kept and count),
        severity=dg.AssetCheckSeverity.WARN,
        description=told.format(count) if count else "該当はありません。",
        metadata=listed,
    )
