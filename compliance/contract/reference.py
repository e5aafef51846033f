"""The contract as tables for the SQL models: `reference/*.parquet`.

Calendar, terms, definitions, queues, staff ids and the dialplan's meanings, written from `contract.toml`
whenever a home is opened, and replaced by rename only when they say something new.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.terms import Contract, Definition
from compliance.ground import durable

if TYPE_CHECKING:
    import pyarrow as pa

DialplanRow = tuple[str, str, str | None]
"""(context, meaning, queue): what a dialplan context stands for; the queue where it leads to one."""

_DAYS_BEFORE, _DAYS_AFTER = 31, 60


class LandedNames(Protocol):
    """What names that a person chose land as: themselves or their keyed codes, handed in."""

    def name(self, text: str) -> str | None: ...
    def spelling(self, text: str) -> str | None: ...
    def prefixes(self, text: str) -> tuple[str, ...]: ...


def write_reference(
    folder: Path,
    contract: Contract,
    calendar: BusinessCalendar,
    dialplan: Sequence[DialplanRow],
    trunk_prefixes: Sequence[str],
    names: LandedNames,
) -> tuple[str, ...]:
    """Write every table that differs from what lies there; returns the names of those written."""
    written = []
    for name, table in reference_tables(
        contract, calendar, dialplan, trunk_prefixes, names
    ).items():
        content = _parquet(table)
        path = folder / f"{name}.parquet"
        if not path.is_file() or path.read_bytes() != content:
            durable.write_durably(path, content)
            written.append(name)
    return tuple(written)


def reference_tables(
    contract: Contract,
    calendar: BusinessCalendar,
    dialplan: Sequence[DialplanRow],
    trunk_prefixes: Sequence[str],
    names: LandedNames,
) -> Mapping[str, pa.Table]:
    """The tables by name, every spelling of the contract as it lands. Pure."""
    import pyarrow as pa

    text, day = pa.string(), pa.date32()
    instant = pa.timestamp("us", tz="UTC")
    return {
        "calendar": _table(
            [
                ("date", day),
                ("is_business_day", pa.bool_()),
                ("closed_reason", text),
                ("opens_at", instant),
                ("closes_at", instant),
                ("contract_week", pa.int32()),
                ("week_start_date", day),
                ("in_period", pa.bool_()),
            ],
            _calendar_rows(contract, calendar),
        ),
        "terms": _table(
            [
                ("period_start_date", day),
                ("period_end_date", day),
                ("lines_count", pa.int32()),
                ("operators_count", pa.int32()),
                ("planned_calls_per_day", pa.int32()),
                ("planned_handling_seconds", pa.int32()),
                ("planned_calls_per_hour", pa.float64()),
                ("retention_days", pa.int32()),
            ],
            [
                (
                    contract.period.start_date,
                    contract.period.end_date,
                    contract.capacity.lines,
                    contract.capacity.operators,
                    contract.capacity.planned_calls_per_day,
                    contract.capacity.planned_handling_minutes * 60,
                    contract.capacity.planned_calls_per_hour,
                    contract.retention.recordings_online_days,
                )
            ],
        ),
        "definitions": _table(
            [
                ("name", text),
                ("version", text),
                ("valid_from", day),
                ("valid_until", day),
                ("role", text),
                ("outcome", text),
                ("seconds", pa.float64()),
            ],
            _definition_rows(contract.definitions),
        ),
        "queues": _table(
            [("queue", text), ("menu_choice", text), ("label", text)],
            [(names.name(q.name), q.menu_choice, q.label) for q in contract.queues],
        ),
        "staff": _table(
            [
                ("spelling", text),
                ("operator", text),
                ("role", text),
                ("extension", text),
                ("display_number", text),
            ],
            [
                (names.spelling(spelling), s.operator, s.role, s.extension, s.display_number)
                for s in contract.staff
                for spelling in s.spellings
            ],
        ),
        "dialplan": _table(
            [("context", text), ("meaning", text), ("queue", text)],
            [
                (names.name(context), meaning, None if queue is None else names.name(queue))
                for context, meaning, queue in dialplan
            ],
        ),
        "dialplan_channels": _table(
            [("prefix", text), ("meaning", text)],
            [(landed, "trunk") for prefix in trunk_prefixes for landed in names.prefixes(prefix)],
        ),
    }


def _calendar_rows(contract: Contract, calendar: BusinessCalendar) -> Iterable[tuple[Any, ...]]:
    period = contract.period
    first = period.start_date - timedelta(days=_DAYS_BEFORE)
    last = period.end_date + timedelta(days=_DAYS_AFTER)
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        week = calendar.week_of(day)
        yield (
            day,
            calendar.is_business_day(day),
            calendar.closed_reason(day),
            calendar.opens_at(day),
            calendar.closes_at(day),
            week.number if week else None,
            day - timedelta(days=day.weekday()),
            period.start_date <= day <= period.end_date,
        )


def _definition_rows(definitions: Sequence[Definition]) -> Iterable[tuple[Any, ...]]:
    for definition in definitions:
        later = [
            d.valid_from
            for d in definitions
            if d.name == definition.name and d.valid_from > definition.valid_from
        ]
        head = (
            definition.name,
            definition.version,
            definition.valid_from,
            min(later) if later else None,
        )
        for role, classes in (
            ("numerator", definition.numerator),
            ("denominator", definition.denominator),
        ):
            for outcome in classes:
                yield (*head, role, outcome.value, None)
        yield (*head, "threshold", None, definition.threshold_seconds)


def _table(columns: Sequence[tuple[str, Any]], rows: Iterable[Sequence[Any]]) -> pa.Table:
    import pyarrow as pa

    rows = list(rows)
    arrays = [pa.array([row[i] for row in rows], type=kind) for i, (_, kind) in enumerate(columns)]
    return pa.Table.from_arrays(arrays, names=[name for name, _ in columns])


def _parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
