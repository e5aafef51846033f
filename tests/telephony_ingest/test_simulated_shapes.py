"""The simulated PBX against the recorded one: the same rows, in the same states, kind by kind.

A call's shape is what remains when times, numbers, ids and persons are taken away: for each channel
its events in order with the channel's state at each; the call detail records; the queue_log lines.
Between two channels of one call the recorded order varies by milliseconds, so it is not compared: nor
which of the two left a conversation first and still names the other, nor on which channel the call's
last event falls.
"""

from __future__ import annotations

import csv
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import pytest

from simulation.exchange.asterisk import tell
from simulation.exchange.lives import (
    Attempt,
    AttendedTransfer,
    BlindTransfer,
    Departure,
    Dialled,
    EndedBy,
    InboundCall,
    OutboundCall,
    Ring,
)
from simulation.exchange.pbx import Pbx, Written
from tests.conftest import SAMPLES

RECORDED = SAMPLES / "pbx"
BEGAN = 1_700_438_494.25
PERSONS = {
    spelling: person
    for person, extension, name in (
        ("op1", "101", "Operator-1"),
        ("op2", "102", "Operator-2"),
        ("op3", "103", "Operator-3"),
        ("sv1", "201", "Supervisor"),
    )
    for spelling in (person, f"PJSIP/{person}", extension, name)
}
Shape = tuple[Any, ...]


class Reader:
    """Gives the persons and channels of one call names by the order in which they appear."""

    def __init__(self) -> None:
        self.persons: dict[str, str] = {}
        self.channels: dict[str, str] = {}

    def person(self, text: str) -> str:
        who = PERSONS.get(text)
        return text if who is None else self.persons.setdefault(who, f"person{len(self.persons)}")

    def channel(self, name: str) -> str:
        kind = "line" if "/trunk-" in name else "telephone"
        if not name:
            return ""
        count = sum(role.startswith(kind) for role in self.channels.values())
        return self.channels.setdefault(name, f"{kind}{count}")

    def plain(self, text: str) -> str:
        text = re.sub(r"PJSIP/(?:trunk|op\d|sv1)-[0-9a-f]{8}", lambda m: self.channel(m[0]), text)
        text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", "bridge", text)
        text = re.sub(r"\b1[67]\d{8}\.\d+", "uniqueid", text)
        text = re.sub(r"\b(9?)(01100000\d\d|anonymous)\b", r"\1number", text)
        text = re.sub(r"Anonymous", "", text).replace(",t,,,8", ",t,,,60")
        text = re.sub(r"^PJSIP/(sv1|op\d),", lambda m: f"PJSIP/{self.person(m[1])},", text)
        text = re.sub(r'"(20\d|10\d)"', lambda m: f'"{self.person(m[1])}"', text)
        return self.person(text)


def shape(
    cel: Iterable[Sequence[str]],
    cdr: Iterable[Sequence[str]],
    queue_log: Iterable[str],
) -> Shape:
    """The shape of one call's rows."""
    reader = Reader()
    events: dict[str, list[Shape]] = defaultdict(list)
    for row in cel:
        channel = reader.channel(row[9])
        state = tuple(map(reader.plain, (*row[2:9], *row[10:14], *row[16:19], row[19])))
        if row[0] == "LINKEDID_END":
            channel, state = "call", ()
        elif row[0] == "BRIDGE_EXIT":
            state = (*state[:11], *state[12:])
        before = events[channel]
        before.append((row[0], *state))
        if row[0] == "BLINDTRANSFER" and before[-2][0] == "BRIDGE_EXIT":
            before[-2:] = before[:-3:-1]
    records = tuple(
        (
            tuple(map(reader.plain, (row[3].replace('"Anonymous"', '""'), *row[4:11], row[13],
                  row[14], row[15], row[19], row[20]))),
            row[1] == "",
            row[16] == row[17],
        )
        for row in cdr
    )  # fmt: skip
    lines = []
    for line in queue_log:
        _, _, queue, who, verb, *data = line.split("|")
        kept = [reader.plain(text) for text in data if not re.fullmatch(r"\d{1,6}", text)]
        lines.append((queue, reader.person(who), verb, len(data), *(k for k in kept if k)))
    return (
        tuple(sorted((name, tuple(_without_repeats(rows))) for name, rows in events.items())),
        records,
        tuple(lines),
    )


def _without_repeats(rows: list[Shape]) -> list[Shape]:
    """A long wait hears the same announcement again and again: once is enough, or not at all."""
    kept: list[Shape] = []
    for row in rows:
        is_busy_music = "keiro/congestion" in str(row)
        if not is_busy_music:
            kept.append(row)
    music = [i for i, row in enumerate(kept) if "MOH_STREAM_BEGIN" in row]
    ended = [i for i, row in enumerate(kept) if "MOH_STREAM_END" in row]
    drop = {*music[1:], *ended[:-1]}
    return [row for i, row in enumerate(kept) if i not in drop]


