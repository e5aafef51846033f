"""The inventory of personal data: what is kept where, under which key, how long, erased by whom (別紙2-10).

One `Store` per kind of thing on disk. A store of personal data names its key, its retention, its eraser
and who verifies the erasure; a store without says so. `unlisted` compares the inventory with a real
home: a file that no store covers, a column of landing or a table or column of the operations database
that no store names, is a finding. Whoever adds a place adds its row here first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatch

from sqlalchemy import Engine, inspect

from compliance.ground.home import Home


class Holds(StrEnum):
    """What a store holds of citizens."""

    NOTHING = "nothing"
    PSEUDONYM = "pseudonym"
    """Keyed pseudonyms and times of calls; nobody is named without the key."""
    CALL_FACTS = "call_facts"
    """That a call took place, when and how long; no pseudonym."""


@dataclass(frozen=True, slots=True)
class Store:
    """One kind of thing on disk. `pattern` is a path below the home (`*` crosses folders); `columns`
    are all that a table may have, null where the store is no table."""

    pattern: str
    title: str
    holds: Holds
    owner: str
    key: str
    retention: str
    eraser: str
    verifier: str
    columns: frozenset[str] | None = None


_LINEAGE = "source_id source_name byte_offset line_no row_key landed_at"
_NO_KEY = "none"
_PSEUDONYM_KEY = "keys/pseudonym.key (outside the home)"
_WITH_PSEUDONYM_KEY = "destruction of the pseudonym key"
_CONTRACT_END = "to the end of the contract, 別紙2-13"
_REBUILT = "replaced whenever it is derived again"


def _landing(kind: str, title: str, columns: str, holds: Holds = Holds.PSEUDONYM) -> Store:
    return Store(
        pattern=f"landing/{kind}/*.parquet",
        title=title,
        holds=holds,
        owner="telephony_ingest.landing",
        key=_PSEUDONYM_KEY if holds is Holds.PSEUDONYM else _NO_KEY,
        retention=_CONTRACT_END,
        eraser=_WITH_PSEUDONYM_KEY if holds is Holds.PSEUDONYM else "the home's removal",
        verifier="compliance.inventory.unlisted",
        columns=frozenset(f"{_LINEAGE} {columns}".split()),
    )


def _derived(pattern: str, title: str, owner: str, holds: Holds = Holds.NOTHING) -> Store:
    return Store(
        pattern=pattern,
        title=title,
        holds=holds,
        owner=owner,
        key=_PSEUDONYM_KEY if holds is Holds.PSEUDONYM else _NO_KEY,
        retention=_REBUILT,
        eraser="delete it",
        verifier="its absence",
    )


STORES: tuple[Store, ...] = (
    _landing(
        "queue_log",
        "待ち行列の記録",
        "event_at call_uniqueid origin queue agent verb caller_pseudonym wait_seconds talk_seconds "
        "position entry_position ring_ms operator_uniqueid exit_key transfer_target "
        "transfer_target_pseudonym transfer_method bridge_id pause_reason starts_paused",
    ),
    _landing(
        "cdr",
        "通話明細",
        "writer start_at answer_at end_at caller_pseudonym src_extension dst dst_pseudonym "
        "dcontext channel dstchannel last_app app_queue hangup_cause duration_seconds "
        "billsec_seconds disposition accountcode peeraccount uniqueid linkedid sequence userfield",
    ),
    _landing(
        "cel",
        "回線の出来事",
        "event_at event_type uniqueid linkedid context exten exten_pseudonym channel peer_channel app "
        "app_queue accountcode peeraccount caller_pseudonym bridge_id hangup_cause hangup_source "
        "dial_status transfer_target transfer_target_pseudonym transfer_target_channel "
        "transferee_uniqueid",
    ),
    _landing(
        "recordings",
        "録音ファイルの目録（音声は含まない）",
        "call_uniqueid recorded_at duration_seconds channels sample_rate_hz bits size_bytes "
        "header_state is_audible peak content_key",
        Holds.CALL_FACTS,
    ),
    _landing(
        "voicemail",
        "預かりメッセージの目録（内容は含まない）",
        "recorded_at channel caller_pseudonym mailbox context duration_seconds message_id "
        "audio_duration_seconds size_bytes header_state is_audible peak",
    ),
    _landing(
        "rejects",
        "読めない行の場所と理由（行の内容は含まない）",
        "kind length_bytes line_hmac reason near_at",
        Holds.NOTHING,
    ),
    _derived("warehouse.duckdb*", "集計表", "dbt_project", Holds.PSEUDONYM),
    _derived("warehouse.json*", "集計表が何から作られたか", "orchestration.warehouse.days"),
    _derived(
        "reference/*.parquet", "契約の条件・暦・定義・職員番号", "compliance.contract.reference"
    ),
    _derived("quality/*", "取込み行の確認結果（値は含まない）", "telephony_ingest.quality"),
    _derived("logs/*", "作業ファイル", "orchestration.warehouse.build"),
    _derived("published/*.parquet", "画面用の抜粋", "orchestration", Holds.PSEUDONYM),
    Store(
        pattern="dagster/*",
        title="処理の記録（件数のみ。番号・氏名・本文は含まない）",
        holds=Holds.NOTHING,
        owner="dagster",
        key=_NO_KEY,
        retention="別紙1-5(6): at least a year after the contract",
        eraser="dagster's own retention",
        verifier="tests/orchestration/test_personal_data.py",
    ),
    Store(
        pattern="outbox/*",
        title="提出書類（従事者は番号、市民は通話番号のみ）",
        holds=Holds.CALL_FACTS,
        owner="reporting.paper.packaging",
        key=_NO_KEY,
        retention=_CONTRACT_END,
        eraser="with the city's consent",
        verifier="the city",
    ),
    Store(
        pattern="operations.db*",
        title="業務データベース",
        holds=Holds.CALL_FACTS,
        owner="compliance.ground.operations",
        key=_NO_KEY,
        retention="別紙1-5(6): at least a year after the contract",
        eraser="the home's removal",
        verifier="compliance.inventory.unlisted",
    ),
    _derived(".lock", "実行中の印", "compliance.ground.run_lock"),
)
"""Everything that may lie below a home."""

TABLES: Mapping[str, frozenset[str]] = {
    name: frozenset(columns.split())
    for name, columns in {
        "alembic_version": "version_num",
        "home_clock": "id kind present_at begun_at",
        "definition_versions": "name version valid_from digest registered_at",
        "cursors": "source_id kind source_name end_offset updated_at",
        "source_states": "kind name state detail since",
        "recordings": (
            "recording_id call_uniqueid state size_bytes duration_seconds header_state is_audible "
            "recorded_at registered_at"
        ),
        "deliverables": (
            "kind period edition due_date data_sha256 data_json made_at confirmed_at confirmed_by "
            "delivered_at inputs_sha256"
        ),
        "deliverable_files": "kind period edition name sha256 size_bytes",
        "audit_outbox": "seq at actor action object_kind object_id purpose result",
    }.items()
}
"""Every table of the operations database and all its columns; none holds a number, name or free text."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that lies in a home and stands in no row of the inventory."""

    place: str
    columns: tuple[str, ...] = field(default=())


def unlisted(home: Home, engine: Engine) -> list[Finding]:
    """Files, landing columns, tables and columns that the inventory does not know, in order."""
    return [*_unlisted_files(home), *_unlisted_tables(engine)]


def _unlisted_files(home: Home) -> Iterator[Finding]:
    for path in sorted(home.root.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        place = path.relative_to(home.root).as_posix()
        store = next((s for s in STORES if fnmatch(place, s.pattern)), None)
        if store is None:
            yield Finding(place)
        elif store.columns is not None:
            import pyarrow.parquet as pq

            extra = sorted(set(pq.read_schema(path).names) - store.columns)
            if extra:
                yield Finding(place, tuple(extra))


def _unlisted_tables(engine: Engine) -> Iterator[Finding]:
    inspector = inspect(engine)
    for table in sorted(inspector.get_table_names()):
        if table not in TABLES:
            yield Finding(f"operations: {table}")
            continue
        present = {column["name"] for column in inspector.get_columns(table)}
        extra = sorted(present - TABLES[table])
        if extra:
            yield Finding(f"operations: {table}", tuple(extra))
