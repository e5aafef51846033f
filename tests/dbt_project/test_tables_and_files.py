"""The recorded exchange, told by the tables of a database or by its logs, or half by each, is the same 189 calls."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from application.home.session import open_workplace, parse_as_of, read_settings
from application.ingest import ingest
from application.warehouse.days import build_days
from telephony_ingest.asterisk.settings import PbxDatabase, Sources
from telephony_ingest.exchange import DATASETS
from telephony_ingest.landing.scanners import Engine
from telephony_ingest.landing.sources import State
from tests.conftest import SAMPLES
from tests.homes import AS_OF, ROOT
from tests.telephony_ingest.exchange_databases import ExchangeDatabase, exchange_database
from tests.telephony_ingest.tables import rows_of

pytestmark = pytest.mark.slow

_PATTERNS = {"cdr": ("cdr_custom", "cdr_classic"), "cel": ("cel",), "queue_log": ("queue_log",)}
"""The settings of the logs that a table stands for."""
_ALL = tuple(_PATTERNS)
_CALLS = "* exclude (outcome_evidence), split_part(outcome_evidence, '; rows:', 1) as evidence"
"""Every column; of the evidence all but the keys of the rows, which name a source's own lines."""


def _seeded(folder: Path, seed: Path) -> Path:
    """A new home that has the seed's keys: the same caller has the same pseudonym."""
    for name in ("home", "home-keys"):
        shutil.copytree(seed / name, folder / name)
    return folder / "home"


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which nothing was taken in."""
    folder = tmp_path_factory.mktemp("seed")
    settings = read_settings(_CONTRACT, folder / "home", SAMPLES / "pbx", environment={})
    with open_workplace(settings, as_of=parse_as_of("2023-11-01")):
        pass
    return folder


_CONTRACT = ROOT / "contracts/sapporo-2023/contract.toml"


def _derived(
    folder: Path, seed: Path, database: Mapping[str, Any] | None = None, off: Sequence[str] = ()
) -> dict[str, list[tuple[Any, ...]]]:
    """What a home says that was built from the logs but those of the kinds in `off`, and from a database."""
    home = _seeded(folder, seed)
    read = read_settings(_CONTRACT, home, SAMPLES / "pbx", environment={})
    none = {name: "" for kind in off for name in _PATTERNS[kind]}
    sources = Sources.model_validate(read.pbx.sources.model_dump() | none)
    tables = PbxDatabase.model_validate(database) if database else None
    pbx = read.pbx.model_copy(update={"sources": sources, "database": tables})
    with open_workplace(replace(read, pbx=pbx), as_of=parse_as_of(AS_OF)) as place:
        for dataset in DATASETS.values():
            report = ingest(place, dataset)
            told = [source for source in report.sources if source.name.startswith("table ")]
            assert [source.state for source in told] == [State.OK] * (dataset.name in off), told
        build_days(place, None, None, lambda _: None)
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return {
            name: connection.execute(f"select {columns} from {name} order by all").fetchall()
            for name, columns in (
                ("marts.fct_calls", _CALLS),
                ("reports.rpt_daily_kpi", "*"),
                ("reports.rpt_weekly_kpi", "*"),
            )
        }


@pytest.fixture(scope="module")
def from_files(
    seed: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tuple[Any, ...]]]:
    found = _derived(tmp_path_factory.mktemp("files"), seed)
    assert len(found["marts.fct_calls"]) == 189
    return found


@pytest.fixture(params=list(Engine))
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ExchangeDatabase]:
    for made in exchange_database(request.param, tmp_path):
        for kind in _ALL:
            made.insert(kind, rows_of(kind))
        yield made


@pytest.mark.parametrize(
    "tables",
    [_ALL, ("cdr",), ("cel",), ("queue_log",), ("cel", "queue_log")],
    ids=lambda tables: "+".join(tables),
)
def test_tables_in_the_place_of_logs_are_the_same_calls_row_for_row(
    database: ExchangeDatabase,
    tables: tuple[str, ...],
    seed: Path,
    from_files: dict[str, list[tuple[Any, ...]]],
    tmp_path: Path,
) -> None:
    named = {kind: kind if kind in tables else "" for kind in _ALL}
    mine = _derived(tmp_path, seed, database.settings | named, tables)
    for name, rows in from_files.items():
        assert mine[name] == rows, name


def test_a_database_beside_all_the_logs_counts_no_call_twice(
    database: ExchangeDatabase,
    seed: Path,
    from_files: dict[str, list[tuple[Any, ...]]],
    tmp_path: Path,
) -> None:
    home = _seeded(tmp_path, seed)
    read = read_settings(_CONTRACT, home, SAMPLES / "pbx", environment={})
    tables = PbxDatabase.model_validate(database.settings)
    settings = replace(read, pbx=read.pbx.model_copy(update={"database": tables}))
    with open_workplace(settings, as_of=parse_as_of(AS_OF)) as place:
        for dataset in DATASETS.values():
            ingest(place, dataset)
        build_days(place, None, None, lambda _: None)
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        mine = connection.execute(f"select {_CALLS} from marts.fct_calls order by all").fetchall()
    assert mine == from_files["marts.fct_calls"]


_AS_SITES_DECLARE: Mapping[Engine, tuple[str, ...]] = {
    Engine.SQLITE: (
        "update cel set eventtime = substr(eventtime, 1, 19)",
        "alter table cel drop column peeraccount",
        "alter table queue_log add column data text",
        "update queue_log set data = rtrim(data1 || '|' || data2 || '|' || data3 || '|' || data4 || '|' || data5, '|')",
        *(f"alter table queue_log drop column data{number}" for number in range(1, 6)),
    ),
    Engine.MARIADB: (
        "alter table cel modify eventtime datetime not null, drop column peeraccount",
        "alter table queue_log modify time varchar(26), add data varchar(255)",
        "update queue_log set data = trim(trailing '|' from concat_ws('|', data1, data2, data3, data4, data5))",
        *(f"alter table queue_log drop column data{number}" for number in range(1, 6)),
    ),
    Engine.POSTGRESQL: (
        "alter table cel alter column eventtime type timestamp(0), drop column peeraccount",
        "alter table queue_log add data varchar(255)",
        "alter table queue_log alter column time type varchar(26) using to_char(time, 'YYYY-MM-DD HH24:MI:SS.US')",
        "update queue_log set data = rtrim(concat_ws('|', data1, data2, data3, data4, data5), '|')",
        *(f"alter table queue_log drop column data{number}" for number in range(1, 6)),
    ),
}
"""FreePBX's own `cel` (whole seconds, which MariaDB cuts and PostgreSQL rounds; no peeraccount), and a queue_log with one `data`
and its time as text."""


def test_whole_seconds_and_one_data_column_leave_every_class_and_every_second(
    database: ExchangeDatabase,
    seed: Path,
    from_files: dict[str, list[tuple[Any, ...]]],
    tmp_path: Path,
) -> None:
    for statement in _AS_SITES_DECLARE[database.engine]:
        database.does(statement)
    mine = _derived(tmp_path, seed, database.settings, _ALL)
    assert len(mine["marts.fct_calls"]) == 189
    for one, other in zip(mine["marts.fct_calls"], from_files["marts.fct_calls"], strict=True):
        for value, right in zip(one, other, strict=True):
            if isinstance(right, datetime):
                assert abs(value - right) < timedelta(seconds=1)
            elif isinstance(right, float | Decimal):
                assert abs(value - right) <= 1
            else:
                assert value == right
