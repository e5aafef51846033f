"""Each distinct value is reduced once: a log names the same places, applications and callers over and over.

A reduction is a call of one function with one field, as `kept_name(dcontext)`. Where a chunk repeats that
field's values, the function is asked over the distinct ones, and every expression that calls it refers to
the answers; where most values differ (`extra`), the call stays in the query over all lines. Rows come out
the same, which a test holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from telephony_ingest.landing.log_format import LogFormat

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_MOST = 0.7
"""The share of distinct values beyond which a field is not asked once each. Callers are half of a CDR's lines."""
_BATCH = 16 << 10
"""Values that one thread of the database takes at a time."""
_CALL = re.compile(r"\b([a-z_]+)\((\"?)([a-z_]+)\2\)")


@dataclass(frozen=True, slots=True)
class Reduced:
    """Lines with the answers as columns of their own, and the calls that they stand for."""

    table: pa.Table
    answers: Mapping[str, str] = field(default_factory=dict)

    def sql(self, expression: str) -> str:
        """The expression with every answered call replaced by its answer."""
        return _CALL.sub(lambda call: self.answers.get(call[0], call[0]), expression)


def reduced(
    connection: duckdb.DuckDBPyConnection, log_format: LogFormat, table: pa.Table
) -> Reduced:
    """Answer the calls of a format over the distinct values of a chunk's fields."""
    import pyarrow as pa

    answers: dict[str, str] = {}
    encoded = {
        name: _encoded(table[name])
        for calls in _calls(log_format).values()
        for name in calls.values()
    }
    for function, calls in _calls(log_format).items():
        asked = {call: encoded[name] for call, name in calls.items() if encoded[name] is not None}
        if not asked:
            continue
        values = pa.concat_arrays([e.dictionary for e in asked.values()])
        asked_for = pa.table({"value": values})  # none where no line could be read
        batches = asked_for.to_batches(max_chunksize=_BATCH)
        connection.register("distinct_values", pa.Table.from_batches(batches, asked_for.schema))
        try:
            # the database keeps the order of what it reads (`preserve_insertion_order`)
            query = connection.execute(f"select {function}(value) as made from distinct_values")
            made = query.to_arrow_table()["made"].combine_chunks()
        finally:
            connection.unregister("distinct_values")
        start = 0
        for call, column in asked.items():
            count = len(column.dictionary)
            name = f"answer_{len(answers)}"
            answer = pa.DictionaryArray.from_arrays(
                column.indices,
                made.slice(start, count),
            )
            table = table.append_column(name, answer)
            answers[call] = name
            start += count
    return Reduced(table, answers)


def _encoded(column: Any) -> Any:
    """The column by its distinct values; null where these are too many to gain anything."""
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(column).combine_chunks()
    if isinstance(encoded, pa.ChunkedArray) or len(encoded.dictionary) > _MOST * len(encoded):
        return None
    return encoded


def _calls(log_format: LogFormat) -> Mapping[str, Mapping[str, str]]:
    """The calls with one field by their function: each as it is written, and its field."""
    expressions = (
        *log_format.columns.values(),
        log_format.row_key,
        log_format.row_time,
        *log_format.given.values(),
        log_format.header_when,
        *(when for _, when in log_format.bad_when),
    )
    return _calls_in(expressions, log_format.fields)


@lru_cache
def _calls_in(
    expressions: tuple[str, ...], fields: tuple[str, ...]
) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for expression in expressions:
        for call in _CALL.finditer(expression):
            if call[3] in fields:
                found.setdefault(call[1], {})[call[0]] = call[3]
    return found
