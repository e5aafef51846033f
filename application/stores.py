"""Everything that may lie below a home: what each package says of its own places, and this one's."""

from __future__ import annotations

from compliance import inventory
from compliance.ground.stores import (
    CONTRACT_END,
    NO_KEY,
    PSEUDONYM_KEY,
    Holds,
    Store,
    derived,
)
from telephony_ingest.exchange import DATASETS
from telephony_ingest.landing.dataset import LINEAGE, Content, Dataset
from telephony_ingest.landing.rejects import REJECTS


def _landing(dataset: Dataset) -> Store:
    held = set(dataset.columns.values())
    if Content.PSEUDONYM in held:
        holds, key, eraser = (
            Holds.PSEUDONYM,
            PSEUDONYM_KEY,
            "destruction of the pseudonym key",
        )
    else:
        is_of_calls = dataset is not REJECTS
        holds = Holds.CALL_FACTS if is_of_calls else Holds.NOTHING
        key, eraser = NO_KEY, "the home's removal"
    return Store(
        pattern=f"landing/{dataset.name}/*.parquet",
        title=dataset.title_ja,
        holds=holds,
        owner="telephony_ingest.landing",
        key=key,
        retention=CONTRACT_END,
        eraser=eraser,
        verifier="compliance.inventory.unlisted",
        columns=frozenset({*LINEAGE, *dataset.columns}),
    )


STORES: tuple[Store, ...] = (
    *(_landing(dataset) for dataset in (*DATASETS.values(), REJECTS)),
    *inventory.STORES,
    Store(
        pattern="heard/*.log",
        title="電話交換機が知らせた保留と呼出し（取込みまで。番号・氏名は含まない）",
        holds=Holds.CALL_FACTS,
        owner="telephony_ingest.ami.journal",
        key=NO_KEY,
        retention="three days after the last line, once landed",
        eraser="application.ingest",
        verifier="compliance.inventory.unlisted",
    ),
    derived("warehouse.duckdb*", "集計表", "dbt_project", Holds.PSEUDONYM),
    derived(
        "spark/*",
        "集計表（Apache Spark で作る場合の元の表）",
        "application.warehouse.on_spark",
        Holds.PSEUDONYM,
    ),
    derived("warehouse.json*", "集計表が何から作られたか", "application.warehouse.days"),
    derived("landed.json*", "取込みファイルの日ごとの照合値", "application.warehouse.landed"),
    derived(
        "landing/*/compacting.json", "取込みファイルの統合の途中経過", "telephony_ingest.landing"
    ),
    derived(
        "reference/made.json*",
        "参照表が何から作られたか（鍵付きの照合値）",
        "compliance.contract.reference",
    ),
    derived("quality/*", "取込み行の確認結果（値は含まない）", "telephony_ingest.quality"),
    derived("logs/*", "作業ファイル", "application.warehouse.build"),
    derived("published/*.parquet", "画面用の抜粋", "orchestration", Holds.PSEUDONYM),
    Store(
        pattern="dagster/*",
        title="処理の記録（件数のみ。番号・氏名・本文は含まない）",
        holds=Holds.NOTHING,
        owner="dagster",
        key=NO_KEY,
        retention="[retention] ui_history_days",
        eraser="job history (runs about no day, week or month)",
        verifier="tests/orchestration/test_personal_data.py",
    ),
    Store(
        pattern="outbox/*",
        title="提出書類（従事者は番号、市民は通話番号のみ）",
        holds=Holds.CALL_FACTS,
        owner="reporting.paper.packaging",
        key=NO_KEY,
        retention=CONTRACT_END,
        eraser="with the city's consent",
        verifier="the city",
    ),
)
"""The whole inventory of a home's files."""
