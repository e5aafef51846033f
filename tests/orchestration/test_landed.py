"""What lies on each civil day of landing: asked of each file once, the same as asked of all rows together."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from application.errors import ModelFailed
from application.warehouse import landed
from application.warehouse.build import build
from application.warehouse.landed import (
    READ_BY_DAY,
    TIME_OF_ROW,
    LandedDay,
    files_of_days,
    keep_landed,
    landed_days,
)
from compliance.ground.home import Home
from tests.homes import HomeOnTrial


@pytest.fixture
def landing(tmp_path: Path, finished_home: HomeOnTrial) -> Path:
    return Path(shutil.copytree(finished_home.path / "landing", tmp_path / "landing"))


def asked_of_all_rows(landing: Path) -> dict[object, LandedDay]:
    """The oracle: one question over every row of every file."""
    rows = " union all ".join(
        f"select timezone('Asia/Tokyo', {column}) as moment, {row} as row_key from read_parquet('{landing / kind}/*.parquet')"
        for kind, (column, row) in TIME_OF_ROW.items()
    )
    early = "filter (hour(moment) < 6)"
    with duckdb.connect() as connection:
        days = connection.execute(
            f"select moment::date, count(*) || '-' || sum(hash(row_key)), case when count(*) {early} > 0 "
            f"then count(*) {early} || '-' || (sum(hash(row_key)) {early}) else '' end "
            f"from ({rows}) where moment is not null group by 1"
        ).fetchall()
    return {day: LandedDay(whole, before_six) for day, whole, before_six in days}


def a_file_with_rows(landing: Path) -> Path:
    return max((landing / "queue_log").glob("*.parquet"), key=lambda path: path.stat().st_size)


def test_files_add_up_to_what_all_rows_say(landing: Path) -> None:
    assert len(landed_days(landing)) > 3
    assert landed_days(landing) == asked_of_all_rows(landing)


def test_a_file_that_comes_or_goes_or_changes_is_seen(landing: Path) -> None:
    before = landed_days(landing)
    file = a_file_with_rows(landing)
    aside = file.rename(landing.parent / file.name)
    without = landed_days(landing)
    assert without == asked_of_all_rows(landing) != before
    duckdb.execute(
        f"copy (select * from read_parquet('{aside}') limit 1) to '{file}' (format parquet)"
    )
    assert landed_days(landing) == asked_of_all_rows(landing) not in (before, without)
    aside.replace(file)
    assert landed_days(landing) == before


def test_the_next_process_asks_only_what_is_new(
    landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = landing.parent / "landed.json"
    expected = landed_days(landing)
    keep_landed(landing, kept)
    file = a_file_with_rows(landing)
    again = file.with_name("again.parquet")
    shutil.copyfile(file, again)
    landed._KNOWN.clear()
    asked: list[Path] = []
    ask = landed._ask
    monkeypatch.setattr(
        landed, "_ask", lambda paths, *columns: asked.extend(paths) or ask(paths, *columns)
    )
    assert landed_days(landing, None, kept) == asked_of_all_rows(landing) != expected
    assert asked == [again]


@pytest.mark.parametrize("damage", ["half", "other version", "no object", "gone"])
def test_what_cannot_be_taken_over_is_asked_anew(landing: Path, damage: str) -> None:
    kept = landing.parent / "landed.json"
    expected = landed_days(landing)
    keep_landed(landing, kept)
    raw = kept.read_bytes()
    value = json.loads(raw)
    wrong = {"duckdb": "0.0.0", "files": [[*f[:3], {"2023-11-20": [1, 1, 0, 0]}] for f in value["files"]]}  # fmt: skip
    if damage == "gone":
        kept.unlink()
    else:
        kept.write_bytes(
            {
                "half": raw[: len(raw) // 2],
                "other version": json.dumps(wrong).encode(),
                "no object": b"[]",
            }[damage]
        )
    landed._KNOWN.clear()
    assert landed_days(landing, None, kept) == expected


def test_a_file_that_is_being_written_is_not_asked(landing: Path) -> None:
    expected = landed_days(landing)
    file = a_file_with_rows(landing)
    shutil.copyfile(file, file.with_name(".tmp-0123456789abcdef.parquet"))
    assert landed_days(landing) == expected


def test_the_files_of_some_days_hold_every_row_of_them_and_no_more_than_they_must(
    landing: Path,
) -> None:
    days = sorted(landed_days(landing))
    chosen = days[len(days) // 2]
    named = files_of_days(landing, chosen, chosen)
    with duckdb.connect() as connection:
        for kind in READ_BY_DAY:
            column = TIME_OF_ROW[kind][0]
            with_rows = {
                name
                for (name,) in connection.execute(
                    f"select distinct filename from read_parquet('{landing / kind}/*.parquet', filename = true) "
                    f"where timezone('Asia/Tokyo', {column})::date = ?",
                    [chosen],
                ).fetchall()
            }
            assert {str(path) for path in named[kind]} == with_rows | {
                str(landing / kind / "empty.parquet")
            }
    assert sum(map(len, named.values())) > len(READ_BY_DAY)


def test_a_build_of_some_days_opens_no_file_of_others_and_says_the_same(
    finished_home: HomeOnTrial, tmp_path: Path
) -> None:
    """Each log is cut into one file a day; then all files but those of the days that are built are made unreadable."""
    home = Home.at(Path(shutil.copytree(finished_home.path, tmp_path / "home")))
    for kind in READ_BY_DAY:
        cut_by_day(home.landing / kind, TIME_OF_ROW[kind][0])
    days = sorted(landed_days(home.landing))
    first = days[len(days) // 2]
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        before = calls_of(connection, first, upto=first)
        others = calls_of(connection, days[0], upto=days[-1])
    named = files_of_days(home.landing, first, first + timedelta(days=1))
    readable = {path for paths in named.values() for path in paths}
    closed = 0
    for kind in READ_BY_DAY:
        for path in (home.landing / kind).glob("*.parquet"):
            if path not in readable:
                path.write_bytes(b"no Parquet at all")
                closed += 1
    assert closed > 3
    bounds = {"from_date": first.isoformat(), "to_date": first.isoformat()}
    build(
        home,
        {"as_of": "2023-12-25T00:00:00+00:00", **bounds},
        exclude="tag:weekly tag:monthly",
        files=named,
    )
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        assert calls_of(connection, first, upto=first) == before != []
        assert calls_of(connection, days[0], upto=days[-1]) == others
        kinds = connection.execute(
            "select distinct table_type from information_schema.tables where table_schema = 'staging'"
        ).fetchall()
    assert kinds == [("BASE TABLE",)], "what was staged outlives the files that it was read from"


def test_days_that_cannot_be_derived_again_stay_as_they_were(
    finished_home: HomeOnTrial, tmp_path: Path
) -> None:
    """What was taken out comes back with the insert that failed: both are one transaction."""
    home = Home.at(Path(shutil.copytree(finished_home.path, tmp_path / "home")))
    with duckdb.connect(str(home.warehouse)) as connection:
        (day,) = connection.execute("select max(call_date) from marts.fct_calls").fetchone() or ()
        before = calls_of(connection, day, upto=day)
        connection.execute("alter table marts.fct_calls add column said integer default 1")
        connection.execute("alter table marts.fct_calls alter column said drop default")
        connection.execute("alter table marts.fct_calls alter column said set not null")
    bounds = {"from_date": day.isoformat(), "to_date": day.isoformat()}
    with pytest.raises(ModelFailed, match="fct_calls"):
        build(
            home,
            {"as_of": "2023-12-25T00:00:00+00:00", **bounds},
            exclude="tag:weekly tag:monthly",
        )
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        assert [row[:-1] for row in calls_of(connection, day, upto=day)] == before != []


def cut_by_day(folder: Path, column: str) -> None:
    rows = f"read_parquet('{folder}/*.parquet', union_by_name = true)"
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        found = connection.execute(
            f"select distinct timezone('Asia/Tokyo', {column})::date from {rows} where {column} is not null"
        ).fetchall()
        for (day,) in found:
            connection.execute(
                f"copy (select * from {rows} where timezone('Asia/Tokyo', {column})::date = '{day}') "
                f"to '{folder / f'{day}.cut'}' (format parquet)"
            )
    for path in folder.glob("*.parquet"):
        if path.name != "empty.parquet":
            path.unlink()
    for path in folder.glob("*.cut"):
        path.rename(path.with_suffix(".parquet"))


def calls_of(
    connection: duckdb.DuckDBPyConnection, first: date, upto: date
) -> list[tuple[object, ...]]:
    connection.execute("set timezone = 'UTC'")
    return connection.execute(
        "select * from marts.fct_calls where call_date between ? and ? order by call_id",
        [first, upto],
    ).fetchall()
