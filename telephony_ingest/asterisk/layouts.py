"""In which order sites write CDR and CEL, and how a file's own order is found.

The orders are those of Asterisk's `cdr_csv` (with the options of `cdr.conf`), of the samples of
`cdr_custom.conf` and `cel_custom.conf`, of the reference dialplan, and of whatever a header says. A file is
read in the one order whose shapes (a time where the time stands, a unique id where that stands) its
first rows have. Where none fits, the site writes the order into its settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from telephony_ingest.asterisk.uniqueids import UUID, began_at
from telephony_ingest.landing.log_format import Layout, Rows

_ORDER = str.split

CDR_REFERENCE = tuple(
    _ORDER(
        "start answer end clid src dst dcontext channel dstchannel lastapp lastdata duration billsec "
        "disposition accountcode peeraccount uniqueid linkedid sequence userfield did"
    )
)
_CSV = tuple(
    _ORDER(
        "accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration "
        "billsec disposition amaflags"
    )
)
_SAMPLE = tuple(
    _ORDER(
        "clid src dst dcontext channel dstchannel lastapp lastdata start answer end duration billsec "
        "disposition amaflags accountcode uniqueid userfield"
    )
)
CDR_ORDERS: tuple[tuple[str, ...], ...] = (
    CDR_REFERENCE,
    (*_CSV, "uniqueid", "userfield", "peeraccount", "linkedid", "sequence"),
    (*_CSV, "uniqueid", "peeraccount", "linkedid", "sequence"),
    (*_CSV, "uniqueid", "userfield"),
    (*_CSV, "uniqueid"),
    (*_SAMPLE, "sequence"),
    _SAMPLE,
)
CDR_USUAL: Mapping[str, tuple[str, ...]] = {
    "custom": CDR_REFERENCE,
    "classic": CDR_ORDERS[1],
    "table": CDR_REFERENCE,
}
"""What each writer leaves at the reference site; a table's rows are written in the first one's order."""
_CEL_HEAD = tuple(
    _ORDER(
        "eventtype eventtime cid_name cid_num cid_ani cid_rdnis cid_dnid exten context channame appname "
        "appdata"
    )
)
_CEL_TAIL = ("uniqueid", "linkedid", "peer", "userfield")
CEL_REFERENCE = (
    *_CEL_HEAD,
    "accountcode",
    "peeraccount",
    *_CEL_TAIL,
    "userdeftype",
    "extra",
)
CEL_ORDERS: tuple[tuple[str, ...], ...] = (
    (*_CEL_HEAD, "amaflags", "accountcode", *_CEL_TAIL, "userdeftype", "extra"),
    (*_CEL_HEAD, "amaflags", "accountcode", *_CEL_TAIL, "userdeftype"),
    (*_CEL_HEAD, "amaflags", "accountcode", *_CEL_TAIL),
    (*_CEL_HEAD, "amaflags", "accountcode", "peeraccount", *_CEL_TAIL, "userdeftype", "extra"),
    CEL_REFERENCE,
    (*_CEL_HEAD, "accountcode", "peeraccount", *_CEL_TAIL, "userdeftype"),
)
_ALIASES = {
    "calldate": "start",
    "callerid": "clid",
    "destination": "dst",
    "source": "src",
    "unique_id": "uniqueid",
    "linked_id": "linkedid",
    "event": "eventtype",
    "event_type": "eventtype",
    "event_time": "eventtime",
    "cidname": "cid_name",
    "cidnum": "cid_num",
    "channelname": "channame",
    "eventextra": "extra",
    "context": "context",
}
_TIME = re.compile(
    r"[0-9]{9,11}(\.[0-9]+)?|[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}.*"
)
_ID = re.compile(rf"(?s)(.+-)?[0-9]{{9,11}}\.[0-9]{{1,9}}|{UUID}")
_SHAPES: Mapping[str, re.Pattern[str]] = {
    "start": _TIME,
    "answer": re.compile(rf"|{_TIME.pattern}"),
    "end": re.compile(rf"|{_TIME.pattern}"),
    "duration": re.compile(r"-?[0-9]+(\.[0-9]+)?"),
    "billsec": re.compile(r"-?[0-9]+(\.[0-9]+)?"),
    "disposition": re.compile(r"ANSWERED|NO ANSWER|BUSY|FAILED|CONGESTION|UNKNOWN"),
    "amaflags": re.compile(r"[0-3]|OMIT|BILLING|DOCUMENTATION|DEFAULT|Unknown|UNKNOWN"),
    "uniqueid": _ID,
    "linkedid": _ID,
    "sequence": re.compile(r"[0-9]+"),
    "eventtime": _TIME,
    "eventtype": re.compile(r"[A-Z][A-Z0-9_]{2,39}"),
}
_NEAR = 3.0
"""Seconds that a first row's own time may lie from the moment in its unique id."""


