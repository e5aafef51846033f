"""Bytes under several keys at once: they open while every key is there, and the same content gives the same bytes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.errors import KeyUnavailable
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring, settle
from compliance.keys.together import open_together, seal_together

IDS = ("inquiry:Q-1", "inquiry:Q-2")


@pytest.fixture
def ring(home: Home) -> Keyring:
    ring = Keyring.open(home)
    ring.make(IDS)
    return ring


def test_it_opens_where_every_key_is_and_nowhere_else(home: Home, ring: Keyring) -> None:
    sealed = seal_together(ring, IDS, "complaints/2023-11-20/r1/pdf", b"words")
    assert sealed is not None
    assert b"words" not in sealed
    assert open_together(ring, IDS[::-1], "complaints/2023-11-20/r1/pdf", sealed) == b"words"
    for keys, place in ((IDS[:1], "complaints/2023-11-20/r1/pdf"), (IDS, "complaints/2023-11-20/r1/xlsx")):  # fmt: skip
        with pytest.raises(KeyUnavailable):
            open_together(ring, keys, place, sealed)
    for one in IDS:
        following = ring.next_epoch(home, [one])
        settle(home)
        with pytest.raises(KeyUnavailable):
            open_together(following, IDS, "complaints/2023-11-20/r1/pdf", sealed)
        following.adopt(one, ring.key(one))
        ring = following


def test_without_any_key_there_is_nothing_to_seal_under(ring: Keyring) -> None:
    assert seal_together(ring, ["inquiry:Q-3"], "p", b"") is None
    with pytest.raises(KeyUnavailable):
        open_together(ring, ["inquiry:Q-3"], "p", b"MADOPAP1" + bytes(40))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(content=st.binary(max_size=200), other=st.binary(max_size=200), at=st.integers(0, 400))
def test_same_content_same_bytes_and_any_other_byte_is_refused(
    ring: Keyring, content: bytes, other: bytes, at: int
) -> None:
    sealed = seal_together(ring, IDS, "p", content)
    assert sealed is not None
    assert sealed == seal_together(ring, IDS, "p", content)
    second = seal_together(ring, IDS, "p", other)
    assert second is not None
    assert (sealed[8:20] == second[8:20]) == (content == other)
    place = at % len(sealed)
    changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
    with pytest.raises(KeyUnavailable):
        open_together(ring, IDS, "p", changed)
