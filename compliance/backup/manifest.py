"""What a backup says of itself: every file's size and SHA-256, the instant, the version, and the audit log's size and root.

`manifest.json` is one JSON document in one form (sorted members, no blanks between them, UTF-8); `manifest.json.sig` is
the DER signature over its raw bytes by the key that signs the audit log's checkpoints. Its public chain lies in the
backup; who may be believed is never read there alone: it ends at the private key in hand, or begins at a fingerprint
on paper. An older backup is rightly signed, too: its instant and its log's size are what tells it apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from compliance.audit.checkpoint import Checkpoint, read_shown
from compliance.errors import BackupTouched, LogDamaged
from compliance.keys.chain import read_chain
from compliance.keys.signing import PublicKey, SigningKey

FORMAT = "madoguchi/backup/1"
NAME = "manifest.json"
SIGNATURE = "manifest.json.sig"
FILES = "home"
"""The folder of a backup in which the home's files lie."""

_NAMED = re.compile(r"madoguchi-[0-9]{8}T[0-9]{6}\.[0-9]{6}Z")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file of a backup: its path below the home (with `/`), its size and SHA-256 in hexadecimal."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What one backup is. `epoch` is the keyring's at that instant, `operations` says whether the database is in it (`sqlite`)
    or must be backed up by itself (`pg_dump`), `left_out` what of the home is not in it and why."""

    made_at: datetime
    version: str
    checkpoint: Checkpoint
    epoch: int
    operations: str
    files: tuple[KeptFile, ...]
    left_out: tuple[str, ...]

    @property
    def name(self) -> str:
        """What its folder is called; names sort by instant."""
        return f"madoguchi-{self.made_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"

    @property
    def size_bytes(self) -> int:
        """Of all its files together."""
        return sum(one.size_bytes for one in self.files)

    def as_json(self) -> bytes:
        """The document that is signed."""
        document = {
            "format": FORMAT,
            "made_at": self.made_at.astimezone(UTC).isoformat(),
            "version": self.version,
            "audit_log": self.checkpoint.shown,
            "epoch": self.epoch,
            "operations": self.operations,
            "files": [asdict(one) for one in self.files],
            "left_out": list(self.left_out),
        }
        return json.dumps(
            document, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()


def sign(manifest: BackupManifest, key: SigningKey) -> tuple[bytes, bytes]:
    """The document's raw bytes and the signature over them."""
    content = manifest.as_json()
    return content, key.sign(content)


def read_signed(
    folder: Path, held: PublicKey, known: Sequence[PublicKey], fingerprint: str | None = None
) -> BackupManifest:
    """The manifest of a backup, once it is sure who signed it.

    `held`: the public key of the private one in hand; `known`: the chain of a log known elsewhere (empty where there is
    none); `fingerprint`: the first key's, as it is on paper.

    Raises:
        BackupTouched: it is missing, in another form, or signed by nobody who is known.
    """
    chain, wrong = read_chain(folder / FILES / "audit" / "keys")
    if wrong is not None:
        raise BackupTouched(
            f"The backup {folder.name} was touched: audit/keys/{wrong[0]} {wrong[1]}."
        )
    ends_here = chain[-1:] == [held]
    goes_on = bool(chain) and list(known[: len(chain)]) == chain and held in known
    is_on_paper = bool(chain) and chain[0].fingerprint == (fingerprint or "").lower()
    if not (ends_here or goes_on or is_on_paper):
        raise BackupTouched(
            f"The backup {folder.name} was signed by no key that is known here: it is another home's, or it was touched. If "
            "the key that signs the log was changed since it was made, name the log (--known-log) or the first key's "
            "fingerprint as it is on paper (--fingerprint)."
        )
    try:
        content = (folder / NAME).read_bytes()
        signature = (folder / SIGNATURE).read_bytes()
    except OSError as error:
        raise BackupTouched(
            f"The backup {folder} has no manifest with a signature ({error.strerror}): name a folder that `madoguchi "
            "backup` made."
        ) from error
    if not any(key.has_signed(content, signature) for key in chain):
        raise BackupTouched(
            f"The manifest of the backup {folder.name} is not what was signed: it was touched."
        )
    return _parsed(content)


def _parsed(content: bytes) -> BackupManifest:
    """A document whose signature is right."""
    try:
        said: dict[str, Any] = json.loads(content)
        found = BackupManifest(
            made_at=datetime.fromisoformat(said["made_at"]),
            version=said["version"],
            checkpoint=read_shown(said["audit_log"]),
            epoch=int(said["epoch"]),
            operations=said["operations"],
            files=tuple(KeptFile(**one) for one in said["files"]),
            left_out=tuple(said["left_out"]),
        )
        is_ours = said["format"] == FORMAT and found.as_json() == content
    except (ValueError, KeyError, TypeError, LogDamaged) as error:
        raise BackupTouched(
            "A manifest is none of this version's: restore it with the version that made it."
        ) from error
    if not is_ours or not all(_is_below(one.path) for one in found.files):
        raise BackupTouched(
            "A manifest is none of this version's: restore it with the version that made it."
        )
    return found


def _is_below(path: str) -> bool:
    """Whether a path stays in the folder that it is put into."""
    parts = PurePosixPath(path)
    return bool(path) and not parts.is_absolute() and ".." not in parts.parts


def backups_in(folder: Path) -> list[Path]:
    """The backups below a folder, the oldest first; half-made ones have another name, and so has whatever else lies there."""
    return sorted(
        path
        for path in folder.glob("madoguchi-*Z")
        if _NAMED.fullmatch(path.name) and path.is_dir()
    )


__all__ = [
    "FILES",
    "FORMAT",
    "NAME",
    "SIGNATURE",
    "BackupManifest",
    "KeptFile",
    "backups_in",
    "read_signed",
    "sign",
]
