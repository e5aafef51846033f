"""Assets of the group `pbx`: what was taken in from the telephone exchange, and whether it is sound.

One asset per kind of source. Two questions are asked of each: could every source be read (a check
that the ingest itself answers), and are the landed rows what such a source sends (Great Expectations,
asked nightly, since its import alone costs seconds). Neither stops anything: the papers say so.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from application.home.session import Workplace
from application.ingest import landed_so_far, taken_in
from application.rows_asked import answered, asked_of_last_days
from compliance.ground.japan import TOKYO
from orchestration.assets.metadata import table
from telephony_ingest.exchange import DATASETS, SOUNDS
from telephony_ingest.landing.dataset import Dataset
from telephony_ingest.landing.report import LandingReport

if TYPE_CHECKING:
    from telephony_ingest.quality.verdict import Verdict

GROUP = "pbx"
ROWS_AS_EXPECTED = "rows_as_expected"
READABLE, IN_CUSTODY = "source_readable", "every_sound_is_matched"
WORKPLACE = {"workplace"}

_STATES = {
    "ok": "正常",
    "no_lines": "まだ行がありません",
    "missing": "見つかりません",
    "unreadable": "読めません",
    "partial": "一部のみ",
    "other_clock": "時刻が異なります",
}


def key_of(name: str) -> dg.AssetKey:
    """The asset of one dataset."""
    return dg.AssetKey([GROUP, name])


def checks_of(name: str) -> list[dg.AssetCheckKey]:
    """The checks that taking in a dataset answers itself."""
    own = (READABLE, IN_CUSTODY) if _has_calls(name) else (READABLE,)
    return [dg.AssetCheckKey(key_of(name), check) for check in own]


def _has_calls(name: str) -> bool:
    """Whether a dataset's rows are the recordings of calls."""
    return name in SOUNDS and SOUNDS[name].kind == "call"


def pbx_assets() -> list[dg.AssetsDefinition]:
    """One asset per kind of source."""
    return [_asset(dataset) for dataset in DATASETS.values()]


def _asset(dataset: Dataset) -> dg.AssetsDefinition:
    @dg.asset(
        key=key_of(dataset.name),
        group_name=GROUP,
        description=(
            f"{dataset.title_ja}\n\n{dataset.grain_ja}開設時間中は5分ごとに、新しく書かれた行だけを取り込みます。"
            "電話番号は取込み時に仮名IDへ置き換え、発信者名は取り込みません。\n\n"
            "赤のとき：検査「source_readable」の一覧で、読めないファイルと理由を確認してください。"
            "他のファイルの取込みは続いています。"
        ),
        required_resource_keys=WORKPLACE,
        check_specs=[
            dg.AssetCheckSpec(
                READABLE,
                asset=key_of(dataset.name),
                description="取込み元のファイルがすべて読めたか。読めない行は理由ごとに数えます。",
            ),
            *(
                dg.AssetCheckSpec(
                    IN_CUSTODY,
                    asset=key_of(dataset.name),
                    description=(
                        "交換機の場所にある音声ファイルが、どれも取込みの対象か。対象外の録音は、封緘も消去もされない個人情報です。"
                    ),
                )
                for _ in range(_has_calls(dataset.name))
            ),
        ],
        kinds={"parquet"},
    )
    def landed(context: dg.AssetExecutionContext) -> Iterator[object]:
        workplace = _workplace(context)
        report = taken_in(workplace, dataset)
        landed = landed_so_far(workplace, dataset)
        last = landed.last_at and landed.last_at.astimezone(TOKYO)
        yield dg.MaterializeResult(
            metadata={
                "最終受信": f"{last:%Y-%m-%d %H:%M:%S}" if last else "まだありません",
                "行数（累計）": landed.rows,
                "行数（今回）": report.rows_landed,
                "読めない行": report.rows_rejected,
                "未取込み（後刻・書込み中）": report.rows_waiting,
                "取込み元": _states_table(report),
            }
        )
        yield dg.AssetCheckResult(
            check_name=READABLE,
            asset_key=key_of(dataset.name),
            passed=not report.is_refused,
            severity=dg.AssetCheckSeverity.ERROR,
            description=None if not report.is_refused else _what_to_do(report),
            metadata={"理由別": table(("理由", "行数"), sorted(report.rejected_by_reason.items()))},
        )

        if _has_calls(dataset.name):
            yield _sounds_matched(dataset, report)

    return landed


