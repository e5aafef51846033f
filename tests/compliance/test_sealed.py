"""The sealed format: independent software opens it, and nothing changed passes."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.errors import SealBroken
from compliance.vault import sealed
from compliance.vault.sealed import FIRST, HEADER, LATER, SEGMENT, associated_data, read_range

KEY = bytes(range(32))
AD = associated_data("r1")
SIZES = [
    0, 1, 15, 16, 17, 44, FIRST - 1, FIRST, FIRST + 1, FIRST + LATER - 1, FIRST + LATER,
    FIRST + LATER + 1, 3 * SEGMENT,
]  # fmt: skip


def plain(size: int) -> bytes:
    block = hashlib.sha256(b"sound").digest()
    return (block * (size // 32 + 1))[:size]


def seal(data: bytes, key: bytes = KEY, associated: bytes = AD) -> bytes:
    target = io.BytesIO()
    pieces = list(sealed.seal(io.BytesIO(data), target, key, associated))
    assert b"".join(pieces) == data
    return target.getvalue()


def unseal(data: bytes, key: bytes = KEY, associated: bytes = AD) -> bytes:
    return b"".join(sealed.unseal(io.BytesIO(data), key, associated))


def by_hand(data: bytes, key: bytes, associated: bytes, salt: bytes, prefix: bytes) -> bytes:
    """The format from its published description, written apart from the module."""
    cipher = AESGCM(HKDF(hashes.SHA256(), 32, salt, associated).derive(key))
    cuts = [0, *range(FIRST, len(data), LATER)]
    out = b"\x28" + salt + prefix
    for number, start in enumerate(cuts):
        stop = cuts[number + 1] if number + 1 < len(cuts) else len(data)
        last = b"\x01" if number == len(cuts) - 1 else b"\x00"
        out += cipher.encrypt(prefix + number.to_bytes(4, "big") + last, data[start:stop], None)
    return out


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_opens_and_has_the_size_that_was_said(size: int) -> None:
    data = plain(size)
    made = seal(data)
    assert len(made) == sealed.sealed_size(size)
    assert sealed.plain_size(len(made)) == size
    assert unseal(made) == data
    assert unseal(by_hand(data, KEY, AD, b"s" * 32, b"p" * 7)) == data


@pytest.mark.parametrize("size", SIZES)
def test_the_tink_package_opens_ours_and_we_open_its(size: int) -> None:
    tink = pytest.importorskip("tink")
    from tink import secret_key_access, streaming_aead
    from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

    streaming_aead.register()
    key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(
        version=0,
        params=aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
            ciphertext_segment_size=SEGMENT, derived_key_size=32, hkdf_hash_type=common_pb2.SHA256
        ),
        key_value=KEY,
    )
    keyset = tink_pb2.Keyset(primary_key_id=1)
    keyset.key.add(
        key_data=tink_pb2.KeyData(
            type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
            value=key.SerializeToString(),
            key_material_type=tink_pb2.KeyData.SYMMETRIC,
        ),
        status=tink_pb2.ENABLED, key_id=1, output_prefix_type=tink_pb2.RAW,
    )  # fmt: skip
    handle = tink.proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    primitive = handle.primitive(streaming_aead.StreamingAead)
    data = plain(size)
    theirs = io.BytesIO(seal(data))
    with primitive.new_decrypting_stream(theirs, AD) as stream:
        assert stream.read() == data
    held = Unclosed()
    with primitive.new_encrypting_stream(held, AD) as stream:
        stream.write(data)
    assert unseal(held.getvalue()) == data


class Unclosed(io.BytesIO):
    """Keeps its bytes when a writer closes it."""

    def close(self) -> None:
        pass


def test_frozen_vectors_open_for_ever() -> None:
    """SHA-256 of whole files, so that no later change of this module goes unseen."""
    for size in (0, 5, FIRST, FIRST + 1):
        made = by_hand(plain(size), KEY, AD, b"s" * 32, b"p" * 7)
        assert hashlib.sha256(made).hexdigest() == VECTORS[size]
        assert unseal(made) == plain(size)


VECTORS = {
    # Made from the published description by `by_hand`, which knows nothing of the module, on 2026-11-25;
    # key 00 … 1f, salt 's' × 32, prefix 'p' × 7, associated data madoguchi/recording/1/r1.
    0: "b95a95734a28c1eee718a328852e648d649387ce996b2533a5d190e354ed69bb",
    5: "4b9840357b6083601e7b37be9350037e050c7a3b5c42e595a4890d3f527278da",
    FIRST: "8b9b9e17231d865218058204ed3f248b8df5ddfd15202738fcf1faa098a6092d",
    FIRST + 1: "e6cc8a323e847910c2505a0fc9e3c246f8598c8924d632fb1ee738b5ad8cff51",
}


TINK_MADE = {
    # Made by the package tink 1.16.1 on 2026-11-25 with the same key and associated data.
    0: (
        "28c72b7f78e58744b219041ef3be8da010df04d00c8fef5af95c70c1206425f298f53c14190bf23b"
        "6f73687dc21c1f3777f2cafda830b416"
    ),
    5: (
        "28f2dbadded5b3acb1b44e21cca8fdaf5fd6ee8082368c77a16f84d4b8b5a98481f4fb5c0e2961fb"
        "81c820ff8a082cdf74a7ccdd580427a092f8e4c306"
    ),
    44: (
        "288ece4234f6e52677752d5720bff0fc451d4e50d5134b805e607da967edb6e2cc9b22e356fa591b"
        "551cd1f4b877ca09e95519bcbb06d6d897483b96dff9da84a52025d9fe988bbb3c33a01554218bf4"
        "3bc1d46d2dad80d794a1e93fc37a4b408189a329"
    ),
}


def test_files_that_tink_made_open_for_ever() -> None:
    for size, text in TINK_MADE.items():
        assert unseal(bytes.fromhex(text)) == plain(size)


def test_every_changed_byte_of_a_small_file_is_found() -> None:
    made = seal(plain(100))
    for place in range(len(made)):
        touched = bytearray(made)
        touched[place] ^= 1
        with pytest.raises(SealBroken):
            unseal(bytes(touched))


def test_every_truncation_of_a_small_file_and_each_boundary_of_a_large_one_is_found() -> None:
    made = seal(plain(100))
    for size in range(len(made)):
        with pytest.raises(SealBroken):
            unseal(made[:size])
    large = seal(plain(FIRST + 2 * LATER + 9))
    for boundary in (SEGMENT, 2 * SEGMENT, 3 * SEGMENT):
        for size in (boundary - 1, boundary, boundary + 1):
            with pytest.raises(SealBroken):
                unseal(large[:size])


def _swapped(a: bytes, b: bytes) -> bytes:
    return a[:SEGMENT] + a[2 * SEGMENT : 3 * SEGMENT] + a[SEGMENT : 2 * SEGMENT] + a[3 * SEGMENT :]


def _spliced(a: bytes, b: bytes) -> bytes:
    return a[:SEGMENT] + b[SEGMENT : 2 * SEGMENT] + a[2 * SEGMENT :]


def _repeated(a: bytes, b: bytes) -> bytes:
    return a[: 2 * SEGMENT] + a[SEGMENT:]


def _left_out(a: bytes, b: bytes) -> bytes:
    return a[:SEGMENT] + a[2 * SEGMENT :]


def _prolonged(a: bytes, b: bytes) -> bytes:
    return a + b[-50:]


def _another_head(a: bytes, b: bytes) -> bytes:
    return b[:HEADER] + a[HEADER:]


@pytest.mark.parametrize(
    "change", [_swapped, _spliced, _repeated, _left_out, _prolonged, _another_head]
)
def test_segments_stay_where_they_are(change: Callable[[bytes, bytes], bytes]) -> None:
    data = plain(FIRST + 2 * LATER + 9)
    with pytest.raises(SealBroken):
        unseal(change(seal(data), seal(data)))


def test_another_recording_s_file_or_key_does_not_open() -> None:
    made = seal(plain(100))
    with pytest.raises(SealBroken):
        unseal(made, associated=associated_data("r2"))
    with pytest.raises(SealBroken):
        unseal(made, key=b"x" * 32)
    with pytest.raises(ValueError, match="32 bytes"):
        seal(b"", key=b"short")
    for size in (0, 39, 55, SEGMENT + 3):
        with pytest.raises(SealBroken):
            sealed.plain_size(size)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([0, 1, 100, FIRST, FIRST + 1, FIRST + LATER, FIRST + LATER + 7]),
    st.integers(0, FIRST + LATER + 9),
    st.integers(0, 2 * SEGMENT),
)
def test_any_range_is_what_the_whole_holds_there(size: int, start: int, length: int) -> None:
    data = plain(size)
    made = LARGE.setdefault(size, seal(data))
    found = read_range(io.BytesIO(made), len(made), KEY, AD, start, length)
    assert found == data[start : start + length]


LARGE: dict[int, bytes] = {}


def test_a_range_of_a_changed_segment_is_refused_and_others_are_read() -> None:
    data = plain(FIRST + LATER + 9)
    touched = bytearray(seal(data))
    touched[-1] ^= 1
    source = io.BytesIO(bytes(touched))
    assert read_range(source, len(touched), KEY, AD, 10, 20) == data[10:30]
    with pytest.raises(SealBroken):
        read_range(source, len(touched), KEY, AD, FIRST + LATER, 9)


def test_a_stream_that_gives_little_at_a_time_is_sealed_alike() -> None:
    class Drip(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 100_003))

    data, target = plain(FIRST + 10), io.BytesIO()
    list(sealed.seal(Drip(data), target, KEY, AD))
    assert unseal(target.getvalue()) == data


def test_memory_stays_flat() -> None:
    class Endless(io.RawIOBase):
        left = 0

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            size = min(size, self.left)
            self.left -= size
            return bytes(size)

    class Nowhere(io.RawIOBase):
        def write(self, data: object) -> int:
            return len(data)  # type: ignore[arg-type]

    peaks = []
    for size in (2_000_000, 64_000_000):
        source = Endless()
        source.left = size
        tracemalloc.start()
        for _ in sealed.seal(source, Nowhere(), KEY, AD):  # type: ignore[arg-type]
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5 + 1_000_000
