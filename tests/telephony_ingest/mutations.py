"""Recorded lines, spoilt: bytes flipped, cuts, repeats, long digits, quotes, NUL, other encodings. The same seed spoils alike.

```python
text, blank = spoilt(recorded_lines(pbx, SourceKind.CEL), count=20_000, seed=7)
```
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from random import Random

from telephony_ingest.asterisk.datasets import SourceKind

PLACES = {
    SourceKind.QUEUE_LOG: "queue_log",
    SourceKind.CDR: "cdr-custom/Keiro.csv",
    SourceKind.CEL: "cel-custom/Keiro.csv",
}
"""Where each log lies below the PBX's folder."""
_NUMBER = re.compile(rb"[0-9]+")
_STRANGE = (
    *(
        "札幌の電話".encode(encoding)
        for encoding in ("utf-8", "cp932", "euc_jp", "utf-16", "iso2022_jp")
    ),
    b"\x00",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\x85\xe2\x80\xa8",
    b"\r",
    b"\x1a",
)
_TIMES = (
    *(
        b"0001-01-01 00:00:00",
        b"0202-11-20 09:00:00",
        b"12023-11-20 09:00:00",
        b"2023-11-20 (BC) 09:00:00",
    ),
    *(
        b"infinity",
        b"-infinity",
        b"epoch",
        b"1970-01-01 00:00:00",
        b"2023-02-30 25:61:61",
        b"294247-01-10",
    ),
    *(b"nan", b"1e308", b"-1e308", b"0x7f", b"1_000", b"+1700438494", b" 1700438494 "),
)


def recorded_lines(pbx: Path, kind: SourceKind) -> list[bytes]:
    """The recorded lines of a log, without their ends."""
    place = pbx / PLACES[kind]
    return [
        line
        for path in sorted(place.parent.glob(f"{place.name}*"))
        for line in path.read_bytes().splitlines()
    ]


def spoilt(lines: Sequence[bytes], count: int, seed: int) -> tuple[bytes, int]:
    """So many lines as the text of a file, two of three of them spoilt, and how many of them are blank."""
    random = Random(seed)
    made = [_spoilt(random, line) for line in islice(cycle(lines), count)]
    return b"\n".join([*made, b""]), sum(not line.removesuffix(b"\r") for line in made)


def _spoilt(random: Random, line: bytes) -> bytes:
    for _ in range(random.choice((0, 1, 2))):
        line = random.choice(_WAYS)(random, line)
    return line.replace(b"\n", b" ")


def _flipped(random: Random, line: bytes) -> bytes:
    spoiling = bytearray(line or b"x")
    for _ in range(random.randint(1, 3)):
        spoiling[random.randrange(len(spoiling))] = random.randrange(256)
    return bytes(spoiling)


def _cut(random: Random, line: bytes) -> bytes:
    start, end = sorted((random.randint(0, len(line)), random.randint(0, len(line))))
    return random.choice((line[:start], line[end:], line[:start] + line[end:]))


def _repeated(random: Random, line: bytes) -> bytes:
    start, end = sorted((random.randint(0, len(line)), random.randint(0, len(line))))
    return line[:end] + line[start:end] * random.choice((1, 2, 40)) + line[end:]


def _with_digits(random: Random, line: bytes) -> bytes:
    """Another number in place of one: beyond 32 bits, beyond 64, beyond any."""
    numbers = list(_NUMBER.finditer(line))
    if not numbers:
        return line
    found = random.choice(numbers)
    digits = random.choice((1, 4, 9, 10, 11, 12, 13, 14, 18, 19, 20, 30, 39, 400))
    number = str(random.randrange(10 ** (digits - 1), 10**digits)).encode()
    return (
        line[: found.start()]
        + random.choice((b"", b"", b"-", b"0."))
        + number
        + line[found.end() :]
    )


def _with_strange(random: Random, line: bytes) -> bytes:
    at = random.randint(0, len(line))
    return line[:at] + random.choice((*_STRANGE, b'"', b'""', b"|", b",", b"'", b"\\")) + line[at:]


def _with_time(random: Random, line: bytes) -> bytes:
    """Another text in place of a field."""
    divider = b"|" if b"|" in line else b","
    fields = line.split(divider)
    fields[random.randrange(len(fields))] = random.choice(_TIMES)
    return divider.join(fields)


def _quoted_anew(random: Random, line: bytes) -> bytes:
    return b'"' + line if random.random() < 0.5 else line.replace(b'"', b"")


_WAYS: tuple[Callable[[Random, bytes], bytes], ...] = (
    _flipped,
    _cut,
    _repeated,
    _with_digits,
    _with_digits,
    _with_strange,
    _with_time,
    _quoted_anew,
)
