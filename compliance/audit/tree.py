"""The Merkle tree of RFC 9162 (2.1) over a log's leaves, with SHA-256.

A leaf's hash is SHA-256(0x00 ‖ data), a node's SHA-256(0x01 ‖ left ‖ right); the root of no leaf is
SHA-256 of nothing. A `Frontier` is what must be remembered of a growing tree: the roots of its whole
subtrees, at most one per height. Hashes are 32 bytes, indexes count from 0.

>>> grown = Frontier()
>>> grown.extend([leaf_hash(b"a"), leaf_hash(b"b")])
>>> grown.root() == node_hash(leaf_hash(b"a"), leaf_hash(b"b"))
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

EMPTY_ROOT = sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf."""
    return sha256(b"\x00" + data).digest()


def leaf_hashes(datas: Sequence[bytes]) -> list[bytes]:
    """The hashes of many leaves, in order."""
    digest = sha256
    return [digest(b"\x00" + data).digest() for data in datas]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node above two others."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """A tree of `size` leaves as the roots of its whole subtrees, the tallest first."""

    size: int = 0
    _roots: list[bytes] = field(default_factory=list)

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Append leaves by their hashes."""
        start = 0
        while start < len(leaves):
            block = 1 << (len(leaves) - start).bit_length() - 1
            if self.size:
                block = min(block, self.size & -self.size)
            self._push(_whole(leaves[start : start + block]), block)
            start += block

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._roots:
            return EMPTY_ROOT
        found = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            found = node_hash(left, found)
        return found

    def _push(self, root: bytes, leaves: int) -> None:
        """Append a whole subtree; equal neighbours become one."""
        at = self.size
        while at & leaves:
            root = node_hash(self._roots.pop(), root)
            at -= leaves
            leaves *= 2
        self._roots.append(root)
        self.size = at + leaves


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes."""
    grown = Frontier()
    grown.extend(leaves)
    return grown.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The path from a leaf to the root, the lowest first (RFC 9162, 2.1.3.1).

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} among {len(leaves)}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root_of(leaves[:split])]


def is_included(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf stands at that place of the tree of `size` leaves (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for beside in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(beside, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def consistency_proof(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """That the tree of the first `earlier` leaves is the beginning of this one (RFC 9162, 2.1.4.1).

    Raises:
        IndexError: the earlier tree is empty or larger.
    """
    if not 0 < earlier <= len(leaves):
        raise IndexError(f"no tree of {earlier} leaves within {len(leaves)}")
    return _consistency(leaves, earlier, is_whole=True)


def is_consistent(
    earlier: int, later: int, earlier_root: bytes, later_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether one tree is the beginning of the other (RFC 9162, 2.1.4.2)."""
    if not 0 < earlier <= later:
        return False
    if earlier == later:
        return not proof and earlier_root == later_root
    path = list(proof)
    if earlier & (earlier - 1) == 0:
        path.insert(0, earlier_root)
    if not path:
        return False
    at, last = earlier - 1, later - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and old == earlier_root and new == later_root


def _consistency(leaves: Sequence[bytes], earlier: int, *, is_whole: bool) -> list[bytes]:
    if earlier == len(leaves):
        return [] if is_whole else [root_of(leaves)]
    split = _split(len(leaves))
    if earlier <= split:
        inner = _consistency(leaves[:split], earlier, is_whole=is_whole)
        return [*inner, root_of(leaves[split:])]
    inner = _consistency(leaves[split:], earlier - split, is_whole=False)
    return [*inner, root_of(leaves[:split])]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _whole(level: Sequence[bytes]) -> bytes:
    """The root of a subtree whose number of leaves is a power of two."""
    digest = sha256
    while len(level) > 1:
        level = [
            digest(b"\x01" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=True)
        ]
    return level[0]
