"""What a passphrase of a signing key must be: its file could be tried against without end by whoever copies it.

Twelve characters after NFKC, not the own staff id, not one character again and again, and nothing that is soon guessed: no
known password, no run on the keyboard, none that we publish (the demo's invented people have one, which stands in the README).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from compliance.keys.guessable import is_guessable

MIN_LENGTH, MAX_LENGTH, MIN_DISTINCT = 12, 128, 5


def problems_of(passphrase: str, staff_id: str) -> Sequence[str]:
    """Why a passphrase cannot be one, for whoever chose it; empty where it can."""
    plain = unicodedata.normalize("NFKC", passphrase).casefold()
    rest = plain.replace(staff_id.casefold(), "")
    found = []
    if len(plain) < MIN_LENGTH:
        found.append(f"パスフレーズは{MIN_LENGTH}文字以上にしてください。")
    elif len(set(rest)) < MIN_DISTINCT:
        found.append("同じ文字の繰返しや職員番号をパスフレーズにしないでください。")
    elif len(plain) > MAX_LENGTH:
        found.append(f"パスフレーズは{MAX_LENGTH}文字以内にしてください。")
    elif is_guessable(plain, staff_id):
        found.append("すぐに当てられるパスフレーズです。関係のない言葉を三つ以上つなげてください。")
    return found
