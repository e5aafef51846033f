"""What a database holds of an exchange's records: which table is which, and what its rows look like.

Tables are found by their columns, and of several by their usual name. Of a value comes out what it is made of, never what it
says: a telephone number is so many digits, a name so many characters. Words that Asterisk itself writes (a disposition, an
event) are shown, since their list is closed. A table whose name could hold somebody's is known by its number alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from telephony_ingest.asterisk.formats import EVENTS, QUEUE_VERBS
from telephony_ingest.asterisk.tables import columns_of, data_of, number_of
from telephony_ingest.errors import TableUnreadable
from telephony_ingest.landing.names import is_harmless
from telephony_ingest.landing.scanners import Engine, Tables

KINDS = ("cdr", "cel", "queue_log")
_USUAL: Mapping[str, tuple[str, ...]] = {
    "cdr": ("cdr", "asterisk_cdr", "cdrs"),
    "cel": ("cel", "asterisk_cel"),
    "queue_log": ("queue_log", "queuelog", "asterisk_queue_log"),
}
_SETTING = re.compile(r"[A-Za-z0-9_$]+(\.[A-Za-z0-9_$]+)?")
_ROWS = 10
_LISTED: Mapping[Engine, str] = {
    Engine.SQLITE: "select m.name as held, p.name as col from sqlite_master as m, pragma_table_info(m.name) as p "
    "where m.type in ('table', 'view')",
    Engine.MARIADB: "select table_name as held, column_name as col from information_schema.columns "
    "where table_schema = database()",
    Engine.POSTGRESQL: "select case when table_schema = current_schema() then table_name else table_schema || '.' || table_name "
    "end as held, column_name as col from information_schema.columns "
    "where table_schema not in ('pg_catalog', 'information_schema')",
}
_WORDS: Mapping[str, frozenset[str]] = {
    "disposition": frozenset(("ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION")),
    "eventtype": frozenset(EVENTS.split()),
    "verb": frozenset(QUEUE_VERBS),
}
_ID = re.compile(r"([A-Za-z0-9_.-]+-)?[0-9]{9,11}\.[0-9]{1,9}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?P<parts>\.[0-9]+)?(?P<zone> ?(Z|[+-][0-9]{2}(:?[0-9]{2})?))?"
)


@dataclass(frozen=True, slots=True)
class TableSeen:
    """A table that holds one kind of record. `columns` gives its own name of each field; `number` is the column that numbers its
    rows, blank without one; `others` more tables have such columns; `rows` are its first ten, each field reduced."""

    kind: str
    name: str
    columns: Mapping[str, str]
    data: Sequence[str]
    number: str
    others: int
    rows: Sequence[Mapping[str, str]]

    @property
    def is_shown(self) -> bool:
        """Whether its name is made of words of the trade."""
        return all(map(is_harmless, self.name.split(".")))

    @property
    def shown(self) -> str:
        """Its name, or that it may not be shown."""
        return self.name if self.is_shown else "a table whose name could be somebody's"

    @property
    def can_be_set(self) -> bool:
        """Whether `[pbx.database]` takes its name."""
        return bool(_SETTING.fullmatch(self.name))


def tables_seen(tables: Tables) -> tuple[TableSeen, ...]:
    """The table of each kind, where the account sees one.

    Raises:
        TableUnreadable: the database does not answer, or a table may not be read.
    """
    listed = tables.asked(
        _LISTED[tables.engine], "cast(held as varchar) as held, cast(col as varchar) as col"
    )
    held: dict[str, list[str]] = {}
    for row in listed.to_pylist():
        held.setdefault(row["held"], []).append(row["col"])
    found = ((kind, fitting(kind, held)) for kind in KINDS)
    return tuple(_seen(tables, kind, names, held[names[0]]) for kind, names in found if names)


def fitting(kind: str, held: Mapping[str, Sequence[str]]) -> list[str]:
    """The tables (name: columns) that can be of a kind, the likeliest first.

    >>> fitting("cel", {"cdr": ["calldate"], "cel": ["eventtype", "eventtime", "uniqueid"]})
    ['cel']
    """
    ranked = []
    for name, columns in held.items():
        try:
            fields = columns_of(kind, columns)
        except TableUnreadable:
            continue
        bare = name.rpartition(".")[2].lower()
        usual = _USUAL[kind].index(bare) if bare in _USUAL[kind] else len(_USUAL[kind])
        ranked.append((usual, -len(fields), name))
    return [name for _, _, name in sorted(ranked)]


def _seen(tables: Tables, kind: str, names: Sequence[str], columns: Sequence[str]) -> TableSeen:
    name, fields = names[0], columns_of(kind, columns)
    data = data_of(kind, columns)
    asked = {**fields, **{column.lower(): column for column in data}}
    chosen = ", ".join(tables.quoted(column) for column in dict.fromkeys(asked.values()))
    first = tables.asked(
        f"select {chosen} from {_from(tables, name)} limit {_ROWS}",
        ", ".join(f"cast({_q(own)} as varchar) as {_q(field)}" for field, own in asked.items()),
    )
    rows = [
        {field: reduced(field, value) for field, value in row.items()} for row in first.to_pylist()
    ]
    return TableSeen(kind, name, fields, data, number_of(columns), len(names) - 1, rows)


def _from(tables: Tables, name: str) -> str:
    """A table as the engine writes it; SQLite and MariaDB were asked of one schema, where a dot is the name's own."""
    return (
        tables.quoted(name) if tables.engine is Engine.POSTGRESQL else _whole(tables.engine, name)
    )


def _whole(engine: Engine, name: str) -> str:
    sign = "`" if engine is Engine.MARIADB else '"'
    return sign + name.replace(sign, sign * 2) + sign


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def reduced(field: str, value: str | None) -> str:
    """What a value is made of: its kind and length, and the value itself only where it is a word of Asterisk's own.

    >>> reduced("src", "0110000001"), reduced("disposition", "ANSWERED"), reduced("clid", '"Yamada" <101>')
    ('10 digits', 'ANSWERED', '14 characters: letters, digits, signs')
    """
    text = value or ""
    if not text:
        return "blank"
    if text in _WORDS.get(field, ()):
        return text
    if moment := _MOMENT.fullmatch(text):
        parts = "with fractions" if moment["parts"] else "whole seconds"
        return f"a time, {parts}, {'with its offset' if moment['zone'] else 'local'}"
    if _ID.fullmatch(text):
        return "a unique id"
    if text.removeprefix("+").isdecimal():
        plus = "+ and " if text.startswith("+") else ""
        return f"{plus}{len(text.removeprefix('+'))} digits"
    made_of = {
        "letters": str.isalpha,
        "digits": str.isdecimal,
        "signs": lambda one: not one.isalnum(),
    }
    kinds = [kind for kind, is_so in made_of.items() if any(map(is_so, text))]
    return f"{len(text)} characters: {', '.join(kinds)}"
