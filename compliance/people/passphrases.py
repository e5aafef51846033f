"""What a passphrase of a signing key must be: its file could be tried against without end by whoever copies it.

Twelve characters after NFKC, not the own staff id, not one character again and again, and none that is published: the
passphrase of the demo's invented people stands in the README.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

MIN_LENGTH, MIN_DISTINCT = 12, 5
PUBLISHED = frozenset({"madoguchi-demo"})
"""Known to everybody who has this programme."""


def problems_of(passphrase: str, staff_id: str) -> Sequence[str]:
    """Why a passphrase cannot be one, for whoever chose it; empty where it can."""
    plain = unicodedata.normalize("NFKC", passphrase).casefold()
    rest = plain.replace(staff_id.casefold(), "")
    found = []
    if len(plain) < MIN_LENGTH:
        found.append(f"パスフレーズは{MIN_LENGTH}文字以上にしてください。")
    elif len(set(rest)) < MIN_DISTINCT:
        found.append("同じ文字の繰返しや職員番号をパスフレーズにしないでください。")
    if plain in PUBLISHED:
        found.append("公開されているパスフレーズは使えません。")
    return found
