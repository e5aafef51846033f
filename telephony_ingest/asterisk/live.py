"""Calls that just ended, read from the end of the queue log while the PBX writes it: what the desk fills in.

Only what identifies a call and its operator is read; numbers are passed over. What has landed is the truth of papers; this
is a look at the present, of the file as it is now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from telephony_ingest.asterisk.moments import moment_of

_TAIL_BYTES = 1 << 18
"""Some three thousand lines: hours of a centre of five lines."""
_ENDS = frozenset({"COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER"})
_BEGINS = "CONNECT"


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call as the queue log tells it; `ended_at` is null while it goes on. Instants in UTC."""

    call_id: str
    queue: str
    operator: str
    answered_at: datetime
    ended_at: datetime | None


def live_calls(lines: Iterable[str], operators: Mapping[str, str]) -> list[LiveCall]:
    """The answered calls that those lines tell of, the newest first. `operators`: ids by the spellings of the log.

    A line that is none is passed over: whether the log can be read is landing's to say.
    """
    found: dict[tuple[str, str], LiveCall] = {}
    for line in lines:
        parts = line.rstrip("\r\n").split("|")
        at = moment_of(parts[0])
        if len(parts) < 5 or at is None:
            continue
        call_id, queue, agent, event = parts[1:5]
        operator = operators.get(agent)
        if operator is None:
            continue
        if event == _BEGINS:
            found[call_id, operator] = LiveCall(call_id, queue, operator, at, None)
        elif event in _ENDS and (begun := found.get((call_id, operator))):
            found[call_id, operator] = LiveCall(call_id, queue, operator, begun.answered_at, at)
    return sorted(found.values(), key=lambda call: (call.answered_at, call.call_id), reverse=True)


def tail_of_log(root: Path, pattern: str) -> list[str]:
    """The last whole lines of the log that is written now; where that file is short, after those of the one before it: a
    call may begin in a file that was rotated away before it ended. None where there is no such file."""
    if not pattern:
        return []
    present = [path for path in root.glob(pattern) if path.is_file() and path.suffix != ".gz"]
    newest_first = sorted(
        present, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True
    )
    lines: list[str] = []
    for path in newest_first[:2]:
        tail, is_whole = _tail(path)
        lines = tail + lines
        if not is_whole:
            break
    return lines


def _tail(path: Path) -> tuple[list[str], bool]:
    """The last whole lines of a file, and whether they are all of it."""
    with path.open("rb") as file:
        start = max(0, file.seek(0, 2) - _TAIL_BYTES)
        file.seek(start)
        content = file.read()
    if start:
        content = content[content.find(b"\n") + 1 :]
    whole = content[: content.rfind(b"\n") + 1]
    return whole.decode("utf-8", "replace").splitlines(), start == 0
