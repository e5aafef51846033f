"""Signing keys: ECDSA on P-256 with SHA-256, one key per purpose or person (FIPS 186-5; SEC 1).

Signatures are DER; a key is known by its fingerprint, SHA-256 over its SubjectPublicKeyInfo (RFC 5480) in
lower-case hexadecimal. Private keys lie under `MADOGUCHI_KEYS` as PKCS#8, a person's under the passphrase
that only that person knows.
"""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from compliance.errors import KeyUnavailable, LogDamaged, PersonUnproved
from compliance.ground import durable

_ALGORITHM = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key, `spki` its SubjectPublicKeyInfo in DER."""

    spki: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 over `spki`: 64 hexadecimal digits."""
        return hashlib.sha256(self.spki).hexdigest()

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` (DER) is this key's over the message."""
        key = serialization.load_der_public_key(self.spki)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        try:
            key.verify(signature, message, _ALGORITHM)
        except InvalidSignature:
            return False
        return True

    def as_pem(self) -> bytes:
        """The key as a PEM file."""
        return serialization.load_der_public_key(self.spki).public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @staticmethod
    def from_pem(pem: bytes) -> PublicKey:
        """The key of a PEM file that holds it in its one form.

        Raises:
            LogDamaged: it holds none, or in another form.
        """
        try:
            key = serialization.load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise LogDamaged("A file is no public key.") from error
        found = PublicKey(_spki(key))
        if not isinstance(key, ec.EllipticCurvePublicKey) or found.as_pem() != pem:
            raise LogDamaged("A file is no public key of P-256 in its one form.")
        return found


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key in memory."""

    _private: ec.EllipticCurvePrivateKey

    @property
    def public(self) -> PublicKey:
        """Its public key."""
        return PublicKey(_spki(self._private.public_key()))

    def sign(self, message: bytes) -> bytes:
        """The signature over a message, in DER."""
        return self._private.sign(message, _ALGORITHM)

    def as_pkcs8(self) -> bytes:
        """The private key in DER, in clear: for a library that signs with it in this process."""
        return self._private.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def write(self, path: Path, passphrase: str | None = None) -> None:
        """Keep it durably, for this account alone; with a passphrase, encrypted under that.

        Raises:
            OSError: the folder cannot be written.
        """
        protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if passphrase is not None:
            protection = serialization.BestAvailableEncryption(passphrase.encode("utf-8"))
        pem = self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
        )
        durable.write_durably(path, pem)


def new_key() -> SigningKey:
    """A fresh key."""
    return SigningKey(ec.generate_private_key(ec.SECP256R1()))


def read_key(path: Path, passphrase: str | None = None) -> SigningKey:
    """The key of a file.

    Raises:
        KeyUnavailable: it is missing, damaged, or readable by others.
        PersonUnproved: the passphrase does not open it.
    """
    try:
        mode, pem = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise KeyUnavailable(
            f"The signing key {path} cannot be read ({error.strerror}): restore it from its backup."
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise KeyUnavailable(
            f"The signing key {path} may be read by other accounts: run `chmod 600` on it."
        )
    try:
        key = serialization.load_pem_private_key(
            pem, None if passphrase is None else passphrase.encode("utf-8")
        )
    except (ValueError, TypeError) as error:
        if passphrase is not None:
            raise PersonUnproved("The passphrase does not open this person's key.") from error
        raise KeyUnavailable(
            f"The signing key {path} is damaged: restore it from its backup."
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeyUnavailable(f"The key {path} is none of P-256: restore it from its backup.")
    return SigningKey(key)


def _spki(key: object) -> bytes:
    spki: bytes = key.public_bytes(  # type: ignore[attr-defined]
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return spki
