"""Durable steps: a file is there whole, under its final name, or not at all.

Every step that must survive a power cut goes through here: write under a temporary name in the same
folder, fsync, rename, fsync the folder (the order that POSIX needs; see fsync(2) and rename(2)). Each
step calls `_step`, where a test can make it fail, so that whoever builds on this module can prove what
a crash between any two steps leaves behind.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

TEMPORARY_PREFIX = ".tmp-"
_NO_LINK = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP}
"""What a link to another file system, or on one that has none, fails with."""

_listener: Callable[[str], None] | None = None


class InjectedFault(Exception):
    """Raised by `failing_at` in tests, never in production."""


def write_durably(
    path: Path, content: bytes | Callable[[BinaryIO], None], *, mode: int = 0o600
) -> None:
    """Write `content` to `path`, replacing what was there in one step.

    Raises:
        OSError: the folder cannot be written; what was there before is untouched.
    """
    temporary = temporary_beside(path)
    try:
        _step(f"create {path.name}")
        with os.fdopen(
            os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb"
        ) as file:
            if callable(content):
                content(file)
            else:
                file.write(content)
            _step(f"write {path.name}")
            file.flush()
            os.fsync(file.fileno())
        _step(f"sync {path.name}")
        _rename(temporary, path)
    except Exception:
        temporary.unlink(missing_ok=True)
        raise


def publish(temporary: Path, path: Path) -> None:
    """Give a file that another writer finished its final name, durably. Both lie in one folder."""
    _step(f"produced {path.name}")
    descriptor = os.open(temporary, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    _step(f"sync {path.name}")
    _rename(temporary, path)


def linked(source: Path, path: Path) -> bool:
    """Give a file a second name; false where the file systems let it have none. Durable with its folder (`publish_folder`)."""
    _step(f"link {path.name}")
    try:
        os.link(source, path, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        return False
    _step(f"linked {path.name}")
    return True


def publish_folder(temporary: Path, folder: Path) -> None:
    """Give a folder whose files are durable its final name, whole; it replaces an empty one at most.

    Raises:
        OSError: something lies there.
    """
    _step(f"produced {folder.name}")
    for below in sorted((path for path in temporary.rglob("*") if path.is_dir()), reverse=True):
        _sync_folder(below)
    _sync_folder(temporary)
    _step(f"sync {folder.name}")
    _rename(temporary, folder)


def point_durably(link: Path, target: str) -> None:
    """Let a link name another target in one step, whatever it named before."""
    temporary = temporary_beside(link)
    _step(f"link {link.name}")
    temporary.symlink_to(target)
    _rename(temporary, link)


def remove_durably(path: Path) -> None:
    """Remove a file and make its absence durable; a file that is gone already is no error."""
    _step(f"remove {path.name}")
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


def overwrite_durably(path: Path, content: bytes) -> None:
    """Write over a file's own bytes in place. On flash and copy-on-write file systems remnants may stay."""
    _step(f"overwrite {path.name}")
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    _step(f"overwritten {path.name}")


def temporary_beside(path: Path) -> Path:
    """A fresh temporary name in the folder of `path`, with its suffix."""
    return path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}{path.suffix}")


def sweep_temporaries(folder: Path, *, is_deep: bool = False) -> int:
    """Remove what a killed process left half-written; the caller holds the run lock.

    `is_deep`: in the folders below as well.
    """
    pattern = f"{'**/' if is_deep else ''}{TEMPORARY_PREFIX}*"
    leftovers = list(folder.glob(pattern)) if folder.is_dir() else []
    for path in leftovers:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return len(leftovers)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Whoever else holds the folder waits (flock), in this process or another; it is made where it is missing.

    For what is made once: whether it is there is asked, and it is made, within the block.

    Raises:
        OSError: the folder cannot be made or opened.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def failing_at(nth: int, fault: Callable[[], None] | None = None) -> Iterator[list[str]]:
    """For tests: count durable steps and fail at the nth (from 0). Yields the names of steps seen."""
    global _listener
    seen: list[str] = []

    def listen(name: str) -> None:
        seen.append(name)
        if len(seen) == nth + 1:
            if fault:
                fault()
            raise InjectedFault(name)

    before, _listener = _listener, listen
    try:
        yield seen
    finally:
        _listener = before


def _rename(temporary: Path, path: Path) -> None:
    temporary.replace(path)
    _step(f"rename {path.name}")
    _sync_folder(path.parent)
    _step(f"done {path.name}")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _step(name: str) -> None:
    if _listener is not None:
        _listener(name)


class AppendedFile:
    """A file that only grows, whole line by whole line, by any number of processes at once.

    Whatever `append` returned from is on the disk (fdatasync). A line that a crash left half-written was
    never acknowledged: the next `append` cuts it off. One process at a time appends (flock).

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path, *, mode: int = 0o600) -> None:
        self.path = path
        is_new = not path.exists()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, mode)
        self._whole = -1
        if is_new:
            _sync_folder(path.parent)

    def __enter__(self) -> AppendedFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of it."""
        os.close(self._file)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else appends while the block lasts; a half-written line is gone."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            size = os.fstat(self._file).st_size
            if size != self._whole:
                self._mend(size)
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def append(self, lines: bytes) -> None:
        """Append whole lines, each with its newline; durable on return.

        Raises:
            OSError: the disk is full or fails; nothing was appended.
        """
        with self.held():
            self.append_held(lines)

    def append_held(self, lines: bytes) -> None:
        """As `append`, within `held`."""
        before = self._whole
        self._whole = -1
        _step(f"append {self.path.name}")
        try:
            view = memoryview(lines)
            while view:
                view = view[os.write(self._file, view) :]
            _step(f"written {self.path.name}")
            os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, before)
            raise
        self._whole = before + len(lines)
        _step(f"appended {self.path.name}")

    def tail(self, lines: int) -> list[bytes]:
        """The last whole lines, at most so many, without their newlines; within `held`."""
        size, block, found = self._whole, 1 << 16, b""
        while size > 0 and found.count(b"\n") <= lines:
            block = min(block, size)
            size -= block
            found = os.pread(self._file, block, size) + found
        return found.splitlines()[-lines:]

    def _mend(self, size: int) -> None:
        """Cut a half-written last line off."""
        at = size
        while at > 0:
            start = max(0, at - (1 << 16))
            newline = os.pread(self._file, at - start, start).rfind(b"\n")
            if newline >= 0:
                at = start + newline + 1
                break
            at = start
        if at != size:
            os.ftruncate(self._file, at)
            os.fdatasync(self._file)
        self._whole = at
