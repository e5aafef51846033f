"""The key under which citizens' numbers become pseudonyms; it lies outside the home.

Its destruction unlinks every pseudonym that was ever written. A lost key cannot be made anew: the same
citizen would get another pseudonym, so a home that holds rows refuses to begin a second key.
"""

from __future__ import annotations

import secrets
import stat

from compliance.errors import KeyUnavailable
from compliance.ground import durable
from compliance.ground.home import Home

KEY_BYTES = 32
FILE_NAME = "pseudonym.key"


def load_or_create_pseudonym_key(home: Home) -> bytes:
    """The 32-byte key of this home; made when the home is new.

    Raises:
        KeyUnavailable: the key is missing though rows exist, has the wrong length, or others may
            read it.
    """
    path = home.keys / FILE_NAME
    if not path.exists():
        if any(home.landing.rglob("*-*.parquet")):
            raise KeyUnavailable(
                f"The pseudonym key {path} is missing, but the home {home.root} already holds rows made "
                "with it: restore the key from its backup. A new key would make every citizen a stranger."
            )
        durable.write_durably(path, secrets.token_bytes(KEY_BYTES))
    loose = stat.S_IMODE(path.stat().st_mode) & 0o077
    if loose:
        raise KeyUnavailable(
            f"The pseudonym key {path} may be read by other accounts: run `chmod 600` on it."
        )
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise KeyUnavailable(
            f"The pseudonym key {path} has {len(key)} bytes instead of {KEY_BYTES}: restore it from its "
            "backup."
        )
    return key
