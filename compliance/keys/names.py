"""The key under which people's names are kept; it lies outside the home.

AES-256-GCM with a random nonce, the name's place (staff id and version) as associated data, so that a
sealed name opens only where it was entered. Names are printed on the papers that need them and nowhere else.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from compliance.errors import KeyUnavailable
from compliance.ground import durable
from compliance.ground.home import Home
from compliance.keys.secrets import make_secret, read_secret

FILE_NAME = "names.key"
_NONCE_BYTES = 12


class NameKey:
    """Seals and opens names."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, name: str, place: str) -> bytes:
        """A name as it is kept."""
        return self.seal_content(name.encode("utf-8"), place)

    def seal_content(self, content: bytes, place: str) -> bytes:
        """What prints names, as it is kept."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, place.encode("utf-8"))

    def open(self, sealed: bytes, place: str) -> str:
        """The name that was sealed at that place.

        Raises:
            KeyUnavailable: it was sealed under another key or elsewhere, or was changed.
        """
        return self.open_content(sealed, place).decode("utf-8")

    def open_content(self, sealed: bytes, place: str) -> bytes:
        """What was sealed at that place.

        Raises:
            KeyUnavailable: it was sealed under another key or elsewhere, or was changed.
        """
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, text, place.encode("utf-8"))
        except (InvalidTag, ValueError) as error:
            raise KeyUnavailable(
                f"The name entered at {place} cannot be opened: the key {FILE_NAME} is another one, or the "
                "register was changed by hand. Restore both from their backups."
            ) from error


def load_or_create_name_key(home: Home, *, holds_names: bool) -> NameKey:
    """The home's key of names; made when no name is kept yet.

    Raises:
        KeyUnavailable: the key is missing though names exist, has the wrong length, or others may read it.
    """
    path = home.keys / FILE_NAME
    if not path.exists():
        if holds_names:
            raise KeyUnavailable(
                f"The key of names {path} is missing, but the register holds names: restore the key from its "
                "backup."
            )
        with durable.held(home.keys):
            if not path.exists():
                make_secret(path)
    return NameKey(read_secret(path, "The key of names"))
