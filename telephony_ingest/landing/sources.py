"""Which files a pattern names, which source each of them is, and the bytes that nobody has read yet.

A source is known by its beginning: `source_id` is a keyed digest of its kind and first line, so that
renaming, rotating, compressing or copying a file makes no new source. Two files that begin alike but go
on differently are told apart by the bytes before the cursor, and the second gets an ordinal; where the
first line is a header, the second belongs to the beginning. Only regular files are opened, so that a pipe
or a device can never hold up the ingest, and no more of a line is held than a line may be long.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, cast

from telephony_ingest.landing.csv_lines import MAXIMUM_LINE
from telephony_ingest.landing.names import is_harmless
from telephony_ingest.landing.pseudonyms import Pseudonyms

HEAD_BYTES = 64 << 10
TAIL_BYTES = 4 << 10
_READ_BYTES = 1 << 20
UNREADABLE = (OSError, EOFError, lzma.LZMAError, zlib.error)
"""What reading a damaged or vanishing file can raise."""
_MARK = b"\xef\xbb\xbf"
_ROTATED = r"\.[0-9]{1,3}|[-.]20[0-9]{6}(-?[0-9]{1,10})?"
_PACKED = r"\.(?:gz|bz2|xz|zst)"


class State(StrEnum):
    """How a source fared."""

    OK = "ok"
    NO_LINES = "no_lines"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    PARTIAL = "partial"
    OTHER_CLOCK = "other_clock"


@dataclass(frozen=True, slots=True)
class SourceState:
    """How one source fared; `detail` says why and what to do, `form` as what it was read (its columns and
    time zone). Neither holds anything of its content. `landed_as` is the code that its rows name it by, blank where that is
    its name."""

    name: str
    state: State
    detail: str = ""
    form: str = ""
    landed_as: str = ""

    @property
    def is_trouble(self) -> bool:
        """Whether something of it could not be read; a log that has no line yet is none."""
        return self.state not in (State.OK, State.NO_LINES)


@dataclass(frozen=True, slots=True)
class Landed:
    """How far a source was landed, as the landing files say. `tail` is the key of the bytes before; `has_rows`: whether a
    line of it became a row, not all were set aside."""

    end_offset: int
    end_line: int
    tail: str
    has_rows: bool = True


def found(root: Path, pattern: str) -> list[Path]:
    """What a pattern names below the root, in an order that does not depend on the file system."""
    if not pattern or not root.is_dir():
        return []
    return sorted(root.glob(pattern), key=lambda path: (path.name, str(path)))


def missing(root: Path, pattern: str) -> SourceState:
    """Nothing where a source should be."""
    where = "the PBX's folder is not there" if not root.is_dir() else "no such file"
    return SourceState(
        pattern,
        State.MISSING,
        f"{where}: check [pbx] in contract.toml and whether the PBX still writes it",
    )


def shown_name(path: Path, pseudonyms: Pseudonyms) -> str:
    """A file's name as it is shown: itself where it is made of words of the trade and a rotation's
    date, else a code in place of its stem."""
    bare = re.fullmatch(
        rf"(?s)(.+?)((?:\.(?:csv|log|wav|WAV|txt))?(?:{_ROTATED})?(?:{_PACKED})?)", path.name
    )
    if bare is None or not is_harmless(bare[1]):
        stem, suffix = (bare[1], bare[2]) if bare else (path.name, "")
        return pseudonyms.names.code(stem) + suffix
    return path.name


def told_name(path: Path, shown: str, pattern: str, number: int) -> str:
    """What a report calls a file: its name, or where that could be somebody's, its number (from 1) among those of its
    pattern in order of their names. That is the same in any home, which a code is not."""
    return path.name if shown == path.name else f"{pattern} no. {number}"


def is_finished(path: Path) -> bool:
    """Whether nobody appends to a file any more: it is compressed, or a rotation put it aside."""
    return re.search(rf"(?:{_PACKED}|(?:{_ROTATED}))$", path.name) is not None


def why_unreadable(path: Path) -> str | None:
    """Why a path cannot be read as a file; null when it can."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "its link leads nowhere; put the file back or remove the link"
    except OSError as error:
        return f"{error.strerror}; check its rights"
    if stat.S_ISDIR(mode):
        return "is a folder where a file should be; move it away"
    if not stat.S_ISREG(mode):
        return "is not a regular file; move it away"
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        return f"{error.strerror}; check its rights"
    return None


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The plain bytes of a file, decompressed where its first bytes are those of gzip (RFC 1952), bzip2,
    xz or Zstandard (RFC 8878)."""
    with path.open("rb") as file:
        magic = file.read(6)
        file.seek(0)
        if magic[:2] == b"\x1f\x8b":
            with gzip.open(file, "rb") as plain:
                yield cast("BinaryIO", plain)
        elif magic[:3] == b"BZh":
            with bz2.open(file, "rb") as plain:
                yield cast("BinaryIO", plain)
        elif magic == b"\xfd7zXZ\x00":
            with lzma.open(file, "rb") as plain:
                yield cast("BinaryIO", plain)
        elif magic[:4] == b"\x28\xb5\x2f\xfd":
            yield cast("BinaryIO", _Zstandard(path))
        else:
            yield file


class _Zstandard(io.RawIOBase):
    """A Zstandard file that can be sought in: backwards by beginning again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begin()

    def _begin(self) -> None:
        import pyarrow as pa

        self._stream = pa.CompressedInputStream(pa.OSFile(str(self._path), "rb"), "zstd")
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        parts = []
        while size != 0:
            part = self._stream.read(min(size, 1 << 20) if size > 0 else 1 << 20)
            if not part:
                break
            parts.append(part)
            self._at += len(part)
            size -= len(part) if size > 0 else 0
        return b"".join(parts)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if offset < self._at:
            self._begin()
        while self._at < offset and self.read(min(1 << 20, offset - self._at)):
            pass
        return self._at

    def tell(self) -> int:
        return self._at


