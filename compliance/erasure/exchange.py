"""What the exchange itself still keeps of the sounds that are erased: looked for by digest, before and after.

A certificate that says 完了 while the same voice lies in clear on the exchange would be untrue. Before a key is destroyed each
sealed sound is opened once more and its digest marked (HMAC-SHA-256 under a salt of its own, with its length); every file below
the exchange's folders of sounds is compared with that, whatever it is called. What is found may be removed where the settings or
the order allow it, else it is counted, and its item ends 注意付完了. Whoever verifies looks again by the same marks. The marks
are deleted with the certificate, or once nothing is left to look for.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    String,
    delete,
    insert,
    select,
    update,
)

from compliance.erasure.items import Item
from compliance.errors import KeyringDamaged, KeyUnavailable, SealBroken
from compliance.ground import durable
from compliance.ground.home import Home
from compliance.ground.operations import table
from compliance.ground.stores import Holds, Kept
from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import ONLINE
from compliance.vault.custody import online_path
from compliance.vault.media import Medium
from compliance.vault.sealed import associated_data, unseal

SOUNDS = frozenset({"call", "message"})
"""The kinds of items that the exchange had."""
Exchange = Callable[[Collection[str]], Sequence[Path] | None]
"""Gives every file below the exchange's folders of sounds of those kinds; null where one of them cannot be read."""

marks = table(
    "erasure_marks",
    Kept("消去する音声の照合値（証明書の発行までの間）", Holds.CALL_FACTS),
    Column("case_id", String(16), primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("salt", String(32), nullable=False),
    Column("mark", String(64), nullable=False),
    Column("is_removed", Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Look:
    """What was found of a case on the exchange. `looked`, `removed` are numbers of items, `left` says where the sounds of which
    items (by number) still lie; `files`: how many files of the exchange they were compared with; `is_reachable`: the folders
    could be read."""

    looked: int
    removed: int
    files: int
    left: Mapping[int, tuple[Path, ...]]
    is_reachable: bool


def mark(
    engine: Engine,
    home: Home,
    ring: Keyring,
    media: Mapping[str, Medium],
    case_id: str,
    items: Iterable[Item],
) -> None:
    """Mark the sounds of a case, once, while their keys are there. One of which no copy can be opened has no mark, and cannot
    be looked for."""
    with engine.connect() as connection:
        known = set(
            connection.execute(select(marks.c.no).where(marks.c.case_id == case_id)).scalars()
        )
    rows = []
    for item in items:
        if item.kind in SOUNDS and item.no not in known:
            found = _digest_of(home, ring, media, item)
            if found is not None:
                salt = secrets.token_hex(16)
                rows.append(
                    {
                        "case_id": case_id,
                        "no": item.no,
                        "size": found[0],
                        "salt": salt,
                        "mark": _mark(salt, found[1]),
                        "is_removed": False,
                    }
                )
    if rows:
        with engine.begin() as connection:
            connection.execute(insert(marks), rows)


def look(
    engine: Engine,
    case_id: str,
    exchange: Exchange,
    kinds: Collection[str],
    *,
    remove: bool = False,
) -> Look:
    """Look for the marked sounds of a case, which are of those kinds, on the exchange, and remove what is found where that is
    allowed; what could not be removed is left."""
    with engine.connect() as connection:
        rows = connection.execute(select(marks).where(marks.c.case_id == case_id)).fetchall()
    files = exchange(kinds) if kinds else ()
    by_size: dict[int, list[Path]] = {}
    for path in files or ():
        size = _size_of(path)
        if size is not None:
            by_size.setdefault(size, []).append(path)
    digests: dict[Path, bytes | None] = {}
    left: dict[int, tuple[Path, ...]] = {}
    for row in rows:
        found = []
        for path in by_size.get(row.size, ()):
            if path not in digests:
                digests[path] = _digest(path)
            digest = digests[path]
            if digest is not None and hmac.compare_digest(_mark(row.salt, digest), row.mark):
                found.append(path)
        if found and remove:
            _note_removed(engine, case_id, row.no, is_removed=True)
            found = [path for path in found if not _removed(path)]
            if found:
                _note_removed(engine, case_id, row.no, is_removed=False)
        if found:
            left[row.no] = tuple(found)
    with engine.connect() as connection:
        removed = connection.execute(
            select(marks.c.no).where(marks.c.case_id == case_id, marks.c.is_removed)
        ).fetchall()
    compared = sum(map(len, by_size.values()))
    return Look(len(rows), len(removed), compared, left, files is not None)


def kinds_of(items: Iterable[Item]) -> frozenset[str]:
    """The kinds of sounds among items."""
    return frozenset(item.kind for item in items) & SOUNDS


def marked(engine: Engine, case_id: str) -> set[int]:
    """The numbers of the items that can be looked for."""
    with engine.connect() as connection:
        return set(
            connection.execute(select(marks.c.no).where(marks.c.case_id == case_id)).scalars()
        )


def forget_marks(connection: Connection, case_id: str) -> None:
    """Delete the marks of a case: nothing is left to look for."""
    connection.execute(delete(marks).where(marks.c.case_id == case_id))


def _note_removed(engine: Engine, case_id: str, no: int, *, is_removed: bool) -> None:
    """Noted before the file goes, and taken back where it stayed: whatever is cut off between finds it again."""
    with engine.begin() as connection:
        connection.execute(
            update(marks)
            .where(marks.c.case_id == case_id, marks.c.no == no)
            .values(is_removed=is_removed)
        )


def _removed(path: Path) -> bool:
    try:
        durable.remove_durably(path)
    except OSError:
        return False
    return True


def _digest_of(
    home: Home, ring: Keyring, media: Mapping[str, Medium], item: Item
) -> tuple[int, bytes] | None:
    """Length and SHA-256 of what a sealed sound holds, from the first copy that opens."""
    for path in _copies(home, media, item):
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("rb") as file:
                key = ring.key(item.object_id)
                for piece in unseal(file, key, associated_data(item.object_id)):
                    digest.update(piece)
                    size += len(piece)
        except (OSError, SealBroken, KeyUnavailable, KeyringDamaged):
            continue
        return size, digest.digest()
    return None


def _copies(home: Home, media: Mapping[str, Medium], item: Item) -> Iterator[Path]:
    yield online_path(home, item.object_id)
    for place in item.places:
        if place != ONLINE and place in media and media[place].is_mounted():
            yield media[place].place_of(item.object_id)


def _size_of(path: Path) -> int | None:
    """The size of a plain file; null for what is none, or lies behind a link."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _digest(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return None


def _mark(salt: str, digest: bytes) -> str:
    return hmac.new(bytes.fromhex(salt), digest, hashlib.sha256).hexdigest()
