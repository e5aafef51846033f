"""The key under which citizens' numbers become pseudonyms: one of the keyring's, wrapped under the epoch.

Its erasure unlinks every pseudonym that was ever written, in any copy of the home. A lost key cannot be made anew: the
same citizen would get another pseudonym, so a home that holds rows refuses to begin a second key.
"""

from __future__ import annotations

import secrets

from compliance.errors import KeyUnavailable
from compliance.ground import durable
from compliance.ground.home import Home
from compliance.keys.keyring import KEY_BYTES, Keyring, epochs
from compliance.keys.secrets import SECRET_BYTES, read_secret

KEY_ID = "contract:pseudonym"
FILE_NAME = "pseudonym.key"
"""Where homes kept it before it was one of the keyring's; taken over and destroyed there."""


def load_or_create_pseudonym_key(home: Home) -> bytes:
    """The 32-byte key of this home; made when the home is new.

    Raises:
        KeyUnavailable: the key is missing or erased though rows exist, or a secret cannot be read.
        KeyringDamaged: it does not open.
    """
    path = home.keys / FILE_NAME
    has_rows = any(home.landing.rglob("*-*.parquet"))
    if has_rows and not epochs(home) and not path.exists():
        raise KeyUnavailable(
            f"The keyring under {home.keyrings} is missing, but the home already holds rows made with its pseudonym key: "
            "restore it from its backup. A new key would make every citizen a stranger."
        )
    ring = Keyring.open(home)
    if path.exists():
        _take_over(ring, home)
    elif not ring.holds_any((KEY_ID,)):
        if has_rows:
            raise KeyUnavailable(
                "The pseudonym key is not in the keyring, but the home holds rows made with it: it was erased at the "
                "contract's end, or the keyring is not this home's. Nothing more can be taken in."
            )
        ring.make((KEY_ID,))
    return ring.key(KEY_ID)


def existing_pseudonym_key(home: Home) -> bytes:
    """The key where the home has one; nothing is made.

    Raises:
        KeyUnavailable: there is none yet, it was erased, or a secret cannot be read.
        KeyringDamaged: it does not open.
    """
    return Keyring.open(home).key(KEY_ID)


def _take_over(ring: Keyring, home: Home) -> None:
    """Bring the key of an older home into the keyring; its file goes once the keyring has it durably."""
    path = home.keys / FILE_NAME
    key = read_secret(path, "The pseudonym key")
    if not ring.holds_any((KEY_ID,)):
        ring.adopt(KEY_ID, key)
    if Keyring.open(home).key(KEY_ID) != key:
        raise KeyUnavailable(
            f"The pseudonym key {path} is not the one in the keyring: move it away; it belongs to another home."
        )
    going = durable.temporary_beside(path)  # whatever is cut off here is swept at the next opening
    path.replace(going)
    durable.overwrite_durably(going, secrets.token_bytes(SECRET_BYTES))
    durable.remove_durably(going)


__all__ = [
    "FILE_NAME",
    "KEY_BYTES",
    "KEY_ID",
    "existing_pseudonym_key",
    "load_or_create_pseudonym_key",
]
