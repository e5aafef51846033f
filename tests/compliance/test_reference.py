"""The contract as tables: right, and replaced only when they say something new."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.reference import MADE, write_reference
from compliance.contract.terms import Contract

KEY = b"k" * 32
DIALPLAN = [("from-trunk", "inbound_entry", None), ("q-survey", "queue", "survey")]


@pytest.fixture
def folder(tmp_path: Path, contract: Contract, calendar: BusinessCalendar) -> Path:
    write_reference(tmp_path, contract, calendar, DIALPLAN, ["PJSIP/trunk"], Plain(), KEY)
    return tmp_path


def rows(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.execute(sql.format(folder=folder)).fetchall()


class Plain:
    """Names that all land as they are."""

    def name(self, text: str) -> str | None:
        return text

    def spelling(self, text: str) -> str | None:
        return text

    def prefixes(self, text: str) -> tuple[str, ...]:
        return (text,)


def test_the_calendar_table_agrees_with_the_calendar(
    folder: Path, calendar: BusinessCalendar
) -> None:
    found = rows(
        folder, "select date, is_business_day, closed_reason from '{folder}/calendar.parquet'"
    )
    assert len(found) > 102
    for day, is_open, reason in found:
        assert isinstance(day, date)
        assert (is_open, reason) == (calendar.is_business_day(day), calendar.closed_reason(day))
    opens = rows(
        folder, "select opens_at from '{folder}/calendar.parquet' where date = '2023-11-20'"
    )
    assert opens == [(datetime(2023, 11, 20, 0, 0, tzinfo=UTC),)]


def test_writing_the_same_contract_again_touches_no_file(
    folder: Path, contract: Contract, calendar: BusinessCalendar
) -> None:
    before = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    assert (
        write_reference(folder, contract, calendar, DIALPLAN, ["PJSIP/trunk"], Plain(), KEY) == ()
    )
    assert {p.name: p.stat().st_mtime_ns for p in folder.iterdir()} == before


def test_a_change_replaces_its_own_table_alone(
    folder: Path, contract: Contract, calendar: BusinessCalendar
) -> None:
    written = write_reference(folder, contract, calendar, DIALPLAN, ["SIP/trunk"], Plain(), KEY)
    assert written == ("dialplan_channels",)


def test_a_definition_ends_where_its_next_version_begins(
    tmp_path: Path, contract: Contract
) -> None:
    first = contract.definition("answer_rate", date(2023, 11, 20))
    later = first.model_copy(update={"version": "2", "valid_from": date(2024, 1, 10)})
    both = contract.model_copy(update={"definitions": (*contract.definitions, later)})
    write_reference(tmp_path, both, BusinessCalendar(both), DIALPLAN, [], Plain(), KEY)
    found = rows(
        tmp_path,
        "select distinct version, valid_from, valid_until from '{folder}/definitions.parquet' "
        "where name = 'answer_rate' order by 1",
    )
    assert found == [
        ("1", date(2023, 11, 20), date(2024, 1, 10)),
        ("2", date(2024, 1, 10), None),
    ]


def test_what_was_exchanged_is_made_again_whatever_stands_beside_it(
    folder: Path, contract: Contract, calendar: BusinessCalendar
) -> None:
    right = (folder / "staff.parquet").read_bytes()
    other = folder / "other"
    other.mkdir()
    staff = tuple(one.model_copy(update={"operator": "op9"}) for one in contract.staff)
    forged = contract.model_copy(update={"staff": staff})
    write_reference(other, forged, calendar, DIALPLAN, ["PJSIP/trunk"], Plain(), b"x" * 32)
    assert (other / "staff.parquet").read_bytes() != right
    for name in ("staff.parquet", MADE):
        (folder / name).write_bytes((other / name).read_bytes())
    written = write_reference(folder, contract, calendar, DIALPLAN, ["PJSIP/trunk"], Plain(), KEY)
    assert "staff" in written and (folder / "staff.parquet").read_bytes() == right
    kept = json.loads((folder / MADE).read_text())
    swapped = {**kept, "staff": kept["queues"], "queues": kept["staff"]}
    (folder / MADE).write_text(json.dumps(swapped))
    (folder / "staff.parquet").write_bytes((other / "staff.parquet").read_bytes())
    again = write_reference(folder, contract, calendar, DIALPLAN, ["PJSIP/trunk"], Plain(), KEY)
    assert again == ("staff",)
