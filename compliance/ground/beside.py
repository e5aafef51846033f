"""Work on a file from outside, done beside this process: in one of its own that may take so much memory and time, no more.

A library that reads Office files trusts them: a merged cell of a whole sheet or a table of ten million texts is taken at its
word. No list of such words is complete, so the work gets a process whose limits the kernel keeps (setrlimit(2)), and whatever
ends it is a reason against the file. It begins anew, with nothing of the caller's memory, keys or open files.

```python
rows = beside(rows_of_workbook, content)      # a function of a module that returns bytes
```
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from compliance.errors import FileRefused
from compliance.ground.bounded_file import DAMAGED

MOST_MEMORY = 256 << 20
"""Bytes of the process's own data."""
MOST_SECONDS = 6
"""Of work; the process waits for a core no longer than two more."""
_MADE, _REFUSED = b"+", b"-"
_RESERVE = 8 << 20
"""Bytes that are let go of where no more are left, so that this can be told."""
_OVER = 3
"""The exit status of a process that had no more memory."""
TOO_MUCH = "読み取りに必要な時間又はメモリが多すぎます。シートや行を減らし、分けてください。"


def beside(work: Callable[..., bytes], *given: Any) -> bytes:
    """What a function of a module makes of what it is given, both of which can be pickled.

    Raises:
        FileRefused: the function refused, failed, or needed more than the limits; a failure is told as a damaged file.
    """
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-P", "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "OPENBLAS_NUM_THREADS": "1",  # a library of a library reserves memory for each core
        },
    )
    with process:
        try:
            answer, _ = process.communicate(pickle.dumps((work, given)), MOST_SECONDS + 2)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise FileRefused(TOO_MUCH) from error
    if process.returncode == 0 and answer[:1] == _MADE:
        return answer[1:]
    if process.returncode == 0 and answer[:1] == _REFUSED:
        raise FileRefused(answer[1:].decode())
    is_over = process.returncode == _OVER or process.returncode < 0  # the kernel ended it
    raise FileRefused(TOO_MUCH if is_over else DAMAGED)


def _limit_this_process() -> None:
    """Only Unix knows limits; elsewhere the caller's clock alone ends the work."""
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no caller's words on the disk
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))


def _work() -> None:
    _limit_this_process()
    reserve = bytearray(_RESERVE)
    work, given = pickle.load(sys.stdin.buffer)  # noqa: S301 - what `beside` wrote
    try:
        answer = _MADE + work(*given)
    except FileRefused as refused:
        answer = _REFUSED + str(refused).encode()
    except Exception as error:  # noqa: BLE001 - whatever a library makes of a hostile file
        del reserve
        sys.exit(_OVER if _is_over(error) else 1)
    sys.stdout.buffer.write(answer)


def _is_over(error: BaseException | None) -> bool:
    """Whether no memory was left when an error came: it says so, one that it was made of does, or the process had nearly all
    of its own (libraries in C tell it as a broken file)."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__context__
    return _most_memory() > MOST_MEMORY * 3 // 4


def _most_memory() -> int:
    """The most bytes that this process had at once (proc(5)); 0 where that is not told."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    return 0


if __name__ == "__main__":
    _work()
