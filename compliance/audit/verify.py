"""Is the audit log what was written? One pass over the log, naming artefact and entry of what is wrong.

Checked: the chain of signing keys; every kept checkpoint's form and signature; that the log's first n entries
have the root that each checkpoint says, kept ones and those that papers or people hold (`known`); and that
entries beyond the last checkpoint are entries in their one form. What is covered by a right checkpoint needs no
reading: it hashes to what was signed.

A home may be new and its log empty. A copy that somebody hands over is of a log: `verify_copy` says what of it is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from compliance.audit.checkpoint import Checkpoint, read_note
from compliance.audit.line import read_line
from compliance.audit.log import AuditFolder
from compliance.audit.tree import Frontier
from compliance.errors import LogDamaged
from compliance.keys.chain import read_chain
from compliance.keys.signing import PublicKey


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the artefact (a file, a paper) and what of it."""

    artefact: str
    what: str

    def __str__(self) -> str:
        return f"{self.artefact}: {self.what}"


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """What a log turned out to be. `unanchored` counts the entries after the last right checkpoint;
    `fingerprints` are the keys', the first first: the reader compares it with the paper in hand."""

    size: int
    root: bytes
    checkpoints: int
    unanchored: int
    fingerprints: tuple[str, ...]
    problems: tuple[Problem, ...] = field(default=())

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(
    folder: AuditFolder,
    known: Mapping[str, Checkpoint] | None = None,
    trusted: str | None = None,
) -> LogVerdict:
    """Verify a log. `known` are checkpoints that somebody holds, by where they stand; `trusted` is the
    fingerprint of the first key as the reader has it on paper."""
    problems: list[Problem] = []
    keys = _keys(folder, problems)
    if trusted is not None and keys and keys[0].fingerprint != trusted.lower():
        problems.append(
            Problem("keys/0001.pem", "is not the key whose fingerprint was handed over")
        )
    said = [*_kept(folder, keys, problems), *(known or {}).items()]
    kept = len(said) - len(known or {})
    if kept == 0 and folder.log.exists() and folder.log.stat().st_size:
        problems.append(Problem("checkpoints", "there is no right checkpoint of this log"))
    grown, anchored = _compare(folder, said, problems)
    return LogVerdict(
        grown.size,
        grown.root(),
        kept,
        grown.size - anchored,
        tuple(key.fingerprint for key in keys),
        tuple(problems),
    )


def verify_copy(
    folder: AuditFolder,
    known: Mapping[str, Checkpoint] | None = None,
    trusted: str | None = None,
) -> LogVerdict:
    """Verify a copy of a log, as `verify` does; what every log has and this copy has not is wrong with it."""
    found = verify(folder, known, trusted)
    return replace(found, problems=(*_missing(folder, found), *found.problems))


def _missing(folder: AuditFolder, found: LogVerdict) -> Iterator[Problem]:
    if not folder.root.is_dir():
        yield Problem(
            str(folder.root),
            "is no folder: name the folder audit/, or what was unpacked of its export",
        )
        return
    if not found.size:
        yield Problem(
            folder.log.name, "is missing or holds no whole entry: this is the copy of no log"
        )
    elif not folder.ends_with_an_entry():
        yield Problem(
            folder.log.name, f"ends within entry {found.size}: the rest of it was cut off"
        )
    if not found.fingerprints:
        yield Problem("keys", "the public keys that signed are missing (keys/0001.pem and on)")
    if not folder.checkpoints():
        yield Problem("checkpoints", "the signed checkpoints are missing")


def _compare(
    folder: AuditFolder, said: Sequence[tuple[str, Checkpoint]], problems: list[Problem]
) -> tuple[Frontier, int]:
    """Grow the tree over the log and look at each checkpoint's size; returns the tree, and how many
    entries the largest right checkpoint covers."""
    grown, anchored, name = Frontier(), 0, folder.log.name
    by_size: dict[int, list[tuple[str, Checkpoint]]] = {}
    for where, checkpoint in said:
        by_size.setdefault(checkpoint.size, []).append((where, checkpoint))
    waiting = sorted(by_size)
    last = waiting[-1] if waiting else 0
    anchored = _agreed(grown, by_size.get(0, []), anchored, name, problems)
    for leaves in folder.leaves():
        start = grown.size
        for size in [size for size in waiting if start < size <= start + len(leaves)]:
            grown.extend(leaves[grown.size - start : size - start])
            anchored = _agreed(grown, by_size[size], anchored, name, problems)
        grown.extend(leaves[grown.size - start :])
    for size in [size for size in waiting if size > grown.size]:
        for where, _ in by_size[size]:
            what = (
                f"has {grown.size} entries, but {where} says that there were {size}: entries were cut "
                "off, or an older copy lies in its place"
            )
            problems.append(Problem(name, what))
    after = folder.lines_from(last) if grown.size > last else ()
    for index, line in enumerate(after, start=last):
        try:
            read_line(line)
        except LogDamaged:
            problems.append(Problem(name, f"entry {index} is none in its one form"))
    return grown, anchored


def _agreed(
    grown: Frontier,
    said: Sequence[tuple[str, Checkpoint]],
    anchored: int,
    name: str,
    problems: list[Problem],
) -> int:
    """How many entries are covered by a right checkpoint now."""
    root = grown.root()
    for where, checkpoint in said:
        if checkpoint.root == root:
            anchored = max(anchored, grown.size)
        else:
            what = (
                f"entries {anchored} to {grown.size - 1}: one of them is not what {where} was made over "
                "(changed, moved, added or removed)"
            )
            problems.append(Problem(name, what))
    return anchored


def _keys(folder: AuditFolder, problems: list[Problem]) -> list[PublicKey]:
    """The keys of the log, each signed by the one before; the chain ends where that fails."""
    keys, broken = read_chain(folder.root / "keys")
    if broken is not None:
        problems.append(Problem(f"keys/{broken[0]}", broken[1]))
    return keys


def _kept(
    folder: AuditFolder, keys: Sequence[PublicKey], problems: list[Problem]
) -> list[tuple[str, Checkpoint]]:
    """The checkpoints that lie beside the log and are rightly signed, under the name of their size."""
    found = []
    for path in folder.checkpoints():
        place = f"checkpoints/{path.name}"
        try:
            checkpoint, _ = read_note(path.read_bytes(), keys)
        except LogDamaged as error:
            problems.append(Problem(place, str(error)))
            continue
        if path.name != f"{checkpoint.size:012d}.txt":
            problems.append(Problem(place, "is not named by its size"))
            continue
        found.append((place, checkpoint))
    return found
