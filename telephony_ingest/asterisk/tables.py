"""Tables into which Asterisk writes CDR, CEL and queue_log, as lines of the logs that hold the same.

Columns are found by their usual names: those of FreePBX's `cdr` and `cel`, of `cdr_adaptive_odbc`, `cdr_pgsql`,
`cdr_sqlite3_custom`, `cel_odbc`, and of the realtime `queue_log` with `data1` to `data5` or one `data`. A row becomes the
very line that the reference site's file holds, so that what came both ways is one. Where the table numbers its rows, the
window goes by that number, else by time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from telephony_ingest.asterisk import formats, layouts
from telephony_ingest.asterisk.settings import PbxDatabase, PbxSettings
from telephony_ingest.errors import TableUnreadable
from telephony_ingest.landing import logs, tables
from telephony_ingest.landing.log_format import Layout, LogFormat
from telephony_ingest.landing.report import LandingReport
from telephony_ingest.landing.scanners import Engine, attached
from telephony_ingest.landing.session import LandingSession
from telephony_ingest.landing.sources import SourceState, State
from telephony_ingest.landing.tables import TableShape

_NUMBERS = ("id", "acctid", "cdr_id", "cel_id")
"""What a table calls the number that grows with every row."""
_LATE_NUMBERS = 2000
"""By how many numbers a row can come late: more transactions than an exchange has open at a time."""
_OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "start": ("start", "calldate", "starttime", "start_time"),
    "answer": ("answer", "answertime", "answerdate", "answer_time"),
    "end": ("end", "endtime", "enddate", "hangupdate", "end_time"),
    "clid": ("clid", "callerid"),
    "uniqueid": ("uniqueid", "unique_id"),
    "linkedid": ("linkedid", "linked_id"),
    "eventtype": ("eventtype", "event_type", "event"),
    "eventtime": ("eventtime", "event_time"),
    "channame": ("channame", "channelname"),
    "context": ("context", "cid_context"),
    "extra": ("extra", "eventextra"),
    "epoch": ("time", "eventtime", "eventdate"),
    "callid": ("callid", "call_id", "uniqueid"),
    "queuename": ("queuename", "queue"),
    "agentname": ("agent", "agentname"),
    "verb": ("event", "verb"),
}
_QUEUE_HEAD = ("epoch", "callid", "queuename", "agentname", "verb")
_DATA = tuple(f"data{number}" for number in range(1, 6))
_OFTEN_QUOTED = ("clid", "extra")
"""Fields that hold quotes in most rows: a caller's name and number, the JSON of an event."""
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "cdr": ("start", "uniqueid", "disposition", "channel"),
    "cel": ("eventtype", "eventtime", "uniqueid"),
    "queue_log": _QUEUE_HEAD,
}
_TIMES: Mapping[str, str] = {"cdr": "start", "cel": "eventtime", "queue_log": "epoch"}


def land_tables(session: LandingSession, report: LandingReport, settings: PbxSettings) -> None:
    """Land what is new in the table of one kind, where the site names one.

    Raises:
        LandingUnwritable: the landing folder cannot be written.
    """
    database, kind = settings.database, str(report.kind)
    table = database.table_of(kind) if database else ""
    if database is None or not table:
        return
    name = f"table {kind}"
    if session.access.refusal:
        report.sources.append(SourceState(name, State.UNREADABLE, session.access.refusal))
        return
    log_format = replace(_FORMATS[kind], time_zone=database.time_zone or settings.time_zone)
    logs.publish_empty(session, kind, log_format)
    address = database.address(settings.root)
    try:
        with attached(address, session.access) as opened:
            shape = shape_of(
                kind, table, opened.columns(table), opened.engine, log_format, database
            )
            where = f"{address.engine} {address.host} {address.port} {address.database}"
            tables.land_table(session, report, opened, shape, where, name)
    except TableUnreadable as error:
        report.sources.append(SourceState(name, State.UNREADABLE, str(error)))


_FORMATS: Mapping[str, LogFormat] = {
    "cdr": formats.CDR_TABLE,
    "cel": formats.CEL,
    "queue_log": formats.QUEUE_LOG,
}


def shape_of(
    kind: str,
    table: str,
    columns: Mapping[str, str],
    engine: Engine,
    log_format: LogFormat,
    database: PbxDatabase,
) -> TableShape:
    """How a table with these columns (own name: DuckDB's type) becomes lines.

    Raises:
        TableUnreadable: a column that is needed is not there.
    """
    found = columns_of(kind, columns)
    fields, data = _fields(kind), data_of(kind, columns)
    number = number_of(columns)
    if not number and engine is Engine.SQLITE:
        number = "rowid"
    time = found[_TIMES[kind]]
    texts = {name: _text(column, columns[column], name) for name, column in found.items()}
    if kind == "queue_log":
        line = _queue_line(texts, data, columns[time], log_format.time_zone)
    else:
        plain = {name: _plain(column, columns[column], name) for name, column in found.items()}
        line = _csv_line(fields, texts, plain)
    order = number or time
    asked = dict.fromkeys([*found.values(), *data, order])
    return TableShape(
        table=table,
        columns=tuple(asked),
        line=line,
        key=f"try_cast({_q(order)} as bigint)"
        if number
        else f"epoch_us(try_cast({_q(time)} as timestamp))",
        key_column=order,
        is_by_time=not number,
        identity=_record(texts) if kind == "cdr" and "sequence" in found else "",
        overlap=_LATE_NUMBERS if number else int(database.overlap_hours * 3_600_000_000),
        layout=None if kind == "queue_log" else Layout(fields, form="a table"),
        log_format=log_format,
    )


