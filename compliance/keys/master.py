"""The master secret: in a file of its own, or under a passphrase (Argon2id, RFC 9106), opened into memory at start.

Unprotected, `master.key` lies under `MADOGUCHI_KEYS`, and whoever has that folder has it. Protected, the folder holds only
`master.protected.json`; `unlock` writes the secret into a folder that the link `unlocked` names and that must lie in
memory (tmpfs), so that a power cut takes it away and a stolen disk does not hold it. A service that starts by itself is given the secret by systemd
(`CREDENTIALS_DIRECTORY`), sealed to the machine; docs/runbook.md says how.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from compliance.errors import EntryRefused, KeyUnavailable
from compliance.ground import durable
from compliance.ground.home import Home
from compliance.keys.secrets import SECRET_BYTES, make_secret, read_secret

MASTER = "master.key"
PROTECTED = "master.protected.json"
CREDENTIAL = "madoguchi-master"
"""The name under which the units ask systemd for it."""
UNLOCKED = "unlocked"
MIN_PASSPHRASE = 12
_MEMORY_KIB, _ITERATIONS, _LANES = 1 << 16, 3, 4
"""RFC 9106, 4: the second recommended choice."""
_BOUND = b"madoguchi/master/1"
_NONCE = 12


class MasterState(StrEnum):
    """How the master secret lies."""

    MISSING = "missing"
    PLAIN = "plain"
    LOCKED = "locked"
    UNLOCKED = "unlocked"


def state_of(home: Home) -> MasterState:
    """How it lies now."""
    if (home.keys / PROTECTED).exists():
        is_open = (home.keys / UNLOCKED / MASTER).exists()
        return MasterState.UNLOCKED if is_open else MasterState.LOCKED
    return MasterState.PLAIN if (home.keys / MASTER).exists() else MasterState.MISSING


def make_master(home: Home) -> None:
    """A master secret where there is none; one that is there, however it lies, is left."""
    if state_of(home) is MasterState.MISSING and _credential() is None:
        make_secret(home.keys / MASTER)


def read_master(home: Home) -> bytes:
    """The master secret. Where the folder holds none that is open, a service takes the one that systemd gave to it.

    Raises:
        KeyUnavailable: it is missing, damaged, readable by others, or locked.
    """
    state = state_of(home)
    if state in (MasterState.LOCKED, MasterState.MISSING) and (given := _credential()) is not None:
        return _given(given)
    match state:
        case MasterState.LOCKED:
            raise KeyUnavailable(
                "The master secret is locked under its passphrase: run `madoguchi keys unlock`. Nothing was touched."
            )
        case MasterState.UNLOCKED:
            return read_secret(home.keys / UNLOCKED / MASTER, "The master secret")
        case _:
            return read_secret(home.keys / MASTER, "The master secret")


def _credential() -> Path | None:
    """The file that the service manager laid ready for this service alone (systemd.exec(5), Credentials); null where there is none."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    path = Path(folder) / CREDENTIAL
    return path if folder and path.is_file() else None


def _given(path: Path) -> bytes:
    try:
        secret = path.read_bytes()
    except OSError as error:
        raise KeyUnavailable(
            f"The credential {CREDENTIAL} cannot be read ({error.strerror})."
        ) from error
    if len(secret) != SECRET_BYTES:
        raise KeyUnavailable(
            f"The credential {CREDENTIAL} is no master secret of {SECRET_BYTES} bytes: make it anew from the key copy (docs/install.md)."
        )
    return secret


def protect(home: Home, passphrase: str, memory: Path) -> None:
    """Put the master secret under a passphrase; it stays open in `memory`, a folder on tmpfs, until that is gone.

    Raises:
        EntryRefused: the passphrase is short, the folder lies on a disk, or it is protected already.
        KeyUnavailable: the master secret cannot be read.
    """
    if state_of(home) in (MasterState.LOCKED, MasterState.UNLOCKED):
        raise EntryRefused("マスターシークレットはすでに保護されています。")
    if len(passphrase) < MIN_PASSPHRASE:
        raise EntryRefused(f"パスフレーズは{MIN_PASSPHRASE}字以上にしてください。")
    memory = memory.absolute()
    if not memory.is_dir() or not is_in_memory(memory):
        raise EntryRefused(
            f"{memory} はメモリ上のフォルダ（`tmpfs`、`/run` の下など）ではありません。開いた秘密がディスクに残ります。"
        )
    secret = read_secret(home.keys / MASTER, "The master secret")
    _link(home, memory)
    durable.write_durably(memory / MASTER, secret)
    durable.write_durably(home.keys / PROTECTED, _sealed(secret, passphrase))
    if _opened(home, passphrase) != secret:
        raise KeyUnavailable(
            "The protected master secret does not read back: the plain one was kept."
        )
    _destroy_plain(home)


