"""Assets of the group `deliverables`: the papers that the city is owed, one partition per period."""

from collections.abc import Iterator

import dagster as dg

from orchestration.assets.metadata import file_list, table
from orchestration.assets.partitions import ContractPartitions
from orchestration.assets.warehouse import WEEKLY_KPI
from orchestration.assets.warehouse_pages import DAILY_KPI
from orchestration.duties.papers import write_weekly
from orchestration.opening.workplace import Workplace

GROUP = "deliverables"
WEEKLY_REPORT = dg.AssetKey([GROUP, "weekly_report"])


def weekly_report_asset(partitions: ContractPartitions) -> dg.AssetsDefinition:
    """The weekly paper of 6(3)エ."""

    @dg.asset(
        key=WEEKLY_REPORT,
        group_name=GROUP,
        deps=[DAILY_KPI, WEEKLY_KPI],
        partitions_def=partitions.weeks,
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=1),
        description=(
            "週次集計結果（仕様書6(3)エ・9(1)）1区分＝1週（月曜始まり）。応答件数、応答できなかった"
            "件数（あふれ呼数・放棄呼数）などの週別集計をPDFとExcelで作成します。提出期限は翌週の"
            "第1営業日です。提出後に数字が動いたときは、訂正箇所を記した第2版（_r2）を作ります。\n\n"
            "氏名・電話番号は含みません。作り直すときは、この週の区分を選んで「Materialize」を押してください。"
        ),
        required_resource_keys={"workplace"},
        check_specs=[
            dg.AssetCheckSpec(
                "files_unchanged",
                asset=WEEKLY_REPORT,
                description=(
                    "提出用ファイルが、作成時に控えた照合値（SHA-256）のままか。失われたファイルは、"
                    "この週を「Materialize」すると控えから復元されます。"
                ),
            )
        ],
        kinds={"pdf", "xlsx"},
    )
    def weekly_report(context: dg.AssetExecutionContext) -> Iterator[object]:
        from reporting.paper.packaging import changed_files

        workplace: Workplace = context.resources.workplace
        week = partitions.week_by_key[context.partition_key]
        paper = write_weekly(workplace, week)
        yield dg.MaterializeResult(
            metadata={
                "期限": week.due_date.isoformat(),
                "版": paper.edition,
                "作成": "新しく作成" if paper.is_written else "変更なし（前の版のまま）",
                "訂正箇所": paper.corrections,
                "ファイル": file_list(paper.folder, list(paper.files)),
                "数字": table(("項目", "件数"), paper.headline),
            }
        )
        wrong = changed_files(paper.folder, paper.files)
        touched = [t for t in workplace.journal.touched if t.startswith(f"weekly/{paper.period}/")]
        yield dg.AssetCheckResult(
            asset_key=WEEKLY_REPORT,
            check_name="files_unchanged",
            passed=not wrong and not touched,
            severity=dg.AssetCheckSeverity.ERROR,
            description=(
                "控えと異なり、控えから復元もできないファイルがあります。提出せず、バックアップから戻してください。"
                if wrong
                else "提出済みのファイルが失われたか変えられていたため、控えから復元しました。経緯を確認してください。"
                if touched
                else None
            ),
            metadata={"異なるファイル": len(wrong), "控えから復元": len(touched)},
        )

    return weekly_report