def columns_of(kind: str, columns: Iterable[str]) -> dict[str, str]:
    """The table's own name of each field that it has, in the order of the log.

    Raises:
        TableUnreadable: a column that is needed is not there.
    """
    own = _own(columns)
    found = {name: column for name in _fields(kind) if (column := _column(own, name))}
    if lacking := [name for name in _NEEDED[kind] if name not in found]:
        tried = ", ".join(_OTHER_NAMES.get(lacking[0], (lacking[0],)))
        raise TableUnreadable(
            f"it has no column for {lacking[0]} ({tried}): name the right table in [pbx.database], or make a view with those columns"
        )
    return found


def data_of(kind: str, columns: Iterable[str]) -> list[str]:
    """The columns with what a queue event says besides: `data1` to `data5`, or one `data`."""
    own = _own(columns)
    several = [own[name] for name in _DATA if name in own]
    return (several or [own[name] for name in ("data",) if name in own]) * (kind == "queue_log")


def number_of(columns: Iterable[str]) -> str:
    """The column that numbers the rows; blank where none does."""
    own = _own(columns)
    return next((own[name] for name in _NUMBERS if name in own), "")


def _own(columns: Iterable[str]) -> dict[str, str]:
    return {name.lower(): name for name in columns}


def _fields(kind: str) -> tuple[str, ...]:
    if kind == "queue_log":
        return _QUEUE_HEAD
    return layouts.CDR_REFERENCE[:-1] if kind == "cdr" else layouts.CEL_REFERENCE


def _column(own: Mapping[str, str], name: str) -> str:
    return next((own[other] for other in _OTHER_NAMES.get(name, (name,)) if other in own), "")


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(column: str, kind: str, name: str) -> str:
    """A column's text as a log would hold it: without line ends, blank for null."""
    return f"translate({_plain(column, kind, name)}, chr(10) || chr(13), '  ')"


def _plain(column: str, kind: str, name: str) -> str:
    """A column's text, blank for null; it may hold line ends."""
    shape = "%Y-%m-%d %H:%M:%S.%f" if name in ("eventtime", "epoch") else "%Y-%m-%d %H:%M:%S"
    value = _q(column)
    match kind:
        case "TIMESTAMP WITH TIME ZONE":
            value = f"strftime({value} at time zone 'UTC', '{shape}') || '+00:00'"
        case _ if kind.startswith("TIMESTAMP"):
            value = f"strftime({value}, '{shape}')"
        case "BLOB":
            value = f"coalesce(try(decode({value})), '')"
        case _:
            value = f"cast({value} as varchar)"
    return f"coalesce({value}, '')"


def _in_quotes(text: str) -> str:
    return f"""'"' || replace({text}, '"', '""') || '"'"""


def _csv_line(fields: Sequence[str], texts: Mapping[str, str], plain: Mapping[str, str]) -> str:
    """A CSV line of all fields in quotes. Few rows hold a quote or a line end where none is usual, so each field is looked
    at by itself in those alone: to do so in every row costs ten times as much."""
    careful = [_in_quotes(texts.get(name, "''")) for name in fields]
    quick = [
        _in_quotes(plain[name]) if name in _OFTEN_QUOTED else f"""'"', {plain[name]}, '"'"""
        for name in fields
        if name in plain
    ]
    given = iter(quick)
    every = ", ',', ".join(next(given) if name in plain else "'\"\"'" for name in fields)
    unusual = _contains((plain[name] for name in plain if name not in _OFTEN_QUOTED), '"\n\r')
    ended = _contains((plain[name] for name in plain if name in _OFTEN_QUOTED), "\n\r")
    joined = " || ',' || ".join(careful)
    return f"(case when {unusual} or {ended} then {joined} else concat({every}) end)"


def _contains(texts: Iterable[str], signs: str) -> str:
    """Whether one of the texts holds one of the signs."""
    together = ", ".join(["''", *texts])
    return (
        "(" + " or ".join(f"contains(concat({together}), chr({ord(sign)}))" for sign in signs) + ")"
    )


def _record(texts: Mapping[str, str]) -> str:
    return f"case when {texts['sequence']} <> '' then {texts['uniqueid']} || '/' || {texts['sequence']} end"


def _queue_line(texts: Mapping[str, str], data: Sequence[str], kind: str, time_zone: str) -> str:
    zone = time_zone.replace("'", "''")
    time = texts["epoch"]
    local = f"try_cast({time} as timestamptz)" if kind == "TIMESTAMP WITH TIME ZONE" else f"timezone('{zone}', try_cast({time} as timestamp))"  # fmt: skip
    epoch = (
        f"case when regexp_full_match({time}, '[0-9]+([.][0-9]+)?') then split_part({time}, '.', 1) "
        f"else coalesce(cast(cast(floor(epoch({local})) as bigint) as varchar), '') end"
    )
    head = [epoch, *(texts[name] for name in _QUEUE_HEAD[1:])]
    words = " || '|' || ".join(_text(name, "VARCHAR", "") for name in data) or "''"
    return " || '|' || ".join([*head, f"rtrim({words}, '|')"])