def source_id(pseudonyms: Pseudonyms, kind: str, first_line: bytes, ordinal: int) -> str:
    """The identity of a source: 32 hex digits."""
    return pseudonyms.line(f"source {kind} {ordinal} ".encode() + first_line)


def length_of_mark(file: BinaryIO) -> int:
    """The bytes of a byte order mark at the beginning, which belongs to no line."""
    file.seek(0)
    return len(_MARK) if file.read(len(_MARK)) == _MARK else 0


def head_lines(file: BinaryIO, *, is_finished: bool) -> list[bytes]:
    """The first lines without their ends; none while the first is still being written."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    is_whole = len(head) < HEAD_BYTES
    found = head.removeprefix(_MARK).split(b"\n")
    last = found.pop()
    if last and (is_finished if is_whole else not found):
        found.append(last)
    return [line.rstrip(b"\r") for line in found]


def tail_key(pseudonyms: Pseudonyms, file: BinaryIO, end_offset: int) -> str | None:
    """The key of the bytes just before an offset; null when the file ends earlier."""
    start = max(0, end_offset - TAIL_BYTES)
    file.seek(start)
    tail = file.read(end_offset - start)
    return pseudonyms.line(b"tail " + tail) if len(tail) == end_offset - start else None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole lines of a file as they follow on each other: `raw` ends with a newline and is `length` bytes of the
    file from `start` on; `before` are up to `TAIL_BYTES` that stand before them.

    One too long to be held is a stretch of its own, `is_cut`: `raw` is how it begins, `last` how it ends."""

    start: int
    raw: bytes
    length: int
    before: bytes
    last: bytes = b""

    @property
    def is_cut(self) -> bool:
        """Whether only the beginning of the line is here."""
        return bool(self.last)

    @property
    def end(self) -> int:
        """The offset behind the last line."""
        return self.start + self.length

    def tail_key(self, pseudonyms: Pseudonyms, end_offset: int) -> str:
        """The key of the bytes just before an offset within, as that of the file."""
        tail = self.last or self.before + self.raw[: min(self.length, end_offset - self.start)]
        return pseudonyms.line(b"tail " + tail[-TAIL_BYTES:])


def stretches(
    file: BinaryIO,
    offset: int,
    most_bytes: int,
    most_lines: int,
    *,
    is_finished: bool,
    most_of_a_line: int = MAXIMUM_LINE,
) -> Iterator[Stretch]:
    """The whole lines from an offset on, in stretches of about so many bytes or lines, whichever is reached first.

    The file is read forwards only, since going back in a compressed one is to begin again. The last line of a
    finished file is complete without its end; else it waits. A line of more than `most_of_a_line` bytes waits for nothing:
    it is read to its end, or to that of the file, without being held. What is written on behind one without an end is
    the rest of it.
    """
    start = max(0, offset - TAIL_BYTES)
    file.seek(start)
    before = file.read(offset - start)
    rest, is_end = b"", False
    is_rest_of_cut = len(before) == TAIL_BYTES and b"\n" not in before
    while not is_end:
        parts, size, lines = [rest], len(rest), 0
        while lines == 0 or (size < most_bytes and lines < most_lines):
            part = file.read(min(_READ_BYTES, most_bytes))
            if not part:
                is_end = True
                break
            parts.append(part)
            size += len(part)
            lines += part.count(b"\n")
            if (
                lines == 0 and size > most_of_a_line + 1
            ):  # a carriage return before its end is none of it
                break
        raw = b"".join(parts)
        end = raw.rfind(b"\n") + 1
        raw, rest = raw[:end], raw[end:]
        if raw and is_rest_of_cut:
            first = raw.find(b"\n") + 1
            yield Stretch(offset, raw[:first], first, before, (before + raw[:first])[-TAIL_BYTES:])
            before = (before + raw[:first])[-TAIL_BYTES:]
            offset, raw, is_rest_of_cut = offset + first, raw[first:], False
        if raw:
            yield Stretch(offset, raw, len(raw), before)
            offset += len(raw)
            before = (before + raw[-TAIL_BYTES:])[-TAIL_BYTES:]
        if len(rest) > most_of_a_line + 1:
            cut, rest, is_end = _cut(file, offset, rest, before)
            yield cut
            offset, before, is_rest_of_cut = cut.end, cut.last, False
    if rest and is_finished:
        yield Stretch(offset, rest + b"\n", len(rest), before)


def _cut(
    file: BinaryIO, offset: int, beginning: bytes, before: bytes
) -> tuple[Stretch, bytes, bool]:
    """A line too long to be held, what follows in the bytes that were read with its end, and whether the file ended within."""
    length, last = len(beginning), (before + beginning)[-TAIL_BYTES:]
    while part := file.read(_READ_BYTES):
        end = part.find(b"\n") + 1
        of_line = part[:end] if end else part
        length += len(of_line)
        last = (last + of_line)[-TAIL_BYTES:]
        if end:
            return Stretch(offset, beginning, length, before, last), part[end:], False
    return Stretch(offset, beginning, length, before, last), b"", True
