"""Why a 対応記録 was corrected or struck out: one of a list, never a text, so that nothing of a caller stands in it (6(3)アイ)."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a revision was made. `SHEET`: a sheet was handed in again, of which nobody asks."""

    MISHEARD = "misheard"
    MISTYPED = "mistyped"
    LATER = "later"
    TWICE = "twice"
    OTHER = "other"
    SHEET = "sheet"

    @property
    def title_ja(self) -> str:
        """What people choose and read."""
        return _TITLES[self]


_TITLES = {
    Reason.MISHEARD: "聞き違い",
    Reason.MISTYPED: "入力誤り",
    Reason.LATER: "後日の補足",
    Reason.TWICE: "二重登録",
    Reason.OTHER: "その他",
    Reason.SHEET: "シートの取込み",
}
CORRECTING = (Reason.MISHEARD, Reason.MISTYPED, Reason.LATER, Reason.OTHER)
"""What somebody who corrects a record chooses from."""
STRIKING = (Reason.MISHEARD, Reason.MISTYPED, Reason.TWICE, Reason.OTHER)
"""What somebody who strikes one out chooses from."""


def reason_of(code: str, known: tuple[Reason, ...]) -> Reason | None:
    """The reason of a code, null where it is none of those.

    >>> reason_of("misheard", CORRECTING), reason_of("twice", CORRECTING), reason_of("", STRIKING)
    (<Reason.MISHEARD: 'misheard'>, None, None)
    """
    return next((one for one in known if one.value == code), None)
