"""The keyring: one key per recording, wrapped under the epoch's key; what an erasure destroys.

A key of 256 random bits is wrapped with AES-256-GCM under HKDF-SHA256(master secret ‖ epoch secret), bound to the epoch
and the id. Wrapped keys lie in the home, `keys/epoch-NNNN.keyring`, a line each, appended and never changed; both
secrets lie under `MADOGUCHI_KEYS`. So a copy of the home opens nothing, and once an epoch's secret is destroyed no
copy of its keyring opens anything, whoever holds the master secret.

The next epoch begins by a new secret and a new file with the keys that go on (`next_epoch`): the file's rename
is what makes it the present one. What the old epoch leaves behind (`leave_epoch`) is removed after that.
"""

from __future__ import annotations

import binascii
import hmac
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from compliance.errors import EpochLeft, KeyringDamaged, KeyUnavailable
from compliance.ground import durable
from compliance.ground.home import Home
from compliance.ground.stores import CONTRACT_END, Holds, Store
from compliance.keys.master import make_master, read_master
from compliance.keys.secrets import make_secret, read_secret

KEY_BYTES = 32
_NONCE = 12
_FILE = re.compile(r"epoch-([0-9]{4})\.keyring")
_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

STORES: tuple[Store, ...] = (
    Store(
        pattern="keys/*.keyring",
        title="録音ごとの鍵（時期の鍵で包んだもの）",
        holds=Holds.NOTHING,
        owner="compliance.keys.keyring",
        key="master and epoch secret (outside the home)",
        retention=CONTRACT_END,
        eraser="destruction of the epoch secret",
        verifier="madoguchi vault verify",
    ),
)
"""What this module writes below a home."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch's places. `secret` lies outside the home."""

    number: int
    keyring: Path
    secret: Path


def epochs(home: Home) -> list[Epoch]:
    """The epochs whose keyring lies in the home, the oldest first."""
    return [epoch_at(home, number) for number in sorted(map(_number, _files(home.keyrings)))]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.glob("epoch-*.keyring") if _FILE.fullmatch(path.name)]


def _number(path: Path) -> int:
    return int(path.name[len("epoch-") : -len(".keyring")])


def epoch_at(home: Home, number: int) -> Epoch:
    """Where an epoch lies, whether it is there or not."""
    name = f"epoch-{number:04d}"
    return Epoch(number, home.keyrings / f"{name}.keyring", home.keys / f"{name}.secret")


