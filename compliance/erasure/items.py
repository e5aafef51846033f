"""The items of an erasure as lines that are hashed: what the city consents to, and what the certificate lists.

A line is JSON in one form only (RFC 8259; members in the order of their names, no white space, ASCII). The Merkle tree
over the lines is that of RFC 9162. The certificate's lines have one member more, `result`; without it they are the
lines of the application, so that whoever has the certificate's list can reckon what was consented to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from compliance.audit.tree import leaf_hashes, root_of
from compliance.errors import LogDamaged
from compliance.ground.one_form import one_form

MEMBERS = ("bytes", "id", "key", "kind", "no", "places", "recorded_on", "sha256")
"""The members of an application's line."""
RESULT = "result"
HINT = 4
"""So many bytes of each leaf's hash stand in the certificate, to name the item that was changed."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be erased. `no` counts from 1; `kind` is `call`, `message`, `inquiry` or `pseudonym_key`; `recorded_on` a civil
    day in Japan as YYYY-MM-DD; `size` and `sha256` are the sealed file's, `key` the fingerprint of its key (64
    hexadecimal digits each); `places` are where copies lie, in order."""

    no: int
    object_id: str
    kind: str
    recorded_on: str
    size: int
    sha256: str
    key: str
    places: tuple[str, ...]

    def line(self, result: str | None = None) -> bytes:
        """Its line, without the newline."""
        members: dict[str, Any] = {
            "bytes": self.size,
            "id": self.object_id,
            "key": self.key,
            "kind": self.kind,
            "no": self.no,
            "places": list(self.places),
            "recorded_on": self.recorded_on,
            "sha256": self.sha256,
        }
        if result is not None:
            members[RESULT] = result
        return one_form(dict(sorted(members.items())))


def root(lines: Sequence[bytes]) -> bytes:
    """The Merkle root over lines (32 bytes)."""
    return root_of(leaf_hashes(lines))


def hints(lines: Sequence[bytes]) -> bytes:
    """The first bytes of each leaf's hash, in order."""
    return b"".join(leaf[:HINT] for leaf in leaf_hashes(lines))


def read_line(line: bytes) -> dict[str, Any]:
    """The members of a certificate's line.

    Raises:
        LogDamaged: it is none in its one form.
    """
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    expected = sorted((*MEMBERS, RESULT))
    if not isinstance(found, dict) or list(found) != expected or one_form(found) != line:
        raise LogDamaged("is no item in its one form")
    return found


def applied_lines(found: Iterable[dict[str, Any]]) -> list[bytes]:
    """The application's lines of the items that a certificate lists."""
    return [one_form({name: item[name] for name in MEMBERS}) for item in found]
