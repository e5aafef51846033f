"""An entry as the one line that is hashed and kept: what `docs/formats.md` calls an entry.

JSON by RFC 8259 in one form only: the members of `MEMBERS` in that order (which is that of their names),
all strings, no white space, everything beyond ASCII escaped; so whoever writes the same entry writes the
same bytes (RFC 8785 gives the same text for such an object).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from compliance.errors import LogDamaged
from compliance.ground.acts import Entry

MEMBERS = (
    "action",
    "actor",
    "at",
    "id",
    "object_id",
    "object_kind",
    "proof",
    "purpose",
    "result",
    "via",
)


def line_of(entry_id: str, entry: Entry) -> bytes:
    """The entry's line, without its newline. `entry_id` tells equal entries apart: 32 hexadecimal digits."""
    at = entry.at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    values = (
        entry.action.value,
        entry.actor,
        at,
        entry_id,
        entry.object_id,
        entry.object_kind.value,
        entry.proof,
        entry.purpose.value,
        entry.result.value,
        entry.via.value,
    )
    return _text(dict(zip(MEMBERS, values, strict=True)))


def read_line(line: bytes) -> Mapping[str, str]:
    """The members of a line.

    Raises:
        LogDamaged: it is no entry, or is one in another form.
    """
    try:
        found = json.loads(line)
        is_entry = (
            isinstance(found, dict)
            and tuple(found) == MEMBERS
            and all(isinstance(value, str) for value in found.values())
            and _text(found) == line
        )
        if is_entry:
            datetime.fromisoformat(found["at"])
    except ValueError:
        is_entry = False
    if not is_entry:
        raise LogDamaged("A line of the audit log is no entry in its one form.")
    members: Mapping[str, str] = found
    return members


def _text(members: Mapping[str, str]) -> bytes:
    return json.dumps(members, separators=(",", ":"), ensure_ascii=True).encode("ascii")
