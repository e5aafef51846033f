"""What a free text may not hold: telephone numbers, addresses, dates of birth, mail addresses (6(3)ア, 別紙1-5).

The text is looked at in its plain form (NFKC; kanji numerals count as digits); places are given in the text as it was
typed, so that they can be masked there.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

MASK = "＊"
_KANJI = str.maketrans("〇一二三四五六七八九", "0123456789")
_DIGIT, _NUMBER, _GAP = "[0-9]", "(?:[0-9]{1,2}|[0-9]?十[0-9]?)", r"[\s\-‐‑–—ー―−.,、・()]"


class Personal(StrEnum):
    """What was found."""

    TELEPHONE = "telephone"
    ADDRESS = "address"
    BIRTH = "birth"
    MAIL = "mail"

    @property
    def title_ja(self) -> str:
        """What is said to whoever typed it."""
        return {
            "telephone": "電話番号", "address": "住所", "birth": "生年月日", "mail": "メールアドレス",
        }[self.value]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of a text, from `start` to before `end`."""

    kind: Personal
    start: int
    end: int


_PATTERNS = (
    (Personal.MAIL, re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    (
        Personal.BIRTH,
        re.compile(
            rf"(?:(?:明治|大正|昭和|平成|令和)\s*(?:元|{_NUMBER})\s*年|(?:19|20){_DIGIT}{{2}}\s*[年/\-.])"
            rf"\s*{_NUMBER}\s*[月/\-.]\s*{_NUMBER}\s*日?\s*(?:生|産)?|生年月日"
        ),
    ),
    (Personal.TELEPHONE, re.compile(rf"(?:\+?81|0){_GAP}{{0,2}}{_DIGIT}(?:{_GAP}{{0,2}}{_DIGIT}){{7,9}}")),
    (
        Personal.ADDRESS,
        re.compile(
            rf"{_DIGIT}{{1,4}}\s*(?:丁目|番地?|条)[^。、\s]{{0,6}}?{_DIGIT}{{1,4}}\s*(?:番|号|丁目|[-‐−ー]\s*{_DIGIT})"
            rf"|{_DIGIT}{{1,3}}\s*[-‐−ー]\s*{_DIGIT}{{1,3}}\s*[-‐−ー]\s*{_DIGIT}{{1,4}}|〒?\s*{_DIGIT}{{3}}[-‐−ー]{_DIGIT}{{4}}"
        ),
    ),
)  # fmt: skip


def scan(text: str) -> list[Found]:
    """Everything in a text that names or reaches somebody, in order, without overlap."""
    plain, origin = _plain(text)
    taken: list[Found] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(plain):
            start, end = origin[match.start()], origin[match.end() - 1] + 1
            if not any(start < one.end and one.start < end for one in taken):
                taken.append(Found(kind, start, end))
    return sorted(taken, key=lambda one: one.start)


def masked(text: str) -> str:
    """The text with everything that `scan` finds masked."""
    out = list(text)
    for one in scan(text):
        for at in range(one.start, one.end):
            out[at] = MASK
    return "".join(out)


def _plain(text: str) -> tuple[str, list[int]]:
    """The text as it is searched, and for each of its characters the place in the text as typed."""
    plain, origin = [], []
    for at, character in enumerate(text):
        for one in unicodedata.normalize("NFKC", character).translate(_KANJI):
            plain.append(one)
            origin.append(at)
    return "".join(plain), origin
