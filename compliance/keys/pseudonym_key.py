"""The key under which citizens' numbers become pseudonyms; it lies outside the home.

Its destruction unlinks every pseudonym that was ever written. A lost key cannot be made anew: the same
citizen would get another pseudonym, so a home that holds rows refuses to begin a second key.
"""

from __future__ import annotations

from compliance.errors import KeyUnavailable
from compliance.ground.home import Home
from compliance.keys.secrets import SECRET_BYTES, make_secret, read_secret

KEY_BYTES = SECRET_BYTES
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
        make_secret(path)
    return read_secret(path, "The pseudonym key")
