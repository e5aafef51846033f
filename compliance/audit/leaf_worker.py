"""Hashes the entries of a large log in a process of its own: run as a file, with the standard library alone.

Reads the log named as its argument and writes, per piece: the number of entries in 8 bytes (big endian), then
their leaf hashes, 32 bytes each. While it hashes leaves its parent hashes nodes, so a log of a million entries
is verified in little more than the time that one loop over its lines takes.
"""

from __future__ import annotations

import sys
from hashlib import sha256

PIECE = 1 << 21


def main(path: str) -> None:
    """Write the leaf hashes of every whole line."""
    out, rest = sys.stdout.buffer, b""
    with open(path, "rb") as file:  # noqa: PTH123 - nothing else is imported here
        while piece := file.read(PIECE):
            *lines, rest = (rest + piece).split(b"\n")
            out.write(len(lines).to_bytes(8, "big"))
            out.write(b"".join([sha256(b"\x00" + line).digest() for line in lines]))


if __name__ == "__main__":
    main(sys.argv[1])
