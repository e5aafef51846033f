"""Bytes sealed under several keys of the keyring at once: they open while every one of those keys is there.

So a paper that quotes callers is erased by the erasure of any of them: no key of its own is kept. AES-256-GCM under
HKDF-SHA256 over the keys in the order of their ids, bound to a place. The nonce is an HMAC of the content, so that the same
content at the same place gives the same bytes, and two contents never share one (as SIV modes do, RFC 8452).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from compliance.errors import KeyUnavailable
from compliance.keys.keyring import KEY_BYTES, Keyring

MAGIC = b"MADOPAP1"
_NONCE = 12


def seal_together(
    ring: Keyring, key_ids: Collection[str], place: str, content: bytes
) -> bytes | None:
    """Magic, nonce, ciphertext; null where the keyring holds none of those keys."""
    held = _held(ring, key_ids)
    if not held:
        return None
    key, nonce_key = _derived(ring, held, place)
    nonce = hmac.digest(nonce_key, hashlib.sha256(content).digest(), "sha256")[:_NONCE]
    return MAGIC + nonce + AESGCM(key).encrypt(nonce, content, MAGIC)


def open_together(ring: Keyring, key_ids: Collection[str], place: str, sealed: bytes) -> bytes:
    """The content again.

    Raises:
        KeyUnavailable: one of the keys was erased since, or these are other bytes.
    """
    held = _held(ring, key_ids)
    start = len(MAGIC) + _NONCE
    if held and sealed.startswith(MAGIC):
        key, _ = _derived(ring, held, place)
        try:
            return AESGCM(key).decrypt(sealed[len(MAGIC) : start], sealed[start:], MAGIC)
        except (InvalidTag, ValueError):
            pass
    raise KeyUnavailable(
        f"{place} does not open: words that it quotes were erased since, or the file was changed."
    )


def _held(ring: Keyring, key_ids: Collection[str]) -> list[str]:
    return sorted(key_id for key_id in set(key_ids) if ring.holds_any((key_id,)))


def _derived(ring: Keyring, key_ids: list[str], place: str) -> tuple[bytes, bytes]:
    """The key of the content and the key of its nonce."""
    info = f"madoguchi/together/{place}".encode()
    secret = b"".join(ring.key(key_id) for key_id in key_ids)
    both = HKDF(hashes.SHA256(), 2 * KEY_BYTES, salt=None, info=info).derive(secret)
    return both[:KEY_BYTES], both[KEY_BYTES:]
