"""Whether a secret that a person chose is known or soon guessed: a password of the desk, a passphrase of a key.

Judged by zxcvbn's estimate (Wheeler, USENIX Security 2016): its lists of known passwords, names and words in any spelling,
keyboard runs, repetitions and dates. What we publish ourselves, and what belongs to whoever chooses, counts as known too.
Nothing is asked of anybody over a network. Japanese words stand in none of its lists: a passphrase of them counts by its length.
"""

from __future__ import annotations

import unicodedata

LEAST_SCORE = 3
"""zxcvbn's own word for it: "safely unguessable", 10^8 guesses, which at a fifth of a second each is eight months of a core."""
PUBLISHED = ("madoguchi-demo",)
"""Passphrases that stand in what we ship: those of the demo's invented people."""
_OURS = ("madoguchi", "窓口", "dagster", "callcenter", "sapporo")
_LOOKED_AT = 72
"""zxcvbn takes no more, since its work grows with the square; what is longer is judged by its beginning."""


def is_guessable(secret: str, *own: str) -> bool:
    """Whether somebody who tries what people choose would find it; `own` are words of whoever chose it: their id, their name."""
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # its stubs are a package of their own

    plain = unicodedata.normalize("NFKC", secret)
    folded = plain.casefold()
    if any(published in folded for published in PUBLISHED):
        return True
    known = [word for word in (*PUBLISHED, *_OURS, *own) if word]
    judged = zxcvbn(plain[:_LOOKED_AT], user_inputs=known)
    return bool(judged["score"] < LEAST_SCORE)
