"""Assets of the group `deliverables`: the papers that the city is owed, one asset per kind."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from application.home.session import Workplace
from application.papers import OwedPaper, issue_paper, mismatches_of
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import periods
from compliance.contract.terms import Contract
from desk.papers import path_of
from orchestration.assets.metadata import file_list, table
from orchestration.assets.partitions import ContractPartitions
from orchestration.assets.warehouse import GROUP as WAREHOUSE
from reporting.paper.kind import Mismatch

GROUP = "deliverables"
_MONTH, _QUARTER, _YEAR = (
    re.compile(one) for one in (r"\d{4}-\d{2}", r"(\d{4})-Q([1-4])", r"\d{4}")
)
_AFTERWARDS = (
    "戻した後、この区分をもう一度「Materialize」すると照合し直します。戻せないときは「事故・兆候」の台帳に記入し、"
    "委託者へ報告してから提出してください。"
)
_SHOWN = 50
"""So many ids of what does not add up are shown; the rest are counted."""
_UNITS = {
    "day": "1日",
    "week": "1週（月曜始まり）",
    "month": "1月",
    "quarter": "1四半期",
    "year": "1年度（4月始まり）",
}


def paper_name(owed: OwedPaper) -> str:
    """The name of a paper's asset and job: `weekly_report`."""
    return name_of(owed.kind.kind)


def name_of(kind: str) -> str:
    """The same, of a kind."""
    return f"{kind.replace('.', '_')}_report"


def page_of(kind: str, period: str) -> str:
    """The UI's page of a paper's asset at a period, below where the UI lies; a month's, a quarter's and a fiscal year's partition
    bear its first day."""
    partition = f"{period}-01" if _MONTH.fullmatch(period) else period
    if quarter := _QUARTER.fullmatch(period):
        year, month = int(quarter[1]), int(quarter[2]) * 3 + 1
        partition = f"{year + month // 12:04d}-{(month - 1) % 12 + 1:02d}-01"
    elif _YEAR.fullmatch(period):
        partition = f"{period}-04-01"
    return f"/assets/{GROUP}/{name_of(kind)}?partition={partition}"


def paper_key(owed: OwedPaper) -> dg.AssetKey:
    """The asset of one kind of paper."""
    return dg.AssetKey([GROUP, paper_name(owed)])


def paper_asset(
    owed: OwedPaper, contract: Contract, partitions: ContractPartitions
) -> dg.AssetsDefinition:
    """A kind of paper, one partition a period; each partition issues that period's paper."""
    kind, key = owed.kind, paper_key(owed)

    @dg.asset(
        key=key,
        group_name=GROUP,
        deps=[dg.AssetKey([WAREHOUSE, name]) for name in kind.assets],
        partitions_def=partitions.by_unit[kind.unit],
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=1),
        description=(
            f"{owed.terms.title}{contract.words.cited(kind.clause)}1区分＝{_UNITS[kind.unit]}。{kind.summary_ja}"
            "提出後に数字が動いたときは、訂正箇所を記した第2版（_r2）を作ります。\n\n"
            "氏名・電話番号は含みません。作り直すときは、この区分を選んで「Materialize」を押してください。"
        ),
        required_resource_keys={"workplace"},
        check_specs=[
            dg.AssetCheckSpec(
                "files_unchanged",
                asset=key,
                description=(
                    "提出用ファイルが、作成時に控えた照合値（SHA-256）のままか。失われたファイルは、"
                    "この区分を「Materialize」すると控えから復元されます。"
                ),
            ),
            *([_sums_spec(key)] if kind.mismatches is not None else []),
        ],
        kinds=set(owed.terms.formats),
    )
    def paper(context: dg.AssetExecutionContext) -> Iterator[object]:
        from reporting.paper.packaging import changed_files

        workplace: Workplace = context.resources.workplace
        period = next(
            one
            for one in periods(BusinessCalendar(contract), owed.terms.due)
            if one.starts_on.isoformat() == context.partition_key
        )
        issued = issue_paper(workplace, owed, period)
        yield dg.MaterializeResult(
            metadata={
                "期限": period.due_date.isoformat(),
                "デスクの画面": dg.MetadataValue.url(path_of(issued.kind, issued.period)),
                "版": issued.edition,
                "作成": "新しく作成" if issued.is_written else "変更なし（前の版のまま）",
                "訂正箇所": issued.corrections,
                "ファイル": file_list(issued.folder, list(issued.files)),
                "数字": table(("項目", "件数"), issued.headline),
            }
        )
        wrong = changed_files(issued.folder, issued.files)
        touched = [
            t
            for t in workplace.journal.touched
            if (t.kind, t.period) == (issued.kind, issued.period)
        ]
        yield _files_unchanged(key, len(wrong), len(touched))
        if kind.mismatches is not None:
            yield _sums_agree(key, mismatches_of(workplace, owed, period))

    return paper


def _sums_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        "sums_agree",
        asset=key,
        description=(
            "監査記録から数えた保有件数と、実際に保管しているもの（録音の目録・対応記録）が一致するか。一致しないときは、"
            "書類に「不一致」と印字されます。食い違うものの番号と直し方を示します。"
        ),
    )


def _sums_agree(key: dg.AssetKey, found: Sequence[Mismatch]) -> dg.AssetCheckResult:
    """Red with each kind's difference and the ids in question: numbers of recordings and records, never words."""
    sums = Counter[str]()
    for one in found:
        sums[one.item] += one.difference
    remedies = [f"- {what}　{remedy}" for what, remedy in {one.what: one.remedy for one in found}.items()]  # fmt: skip
    rows = [(m.item, m.object_id, m.on.isoformat(), m.what) for m in found]
    if len(rows) > _SHOWN:
        rows = [*rows[:_SHOWN], (f"ほか{len(rows) - _SHOWN:,}件", "", "", "")]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name="sums_agree",
        passed=not found,
        severity=dg.AssetCheckSeverity.ERROR,
        description=(
            f"保有件数が合いません（{'、'.join(f'{item} 差{n:+,}' for item, n in sums.items())}）。提出せず、下の「直し方」に従ってください。"
            if found
            else None
        ),
        metadata={
            "食い違い": len(found),
            **(
                {
                    "差": table(("種別", "差（保管−記録）"), list(sums.items())),
                    "対象": table(("種別", "番号", "日付", "内容"), rows),
                    "直し方": dg.MetadataValue.md("\n".join([*remedies, "", _AFTERWARDS])),
                }
                if found
                else {}
            ),
        },
    )


def _files_unchanged(key: dg.AssetKey, wrong: int, restored: int) -> dg.AssetCheckResult:
    said: dict[str, Any] = {"異なるファイル": wrong, "控えから復元": restored}
    return dg.AssetCheckResult(
        asset_key=key,
        check_name="files_unchanged",
        passed=not wrong and not restored,
        severity=dg.AssetCheckSeverity.ERROR,
        description=(
            "控えと異なり、控えから復元もできないファイルがあります。提出せず、バックアップから戻してください。"
            if wrong
            else "提出済みのファイルが失われたか変えられていたため、控えから復元しました。経緯を確認してください。"
            if restored
            else None
        ),
        metadata=said,
    )