class Keyring:
    """The present epoch's keys, open."""

    def __init__(self, epoch: Epoch, wrapping: _Wrapping, wrapped: dict[bytes, bytes]) -> None:
        self._epoch = epoch
        self._wrapping = wrapping
        self._wrapped = wrapped
        self._read_bytes = sum(len(_line(i, text)) for i, text in wrapped.items())

    @staticmethod
    def open(home: Home) -> Keyring:
        """The keyring of a home; made where the home has none yet.

        Raises:
            KeyUnavailable: a secret is missing, damaged or readable by others; nothing was touched.
            KeyringDamaged: a line is none, or does not open under the secrets.
        """
        known = epochs(home)
        if not known:
            with durable.held(home.keys):  # of two that open a new home, one makes its secrets
                known = epochs(home)
                if not known:
                    return _first(home)
        epoch = known[-1]
        wrapping = _wrapping(home, epoch)
        wrapped = _read(epoch.keyring)
        ring = Keyring(epoch, wrapping, wrapped)
        if wrapped:
            wrapping.unwrap(*next(iter(wrapped.items())))  # the secrets are those of this file
        return ring

    @property
    def epoch(self) -> Epoch:
        """The present epoch."""
        return self._epoch

    @property
    def ids(self) -> frozenset[str]:
        """Whose keys it holds."""
        return frozenset(key_id.decode("ascii") for key_id in self._wrapped)

    def key(self, key_id: str) -> bytes:
        """The key of one recording.

        Raises:
            KeyUnavailable: there is none: it was never made, or was erased.
            KeyringDamaged: it does not open.
        """
        wrapped = self._wrapped.get(key_id.encode())
        if wrapped is None:
            raise KeyUnavailable(f"No key is kept for {key_id}: it was never made, or was erased.")
        return self._wrapping.unwrap(key_id.encode(), wrapped)

    def holds_any(self, key_ids: Collection[str]) -> bool:
        """Whether it holds a key of one of those."""
        return not self._wrapped.keys().isdisjoint(key_id.encode() for key_id in key_ids)

    def shares_a_record(self, other: Keyring) -> bool:
        """Whether any wrapped key, as it lies on disk, is the other's byte for byte."""
        return not set(self._wrapped.values()).isdisjoint(other._wrapped.values())

    def fingerprint(self, key_id: str) -> str:
        """What a key may be known by: 64 hexadecimal digits of HMAC-SHA-256 under the key itself, which say
        nothing of it.

        Raises:
            KeyUnavailable, KeyringDamaged: as for `key`.
        """
        return hmac.digest(self.key(key_id), b"madoguchi/key/fingerprint", "sha256").hex()

    def make(self, key_ids: Iterable[str]) -> Mapping[str, bytes]:
        """Keys for those ids, new ones made durable together before this returns.

        Raises:
            OSError: the disk is full or fails; no new key is used.
        """
        wanted = list(dict.fromkeys(key_ids))
        if any(key_id.encode() not in self._wrapped for key_id in wanted):
            with self._appending() as file:
                fresh = [i for i in wanted if i.encode() not in self._wrapped]
                self._append(file, {i: secrets.token_bytes(KEY_BYTES) for i in fresh})
        return {key_id: self.key(key_id) for key_id in wanted}

    def adopt(self, key_id: str, key: bytes) -> None:
        """Take a key that was made elsewhere; durable on return.

        Raises:
            ValueError: there is one of that id, or it has not 32 bytes.
        """
        with self._appending() as file:
            if key_id.encode() in self._wrapped or len(key) != KEY_BYTES:
                raise ValueError("a key is adopted once and has 32 bytes")
            self._append(file, {key_id: key})

    @contextmanager
    def _appending(self) -> Iterator[durable.AppendedFile]:
        """The file, held: nobody else makes keys or begins an epoch meanwhile; what others appended is known.

        Raises:
            EpochLeft: this epoch is not the present one any more.
        """
        path = self._epoch.keyring
        if not path.exists():
            raise EpochLeft("The epoch of this keyring was left: open the keyring again.")
        with durable.AppendedFile(path) as file, file.held():
            if any(_number(other) > self._epoch.number for other in _files(path.parent)):
                raise EpochLeft("Another epoch has begun: open the keyring again.")
            self._take_in(path)
            yield file

    def _take_in(self, path: Path) -> None:
        """What others appended since this was read; within the file's lock."""
        with path.open("rb") as file:
            file.seek(self._read_bytes)
            appended = file.read()
        self._wrapped.update(_parsed(path, appended))
        self._read_bytes += len(appended)

    def _append(self, file: durable.AppendedFile, keys: Mapping[str, bytes]) -> None:
        if not keys:
            return
        wrapped = dict(self._wrapping.wrap_all({_as_id(i): key for i, key in keys.items()}))
        lines = b"".join(_line(i, text) for i, text in wrapped.items())
        file.append_held(lines)
        self._wrapped.update(wrapped)
        self._read_bytes += len(lines)

    def next_epoch(self, home: Home, erased: Collection[str] = ()) -> Keyring:
        """Begin the next epoch with all keys but those; from its file's rename on it is the present one.

        The new secret is durable before any key is wrapped under it; every survivor is unwrapped again from
        disk and compared before the file gets its name. The old secret and keyring are still there. Nobody makes a key
        meanwhile: one made just before goes on, one asked for just after is refused (`EpochLeft`) and made in the next.

        Raises:
            EpochLeft: this epoch is not the present one any more.
            KeyUnavailable: one of those has no key.
            KeyringDamaged: what was written does not open as what it was.
        """
        with self._appending():
            return self._begin_next(home, erased)

    def _begin_next(self, home: Home, erased: Collection[str]) -> Keyring:
        following = epoch_at(home, self._epoch.number + 1)
        following.secret.unlink(missing_ok=True)  # of an epoch that was never begun
        make_secret(following.secret)
        wrapping = _wrapping(home, following)
        left = {key_id.encode() for key_id in erased}
        if missing := left - self._wrapped.keys():
            self.key(next(iter(missing)).decode())
        unwrap = self._wrapping.unwrap
        keys = {i: unwrap(i, wrapped) for i, wrapped in self._wrapped.items() if i not in left}
        temporary = durable.temporary_beside(following.keyring)

        def write(file: BinaryIO) -> None:
            file.write(b"".join([_line(i, text) for i, text in wrapping.wrap_all(keys)]))

        durable.write_durably(temporary, write)
        written = _read(temporary)
        unwrap_again = wrapping.unwrap
        if {i: unwrap_again(i, wrapped) for i, wrapped in written.items()} != keys:
            temporary.unlink()
            raise KeyringDamaged("The new keyring does not hold what was written: the disk fails.")
        durable.publish(temporary, following.keyring)
        return Keyring(following, wrapping, written)


