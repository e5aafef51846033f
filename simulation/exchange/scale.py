"""A contract of any size for measuring: logs of millions of calls, without sounds, from one dense day.

The day is lived and told by the ordinary hand: as many lived days as it takes are laid over each other and their
logs merged in time. Then it is stamped across business days: a copy differs from it in its date and seconds, in the
numbers of channels and records, in callers and in bridges, each of which is a word of eight bytes at a known place.
So a copy costs one assignment of words per log, and memory holds one day. Each copy's calls are other calls that end as
the day's did; what is measured on them is volume, not variety.

Left out: restarts, calls on closed days, rotation. Callers' numbers are longer than any in Japan, within the fictional
range of the simulated centre.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from simulation.exchange.asterisk import tell
from simulation.exchange.centre import Centre, StaffAct
from simulation.exchange.day import live_day
from simulation.exchange.files import classic_line, note_act
from simulation.exchange.lives import InboundCall, OutboundCall
from simulation.exchange.pbx import Pbx, Written

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Numbers = NDArray[np.int64]
    Words = NDArray[np.uint64]

CALLS_PER_DAY = 5000
DENSE = Centre(
    calls_per_day=60.0,
    calls_after_hours=2.0,
    callers=10_000,
    talk_seconds=240.0,
    after_call_seconds=60.0,
)
"""A centre with people enough: most calls are answered within seconds, so that a call takes few lines."""
LOGS = QUEUE_LOG, CDR, CDR_CLASSIC, CEL = (
    "queue_log",
    "cdr-custom/Keiro.csv",
    "cdr-csv/Master.csv",
    "cel-custom/Keiro.csv",
)
_FIRST_NUMBER = 10_000_000
"""Of channels and records, so that all have eight digits."""
_LAST_NUMBER = 99_999_999
_CALLERS = 10_000_000
_STRIDE = 7_368_787
"""Prime to the number of callers: in each copy a caller of the day is somebody else, until all have called."""
_WORD = 8


@dataclass(frozen=True, slots=True)
class Scaled:
    """What was written: calls by outcome and reason, as `fct_calls` must find them, and lines by file."""

    days: tuple[date, ...]
    outcomes: Mapping[tuple[str, str | None], int]
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Copy:
    """One stamping of the day: which in order, how many days later, and how much the day counts."""

    number: int
    days_later: int
    channels: int
    records: int


@dataclass(frozen=True, slots=True)
class _Mark:
    """What differs between copies: where it stands (group 1, eight bytes) and what it becomes."""

    pattern: bytes
    read: Callable[[bytes], int]
    moved: Callable[[Numbers, _Copy], Numbers]
    written: Callable[[Numbers], Words]


@dataclass(slots=True)
class _Log:
    """A log of one day: its bytes, and which of the day's words stands where."""

    name: str
    text: Bytes
    places: Numbers
    words: Numbers = field(init=False)

    @property
    def anywhere(self) -> Words:
        """The same bytes, seen as words that begin one byte apart: a word may begin at any byte."""
        import numpy as np

        return np.ndarray(len(self.text) - _WORD + 1, "<u8", self.text, strides=(1,))


