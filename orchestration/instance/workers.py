"""Which process executes a run: a file of the instance that it holds locked for as long as it lives, however it ends.

A lock goes with its process, at a kill and at a power cut too, and no other process can be taken for it: ids of processes come
again, locks do not. The file is removed by whoever ended in order; one that nobody holds is what a killed process left.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

FOLDER = "workers"


class Worker(StrEnum):
    """What is known of the process of a run."""

    ALIVE = "alive"
    GONE = "gone"
    """It began here and did not end in order."""
    UNKNOWN = "unknown"
    """None began here that has not ended: a command's own run, or one that was launched as Dagster does by default."""


@contextmanager
def working(root: Path, run_id: str) -> Iterator[None]:
    """Be the process of a run until the block ends. `root` is the folder of the instance. Of two at once one is it.

    Raises:
        BlockingIOError: another process is.
    """
    path = _place(root, run_id)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    prepared = path.with_suffix(f".{os.getpid()}")
    try:
        with prepared.open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.write(f"{os.getpid()}\n{run_id}\n".encode())
            file.flush()
            os.fsync(file.fileno())
            _clear(path)
            try:
                os.link(prepared, path)  # held before it can be seen
            except FileExistsError:
                raise BlockingIOError(f"another process is at run {run_id}") from None
            prepared.unlink()
            yield
            path.unlink(missing_ok=True)
    finally:
        prepared.unlink(missing_ok=True)


def look(root: Path, run_id: str) -> tuple[Worker, int]:
    """How it stands with the process of a run, and its id where it is alive (else 0)."""
    path = _place(root, run_id)
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return Worker.UNKNOWN, 0
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return Worker.ALIVE, int(file.readline() or 0)
        return (Worker.GONE, 0) if path.exists() else (Worker.UNKNOWN, 0)


def sweep(root: Path, is_over: Callable[[str], bool]) -> None:
    """Remove what processes left that were killed, of runs that are over and whose end nobody else will note."""
    for path in root.glob(f"{FOLDER}/*"):
        with suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            _, _, run_id = file.read().decode("utf-8", "replace").partition("\n")
            if is_over(run_id.strip()):
                path.unlink()


def forget(root: Path, run_id: str) -> None:
    """Remove what the process of a run left; its end is noted."""
    with suppress(FileNotFoundError):
        _place(root, run_id).unlink()


def _clear(path: Path) -> None:
    """Remove what a killed process left there; one that is held stays. Whoever removes it holds it meanwhile, so that nobody removes what
    was put there since."""
    with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(file.fileno()), path.stat()):
            path.unlink()


def _place(root: Path, run_id: str) -> Path:
    """Ids of runs come from pages, too: no part of a path is made of them."""
    return root / FOLDER / hashlib.sha256(run_id.encode()).hexdigest()