def leave_epoch(epoch: Epoch) -> None:
    """Destroy an earlier epoch: first its secret, overwritten and removed, then its keyring. Safe to repeat."""
    if epoch.secret.exists():
        size = epoch.secret.stat().st_size
        durable.overwrite_durably(epoch.secret, secrets.token_bytes(size))
        durable.remove_durably(epoch.secret)
    durable.remove_durably(epoch.keyring)


def settle(home: Home) -> int:
    """Finish leaving every epoch but the present one; returns how many there were.

    Raises:
        KeyUnavailable: the present epoch's secret is missing: nothing of an earlier one is destroyed.
    """
    known = epochs(home)
    if len(known) < 2:
        return 0
    _wrapping(home, known[-1])
    for epoch in known[:-1]:
        leave_epoch(epoch)
    return len(known) - 1


def _first(home: Home) -> Keyring:
    """The first epoch of a home that has no keyring and never had one."""
    epoch = epoch_at(home, 1)
    later = any(path != epoch.secret for path in home.keys.glob("epoch-*.secret"))
    if later or any(home.vault_online.rglob("*.sealed")):
        raise KeyUnavailable(
            f"The keyring under {home.keyrings} is missing, but recordings were sealed with it: restore it from its "
            "backup. A new one would open none of them. Nothing was touched."
        )
    make_master(home)
    if not epoch.secret.exists():
        make_secret(epoch.secret)
    wrapping = _wrapping(home, epoch)
    home.keyrings.mkdir(mode=0o700, parents=True, exist_ok=True)
    durable.write_durably(epoch.keyring, b"")
    return Keyring(epoch, wrapping, {})


class _Wrapping:
    """Wraps and unwraps keys under one epoch's key."""

    def __init__(self, epoch: int, key: bytes) -> None:
        self._epoch = epoch
        self._bound = f"madoguchi/key/{epoch}/".encode()
        cipher = AESGCM(key)
        self._encrypt, self._decrypt = cipher.encrypt, cipher.decrypt

    def wrap_all(self, keys: Mapping[bytes, bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Keys as the keyring holds them, in their order; their nonces are drawn at once."""
        nonces, encrypt, bound = secrets.token_bytes(_NONCE * len(keys)), self._encrypt, self._bound
        for at, (key_id, key) in enumerate(keys.items()):
            nonce = nonces[at * _NONCE : (at + 1) * _NONCE]
            yield key_id, nonce + encrypt(nonce, key, bound + key_id)

    def unwrap(self, key_id: bytes, wrapped: bytes) -> bytes:
        """The key again.

        Raises:
            KeyringDamaged: it does not open.
        """
        try:
            return self._decrypt(wrapped[:_NONCE], wrapped[_NONCE:], self._bound + key_id)
        except (InvalidTag, ValueError) as error:
            raise KeyringDamaged(
                f"The key of {key_id.decode()} does not open: the secrets under MADOGUCHI_KEYS are not those of epoch "
                f"{self._epoch}, or its keyring was changed. Restore both from their backups."
            ) from error


def _wrapping(home: Home, epoch: Epoch) -> _Wrapping:
    master = read_master(home)
    secret = read_secret(epoch.secret, f"The secret of epoch {epoch.number}")
    info = f"madoguchi/keyring/{epoch.number}".encode()
    derived = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=info).derive(master + secret)
    return _Wrapping(epoch.number, derived)


def _as_id(key_id: str) -> bytes:
    if not _ID.fullmatch(key_id):
        raise ValueError("an id of a key has 1 to 128 letters, digits or . _ : -")
    return key_id.encode("ascii")


def _line(key_id: bytes, wrapped: bytes) -> bytes:
    return key_id + b" " + binascii.b2a_base64(wrapped)


def _read(path: Path) -> dict[bytes, bytes]:
    """The wrapped keys of a file; a last line without newline was never acknowledged."""
    content = path.read_bytes()
    return _parsed(path, content[: content.rfind(b"\n") + 1])


def _parsed(path: Path, whole: bytes) -> dict[bytes, bytes]:
    parts, lines = whole.split(), whole.count(b"\n")
    damaged = KeyringDamaged(
        f"The keyring {path} has a line that is none: restore it from its backup."
    )
    if not len(parts) == 2 * whole.count(b" ") == 2 * lines:
        raise damaged
    try:
        return dict(zip(parts[::2], map(_decode, parts[1::2]), strict=True))
    except binascii.Error as error:
        raise damaged from error


def _decode(text: bytes) -> bytes:
    return binascii.a2b_base64(text, strict_mode=True)
