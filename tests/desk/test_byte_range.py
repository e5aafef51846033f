"""Which bytes a request asks for: every form of RFC 9110 that a player sends, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.byte_range import Part, part_of

SIZE = 10
WHOLE = Part(0, SIZE, SIZE, is_whole=True)


@pytest.mark.parametrize(
    ("told", "part"),
    [
        ("", WHOLE),
        ("bytes=0-", Part(0, 10, SIZE)),
        ("bytes=0-0", Part(0, 1, SIZE)),
        ("bytes=9-", Part(9, 10, SIZE)),
        ("bytes=9-9", Part(9, 10, SIZE)),
        ("bytes=3-100", Part(3, 10, SIZE)),
        ("Bytes = 3 - 5", Part(3, 6, SIZE)),
        ("bytes=-1", Part(9, 10, SIZE)),
        ("bytes=-100", Part(0, 10, SIZE)),
        ("bytes=10-", None),
        ("bytes=999999999999999999-", None),
        ("bytes=-0", None),
        ("bytes=-", WHOLE),
        ("bytes=5-3", WHOLE),
        ("bytes=0-1,3-4", WHOLE),
        ("bytes=１-", WHOLE),
        ("bytes=+1-", WHOLE),
        ("bytes=0x1-", WHOLE),
        ("bytes=" + "9" * 400 + "-", WHOLE),
        ("seconds=0-1", WHOLE),
        ("bytes", WHOLE),
    ],
)
def test_a_part_is_what_was_asked_for_or_all_or_nothing(told: str, part: Part | None) -> None:
    assert part_of(told, SIZE) == part


def test_of_nothing_there_is_no_part() -> None:
    assert part_of("", 0) == Part(0, 0, 0, is_whole=True)
    assert part_of("bytes=0-", 0) is None and part_of("bytes=-1", 0) is None


@given(st.text(max_size=40), st.integers(0, 2**40))
def test_whatever_was_sent_a_part_lies_within(told: str, size: int) -> None:
    part = part_of("bytes=" + told, size)
    assert part is None or 0 <= part.start <= part.end <= part.size == size
