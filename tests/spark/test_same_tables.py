"""The same models on Apache Spark: every relation of the recorded weeks equals DuckDB's, row for row and to the last bit.

Needs Java, pyspark and dbt-spark, which no installation of ours has: `.ci/run` makes an environment of its own for them.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from application.warehouse.asking import ask, known_tests
from application.warehouse.build import build
from compliance.ground.home import Home
from tests.homes import ROOT, HomeOnTrial
from tests.spark.elsewhere import AS_OF
from tests.support.heard_stream import landed, write_down

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        any(importlib.util.find_spec(one) is None for one in ("pyspark", "dbt.adapters.spark"))
        or shutil.which("java") is None,
        reason="Apache Spark is not here: install requirements-spark.lock into an environment of its own, and Java",
    ),
]
TIMES = {"queue_log": "event_at", "cdr": "start_at", "cel": "event_at"}
"""The time of a row in each log."""


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
                path.unlink()
            connection.execute(f"copy {name} to '{folder}/whole.parquet' (format parquet)")


def elsewhere(home: Home, place: Path, *days: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.spark.elsewhere", str(home.root), str(place), *days],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@contextmanager
def both(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


def relations(home: Home) -> list[str]:
    with both(home) as connection:
        names = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables order by 1"
        ).fetchall()
    return [name for (name,) in names]


def differing(home: Home, place: Path) -> dict[str, object]:
    """Relations whose rows are in one engine's alone, by how many; whole numbers by their value, whatever their width."""
    found: dict[str, object] = {}
    told = {path.stem: path for path in (place / "told").iterdir()}
    if told.keys() != set(relations(home)):
        return {"relations": told.keys() ^ set(relations(home))}
    with both(home) as connection:
        for name, path in told.items():
            types = {row[0]: row[1] for row in connection.execute(f"describe {name}").fetchall()}
            theirs = [row[0] for row in connection.execute(f"describe from '{path}'").fetchall()]
            if theirs != list(types):
                found[name] = theirs
                continue
            columns = ", ".join(
                f'cast("{column}" as {type_}) as "{column}"' for column, type_ in types.items()
            )
            ours, others = (
                f"select {columns} from {one}" for one in (name, f"read_parquet('{path}')")
            )
            counts = [
                connection.execute(
                    f"select count(*) from (({a}) except all ({b})) as rows"
                ).fetchone()
                for a, b in ((ours, others), (others, ours))
            ]
            if counts != [(0,), (0,)]:
                found[name] = counts
    return found


def empty(home: Home) -> list[str]:
    with both(home) as connection:
        return [
            name
            for name in relations(home)
            if connection.execute(f"select count(*) from {name}").fetchone() == (0,)
        ]


@pytest.mark.timeout(1500)
def test_every_relation_is_the_same_on_spark(finished_home: HomeOnTrial, tmp_path: Path) -> None:
    """All days, then two days again of which one lost its rows; and dbt's tests find as much on either."""
    write_down(tmp_path / "heard", set())
    home = landed(tmp_path, finished_home)
    fill_floor(home)
    place = tmp_path / "spark"
    place.mkdir()
    build(home, {"as_of": AS_OF, "from_date": None, "to_date": None})
    assert not empty(home)
    elsewhere(home, place)
    assert differing(home, place) == {}
    asked = {one.unique_id: one.failures for one in ask(home, known_tests())}
    found = json.loads((place / "found.json").read_text("utf-8"))
    assert len(found) > 45
    assert found == {name: asked[name] for name in found} and asked.keys() == found.keys()
    with both(home) as connection:
        [(lost,)] = connection.execute(
            "select call_date from marts.fct_calls group by 1 order by count(*) desc limit 1"
        ).fetchall()
    take_out(home, lost)
    days = (lost - timedelta(days=1)).isoformat(), lost.isoformat()
    build(home, {"as_of": AS_OF, "from_date": days[0], "to_date": days[1]})
    elsewhere(home, place, *days)
    with both(home) as connection:
        gone = connection.execute(
            "select count(*) from marts.fct_calls where call_date = ?", [lost]
        )
        assert gone.fetchone() == (0,)
    assert differing(home, place) == {}
