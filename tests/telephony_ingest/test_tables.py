"""Rows of a database's tables land as the lines of the logs do."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from compliance.ground import durable
from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.asterisk.settings import PbxDatabase
from telephony_ingest.errors import TableUnreadable
from telephony_ingest.landing import tables as landing_tables
from telephony_ingest.landing.scanners import Access, DatabaseAddress, Engine, attached
from telephony_ingest.landing.sources import State
from tests.conftest import ROOT, SAMPLES
from tests.homes import HomeOnTrial
from tests.support.database_tables import ingest_of
from tests.telephony_ingest import desks
from tests.telephony_ingest.desks import Ingest
from tests.telephony_ingest.exchange_databases import ExchangeDatabase, exchange_database, put
from tests.telephony_ingest.tables import fill_sqlite, rows_of

_NO_LOGS = {
    'queue_log = "queue_log*"': 'queue_log = ""',
    'cdr_custom = "cdr-custom/*.csv*"': 'cdr_custom = ""',
    'cdr_classic = "cdr-csv/Master.csv*"': 'cdr_classic = ""',
    'cel = "cel-custom/*.csv*"': 'cel = ""',
}
_DATABASE = """
[pbx.database]
engine = "sqlite"
database = "asterisk.db"
cdr = "cdr"
cel = "cel"
queue_log = "queue_log"
"""


def contract_with_tables(folder: Path) -> Path:
    """The shipped contract, reading tables in the place of logs."""
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text(encoding="utf-8")
    for before, after in _NO_LOGS.items():
        assert before in text
        text = text.replace(before, after, 1)
    path = folder / "contract.toml"
    path.write_text(text + _DATABASE, encoding="utf-8")
    return path


@pytest.mark.slow
def test_tables_alone_give_the_same_calls_as_the_files(
    tmp_path: Path, finished_home: HomeOnTrial
) -> None:
    (tmp_path / "bare").mkdir()
    for name in ("recordings", "voicemail"):
        shutil.copytree(SAMPLES / "pbx" / name, tmp_path / "bare" / name)
    home = HomeOnTrial.in_folder(tmp_path / "site", tmp_path / "bare")
    fill_sqlite(home.pbx / "asterisk.db")
    done = home.run("2023-12-25T18:00+09:00", "--config", str(contract_with_tables(tmp_path)))
    assert done.returncode == 0, done.stderr
    columns = "* exclude (caller_pseudonym, outcome_evidence)"  # keyed by each home
    mine, theirs = home.calls(columns), finished_home.calls(columns)
    assert len(mine) == 189
    assert mine == theirs


@pytest.fixture(params=list(Engine))
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ExchangeDatabase]:
    yield from exchange_database(request.param, tmp_path)


LOGS = (SourceKind.QUEUE_LOG, SourceKind.CDR, SourceKind.CEL)
_ROWS = "* exclude (source_id, source_name, byte_offset, line_no, landed_at)"


def landed_from_files(folder: Path, kind: SourceKind) -> list[tuple[Any, ...]]:
    files = Ingest(SAMPLES / "pbx", folder / "files")
    files.land(kind)
    return files.rows(kind, _ROWS)


def test_each_engine_gives_the_rows_that_the_files_give(
    database: ExchangeDatabase, tmp_path: Path
) -> None:
    tables = ingest_of(database, tmp_path)
    for kind in LOGS:
        database.insert(kind, rows_of(kind))
        report = tables.land(kind)
        assert not report.is_refused, report.sources
        again = tables.land(kind)
        assert (again.rows_landed, again.files) == (0, [])
        assert not again.is_refused, again.sources
    for kind in (SourceKind.QUEUE_LOG, SourceKind.CEL):
        assert tables.rows(kind, _ROWS) == landed_from_files(tmp_path, kind)
    classic = landed_from_files(tmp_path, SourceKind.CDR)
    same = "uniqueid, sequence, start_at, duration_seconds, billsec_seconds, disposition, channel, dstchannel, caller_pseudonym"
    files = Ingest(SAMPLES / "pbx", tmp_path / "files")
    asked = f"select {same} from read_parquet('{{}}/cdr/*.parquet') {{}} order by all"
    assert classic
    assert tables.query(asked.format(tables.landing, "")) == files.query(
        asked.format(files.landing, "where writer = 'classic'")
    )


@pytest.mark.parametrize("database", [Engine.MARIADB, Engine.POSTGRESQL], indirect=True)
@pytest.mark.parametrize("kind", LOGS)
def test_what_is_committed_late_lands_once_and_nothing_twice(
    database: ExchangeDatabase, tmp_path: Path, kind: SourceKind
) -> None:
    """Not on SQLite, which has one writer at a time."""
    tables, rows = ingest_of(database, tmp_path), rows_of(kind)[:40]
    with database.writing() as slow:
        put(slow, kind, rows[10:20])
        database.insert(kind, rows[:10])
        assert tables.land(kind).rows_landed == 10
        database.insert(kind, rows[20:])
        assert tables.land(kind).rows_landed == 20
    late = tables.land(kind)
    assert (late.rows_landed, late.is_refused) == (10, False)
    assert tables.land(kind).rows_landed == 0
    assert len(tables.rows(kind)) == len(set(rows))


def test_a_record_that_changed_later_is_told_and_is_no_second_one(
    database: ExchangeDatabase, tmp_path: Path
) -> None:
    tables = ingest_of(database, tmp_path)
    database.insert("cdr", rows_of("cdr")[-20:])
    assert tables.land(SourceKind.CDR).rows_landed == 20
    database.does(
        "update cdr set billsec = billsec + 7 where sequence = " + str(rows_of("cdr")[-1][-1])
    )
    told = tables.land(SourceKind.CDR)
    assert told.rows_landed == 0
    assert [state.state for state in told.sources] == [State.PARTIAL]
    assert "1 rows were changed" in told.sources[0].detail


def test_a_table_that_was_emptied_is_told_and_what_comes_then_lands(
    database: ExchangeDatabase, tmp_path: Path
) -> None:
    tables, rows = ingest_of(database, tmp_path), rows_of("queue_log")
    database.insert("queue_log", rows[:300])
    tables.land()
    database.does(
        "delete from queue_log"
        if database.engine is Engine.SQLITE
        else "truncate table queue_log"
        + (" restart identity" if database.engine is Engine.POSTGRESQL else "")
    )
    database.insert("queue_log", rows[290:320])
    told = tables.land()
    assert told.rows_landed == len(set(rows[:320])) - len(set(rows[:300]))
    assert [state.state for state in told.sources] == [State.PARTIAL]
    assert "begin anew" in told.sources[0].detail
    database.insert("queue_log", rows[320:])
    tables.land()
    assert len(tables.rows(SourceKind.QUEUE_LOG)) == len(set(rows))


class _CutShort(BaseException):
    """As a kill: nothing after it runs but `finally`."""


class _Durable:
    """Durable steps that end the process, as it were, before or after the step of a number."""

    def __init__(self, at: int, *, is_after: bool) -> None:
        self.left, self.is_after = at, is_after

    def __getattr__(self, name: str) -> Any:
        return getattr(durable, name)

    def publish(self, temporary: Path, path: Path) -> None:
        self.left -= 1
        if self.left < 0 and not self.is_after:
            raise _CutShort
        durable.publish(temporary, path)
        if self.left < 0:
            raise _CutShort


@pytest.mark.slow
@pytest.mark.parametrize("kind", LOGS[:2])
def test_cut_short_at_every_step_it_ends_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: SourceKind
) -> None:
    monkeypatch.setattr(landing_tables, "_PAGE", 100)
    database = next(exchange_database(Engine.SQLITE, tmp_path))
    rows = [*rows_of(kind)[:350], *([rows_of(kind)[0][:1] + ("",) * (len(rows_of(kind)[0]) - 1)])]
    database.insert(kind, rows)
    whole = ingest_of(database, tmp_path)
    whole.land(kind)
    expected, rejected = whole.rows(kind, _ROWS), whole.rejects()
    for at in range(8):
        for is_after in (False, True):
            folder = tmp_path / f"cut-{at}-{is_after}"
            folder.mkdir()
            cut = ingest_of(database, folder)
            monkeypatch.setattr(desks, "durable", _Durable(at, is_after=is_after))
            with contextlib.suppress(_CutShort):
                cut.land(kind)
            monkeypatch.setattr(desks, "durable", durable)
            cut.land(kind)
            assert cut.rows(kind, _ROWS) == expected
            assert cut.rejects() == rejected


def test_half_from_files_and_half_from_tables_is_each_row_once(tmp_path: Path) -> None:
    for database in exchange_database(Engine.SQLITE, tmp_path):
        both = Ingest(tmp_path / "pbx", tmp_path / "landing", {"database": database.settings})
        shutil.copytree(SAMPLES / "pbx", both.pbx)
        for path in both.pbx.glob("queue_log.*"):
            path.unlink()
        database.insert("queue_log", rows_of("queue_log"))
        both.land()
        keys = both.query(
            f"select count(distinct row_key), count(*) from read_parquet('{both.landing}/queue_log/*.parquet')"
        )
        files = landed_from_files(tmp_path, SourceKind.QUEUE_LOG)
        assert keys[0][0] == len(set(files))
        assert keys[0][1] > keys[0][0]


def test_another_machine_needs_a_permit_by_name() -> None:
    remote = {"engine": "mariadb", "database": "asteriskcdrdb", "host": "192.0.2.7", "cdr": "cdr"}
    with pytest.raises(ValidationError, match="許可"):
        PbxDatabase.model_validate(remote)
    assert not PbxDatabase.model_validate(remote | {"permit": "pbx"}).address(Path()).is_here


def test_a_refused_database_is_named_and_never_asked(tmp_path: Path) -> None:
    database = next(exchange_database(Engine.SQLITE, tmp_path))
    database.insert("cdr", rows_of("cdr")[:5])
    tables = ingest_of(database, tmp_path, access=Access(refusal="no permit is in force"))
    report = tables.land(SourceKind.CDR)
    assert report.rows_landed == 0
    assert [(one.state, one.detail) for one in report.sources] == [
        (State.UNREADABLE, "no permit is in force")
    ]


def test_a_failed_connection_tells_neither_password_nor_account(tmp_path: Path) -> None:
    address = DatabaseAddress(Engine.MARIADB, "nothing", port=1, user="reader")
    with pytest.raises(TableUnreadable) as told, attached(address, Access("s3cret-word")):
        pass
    assert "s3cret" not in str(told.value)
    assert "reader" not in str(told.value)
    assert told.value.__cause__ is None


def test_times_in_another_zone_are_read_as_the_ids_say_and_told(tmp_path: Path) -> None:
    database = next(exchange_database(Engine.SQLITE, tmp_path))
    database.insert("cdr", rows_of("cdr"))
    tables = ingest_of(database, tmp_path)
    tables.settings["database"] = {**database.settings, "time_zone": "UTC"}
    report = tables.land(SourceKind.CDR)
    assert [one.state for one in report.sources] == [State.OTHER_CLOCK]
    right = ingest_of(database, tmp_path)
    right.landing = tmp_path / "right"
    right.land(SourceKind.CDR)
    assert tables.rows(SourceKind.CDR, "start_at, row_key") == right.rows(
        SourceKind.CDR, "start_at, row_key"
    )
