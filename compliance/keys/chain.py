"""A chain of signing keys for one purpose: each later public key is signed by the one before.

The private key lies under `MADOGUCHI_KEYS`, the public ones beside what they signed: `0001.pem`, `0002.pem` …, each
from the second on with `0002.sig`, the earlier key's signature (DER) over its SubjectPublicKeyInfo. Whoever has the
first key's fingerprint on paper can follow the chain to the present one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compliance.errors import KeyUnavailable, LogDamaged
from compliance.ground import durable
from compliance.keys.signing import PublicKey, SigningKey, new_key, read_key


@dataclass(frozen=True, slots=True)
class KeyChain:
    """The keys of one purpose. `public` is the folder of public keys, `private` the present key's file, `what` names
    what is signed in messages."""

    public: Path
    private: Path
    what: str

    def key_files(self) -> list[Path]:
        """The public keys, the first first."""
        return sorted(self.public.glob("[0-9]*.pem"))

    def signing_key(self) -> SigningKey:
        """The present private key; made when nothing was signed yet.

        Raises:
            KeyUnavailable: it is missing though something was signed before, or is not the one that signed last.
        """
        with durable.held(self.private.parent):
            return self._signing_key()

    def _signing_key(self) -> SigningKey:
        """As `signing_key`, within the lock on the folder of the private key."""
        incoming = self._incoming
        published = self.key_files()
        newest = PublicKey.from_pem(published[-1].read_bytes()) if published else None
        if incoming.exists() and read_key(incoming).public == newest:
            incoming.replace(
                self.private
            )  # a rotation that was cut off after the old key had signed
        if not self.private.exists():
            if published:
                raise KeyUnavailable(
                    f"The signing key of {self.what}, {self.private}, is missing, but it signed before: restore it "
                    "from its backup."
                )
            new_key().write(self.private)
        key = read_key(self.private)
        if newest is None:
            self._publish(key.public, 1, b"")
        elif newest != key.public:
            raise KeyUnavailable(
                f"The signing key of {self.what}, {self.private}, is not the one that signed last: restore it from "
                "its backup."
            )
        return key

    def rotate(self) -> PublicKey:
        """A new signing key, whose public key the old one signs.

        Raises:
            KeyUnavailable: the old key cannot sign.
        """
        with durable.held(self.private.parent):
            old = self._signing_key()
            fresh = new_key()
            fresh.write(self._incoming)
            number = len(self.key_files()) + 1
            self._publish(fresh.public, number, old.sign(fresh.public.spki))
            self._incoming.replace(self.private)
        return fresh.public

    @property
    def _incoming(self) -> Path:
        return self.private.with_name(f"{self.private.name}.next")

    def _publish(self, key: PublicKey, number: int, signature: bytes) -> None:
        self.public.mkdir(mode=0o700, parents=True, exist_ok=True)
        if signature:
            durable.write_durably(self.public / f"{number:04d}.sig", signature)
        durable.write_durably(self.public / f"{number:04d}.pem", key.as_pem())


def read_chain(folder: Path) -> tuple[list[PublicKey], tuple[str, str] | None]:
    """The keys of a folder of public keys, each signed by the one before; the chain ends where that fails, and
    then the file and what is wrong with it are told."""
    keys: list[PublicKey] = []
    for number, path in enumerate(sorted(folder.glob("[0-9]*.pem")), start=1):
        try:
            keys.append(_next_key(path, number, keys))
        except LogDamaged as error:
            return keys, (path.name, str(error))
    return keys, None


def _next_key(path: Path, number: int, keys: Sequence[PublicKey]) -> PublicKey:
    if path.name != f"{number:04d}.pem":
        raise LogDamaged("is out of its place: a key before it is missing")
    key = PublicKey.from_pem(path.read_bytes())
    signature = path.with_suffix(".sig")
    signed = signature.read_bytes() if signature.exists() else b""
    if keys and not keys[-1].has_signed(key.spki, signed):
        raise LogDamaged("is not signed by the key before it")
    return key
