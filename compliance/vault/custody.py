"""Takes recordings into custody: seal, read back, enter, and only then let the plaintext go (6(3)カ, 別紙1-5(6)).

The order survives a crash at any point: the key is durable, the sealed file is written and synced, opened again and
compared with what was read, given its name, entered in the catalogue together with the log's entry; only then may
the plaintext go, and only where the site says so. Whatever was cut off is done again from the catalogue: a recording
that is still `spooled` is sealed anew under the key that it has.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine

from compliance.errors import KeyUnavailable, SealBroken
from compliance.ground import durable
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import (
    ONLINE,
    KeptCopy,
    Sealed,
    in_state,
    kept_copies,
    record_sealed,
    record_unusable,
)
from compliance.vault.media import registered_media
from compliance.vault.sealed import associated_data, seal, unseal
from compliance.vault.states import RecordingState

GROUP = 64
WORKERS = 2
"""How many recordings share one transaction of the catalogue."""
ENDING = ".sealed"


@dataclass(frozen=True, slots=True)
class NotSealed:
    """A recording that stays on the PBX for now, and why."""

    recording_id: str
    reason: str


@dataclass(slots=True)
class SealReport:
    """What became of the recordings that were spooled."""

    sealed: int = 0
    missing: int = 0
    """Spooled ones of this kind that have no file on the PBX any more."""
    refused: list[NotSealed] = field(default_factory=list)


def online_path(home: Home, recording_id: str) -> Path:
    """Where a recording's sealed file lies at hand."""
    return home.vault_online / recording_id[:2] / f"{recording_id}{ENDING}"


def seal_spooled(
    engine: Engine,
    home: Home,
    ring: Keyring,
    files: Mapping[str, Path],
    now: datetime,
    *,
    remove_after_seal: bool,
    kind: str | None = None,
) -> SealReport:
    """Seal every spooled recording whose file is there (`files`, by recording id); where the site says so, let
    the plaintext of all that is sealed go.

    A file that cannot be read, was changed since it was taken in, or is no plain file is one entry of the report;
    the rest goes on.

    Raises:
        KeyUnavailable: the keyring lost its keys; nothing was touched.
        OSError: the vault's disk is full or fails; nothing in clear was removed.
    """
    spooled = in_state(engine, RecordingState.SPOOLED, kind)
    sealed = in_state(engine, RecordingState.SEALED)
    if sealed and not ring.holds_any(sealed):
        raise KeyUnavailable(
            "The keyring holds no key of the sealed recordings in the catalogue: restore the keyring from its backup. "
            "Nothing was touched."
        )
    wanted = [recording_id for recording_id in files if recording_id in spooled]
    superseded = _superseded(spooled, {i: files[i] for i in wanted})
    record_unusable(engine, superseded, now)
    wanted = [recording_id for recording_id in wanted if recording_id not in superseded]
    report = SealReport(missing=len(spooled) - len(superseded) - len(wanted))
    keys = ring.make(wanted)

    def taken(recording_id: str) -> Sealed | NotSealed:
        try:
            with _opened(files[recording_id], spooled[recording_id]) as source:
                return _sealed(home, source, recording_id, keys[recording_id])
        except _Unfit as unfit:
            return NotSealed(recording_id, str(unfit))

    for start in range(0, len(wanted), GROUP):
        with ThreadPoolExecutor(WORKERS) as pool:
            found = list(pool.map(taken, wanted[start : start + GROUP]))
        done = [one for one in found if isinstance(one, Sealed)]
        report.refused += [one for one in found if isinstance(one, NotSealed)]
        record_sealed(engine, done, now)
        report.sealed += len(done)
    if remove_after_seal:
        _let_go(engine, home, ring, files)
    return report


def _superseded(spooled: Mapping[str, int], files: Mapping[str, Path]) -> list[str]:
    """Entries whose file has grown into another entry's: the same path was taken in again, in its present size."""
    by_path: dict[Path, list[str]] = {}
    for recording_id, path in files.items():
        by_path.setdefault(path, []).append(recording_id)
    found = []
    for path, ids in by_path.items():
        if len(ids) > 1 and path.is_file():
            size = path.stat().st_size
            if any(spooled[i] == size for i in ids):
                found += [i for i in ids if spooled[i] != size]
    return found


