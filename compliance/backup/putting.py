"""A backup's files put into a new folder, each compared with the signed manifest as it is written, and its log beside the log
known elsewhere.

What is read is what is compared: a file swapped between a look and a copy is found. The audit log never goes back: where
the log known elsewhere begins as the copy's does, it takes the copy's place, so that no second log is ever signed that
parts from one which papers print.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from compliance.audit.line import read_line
from compliance.audit.log import AuditFolder
from compliance.audit.verify import verify_copy
from compliance.backup.manifest import FILES, BackupManifest
from compliance.backup.taking import copied, described
from compliance.errors import BackupTouched, RestoreRefused
from compliance.ground import durable
from compliance.ground.acts import Action, Result
from compliance.ground.home import Home
from compliance.keys.chain import read_chain
from compliance.keys.keyring import epochs
from compliance.keys.signing import PublicKey


@dataclass(frozen=True, slots=True)
class LaterActs:
    """What a log says after a backup was made: how often which action, and the objects whose keys were destroyed."""

    counts: Mapping[str, int]
    erased: frozenset[str]
    signed_size: int
    """So many entries the known log's last signed checkpoint covers; what lies after it anybody could have written."""
    unsigned: int

    @property
    def total(self) -> int:
        """How many acts."""
        return sum(self.counts.values())


def later_acts(known: AuditFolder, manifest: BackupManifest, held: PublicKey) -> LaterActs:
    """What the log known elsewhere says, signed, that the backup does not. `held`: the key in hand, with which it must end.

    Raises:
        RestoreRefused: that log is not what was signed, or does not begin as the backup's does.
    """
    found = verify_copy(known, {"the backup": manifest.checkpoint})
    if not found.is_right:
        raise RestoreRefused(
            f"The log {known.root} cannot be set beside the backup: {found.problems[0]}. Run `madoguchi audit verify --copy` "
            "on it, or name another."
        )
    chain, _ = read_chain(known.root / "keys")
    if chain[-1:] != [held]:
        raise RestoreRefused(
            f"The log {known.root} was not signed last by the key in the key folder: it is another home's, or an older copy."
        )
    signed = found.size - found.unanchored
    counts: Counter[str] = Counter()
    erased: set[str] = set()
    start = manifest.checkpoint.size
    for line in islice(known.lines_from(start), max(0, signed - start)):
        said = read_line(line)
        if said["result"] != Result.DONE.value:
            continue
        counts[said["action"]] += 1
        if said["action"] in (Action.RECORDING_ERASED.value, Action.INQUIRY_ERASED.value):
            erased.add(said["object_id"])
    return LaterActs(dict(sorted(counts.items())), frozenset(erased), signed, found.unanchored)


def put_files(
    backup: Path,
    manifest: BackupManifest,
    root: Path,
    without: Collection[str] = (),
    *,
    may_link: bool = False,
) -> None:
    """Copy every file of a backup below `root`, but the sealed ones of ids in `without`; `may_link`: for a look alone, what lies in
    the vault is looked at where it is.

    Raises:
        BackupTouched: a file is missing, is another, or lies there though the manifest does not know it.
    """
    base = backup / FILES
    known = {one.path for one in manifest.files}
    for path in base.rglob("*"):
        name = path.relative_to(base).as_posix()
        if (path.is_symlink() or not path.is_dir()) and name not in known:
            raise _touched(backup, name, "lies there, but no manifest knows it")
    for one in manifest.files:
        if one.path.endswith(".sealed") and Path(one.path).stem in without:
            continue
        source, place = base / one.path, root / one.path
        if source.is_symlink() or not source.is_file():
            raise _touched(backup, one.path, "is missing, or is no plain file")
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            if may_link and one.path.startswith("vault/"):
                place.symlink_to(source)
                found = described(place, one.path)
            else:
                found = copied(source, place, one.path)
        except OSError as error:
            if error.filename != os.fspath(source):
                raise  # the disk that is written to, not the backup
            raise _touched(backup, one.path, f"cannot be read ({error.strerror})") from error
        if found != one:
            raise _touched(backup, one.path, "is not the file that was backed up")


def put_log(
    restored: Home, manifest: BackupManifest, known: AuditFolder | None, signed_size: int = 0
) -> None:
    """Verify the restored log; then the one known elsewhere, which was verified, takes its place as far as it is signed.

    Raises:
        BackupTouched: the copy's log is not what was signed.
    """
    own = AuditFolder(restored.audit)
    if manifest.checkpoint.size:
        found = verify_copy(own, {"the manifest": manifest.checkpoint})
        if not found.is_right:
            raise BackupTouched(
                f"The audit log of the backup is not what was signed: {found.problems[0]}."
            )
    if known is None:
        return
    for path in sorted(known.root.rglob("*")):
        name = path.relative_to(known.root)
        if path.is_file() and not path.name.startswith(durable.TEMPORARY_PREFIX):
            size = _bytes_of(known, signed_size) if path == known.log else None
            copied(path, own.root / name, name.as_posix(), size)


def _bytes_of(log: AuditFolder, entries: int) -> int:
    """How long the first so many entries are, with their newlines."""
    return sum(len(line) + 1 for line in islice(log.lines_from(0), entries))


def put_keyring(restored: Home, keyrings: Path | None) -> int:
    """Leave just that keyring in the restored home whose secret is in the key folder; `keyrings` is a folder in which a later
    one lies. Returns its epoch, 0 where the backup has no keyring.

    An erasure since the backup destroyed the secret of the backup's keyring: nothing opens it any more, whoever has it.

    Raises:
        RestoreRefused: the keyring of the present epoch is neither in the backup nor in that folder.
    """
    numbers = [int(path.stem[len("epoch-") :]) for path in restored.keys.glob("epoch-*.secret")]
    present = max(numbers, default=0)
    if not epochs(restored):
        return 0
    name = f"epoch-{present:04d}.keyring"
    for one in epochs(restored):
        if one.number != present:
            durable.remove_durably(one.keyring)
    if not (restored.keyrings / name).exists():
        source = None if keyrings is None else keyrings / name
        if source is None or not source.is_file():
            raise RestoreRefused(
                f"The key folder is at epoch {present}, the backup at another: an erasure took place between them, and what lies in "
                f"this backup opens only with {name}. Name the folder where it lies (keys/ of the home that was, or of a "
                "later backup) with --keyrings, or the key folder that fits."
            )
        copied(source, restored.keyrings / name, name)
    return present


def _touched(backup: Path, name: str, what: str) -> BackupTouched:
    return BackupTouched(
        f"The backup {backup.name} was touched: {name} {what}. Nothing of it was put into place; take another backup."
    )