@cache
def recorded() -> dict[tuple[str, str, str], set[Shape]]:
    """Shapes of the recorded calls by scenario, queue and who ended the call."""
    cel, cdr, lines = defaultdict(list), defaultdict(list), defaultdict(list)
    for path in sorted((RECORDED / "cel-custom").glob("*.csv*")):
        for row in csv.reader(path.open(encoding="utf-8")):
            cel[row[15]].append(row)
    for path in sorted((RECORDED / "cdr-custom").glob("*.csv*")):
        for row in csv.reader(path.open(encoding="utf-8")):
            cdr[row[17]].append(row)
    for name in ("queue_log.1", "queue_log.0", "queue_log"):
        for line in (RECORDED / name).read_text(encoding="utf-8").splitlines():
            lines[line.split("|")[1]].append(line)
    found: dict[tuple[str, str, str], set[Shape]] = defaultdict(set)
    with (SAMPLES / "truth.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = row["scenario"], row["queue"], row["ended_by"]
            call = row["linkedid"]
            found[key].add(shape(cel[call], cdr[call], lines[call]))
    return found


def simulated(life: InboundCall | OutboundCall) -> Shape:
    pbx = Pbx(random.Random(7))
    tell(pbx, life)
    written: Written = pbx.close()
    (call,) = written.uniqueids
    return shape(
        [row for row in written.cel if row[15] == call],
        [row for row in written.cdr if row[17] == call],
        [line for line in written.queue_log if line.split("|")[1] == call],
    )


def call(**facts: Any) -> InboundCall:
    """A call that reached a queue by its first key unless something else is said."""
    known = {
        "caller": "0110000016",
        "arrived": BEGAN,
        "ended": BEGAN + 9.0,
        "ended_by": EndedBy.CALLER,
        "choice": "survey",
        "queued": BEGAN + 3.9,
    }
    return InboundCall(**{**known, **facts})


def ring(operator: str, began: float, seconds: float, result: Ring = Ring.ANSWERED) -> Attempt:
    return Attempt(operator, BEGAN + began, BEGAN + began + seconds, result)


UNQUEUED: dict[str, Any] = {"choice": None, "queued": None}
ENDS = {"caller": EndedBy.CALLER, "operator": EndedBy.OPERATOR, "pbx": EndedBy.PBX}
ANSWERED = (ring("op1", 3.9, 1.6),)
QUEUES = ("survey", "opinion")
LIVES: dict[tuple[str, str, str], InboundCall | OutboundCall] = {
    ("abandoned_in_notice", "", "caller"): call(ended=BEGAN + 1.7, **UNQUEUED),
    ("abandoned_in_menu", "", "caller"): call(ended=BEGAN + 3.2, **UNQUEUED),
    ("out_of_hours", "", "pbx"): call(is_closed=True, ended_by=EndedBy.PBX, **UNQUEUED),
    ("overflow_6th_call", "", "pbx"): call(
        is_lines_busy=True, ended=BEGAN + 0.002, ended_by=EndedBy.PBX, **UNQUEUED
    ),
    ("pbx_restart_in_mid_call", "", "pbx"): call(
        ended=BEGAN + 3.2, ended_by=EndedBy.RESTART, **UNQUEUED
    ),
    ("pbx_restart_in_mid_call", "survey", "pbx"): call(
        attempts=ANSWERED, ended_by=EndedBy.RESTART
    ),
    ("ivr_no_digit", "survey", "caller"): call(
        menu_rounds=2, queued=BEGAN + 11.1, ended=BEGAN + 15, attempts=(ring("op1", 11.1, 0.6),)
    ),
    ("abandoned_while_ringing", "survey", "caller"): call(
        attempts=(ring("op3", 3.9, 2.2, Ring.CALLER_LEFT),),
        left=Departure.ABANDONED,
        left_at=BEGAN + 6.1,
        ended=BEGAN + 6.1,
    ),
    # of the other queue one was recorded, whose music and records came in another order by a millisecond
    ("attended_transfer", "survey", "caller"): call(
        attempts=ANSWERED, ended=BEGAN + 12.5,
        consultation=AttendedTransfer("sv1", BEGAN + 7.0, BEGAN + 7.6, BEGAN + 9.6),
    ),
    ("attended_transfer", "survey", "sv1"): call(
        attempts=ANSWERED, ended=BEGAN + 12.5, ended_by=EndedBy.OPERATOR,
        consultation=AttendedTransfer("sv1", BEGAN + 7.0, BEGAN + 7.6, BEGAN + 9.6),
    ),
    ("callback_answer", "", "citizen"): OutboundCall(
        number="0110000006", operator="op2", began=BEGAN, answered=BEGAN + 1.2, ended=BEGAN + 5,
        result=Dialled.REACHED, ended_by=EndedBy.CALLER,
    ),
    ("callback_busy", "", "pbx"): OutboundCall(
        number="0110000006", operator="sv1", began=BEGAN, ended=BEGAN + 0.5, result=Dialled.BUSY,
        ended_by=EndedBy.PBX,
    ),
    ("callback_reject", "", "pbx"): OutboundCall(
        number="0110000006", operator="sv1", began=BEGAN, ended=BEGAN + 1, result=Dialled.REJECTED,
        ended_by=EndedBy.PBX,
    ),
    ("callback_ignore", "", "operator"): OutboundCall(
        number="0110000006", operator="op1", began=BEGAN, ended=BEGAN + 5, result=Dialled.IGNORED,
        ended_by=EndedBy.OPERATOR,
    ),
}  # fmt: skip
for _queue in QUEUES:
    LIVES |= {
        ("answered_quickly_caller_ends", _queue, "caller"): call(choice=_queue, attempts=ANSWERED),
        ("answered_quickly_operator_ends", _queue, "operator"): call(
            choice=_queue, attempts=ANSWERED, ended_by=EndedBy.OPERATOR
        ),
        ("answered_after_waiting", _queue, "caller"): call(
            choice=_queue, attempts=(ring("op1", 13.9, 0.6),), ended=BEGAN + 20, position=2
        ),
        ("abandoned_in_queue", _queue, "caller"): call(
            choice=_queue, left=Departure.ABANDONED, left_at=BEGAN + 9.0
        ),
        ("queue_timeout", _queue, "pbx"): call(
            choice=_queue, left=Departure.TIMEOUT, left_at=BEGAN + 14, ended=BEGAN + 15.2,
            ended_by=EndedBy.PBX,
        ),
        ("no_operators_logged_on", _queue, "pbx"): call(
            choice=_queue, left=Departure.NO_STAFF, ended=BEGAN + 5.2, ended_by=EndedBy.PBX
        ),
        ("voicemail_after_waiting", _queue, "caller"): call(
            choice=_queue, left=Departure.MESSAGE, left_at=BEGAN + 7.3, ended=BEGAN + 15
        ),
        ("anonymous_caller", _queue, "operator"): call(
            choice=_queue, caller="anonymous", attempts=ANSWERED, ended_by=EndedBy.OPERATOR
        ),
        ("ring_no_answer_then_other", _queue, "operator"): call(
            choice=_queue, ended=BEGAN + 14, ended_by=EndedBy.OPERATOR,
            attempts=(ring("op2", 3.9, 5.0, Ring.IGNORED), ring("op3", 9.9, 0.6)),
        ),
        ("operator_rejects_then_other", _queue, "caller"): call(
            choice=_queue, ended=BEGAN + 14,
            attempts=(ring("op2", 3.9, 0.6, Ring.REJECTED), ring("op3", 4.51, 0.6)),
        ),
        ("blind_transfer", _queue, "caller"): call(
            choice=_queue, attempts=ANSWERED, ended=BEGAN + 11.5,
            transfer=BlindTransfer("sv1", BEGAN + 7.5, BEGAN + 8.1),
        ),
        ("blind_transfer", _queue, "sv1"): call(
            choice=_queue, attempts=ANSWERED, ended=BEGAN + 11.5, ended_by=EndedBy.OPERATOR,
            transfer=BlindTransfer("sv1", BEGAN + 7.5, BEGAN + 8.1),
        ),
    }  # fmt: skip


@pytest.mark.parametrize("key", sorted(set(LIVES) & set(recorded())), ids="-".join)
def test_a_simulated_call_has_the_rows_of_a_recorded_one(key: tuple[str, str, str]) -> None:
    ours, theirs = simulated(LIVES[key]), recorded()[key]
    assert {events for events, *_ in theirs} >= {ours[0]}
    assert {records for _, records, _ in theirs} >= {ours[1]}
    assert {lines for *_, lines in theirs} >= {ours[2]}


def test_the_comparison_covers_every_kind_that_is_simulated() -> None:
    compared = {scenario for scenario, *_ in set(LIVES) & set(recorded())}
    assert compared == {scenario for scenario, *_ in LIVES}


def test_a_shape_tells_one_kind_from_another() -> None:
    """Were shapes too coarse, every comparison above would hold by itself."""
    shapes = {key: simulated(life) for key, life in LIVES.items()}
    alike = {("answered_quickly_caller_ends", q, "caller") for q in QUEUES}
    alike |= {("answered_after_waiting", q, "caller") for q in QUEUES}
    distinct = {key: value for key, value in shapes.items() if key not in alike}
    kinds = {"anonymous_caller"}
    seen: dict[Shape, str] = {}
    for key, value in distinct.items():
        if key[0] in kinds:
            continue
        assert seen.setdefault(value, key[0]) == key[0]
