"""A short text sealed under a key of its own: AES-256-GCM, bound to the place where it stands."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from compliance.errors import KeyUnavailable

_NONCE = 12


def seal_text(key: bytes, text: str, place: str) -> bytes | None:
    """Nonce, then ciphertext; null for a blank text. `place` names revision and field: elsewhere it does not open."""
    if not text:
        return None
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text.encode("utf-8"), place.encode())


def open_text(key: bytes, sealed: bytes | None, place: str) -> str:
    """The text again; blank for null, and for what was emptied when its key was erased.

    Raises:
        KeyUnavailable: it does not open under that key at that place.
    """
    if not sealed:
        return ""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode()).decode("utf-8")
    except (InvalidTag, ValueError) as error:
        raise KeyUnavailable(
            f"The text of {place} does not open: the register or its key was changed. Restore both from their backups."
        ) from error
