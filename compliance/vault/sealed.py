"""The sealed file: the wire format of Tink's AES-GCM-HKDF streaming AEAD, AES-256, segments of 1 MiB.

A file is a header (its length 40, a salt of 32 bytes, a nonce prefix of 7) and segments. The file's key is
HKDF-SHA256 (RFC 5869) of the recording's key with that salt and the associated data as info; segment n is
AES-256-GCM under the nonce prefix ‖ n (4 bytes, big endian) ‖ 1 for the last segment, else 0. A segment of ciphertext
is 1 MiB with its tag of 16 bytes; the first one is shorter by the header. So no segment can be changed, moved, left
out or added unseen, and a range is read without the rest. The associated data binds the file to its recording.

Source: developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming; independent software opens these files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from compliance.errors import SealBroken

KEY_BYTES = 32
SEGMENT = 1 << 20
_TAG = 16
_SALT, _PREFIX = 32, 7
HEADER = 1 + _SALT + _PREFIX
FIRST = SEGMENT - HEADER - _TAG
"""Bytes of plaintext in the first segment."""
LATER = SEGMENT - _TAG
"""Bytes of plaintext in every other but the last."""
FORMAT_VERSION = 1


def associated_data(recording_id: str) -> bytes:
    """What a recording's file is bound to: the version of this format and the recording."""
    return f"madoguchi/recording/{FORMAT_VERSION}/{recording_id}".encode()


def sealed_size(plain_size: int) -> int:
    """Bytes of the sealed file of so many bytes of plaintext."""
    return HEADER + plain_size + _TAG * _segments(plain_size)


def plain_size(size: int) -> int:
    """Bytes of plaintext in a sealed file of that size.

    Raises:
        SealBroken: no sealed file has that size.
    """
    segments = max(1, -(-size // SEGMENT))
    plain = size - HEADER - _TAG * segments
    if plain < 0 or sealed_size(plain) != size:
        raise SealBroken("A sealed file has a size that no sealed file has: it was cut off.")
    return plain


def seal(source: BinaryIO, target: BinaryIO, key: bytes, associated: bytes) -> Iterator[bytes]:
    """Seal a stream into another, in constant memory; gives each piece of plaintext once it is written, so that
    whoever digests it reads the source only once."""
    salt, prefix = os.urandom(_SALT), os.urandom(_PREFIX)
    cipher = _cipher(key, salt, associated)
    target.write(bytes([HEADER]) + salt + prefix)
    piece, number = _read(source, FIRST), 0
    while True:
        following = _read(source, LATER)
        target.write(cipher.encrypt(_nonce(prefix, number, not following), piece, None))
        yield piece
        if not following:
            return
        piece, number = following, number + 1


def unseal(source: BinaryIO, key: bytes, associated: bytes) -> Iterator[bytes]:
    """The plaintext of a sealed stream, piece by piece. Each piece is right when it is given, that the last one
    was the end is known only when the iteration ends: keep nothing before.

    Raises:
        SealBroken: the file was changed, cut off or spliced, or is another recording's, or the key is.
    """
    cipher, prefix = _begin(source, key, associated)
    sealed, number = _read(source, FIRST + _TAG), 0
    while True:
        following = _read(source, SEGMENT)
        yield _decrypted(cipher, _nonce(prefix, number, not following), sealed)
        if not following:
            return
        sealed, number = following, number + 1


def read_range(
    source: BinaryIO, size: int, key: bytes, associated: bytes, start: int, length: int
) -> bytes:
    """Some bytes of the plaintext, for playback; `size` is the sealed file's. What lies beyond the end is left
    out. Only the segments that hold them are read.

    Raises:
        SealBroken: as `unseal`, for those segments.
    """
    whole = plain_size(size)
    end = min(whole, start + length)
    if start >= end:
        return b""
    source.seek(0)
    cipher, prefix = _begin(source, key, associated)
    first, last = _segment_of(start), _segment_of(end - 1)
    found = []
    for number in range(first, last + 1):
        source.seek(HEADER if number == 0 else number * SEGMENT)
        sealed = _read(source, FIRST + _TAG if number == 0 else SEGMENT)
        is_last = number == _segments(whole) - 1
        found.append(_decrypted(cipher, _nonce(prefix, number, is_last), sealed))
    skipped = start - _begins_at(first)
    return b"".join(found)[skipped : skipped + end - start]


def _segments(plain_size_: int) -> int:
    return 1 + max(0, -(-(plain_size_ - FIRST) // LATER))


def _segment_of(offset: int) -> int:
    return 0 if offset < FIRST else 1 + (offset - FIRST) // LATER


def _begins_at(segment: int) -> int:
    return 0 if segment == 0 else FIRST + (segment - 1) * LATER


def _begin(source: BinaryIO, key: bytes, associated: bytes) -> tuple[AESGCM, bytes]:
    header = _read(source, HEADER)
    if len(header) != HEADER or header[0] != HEADER:
        raise SealBroken("A sealed file has no whole header: it was cut off or is none.")
    return _cipher(key, header[1 : 1 + _SALT], associated), header[1 + _SALT :]


def _cipher(key: bytes, salt: bytes, associated: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise ValueError("a recording's key has 32 bytes")
    derived = HKDF(hashes.SHA256(), KEY_BYTES, salt=salt, info=associated).derive(key)
    return AESGCM(derived)


def _nonce(prefix: bytes, number: int, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([is_last])


def _decrypted(cipher: AESGCM, nonce: bytes, sealed: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, sealed, None)
    except (InvalidTag, ValueError) as error:
        raise SealBroken(
            "A sealed file does not open: it was changed, cut off or spliced, or belongs to another recording "
            "or key."
        ) from error


def _read(source: BinaryIO, size: int) -> bytes:
    """Exactly so many bytes, fewer only at the end of the stream."""
    found = source.read(size)
    while 0 < len(found) < size:
        more = source.read(size - len(found))
        if not more:
            break
        found += more
    return found
