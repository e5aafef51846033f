"""The recorded exchange's logs as rows of tables, shaped as FreePBX's and the realtime queue_log are."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from telephony_ingest.asterisk.layouts import CDR_ORDERS, CEL_REFERENCE
from tests.conftest import SAMPLES

CDR = [
    "calldate",
    "clid",
    "src",
    "dst",
    "dcontext",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "accountcode",
    "uniqueid",
    "userfield",
    "did",
    "recordingfile",
    "cnum",
    "cnam",
    "outbound_cnum",
    "outbound_cnam",
    "dst_cnam",
    "linkedid",
    "peeraccount",
    "sequence",
]
"""FreePBX's columns of `cdr`."""
CEL = [
    "eventtype",
    "eventtime",
    "cid_name",
    "cid_num",
    "cid_ani",
    "cid_rdnis",
    "cid_dnid",
    "exten",
    "context",
    "channame",
    "appname",
    "appdata",
    "amaflags",
    "accountcode",
    "peeraccount",
    "uniqueid",
    "linkedid",
    "peer",
    "userdeftype",
    "extra",
]
QUEUE_LOG = [
    "time",
    "callid",
    "queuename",
    "agent",
    "event",
    "data1",
    "data2",
    "data3",
    "data4",
    "data5",
]
COLUMNS = {"cdr": CDR, "cel": CEL, "queue_log": QUEUE_LOG}
_NUMBERS = {"duration", "billsec", "amaflags", "sequence"}

Row = tuple[str | None, ...]


def rows_of(kind: str, pbx: Path = SAMPLES / "pbx") -> list[Row]:
    """What the exchange would have inserted, in order of its writing."""
    return {"cdr": _cdr, "cel": _cel, "queue_log": _queue_log}[kind](pbx)


def declared(kind: str, *, engine: str, has_id: bool) -> str:
    """`create table`; CDR has no number of its rows, as FreePBX leaves it."""
    moment = "timestamp(6)" if engine == "postgresql" else "datetime(6)"
    types = {"calldate": moment.replace("(6)", "(0)"), "eventtime": moment, "time": moment}
    number = {
        "mariadb": "id integer auto_increment primary key",
        "postgresql": "id serial primary key",
    }
    first = [number.get(engine, "id integer primary key")] if has_id else []
    if engine == "sqlite":
        types["calldate"] = "datetime"
    quote = "`" if engine == "mariadb" else '"'
    columns = [
        f"{quote}{name}{quote} {types.get(name) or ('text' if name == 'extra' else 'integer' if name in _NUMBERS else 'varchar(255)')}"
        for name in COLUMNS[kind]
    ]
    return f"create table {kind} ({', '.join(first + columns)})"


def fill_sqlite(path: Path, rows: dict[str, Sequence[Row]] | None = None) -> None:
    """A SQLite file with the three tables."""
    with sqlite3.connect(path) as connection:
        for kind, columns in COLUMNS.items():
            connection.execute(declared(kind, engine="sqlite", has_id=kind != "cdr"))
            marks = ", ".join("?" for _ in columns)
            connection.executemany(
                f"insert into {kind} ({', '.join(columns)}) values ({marks})",
                rows_of(kind) if rows is None else rows[kind],
            )
    connection.close()


def _cdr(pbx: Path) -> list[Row]:
    order = CDR_ORDERS[1]
    found = []
    with (pbx / "cdr-csv" / "Master.csv").open(newline="", encoding="utf-8") as file:
        for line in csv.reader(file):
            one = dict(zip(order, line, strict=True))
            given = one | {"calldate": one["start"], "amaflags": "3"}
            found.append(tuple(given.get(name, "") for name in CDR))
    return found


def _cel(pbx: Path) -> list[Row]:
    found = []
    with next((pbx / "cel-custom").glob("*.csv")).open(newline="", encoding="utf-8") as file:
        for line in csv.reader(file):
            one = dict(zip(CEL_REFERENCE, line, strict=True)) | {"amaflags": "3"}
            found.append(tuple(one.get(name, "") for name in CEL))
    return found


def _queue_log(pbx: Path) -> list[Row]:
    found = []
    for path in sorted(pbx.glob("queue_log*"), reverse=True):
        for line in path.read_text(encoding="utf-8").splitlines():
            epoch, callid, queue, agent, event, *data = line.split("|")
            moment = datetime.fromtimestamp(int(epoch), ZoneInfo("Asia/Tokyo"))
            data = [*data[:4], "|".join(data[4:])] if len(data) > 5 else data
            words = [*data, *[""] * (5 - len(data))]
            found.append(
                (f"{moment:%Y-%m-%d %H:%M:%S}.000000", callid, queue, agent, event, *words)
            )
    return sorted(found, key=lambda row: str(row[0]))