def write_scaled(
    folder: Path,
    calls: int,
    *,
    calls_per_day: int = CALLS_PER_DAY,
    first_day: date = date(2023, 11, 20),
    seed: int = 20231120,
    centre: Centre = DENSE,
    names: Collection[str] = LOGS,
) -> Scaled:
    """Write the logs of `calls` calls into `folder`, `calls_per_day` on each weekday from `first_day` on.

    The same arguments, the same bytes. Of a call of the usual day a queue_log takes 0.2 kB, each CDR 0.5, CEL 7:
    `names` leaves out what is not needed.

    Raises:
        ValueError: the calls are no whole number of days, there are more than eight digits can number, or
            the days leave the century.
    """
    if calls <= 0 or calls % calls_per_day:
        raise ValueError(f"{calls} calls are no whole number of days of {calls_per_day}")
    days = _weekdays(first_day, calls // calls_per_day)
    lives, acts = _dense_day(seed, centre, days[0], calls_per_day)
    pbx = Pbx(random.Random(f"{seed} bridges"), centre.queue_seconds, _FIRST_NUMBER, _FIRST_NUMBER)
    pbx.queues, pbx.people = centre.queues, centre.people
    for act in acts:
        note_act(pbx, act)
    for life in lives:
        tell(pbx, life)
    logs, marked = _marked(_texts(pbx.close(), names))
    channels, records = pbx.channels_made - _FIRST_NUMBER, pbx.records_made - _FIRST_NUMBER
    if _FIRST_NUMBER + len(days) * max(channels, records) > _LAST_NUMBER:
        raise ValueError(f"{calls} calls have more channels than eight digits can number")
    _stamp(folder, logs, marked, [
        _Copy(number, (day - days[0]).days, channels, records) for number, day in enumerate(days)
    ])  # fmt: skip
    outcomes = Counter(life.outcome for life in lives)
    return Scaled(
        days,
        {outcome: count * len(days) for outcome, count in outcomes.items()},
        {log.name: int((log.text == 0x0A).sum()) * len(days) for log in logs},
    )


def _weekdays(first: date, count: int) -> tuple[date, ...]:
    """Monday to Friday, `count` days from the first on."""
    found: list[date] = []
    day = first
    while len(found) < count:
        if day.weekday() < 5:
            found.append(day)
        day += timedelta(1)
    if found[-1].year // 100 != first.year // 100:
        raise ValueError(f"{count} business days from {first} leave the century")
    return tuple(found)


def _dense_day(
    seed: int, centre: Centre, day: date, count: int
) -> tuple[Sequence[InboundCall | OutboundCall], Sequence[StaffAct]]:
    """So many lives of one day, out of several lived ones, with the staff of the first; no two layers share a
    caller."""
    lives: list[InboundCall | OutboundCall] = []
    acts: Sequence[StaffAct] = ()
    callbacks: Sequence[str] = ()
    layer = 0
    while len(lives) < count:
        lived = live_day(
            random.Random(f"{seed} layer {layer}"), centre, day, is_open=True, callbacks=callbacks
        )
        lives += [_widened(life, layer) for life in lived.calls[: count - len(lives)]]
        acts, callbacks = acts or lived.acts, lived.callbacks
        layer += 1
    return lives, acts


def _widened(life: InboundCall | OutboundCall, layer: int) -> InboundCall | OutboundCall:
    """The life with its citizen's number made three digits longer: those tell the layers apart."""
    if isinstance(life, OutboundCall):
        return replace(life, number=f"{life.number}{layer % 1000:03d}")
    if life.caller == "anonymous":
        return life
    return replace(life, caller=f"{life.caller}{layer % 1000:03d}")


def _texts(written: Written, names: Collection[str]) -> Mapping[str, bytes]:
    made: Mapping[str, Callable[[], bytes]] = {
        QUEUE_LOG: lambda: "".join(f"{line}\n" for line in written.queue_log).encode(),
        CDR: lambda: _csv(written.cdr),
        CDR_CLASSIC: lambda: "".join(map(classic_line, written.cdr)).encode(),
        CEL: lambda: _csv(written.cel),
    }
    return {name: text() for name, text in made.items() if name in names}


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _marked(texts: Mapping[str, bytes]) -> tuple[list[_Log], list[tuple[_Mark, Numbers]]]:
    """The logs with the places of all that differs, and of each mark the day's own values."""
    import numpy as np

    logs, kinds = [], []
    for name, text in texts.items():
        places = [
            np.fromiter((m.start(1) for m in re.finditer(mark.pattern, text, re.M)), np.int64)
            for mark in _MARKS
        ]
        log = _Log(name, np.frombuffer(bytearray(text), np.uint8), np.concatenate(places))
        if (np.diff(np.sort(log.places)) < _WORD).any():
            raise ValueError(f"two words of {name} lie over each other")
        logs.append(log)
        kinds.append(np.repeat(np.arange(len(_MARKS)), [len(found) for found in places]))
    words = np.concatenate([log.anywhere[log.places] for log in logs])
    kind = np.concatenate(kinds)
    numbers, values, known = np.empty(len(words), np.int64), [], 0
    for n, mark in enumerate(_MARKS):
        distinct, numbers_of_it = np.unique(words[kind == n], return_inverse=True)
        numbers[kind == n] = known + numbers_of_it
        known += len(distinct)
        texts_of_it = distinct.view(f"S{_WORD}").tolist()
        values.append((mark, np.array([mark.read(value) for value in texts_of_it], np.int64)))
    start = 0
    for log in logs:
        log.words = numbers[start : start + len(log.places)]
        start += len(log.places)
    return logs, values


def _stamp(
    folder: Path,
    logs: Sequence[_Log],
    marked: Sequence[tuple[_Mark, Numbers]],
    copies: Sequence[_Copy],
) -> None:
    """Write each copy of the day behind the one before it."""
    import numpy as np

    for log in logs:
        path = folder / log.name
        path.parent.mkdir(parents=True, exist_ok=True)
        anywhere = log.anywhere
        with path.open("wb", buffering=0) as file:
            for copy in copies:
                words = np.concatenate(
                    [mark.written(mark.moved(values, copy)) for mark, values in marked]
                )
                anywhere[log.places] = words[log.words]
                file.write(log.text.data)


def _digits(values: Numbers, base: int) -> Words:
    """Each number's eight digits, as one word."""
    import numpy as np

    signs = np.frombuffer(b"0123456789abcdef", np.uint8)
    digits = np.empty((len(values), _WORD), np.uint8)
    for place in reversed(range(_WORD)):
        values, digit = np.divmod(values, base)
        digits[:, place] = signs[digit]
    return digits.view("<u8").ravel()


def _decimal(values: Numbers) -> Words:
    return _digits(values, 10)


def _hexadecimal(values: Numbers) -> Words:
    return _digits(values, 16)


def _of_hexadecimal(text: bytes) -> int:
    return int(text, 16)


def _of_date(text: bytes) -> int:
    return date.fromisoformat(f"20{text.decode()}").toordinal()


def _dates(ordinals: Numbers) -> Words:
    import numpy as np

    texts = [date.fromordinal(int(n)).isoformat()[2:].encode() for n in ordinals]
    return np.frombuffer(b"".join(texts), "<u8")


def _other_bridge(values: Numbers, copy: _Copy) -> Numbers:
    return (values + copy.number) % (1 << 32)


_MARKS = (
    # the second of a queue_log line or of a unique id but for its last two digits, which no whole day moves
    _Mark(rb"(1[0-9]{7})[0-9]{2}[.|]", int, lambda v, c: v + 864 * c.days_later, _decimal),
    _Mark(rb"1[0-9]{9}\.([0-9]{8})\b", int, lambda v, c: v + c.channels * c.number, _decimal),
    _Mark(
        rb"PJSIP/[a-z0-9]+-([0-9a-f]{8})",
        _of_hexadecimal,
        lambda v, c: v + c.channels * c.number,
        _hexadecimal,
    ),
    _Mark(rb',"?([0-9]{8})(?:","[a-z]*","[0-9]*")?$', int,
          lambda v, c: v + c.records * c.number, _decimal),
    _Mark(rb'"20([0-9-]{8}) [0-9]', _of_date, lambda v, c: v + c.days_later, _dates),
    _Mark(rb"01100(0[0-9]{7})\b", int,
          lambda v, c: (v + _STRIDE * c.number) % _CALLERS, _decimal),
    _Mark(rb'_id"":""([0-9a-f]{8})-', _of_hexadecimal, _other_bridge, _hexadecimal),
    _Mark(rb"BRIDGE\|([0-9a-f]{8})-", _of_hexadecimal, _other_bridge, _hexadecimal),
)  # fmt: skip
