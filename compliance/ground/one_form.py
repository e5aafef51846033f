"""JSON in one form only, as it is hashed and signed: what two people sign is the same bytes for both.

RFC 8259; ASCII, no white space, members in the order in which they are given (`sorted_form`: of their names).

>>> sorted_form({"b": 1, "a": "録"})
b'{"a":"\\\\u9332","b":1}'
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def one_form(members: Any) -> bytes:
    """A value as it is hashed and signed."""
    return json.dumps(members, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def sorted_form(members: Mapping[str, Any]) -> bytes:
    """An object as it is signed, whatever order its members were given in."""
    return one_form(dict(sorted(members.items())))