def unlock(home: Home, passphrase: str) -> None:
    """Open the protected master secret into its folder in memory.

    Raises:
        EntryRefused: it is not protected, or the folder in memory is not there.
        KeyUnavailable: the passphrase does not open it.
    """
    if not (home.keys / PROTECTED).exists():
        raise EntryRefused("マスターシークレットは保護されていません。開けるものがありません。")
    memory = home.keys / UNLOCKED
    if not memory.is_dir() or not is_in_memory(memory.resolve()):
        raise EntryRefused(
            f"{memory} が指すメモリ上のフォルダがありません。先に作ってください（`docs/runbook.md`）。"
        )
    secret = _opened(home, passphrase)
    durable.write_durably(memory / MASTER, secret)
    _destroy_plain(home)  # of a protection that was cut off


def lock(home: Home) -> None:
    """Take the opened secret out of memory; safe to repeat."""
    path = home.keys / UNLOCKED / MASTER
    if path.exists():
        durable.overwrite_durably(path, secrets.token_bytes(SECRET_BYTES))
        durable.remove_durably(path)


def is_in_memory(folder: Path) -> bool:
    """Whether a folder lies on a file system that a power cut empties."""
    best, kind = "", ""
    try:
        mounts = Path("/proc/mounts").read_text("utf-8").splitlines()
    except OSError:
        return False
    for line in mounts:
        _, place, name, *_ = line.split(" ")
        is_above = folder.is_relative_to(place.replace("\\040", " "))
        if is_above and len(place) >= len(best):
            best, kind = place, name
    return kind in ("tmpfs", "ramfs")


def _link(home: Home, memory: Path) -> None:
    link = home.keys / UNLOCKED
    incoming = link.with_name(f"{durable.TEMPORARY_PREFIX}{secrets.token_hex(8)}")
    incoming.symlink_to(memory)
    incoming.replace(link)


def _destroy_plain(home: Home) -> None:
    path = home.keys / MASTER
    if path.exists():
        durable.overwrite_durably(path, secrets.token_bytes(SECRET_BYTES))
        durable.remove_durably(path)


def _sealed(secret: bytes, passphrase: str) -> bytes:
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(_NONCE)
    key = _key(passphrase, salt, _ITERATIONS, _LANES, _MEMORY_KIB)
    members = {
        "kdf": "argon2id",
        "iterations": _ITERATIONS,
        "lanes": _LANES,
        "memory_kib": _MEMORY_KIB,
        "salt": base64.b64encode(salt).decode(),
        "sealed": base64.b64encode(nonce + AESGCM(key).encrypt(nonce, secret, _BOUND)).decode(),
    }
    return json.dumps(members, indent=1).encode()


def _opened(home: Home, passphrase: str) -> bytes:
    path = home.keys / PROTECTED
    try:
        d = json.loads(path.read_bytes())
        sealed = base64.b64decode(d["sealed"], validate=True)
        salt = base64.b64decode(d["salt"], validate=True)
        key = _key(passphrase, salt, d["iterations"], d["lanes"], d["memory_kib"])
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _BOUND)
    except InvalidTag as error:
        raise KeyUnavailable("The passphrase does not open the master secret.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeyUnavailable(
            f"The protected master secret {path} is damaged: restore it from its backup."
        ) from error


def _key(passphrase: str, salt: bytes, iterations: int, lanes: int, memory_kib: int) -> bytes:
    kdf = Argon2id(salt=salt, length=32, iterations=iterations, lanes=lanes, memory_cost=memory_kib)
    return kdf.derive(passphrase.encode("utf-8"))
