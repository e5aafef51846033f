"""What holds numbers in clear uses memory alone: a database that runs out of it fails, and leaves no file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import duckdb
import pytest

from telephony_ingest.landing.pseudonyms import Pseudonyms
from telephony_ingest.landing.scanners import Access, DatabaseAddress, Engine, attached
from telephony_ingest.landing.session import database
from tests.telephony_ingest.desks import KEY
from tests.telephony_ingest.tables import fill_sqlite

Opened = Callable[[Path], AbstractContextManager[duckdb.DuckDBPyConnection]]


@contextmanager
def landing(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with database(Pseudonyms.from_key(KEY)) as connection:
        yield connection


@contextmanager
def tables(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    fill_sqlite(folder / "asterisk.db")
    with attached(DatabaseAddress(Engine.SQLITE, str(folder / "asterisk.db")), Access()) as found:
        yield found._connection


@pytest.mark.parametrize("opened", [landing, tables])
def test_numbers_in_clear_never_spill_to_a_disk(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with opened(tmp_path) as connection:
        before = sorted(tmp_path.rglob("*"))
        connection.execute("set memory_limit = '40MB'")
        with pytest.raises(duckdb.OutOfMemoryException):
            connection.execute(
                "create temp table much as select '0110000' || (range % 1000) as number, md5(range::varchar) as other "
                "from range(4000000) order by other"
            )
        assert sorted(tmp_path.rglob("*")) == before
