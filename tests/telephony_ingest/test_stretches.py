"""Whole lines of a file, bounded by bytes and by lines, each once, without ever going back."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony_ingest.landing import sources
from telephony_ingest.landing.pseudonyms import Pseudonyms
from tests.support.examples import examples
from tests.support.forwards import Forwards
from tests.telephony_ingest.desks import KEY

KEYS = Pseudonyms.from_key(KEY)


@settings(max_examples=examples(300), deadline=None)
@given(
    written=st.lists(
        st.binary(max_size=30).map(lambda line: line.replace(b"\n", b" ")), max_size=40
    ),
    last=st.sampled_from([b"", b"cut off"]),
    skipped=st.integers(0, 40),
    most_bytes=st.integers(1, 200),
    most_lines=st.integers(1, 10),
    part=st.integers(1, 50),
    is_finished=st.booleans(),
)
def test_stretches_are_the_lines_of_the_file(
    written: list[bytes],
    last: bytes,
    skipped: int,
    most_bytes: int,
    most_lines: int,
    part: int,
    is_finished: bool,
) -> None:
    raw = b"".join(line + b"\n" for line in written) + last
    offset = sum(len(line) + 1 for line in written[:skipped])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sources, "_READ_BYTES", part)
        found = list(
            sources.stretches(
                Forwards(raw), offset, most_bytes, most_lines, is_finished=is_finished
            )
        )
    due = raw[offset:] if is_finished else raw[offset : raw.rfind(b"\n") + 1]
    assert b"".join(s.raw for s in found) == due + b"\n" * (is_finished and bool(last))
    places = [offset, *(s.end for s in found)]
    assert [s.start for s in found] == places[:-1]
    assert places[-1] == offset + len(due)
    for stretch in found:
        assert stretch.raw.endswith(b"\n")
        lines = stretch.raw.count(b"\n")
        assert lines == 1 or lines < most_lines + part
        assert lines == 1 or len(stretch.raw) < most_bytes + part + 30
        for end in {stretch.end, stretch.start + stretch.raw.find(b"\n") + 1} - {stretch.end + 1}:
            assert stretch.tail_key(KEYS, end) == sources.tail_key(KEYS, io.BytesIO(raw), end)


def test_the_tail_of_a_short_stretch_reaches_into_what_was_before() -> None:
    raw = b"".join(b"%06d\n" % n for n in range(3000))
    for file in (io.BytesIO(raw), gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(raw)))):
        plain: Any = file
        found = list(sources.stretches(plain, 7 * 1000, 700, 10, is_finished=False))
        assert len(found) > 5
        for stretch in found:
            expected = sources.tail_key(KEYS, io.BytesIO(raw), stretch.end)
            assert stretch.tail_key(KEYS, stretch.end) == expected
