"""Which files a pattern names, which source each of them is, and the bytes that nobody has read yet.

A source is known by its beginning: `source_id` is a keyed digest of its kind and first line, so that
renaming, rotating, compressing or copying a file makes no new source. Two files that begin alike but go
on differently are told apart by the bytes before the cursor, and the second gets an ordinal. Only
regular files are opened, so that a pipe or a device can never hold up the ingest.
"""

from __future__ import annotations

import gzip
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, cast

from telephony_ingest.landing.pseudonyms import Pseudonyms

HEAD_BYTES = 64 << 10
TAIL_BYTES = 4 << 10


class State(StrEnum):
    """How a source fared."""

    OK = "ok"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class SourceState:
    """How one source fared; `detail` says why and what to do, and holds nothing of its content."""

    name: str
    state: State
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Landed:
    """How far a source was landed, as the landing files say. `tail` is the key of the bytes before."""

    end_offset: int
    end_line: int
    tail: str


def found(root: Path, pattern: str) -> list[Path]:
    """What a pattern names below the root, in an order that does not depend on the file system."""
    if not pattern or not root.is_dir():
        return []
    return sorted(root.glob(pattern), key=lambda path: path.name)


def uniqueid_in(text: str) -> str | None:
    """The text where it is a channel's unique id, else null.

    The PBX's system name may stand before it (`pbx1-1700438494.7`); a prefix of five digits in a row
    could be somebody's number and makes it none.
    """
    named = re.fullmatch(r"(?:([A-Za-z0-9_]{1,20})-)?[0-9]{9,11}\.[0-9]{1,9}", text)
    return None if named is None or re.search(r"[0-9]{5}", named[1] or "") else text


def shown_name(path: Path) -> str:
    """A file's name, with long runs of digits blanked unless they are a unique id."""
    if re.fullmatch(r"\.[a-z0-9]{1,4}", path.suffix) and uniqueid_in(path.stem):
        return path.name
    return re.sub(r"[0-9]{6,}", "#", path.name)[:120]


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
    """The plain bytes of a file, decompressed where its first two bytes are gzip's (RFC 1952)."""
    with path.open("rb") as file:
        is_compressed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if is_compressed:
            with gzip.open(file, "rb") as plain:
                yield cast("BinaryIO", plain)
        else:
            yield file


def source_id(pseudonyms: Pseudonyms, kind: str, first_line: bytes, ordinal: int) -> str:
    """The identity of a source: 32 hex digits."""
    return pseudonyms.line(f"source {kind} {ordinal} ".encode() + first_line)


def first_line(file: BinaryIO) -> bytes | None:
    """The first line without its end, or null while it is still being written."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    end = head.find(b"\n")
    if end >= 0:
        return head[:end].rstrip(b"\r")
    return head if len(head) == HEAD_BYTES else None


def tail_key(pseudonyms: Pseudonyms, file: BinaryIO, end_offset: int) -> str | None:
    """The key of the bytes just before an offset; null when the file ends earlier."""
    start = max(0, end_offset - TAIL_BYTES)
    file.seek(start)
    tail = file.read(end_offset - start)
    return pseudonyms.line(b"tail " + tail) if len(tail) == end_offset - start else None


def read_lines(file: BinaryIO, offset: int, chunk_bytes: int) -> bytes:
    """Whole lines from an offset, at most about `chunk_bytes`; empty when none is complete."""
    file.seek(offset)
    raw = file.read(chunk_bytes)
    while (end := raw.rfind(b"\n")) < 0:
        more = file.read(chunk_bytes)
        if not more:
            return b""
        raw += more
    return raw[: end + 1]
