"""Where people's private keys lie, each under a passphrase that only its owner knows.

A new key lies beside its place until the register has it; a crash in between is mended when its owner next opens it.
"""

from __future__ import annotations

from pathlib import Path

from compliance.errors import PersonUnproved
from compliance.ground.home import Home
from compliance.keys.signing import PublicKey, SigningKey, new_key, read_key


def key_file(home: Home, staff_id: str) -> Path:
    """Where somebody's private key lies."""
    return home.keys / "people" / f"{staff_id}.pem"


def laid_ready(home: Home, staff_id: str, passphrase: str) -> SigningKey:
    """A fresh key, durable beside its place; `take_place` gives it its name once the register has it."""
    path = _incoming(home, staff_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = new_key()
    key.write(path, passphrase)
    return key


def take_place(home: Home, staff_id: str) -> None:
    """Let the key that was laid ready take its place."""
    _incoming(home, staff_id).replace(key_file(home, staff_id))


def opened(home: Home, staff_id: str, passphrase: str, public: PublicKey) -> SigningKey:
    """Somebody's enrolled key, opened.

    Raises:
        PersonUnproved: the passphrase does not open it.
        KeyUnavailable: the file is missing, damaged, or readable by others.
    """
    _finish(home, staff_id, passphrase, public)
    return read_key(key_file(home, staff_id), passphrase)


def _finish(home: Home, staff_id: str, passphrase: str, public: PublicKey) -> None:
    """A crash after the register took a new key and before its file got its name left both: name it now."""
    if not _incoming(home, staff_id).exists():
        return
    try:
        is_enrolled = read_key(_incoming(home, staff_id), passphrase).public == public
    except PersonUnproved:
        return  # of an enrolment that the register never took, or another passphrase
    if is_enrolled:
        take_place(home, staff_id)


def _incoming(home: Home, staff_id: str) -> Path:
    return key_file(home, staff_id).with_suffix(".new")
