"""The secrets of a home: 32 random bytes each, in a file of their own under `MADOGUCHI_KEYS`.

One rule for all of them: 0600 in a folder outside the home, never made anew where something was made with them.
"""

from __future__ import annotations

import secrets
import stat
from pathlib import Path

from compliance.errors import KeyUnavailable
from compliance.ground import durable

SECRET_BYTES = 32


def read_secret(path: Path, what: str) -> bytes:
    """A secret that must be there; `what` names it in the message.

    Raises:
        KeyUnavailable: it is missing, has the wrong length, or others may read it.
    """
    found = read_private(path, what)
    if len(found) != SECRET_BYTES:
        raise KeyUnavailable(
            f"{what} {path} has {len(found)} bytes instead of {SECRET_BYTES}: restore it from its backup."
        )
    return found


def read_private(path: Path, what: str) -> bytes:
    """A file of any length that only its owner may read.

    Raises:
        KeyUnavailable: it is missing, or others may read it.
    """
    try:
        mode, found = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise KeyUnavailable(
            f"{what} {path} cannot be read ({error.strerror}): is the key medium mounted? Else restore it from "
            "its backup. Nothing was touched."
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise KeyUnavailable(f"{what} {path} may be read by other accounts: run `chmod 600` on it.")
    return found


def make_secret(path: Path) -> bytes:
    """A fresh secret, durably.

    Raises:
        FileExistsError: there is one; it is never written over.
        OSError: the folder cannot be written.
    """
    if path.exists():
        raise FileExistsError(path)
    made = secrets.token_bytes(SECRET_BYTES)
    durable.write_durably(path, made)
    return made
