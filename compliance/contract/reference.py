"""The contract as tables for the SQL models: `reference/*.parquet`.

Calendar, terms, definitions, queues, staff ids and the dialplan's meanings, written from `contract.toml`
whenever a home is opened, and replaced by rename only when they say something new. `made.json` beside them says of which rows each
file was made, under a key of the home, so that nothing that writes Parquet need be imported to find that all is as it was; a file
that is not the one that was written is made again, whatever is written beside it by somebody without the key.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.terms import Contract, Definition
from compliance.ground import durable

DialplanRow = tuple[str, str, str | None]
"""(context, meaning, queue): what a dialplan context stands for; the queue where it leads to one."""

ReferenceTable: TypeAlias = tuple[tuple[tuple[str, str], ...], list[tuple[Any, ...]]]
"""Columns, each with Arrow's name of its type (an instant is in microseconds, UTC), and rows."""
MADE = "made.json"
_MADE_UNDER = b"\0reference/made.json\0"
"""Sets this use of the key apart: no number or name of a log holds NUL."""

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
    key: bytes,
) -> tuple[str, ...]:
    """Write every table that differs from what lies there; returns the names of those written. `key` is the home's, under which
    it is kept of what each was made."""
    written, made = [], _made(folder / MADE)
    now: dict[str, str] = {}
    under = hmac.new(key, _MADE_UNDER, hashlib.sha256).digest()
    for name, (columns, rows) in reference_tables(
        contract, calendar, dialplan, trunk_prefixes, names
    ).items():
        path = folder / f"{name}.parquet"
        present = path.read_bytes() if path.is_file() else b""
        told = f"{name}\0{columns!r}\0{rows!r}".encode()
        now[name] = _sealed(under, told, present)
        if hmac.compare_digest(str(made.get(name)).encode(), now[name].encode()):
            continue
        content = _parquet(columns, rows)
        now[name] = _sealed(under, told, content)
        if present != content:
            durable.write_durably(path, content)
            written.append(name)
    if made != now:
        durable.write_durably(folder / MADE, json.dumps(now).encode())
    return tuple(written)


def _made(path: Path) -> dict[str, str]:
    """What was kept of each table when it was written; nothing where that cannot be read."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _sealed(under: bytes, told: bytes, content: bytes) -> str:
    digests = hashlib.sha256(told).digest() + hashlib.sha256(content).digest()
    return hmac.new(under, digests, hashlib.sha256).hexdigest()


def reference_tables(
    contract: Contract,
    calendar: BusinessCalendar,
    dialplan: Sequence[DialplanRow],
    trunk_prefixes: Sequence[str],
    names: LandedNames,
) -> Mapping[str, ReferenceTable]:
    """The tables by name, every spelling of the contract as it lands. Pure."""
    text, day, flag, whole, number = "string", "date32", "bool", "int32", "float64"
    instant = "timestamp"
    return {
        "calendar": _table(
            [
                ("date", day),
                ("is_business_day", flag),
                ("closed_reason", text),
                ("opens_at", instant),
                ("closes_at", instant),
                ("night_closes_at", instant),
                ("contract_week", whole),
                ("week_start_date", day),
                ("in_period", flag),
            ],
            _calendar_rows(contract, calendar),
        ),
        "terms": _table(
            [
                ("valid_from", day),
                ("valid_until", day),
                ("period_start_date", day),
                ("period_end_date", day),
                ("lines_count", whole),
                ("operators_count", whole),
                ("planned_calls_per_day", whole),
                ("planned_handling_seconds", whole),
                ("planned_calls_per_hour", number),
                ("retention_days", whole),
            ],
            terms_rows(contract),
        ),
        "definitions": _table(
            [
                ("name", text),
                ("version", text),
                ("valid_from", day),
                ("valid_until", day),
                ("role", text),
                ("outcome", text),
                ("seconds", number),
            ],
            _definition_rows(contract.definitions),
        ),
        "queues": _table(
            [("queue", text), ("name", text), ("menu_choice", text), ("label", text)],
            [(names.name(q.name), q.name, q.menu_choice, q.label) for q in contract.queues],
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


def terms_rows(contract: Contract) -> Iterable[tuple[Any, ...]]:
    """The terms in force from a day up to, and without, another; those of the beginning hold of every day before."""
    days = sorted(one.valid_from for one in contract.changes)
    for begins, ends in zip([None, *days], [*days, None], strict=True):
        terms = contract if begins is None else contract.on(begins)
        yield (
            begins,
            ends,
            contract.period.start_date,
            contract.period.end_date,
            terms.capacity.lines,
            terms.capacity.operators,
            terms.capacity.planned_calls_per_day,
            terms.capacity.planned_handling_minutes * 60,
            terms.capacity.planned_calls_per_hour,
            contract.retention.recordings_online_days,
        )


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
            calendar.night_closes_at(day),
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


def _table(columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]]) -> ReferenceTable:
    return tuple(columns), [tuple(row) for row in rows]


def _parquet(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {
        "string": pa.string(),
        "date32": pa.date32(),
        "bool": pa.bool_(),
        "int32": pa.int32(),
        "float64": pa.float64(),
        "timestamp": pa.timestamp("us", tz="UTC"),
    }
    arrays = [
        pa.array([row[n] for row in rows], type=kinds[kind]) for n, (_, kind) in enumerate(columns)
    ]
    table = pa.Table.from_arrays(arrays, names=[name for name, _ in columns])
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