def _sounds_matched(dataset: Dataset, report: LandingReport) -> dg.AssetCheckResult:
    count = report.sounds_unmatched
    return dg.AssetCheckResult(
        check_name=IN_CUSTODY,
        asset_key=key_of(dataset.name),
        passed=count == 0,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"対象外の音声ファイルが{count}件あります。contract.toml の [pbx.sources] recordings を広げるか、"
        "別の場所へ移してください。"
        if count
        else None,
        metadata={"対象外の音声ファイル": count},
    )


def quality_checks() -> list[dg.AssetChecksDefinition]:
    """One Great Expectations check per kind of source, asked together: one import, one set of docs."""
    description = (
        "取り込んだ行が、その種の記録として筋が通るか（直近8日、Great Expectations）。"
        "週ごとの結果は週次集計結果に載ります。"
    )

    @dg.multi_asset_check(
        name=ROWS_AS_EXPECTED,
        specs=[
            dg.AssetCheckSpec(ROWS_AS_EXPECTED, asset=key_of(name), description=description)
            for name in DATASETS
        ],
        can_subset=True,
        required_resource_keys=WORKPLACE,
        op_tags={"dagster/priority": "-1"},  # last: another process asks meanwhile
    )
    def rows_as_expected(context: dg.AssetCheckExecutionContext) -> Iterator[object]:
        workplace = _workplace(context)
        verdicts = answered(workplace, asked_of_last_days(workplace))
        selected = {check.asset_key for check in context.selected_asset_check_keys}
        for name, verdict in verdicts.items():
            if key_of(name) in selected:
                yield _result(verdict, workplace.home.quality / "index.html")

    return [rows_as_expected]


def _result(verdict: "Verdict", index: Path) -> dg.AssetCheckResult:
    unmet = [check for check in verdict.checks if not check.is_met]
    return dg.AssetCheckResult(
        asset_key=key_of(verdict.kind),
        check_name=ROWS_AS_EXPECTED,
        passed=not unmet,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"{verdict.rows}行について{len(verdict.checks)}項目を確認しました。"
            + (
                ""
                if not unmet
                else "満たさない項目の行数を見て、交換機の設定変更や欠落がないか確認してください。"
            )
        ),
        metadata={
            "確認結果": table(
                ("項目", "結果", "対象外の行"),
                [
                    (c.title_ja, "適合" if c.is_met else "要確認", c.rows_failed)
                    for c in verdict.checks
                ],
            ),
            "詳細（Data Docs、直近の書類の週）": dg.MetadataValue.path(index),
        },
    )


def _states_table(report: LandingReport) -> dg.MarkdownMetadataValue:
    rows = [
        (s.name, _STATES.get(str(s.state), str(s.state)), s.detail or "") for s in report.sources
    ]
    return table(("ファイル", "状態", "内容"), rows)


def _what_to_do(report: LandingReport) -> str:
    bad = [s for s in report.sources if s.is_trouble]
    parts = []
    if bad:
        parts.append(
            f"読めないファイルが{len(bad)}件あります。電話交換機側の保存場所と権限を確認してください。"
        )
    if report.rows_rejected:
        parts.append(
            f"読めない行が{report.rows_rejected}行あります。行の位置と理由は landing/rejects にあります。"
        )
    return "".join(parts) or "取込み元を確認してください。"


def _workplace(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Workplace:
    workplace: Workplace = context.resources.workplace
    return workplace
