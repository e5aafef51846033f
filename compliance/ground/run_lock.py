"""The run lock: one process at a time changes a home.

An exclusive `flock` on a file in the home. The kernel frees it when its holder dies, so a killed run
never locks anybody out. The file's text says who holds it, for the message of whoever is refused.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compliance.errors import HomeBusy
from compliance.ground.home import Home

_PAUSE_SECONDS = 0.2


@contextmanager
def run_lock(home: Home, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the home for the length of the block.

    Raises:
        HomeBusy: another process holds it and did not let go within `wait_seconds`.
    """
    descriptor = os.open(home.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(descriptor, home, wait_seconds)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()}".encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def service_lock(home: Home) -> Iterator[None]:
    """Be the one service of a home for the length of the block: two would start every schedule twice.

    Raises:
        HomeBusy: another one answers already.
    """
    descriptor = os.open(home.service_lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeBusy(
                f"The home {home.root} is open in another `madoguchi serve` or `dev`: end that one first."
            ) from None
        yield
    finally:
        os.close(descriptor)


def is_in_use(root: Path) -> bool:
    """Whether a process holds the home at `root`, or a service answers for it; a folder that is no home is not in use."""
    home = Home.at(root)
    return any(is_locked(path) for path in (home.lock_file, home.service_lock_file))


def is_locked(path: Path) -> bool:
    """Whether a process holds a lock's file; one that is not there is held by nobody."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _acquire(descriptor: int, home: Home, wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = os.pread(descriptor, 64, 0).decode("ascii", "replace") or "another process"
                raise HomeBusy(
                    f"The home {home.root} is held by {holder}: wait until it has finished, then run "
                    "the command again."
                ) from None
            time.sleep(_PAUSE_SECONDS)
        else:
            return