def _let_go(engine: Engine, home: Home, ring: Keyring, files: Mapping[str, Path]) -> None:
    """Remove the plaintext of what is sealed, also where a crash came between the entry and the removal. A file
    goes only if a sealed copy that can be reached opens, byte for byte, as what lies there."""
    media = {medium.medium_id: medium for medium in registered_media(engine)}
    for copy in kept_copies(engine):
        path = files.get(copy.recording_id)
        if path is None or not path.is_file() or path.is_symlink():
            continue
        if copy.place == ONLINE:
            sealed = online_path(home, copy.recording_id)
        elif copy.place in media and media[copy.place].is_mounted():
            sealed = media[copy.place].place_of(copy.recording_id)
        else:
            continue
        if _opens_as(sealed, path, ring.key(copy.recording_id), copy.recording_id):
            durable.remove_durably(path)


def _opens_as(sealed: Path, plain: Path, key: bytes, recording_id: str) -> bool:
    """Whether a sealed file opens as the file in clear."""
    try:
        with sealed.open("rb") as file, plain.open("rb") as source:
            for piece in unseal(file, key, associated_data(recording_id)):
                if piece != source.read(len(piece)):
                    return False
            return not source.read(1)
    except (OSError, SealBroken):
        return False


@dataclass(frozen=True, slots=True)
class VaultProblem:
    """Something of the vault that is not as the catalogue says."""

    recording_id: str
    place: str
    what: str


def verify_vault(
    engine: Engine, home: Home, ring: Keyring, *, only: frozenset[str] | None = None
) -> tuple[int, Sequence[VaultProblem]]:
    """Open every copy at hand (or those of `only`) and compare it with the catalogue; files that no catalogue knows
    are problems too. Returns how many were opened."""
    copies = [copy for copy in kept_copies(engine) if copy.place == ONLINE]
    problems = [
        problem
        for copy in copies
        if only is None or copy.recording_id in only
        for problem in _problems(copy, online_path(home, copy.recording_id), ring)
    ]
    known = {copy.recording_id for copy in copies}
    for path in sorted(home.vault_online.rglob("*")):
        if path.is_file() and path.name.removesuffix(ENDING) not in known:
            what = "lies in the vault and stands in no catalogue"
            problems.append(VaultProblem(path.name.removesuffix(ENDING), ONLINE, what))
    opened = len(copies) if only is None else len(known & only)
    return opened, problems


class _Unfit(Exception):
    """A file of the PBX that is not sealed now."""


def _opened(path: Path, size: int) -> BinaryIO:
    """A spooled file, opened without following a link out of the spool."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise _Unfit(f"cannot be read ({error.strerror})") from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size != size:
        os.close(descriptor)
        raise _Unfit(
            "is no plain file"
            if not stat.S_ISREG(status.st_mode)
            else "changed since it was taken in"
        )
    return os.fdopen(descriptor, "rb")


def _sealed(home: Home, source: BinaryIO, recording_id: str, key: bytes) -> Sealed:
    path = online_path(home, recording_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    associated = associated_data(recording_id)
    digest = hashlib.sha256()
    temporary = durable.temporary_beside(path)
    try:
        with temporary.open("xb") as target:
            temporary.chmod(0o600)
            for _ in seal(source, target, key, associated):
                pass
        source.seek(0)
        with temporary.open("rb") as file:
            for piece in unseal(_Digesting(file, digest), key, associated):  # type: ignore[arg-type]
                _compare(piece, source.read(len(piece)))
        _compare(b"", source.read(1))
        size = temporary.stat().st_size
        durable.publish(temporary, path)
    except Exception:
        temporary.unlink(missing_ok=True)
        raise
    return Sealed(recording_id, digest.hexdigest(), size)


def _compare(back: bytes, read: bytes) -> None:
    if back != read:
        raise SealBroken(
            "A sealed file does not read back as what lies on the PBX: the disk fails, or the file changed meanwhile."
        )


class _Digesting:
    """A file that is digested as it is read."""

    def __init__(self, file: BinaryIO, digest: hashlib._Hash) -> None:
        self._file, self._digest = file, digest

    def read(self, size: int = -1) -> bytes:
        found = self._file.read(size)
        self._digest.update(found)
        return found


def _problems(copy: KeptCopy, path: Path, ring: Keyring) -> Iterator[VaultProblem]:
    digest = hashlib.sha256()
    try:
        key = ring.key(copy.recording_id)
        with path.open("rb") as file:
            associated = associated_data(copy.recording_id)
            for _ in unseal(_Digesting(file, digest), key, associated):  # type: ignore[arg-type]
                pass
        what = None
        if digest.hexdigest() != copy.sealed_sha256:
            what = "is not the file that was sealed"
    except OSError as error:
        what = f"cannot be read ({error.strerror})"
    except (KeyUnavailable, SealBroken) as error:
        what = str(error)
    if what is not None:
        yield VaultProblem(copy.recording_id, copy.place, what)
