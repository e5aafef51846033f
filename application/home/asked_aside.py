"""Questions to the rows of some days, and the asking in a process of its own.

Great Expectations takes seconds to load and to ask. A command has it done beside its other work, on the machine's other core, by one process
for all the mornings that it lives; whoever needs the answer waits for what is left of it, and asks in person where it does not come. The other
process reads landing alone: no key, no register.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

from telephony_ingest.exchange import DATASETS
from telephony_ingest.quality.verdict import Check, Verdict

_WAIT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """What is asked: the rows since that day, in those files of each dataset."""

    landing: Path
    since: date
    files: Mapping[str, list[Path]]

    def answer(self) -> dict[str, Verdict]:
        """Ask, in this process."""
        from telephony_ingest.quality.judge import judge

        return judge(self.landing, DATASETS.values(), first_day=self.since, elsewhere=self.files)


@dataclass(slots=True)
class Aside:
    """Questions under way in another process; the answer is had once."""

    asked: RowsAsked
    asker: Asker

    def answer(self) -> dict[str, Verdict] | None:
        """Every verdict; null where the other process gave none, or was asked something else since."""
        return self.asker.answer_of(self)


@dataclass(slots=True)
class Asker:
    """The other process: begun when something is asked, asked one thing at a time, ended with the block."""

    command: Sequence[str] = (sys.executable, "-m", "application.home.asked_aside")
    process: subprocess.Popen[bytes] | None = None
    _open: Aside | None = None

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, asked: RowsAsked) -> Aside | None:
        """Begin to ask; null where no process can be had. What was asked before and not waited for is asked no more."""
        if self._open is not None:
            self.close()
        try:
            if self.process is None or self.process.poll() is not None:
                self.process = subprocess.Popen(  # noqa: S603 - our own module
                    self.command,
                    cwd=Path(__file__).resolve().parents[2],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            assert self.process.stdin is not None  # noqa: S101 - it was asked for
            self.process.stdin.write(f"{_question(asked)}\n".encode())
            self.process.stdin.flush()
        except OSError:
            self.close()
            return None
        self._open = Aside(asked, self)
        return self._open

    def answer_of(self, aside: Aside) -> dict[str, Verdict] | None:
        """The answer to what is being asked; null where it does not come, or is none."""
        if self._open is not aside or self.process is None or self.process.stdout is None:
            return None
        self._open = None
        verdicts = _verdicts(_line_of(self.process.stdout, time.monotonic() + _WAIT_SECONDS))
        if verdicts is None:
            self.close()
        return verdicts

    def close(self) -> None:
        """End it, answered or not."""
        process, self.process, self._open = self.process, None, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        process.wait()


def _line_of(stdout: IO[bytes], until: float) -> str:
    """What is said up to the end of the line; what there is of it where nothing more comes."""
    said = b""
    while not said.endswith(b"\n"):
        ready, _, _ = select.select([stdout], [], [], max(0.0, until - time.monotonic()))
        more = os.read(stdout.fileno(), 1 << 16) if ready else b""
        if not more:
            break
        said += more
    return said.decode("utf-8", "replace")


def _question(asked: RowsAsked) -> str:
    return json.dumps(
        {
            "landing": str(asked.landing.resolve()),
            "since": asked.since.isoformat(),
            "files": {
                name: [str(path.resolve()) for path in paths] for name, paths in asked.files.items()
            },
        }
    )


def _told(verdicts: Iterable[Verdict]) -> str:
    return json.dumps(
        [
            {"kind": one.kind, "rows": one.rows, "checks": [asdict(check) for check in one.checks]}
            for one in verdicts
        ]
    )


def _verdicts(told: str) -> dict[str, Verdict] | None:
    try:
        found: list[dict[str, Any]] = json.loads(told)
        by_name = {dataset.name: dataset for dataset in DATASETS.values()}
        return {
            one["kind"]: Verdict(
                by_name[one["kind"]], one["rows"], tuple(Check(**check) for check in one["checks"])
            )
            for one in found
        }
    except (ValueError, TypeError, LookupError):
        return None


def main() -> None:
    """The other process: lines with what is asked come in, lines with counts go out."""
    import telephony_ingest.quality.judge  # noqa: F401  (loaded while the first question is being written)

    for line in sys.stdin:
        told = json.loads(line)
        files = {name: [Path(path) for path in paths] for name, paths in told["files"].items()}
        asked = RowsAsked(Path(told["landing"]), date.fromisoformat(told["since"]), files)
        sys.stdout.write(f"{_told(asked.answer().values())}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