def recogniser(
    orders: Sequence[tuple[str, ...]], usual: tuple[str, ...], needed: Sequence[str]
) -> Callable[[Rows], Layout | None]:
    """A function from a file's first rows to its layout; null where the rows are in no known order.

    Rows alike that fit no order are in another one: none of them is read until it is known, since what
    was read cannot be read again. Rows of all lengths are bad lines, read as `usual`. `needed` must be
    among a header's columns.
    """

    def recognise(rows: Rows) -> Layout | None:
        if rows and (header := _header(rows[0])):
            form = f"{len(header)} columns, named by a header"
            return Layout(header, True, form=form) if set(needed) <= set(header) else None
        votes = {order: sum(_fits(order, row) for row in rows) for order in orders}
        best = max(orders, key=lambda order: (votes[order], order == usual))
        if votes[best] == 0:
            if len({len(row) for row in rows}) == 1 and len(rows[0]) > 1:
                return None
            best = usual
        is_guess = votes[best] == 0
        others = {len(order): order for order in reversed(orders) if _alike(order, best)}
        form = f"{len(best)} columns by their shape: {', '.join(best[:3])}, …, {best[-1]}"
        return Layout(best, is_guess=is_guess, others=others, form=form)

    return recognise


def fixed(columns: Sequence[str]) -> Callable[[Rows], Layout | None]:
    """The order that a site has written into its settings."""
    order = tuple(_ALIASES.get(name.lower(), name.lower()) for name in columns)
    form = f"{len(order)} columns, as contract.toml says"
    return lambda rows: Layout(order, has_header=bool(rows and _header(rows[0])), form=form)


def seconds_off(rows: Rows, layout: Layout, time_zone: str) -> int | None:
    """By how many seconds a file's local times lie before the moments in its own unique ids; null where none tells.

    Only whole half hours other than none count, and only where more rows say so than say that all is
    well: a channel begins within its unique id's second. Of CEL only the beginnings of channels speak: any
    other event may lie half an hour behind.
    """
    try:
        time_place = layout.columns.index("start" if "start" in layout.columns else "eventtime")
        id_place = layout.columns.index("uniqueid")
    except ValueError:
        return None
    votes: dict[int, int] = {}
    is_cel = "eventtype" in layout.columns
    for row in rows:
        if len(row) <= max(time_place, id_place):
            continue
        if is_cel and row[layout.columns.index("eventtype")] != "CHAN_START":
            continue
        began, moment = began_at(row[id_place]), _epoch(row[time_place], time_zone)
        if began is None or moment is None:
            continue
        half_hours = round((began - moment) / 1800)
        if abs(half_hours) <= 28 and abs(began - moment - half_hours * 1800) <= _NEAR:
            votes[half_hours] = votes.get(half_hours, 0) + 1
    if not votes:
        return None
    most = max(votes, key=lambda half_hours: (votes[half_hours], -abs(half_hours)))
    return most * 1800


def _epoch(text: str, time_zone: str) -> float | None:
    """The moment of a local time; null where the text names its moment itself, or none."""
    try:
        moment = datetime.fromisoformat(text.replace("/", "-"))
        if moment.tzinfo is not None:
            return None
        return moment.replace(tzinfo=ZoneInfo(time_zone)).timestamp()
    except (ValueError, OverflowError):  # none, or at the edge of what a date can be
        return None


def _header(row: Sequence[str]) -> tuple[str, ...] | None:
    names = [_ALIASES.get(cell.strip().lower(), cell.strip().lower()) for cell in row]
    known = sum(name in _KNOWN for name in names)
    if known < 4 or known * 2 < len(names):
        return None
    seen: set[str] = set()
    return tuple("" if name in seen or seen.add(name) else name for name in names)  # type: ignore[func-returns-value]


_KNOWN = {name for order in (*CDR_ORDERS, *CEL_ORDERS) for name in order}


def _fits(order: tuple[str, ...], row: Sequence[str]) -> bool:
    return len(row) == len(order) and all(
        shape.fullmatch(cell)
        for name, cell in zip(order, row, strict=True)
        if (shape := _SHAPES.get(name)) is not None
    )


def _alike(order: tuple[str, ...], best: tuple[str, ...]) -> bool:
    """Whether a site can come from one order to the other by switching an option."""
    return order[:12] == best[:12]
