"""A signed checkpoint: the log's size and root as a signed note (C2SP tlog-checkpoint, signed-note).

The note's text is three lines (origin, size in decimal, root in base64); after a blank line one signature
line: an em dash, the origin as the key's name, and base64 of four bytes that hint at the key (the first of
SHA-256 over its SubjectPublicKeyInfo, as for note signatures of ECDSA keys) followed by the DER signature over
the text.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from compliance.errors import LogDamaged
from compliance.keys.signing import PublicKey, SigningKey

ORIGIN = "madoguchi/audit"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log was at one moment: how many entries, and the root over them (32 bytes)."""

    size: int
    root: bytes

    @property
    def shown(self) -> str:
        """As papers print it: `142:` and the root in base64 (44 characters)."""
        return f"{self.size}:{base64.b64encode(self.root).decode()}"

    @property
    def text(self) -> bytes:
        """What is signed."""
        return f"{ORIGIN}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()

    def signed(self, key: SigningKey) -> bytes:
        """The whole note."""
        hint = bytes.fromhex(key.public.fingerprint)[:4]
        signature = base64.b64encode(hint + key.sign(self.text)).decode()
        return self.text + f"\n— {ORIGIN} {signature}\n".encode()


def read_shown(text: str) -> Checkpoint:
    """A checkpoint as a paper prints it.

    Raises:
        LogDamaged: it is none.
    """
    size, _, root = text.partition(":")
    try:
        found = Checkpoint(int(size), base64.b64decode(root, validate=True))
    except (ValueError, binascii.Error) as error:
        raise LogDamaged("A printed checkpoint is none: it reads 142:base64.") from error
    if found.shown != text or len(found.root) != 32:
        raise LogDamaged("A printed checkpoint is none: it reads 142:base64.")
    return found


def read_note(note: bytes, keys: Sequence[PublicKey]) -> tuple[Checkpoint, PublicKey]:
    """The checkpoint of a note, and which of the keys signed it.

    Raises:
        LogDamaged: it is no such note in its one form, or none of the keys signed it.
    """
    try:
        text, _, line = note.decode("utf-8").partition("\n\n")
        origin, size, root = text.split("\n")
        dash, name, encoded = line.removesuffix("\n").split(" ")
        found = Checkpoint(int(size), base64.b64decode(root, validate=True))
        signature = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise LogDamaged("is no signed checkpoint") from error
    again = found.text + f"\n— {ORIGIN} {base64.b64encode(signature).decode()}\n".encode()
    if (origin, name, dash) != (ORIGIN, ORIGIN, "—") or again != note or len(found.root) != 32:
        raise LogDamaged("is no signed checkpoint in its one form")
    for key in keys:
        is_hinted = bytes.fromhex(key.fingerprint)[:4] == signature[:4]
        if is_hinted and key.has_signed(found.text, signature[4:]):
            return found, key
    raise LogDamaged("is signed by no key of the log")
