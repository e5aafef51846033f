"""The tables that the models read of what people wrote: written when a register grew or a version gives other columns, and only then."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pytest
from sqlalchemy import Engine

from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.inquiries import extract
from compliance.inquiries.entering import Entered, enter
from compliance.inquiries.extract import path_of, write_extract
from compliance.inquiries.form import load_form
from compliance.inquiries.record import Inquiry
from compliance.inquiries.register import latest
from compliance.keys.keyring import Keyring
from tests.compliance.conftest import engine, home, migrated, url

__all__ = ["engine", "home", "migrated", "url"]
AT = datetime(2024, 4, 8, 1, tzinfo=UTC)
RECORD = Inquiry("", 1, AT, "op1", "survey", "how", handling="guided")


def changed(home: Home) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in home.floor.glob("*.parquet")}


def test_a_table_is_written_anew_only_when_its_register_grew(home: Home, engine: Engine) -> None:
    assert write_extract(home, engine)
    first = changed(home)
    assert set(first) == {"inquiries.parquet", "entries.parquet"}
    assert not write_extract(home, engine) and changed(home) == first
    ring, actor = Keyring.open(home), Actor("op1", AT)
    for more in (1, 1, 7, 1, 90):  # the number of rows grows in digits
        records = [replace(RECORD, number=len(latest(engine)) + n + 1) for n in range(more)]
        assert set(enter(engine, ring, load_form(), actor, records)) == {Entered.NEW}
        assert write_extract(home, engine) and not write_extract(home, engine), more
        with duckdb.connect() as connection:
            rows = connection.execute(f"select count(*) from '{path_of(home)}'").fetchone()
        assert rows == (len(latest(engine)),)


@pytest.mark.parametrize("spoilt", [b"", b"PAR1", b"x" * 200_000])
def test_what_is_no_table_or_an_older_one_is_written_anew(
    home: Home, engine: Engine, spoilt: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_extract(home, engine)
    path_of(home).write_bytes(spoilt)
    assert write_extract(home, engine) and not write_extract(home, engine)
    older = {name: one for name, one in extract._COLUMNS.items() if name != "channel"}
    with monkeypatch.context() as patched:
        patched.setattr(extract, "_COLUMNS", older)
        assert write_extract(home, engine) and not write_extract(home, engine)
    assert write_extract(home, engine), "a column more"
    path_of(home).unlink()
    assert write_extract(home, engine)


def test_what_somebody_typed_is_never_taken_for_the_note() -> None:
    """Statistics of a column may stand in a footer: of what is typed freely they hold JSON, in which the note's bytes have no place."""
    note = b"".join((extract._ROWS, b"\x18\x0a", extract._noted(1, ["a"]), b"\x00"))
    assert extract._NOTED.findall(note) == [extract._noted(1, ["a"])]
    assert not extract._NOTED.findall(json.dumps({"title": note.decode()}).encode())
