"""That one entry stands in the log, as one JSON object that an outsider can check without the log."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from compliance.audit.checkpoint import read_note
from compliance.audit.log import AuditFolder
from compliance.audit.tree import inclusion_proof, is_included, leaf_hash, leaf_hashes
from compliance.errors import LogDamaged
from compliance.keys.signing import PublicKey


def proof_of(folder: AuditFolder, index: int) -> Mapping[str, object]:
    """The entry at `index` with its path to the newest kept checkpoint: members `entry` (the line), `index`,
    `path` (base64, the lowest first), `checkpoint` (the signed note), `key` (PEM of the key that signed).

    Raises:
        LogDamaged: no kept checkpoint covers such an entry, or the log is not what it was made over.
    """
    paths = folder.checkpoints()
    keys = [PublicKey.from_pem(path.read_bytes()) for path in folder.key_files()]
    if not paths:
        raise LogDamaged("The log has no checkpoint yet: run `madoguchi audit checkpoint` first.")
    note = paths[-1].read_bytes()
    checkpoint, key = read_note(note, keys)
    lines = [line for piece in folder.lines() for line in piece][: checkpoint.size]
    if not 0 <= index < len(lines):
        raise LogDamaged(
            f"No entry {index} is covered by a checkpoint: there are {len(lines)}, counted from 0."
        )
    path = inclusion_proof(leaf_hashes(lines), index)
    if not is_included(index, checkpoint.size, leaf_hash(lines[index]), path, checkpoint.root):
        raise LogDamaged("The log is not what its checkpoint says: run `madoguchi audit verify`.")
    return {
        "entry": lines[index].decode("ascii"),
        "index": index,
        "path": [base64.b64encode(step).decode() for step in path],
        "checkpoint": note.decode("utf-8"),
        "key": key.as_pem().decode("ascii"),
    }
