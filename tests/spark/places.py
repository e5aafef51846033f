"""Homes that Apache Spark builds: where it may, who opens them, and what is put into them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from application.home.session import (
    Workplace,
    open_workplace,
    parse_as_of,
    read_settings,
)
from application.home.settings import WarehouseEngine
from application.warehouse.spark_missing import missing_for_spark
from compliance.ground.home import Home
from tests.conftest import IN_CI
from tests.homes import AS_OF

needs_spark = pytest.mark.skipif(
    bool(missing_for_spark(os.environ)) and not IN_CI,
    reason="Apache Spark is not here: `.ci/spark` makes an environment that has it",
)
TIMES = {"queue_log": "event_at", "cdr": "start_at", "cel": "event_at"}
"""The time of a row in each log."""


@contextmanager
def opened(home: Home, pbx: Path) -> Iterator[Workplace]:
    """The home at its present time."""
    settings = read_settings(None, home.root, pbx, environment={})
    with open_workplace(settings, as_of=parse_as_of(AS_OF), pbx=settings.pbx) as place:
        yield place


def built_by(place: Workplace, engine: WarehouseEngine) -> Workplace:
    """The same place, where the environment says that engine."""
    return replace(place, settings=replace(place.settings, built_by=engine))


def fill_floor(home: Home) -> None:
    """Invented inquiries about the recorded calls, and what was noted of return calls and of telling the city."""
    calls = f"(select *, row_number() over (order by call_id) as i from '{home.root / 'calls.parquet'}')"
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        warehouse.execute(
            f"copy (select call_id, started_at, first_operator from marts.fct_calls where direction = 'inbound') "
            f"to '{home.root / 'calls.parquet'}'"
        )
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            f"""create table inquiries as select
                'Q-' || i as inquiry_id, 1::int as revision, case when i % 11 > 0 then call_id end as call_id,
                i::int as number, started_at + interval 185 second as inquired_at, first_operator as operator,
                ['policy', 'waste', 'tax'][1 + i % 3] as category, ['limit', 'fee'][1 + i % 2] as item,
                ['', 'opinion', 'request'][1 + i % 3] as voice, ['', 'for', 'against'][1 + i % 3] as stance,
                ['faq', 'callback', 'city'][1 + i % 3] as handling, case when i % 4 = 0 then 'F-' || i % 5 else '' end as faq,
                i % 7 > 0 as is_counted, i % 5 = 0 as is_complaint, i % 10 = 0 as is_urgent, i % 9 = 0 as needs_care,
                i % 6 = 0 as is_message, ['', 'north', 'south', 'east'][1 + i % 4] as ward,
                ['', '30', '60'][1 + i % 3] as age_band, ['', 'telephone', 'web'][1 + i % 3] as channel, 'row-' || i as row_key
            from {calls}"""
        )
        connection.execute(
            """create table entries as select
                case handling when 'callback' then 'callbacks' else 'escalations' end as register, 'E-' || number as entry_id,
                1::int as revision, inquiry_id as about, case handling
                    when 'callback' then json_object('due_on', '2023-12-01', 'done_at', inquired_at::date || 'T10:00:00+09:00',
                        'done_by', operator, 'result', '折返し済', 'call_id', '',
                        'closed_at', case when number % 2 = 0 then '2023-12-02T01:00:00.25+00:00' end)
                    else json_object('manner', case when number % 2 = 0 then 'urgent_call' else 'mail' end,
                        'told_at', '2023-12-04T09:30:00+09:00', 'told_by', operator)
                end::varchar as plain
            from inquiries where handling <> 'faq'"""
        )
        for name in ("inquiries", "entries"):
            connection.execute(f"copy {name} to '{home.floor / name}.parquet' (format parquet)")


def take_out(home: Home, day: date) -> None:
    """The rows of that day out of every log."""
    with duckdb.connect() as connection:
        for name, time in TIMES.items():
            folder = home.landing / name
            connection.execute(
                f"create table {name} as select * from read_parquet('{folder}/*.parquet', union_by_name = true) "
                f"where cast(timezone('Asia/Tokyo', {time}) as date) <> date '{day}'"
            )
            for path in folder.glob("*.parquet"):
                if path.name != "empty.parquet":  # what gives the types stays
                    path.unlink()
            connection.execute(f"copy {name} to '{folder}/whole.parquet' (format parquet)")
