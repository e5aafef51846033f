"""The asking of rows in a process of its own.

Great Expectations takes seconds to load and to ask. A command has it done beside its other work, on the machine's other core, by one process
for all the mornings that it lives; whoever needs an answer waits for what is left of it, and asks in person where it does not come. The other
process reads landing and the codes of records: no key, no register. It writes Data Docs into a folder of the command's own, outside the home;
they take the place of those before when a paper takes its answer, so what lies there is of the paper that was made last.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from application.rows_asked import RowsAsked
from telephony_ingest.quality.verdict import Check, Verdict

_WAIT_SECONDS = 300.0
_AT_ONCE = 5
"""Questions that are asked at once: so many answers (8 kB each) a pipe holds while nobody reads, and so whoever asks is never kept."""
Verdicts = Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked, and where the other process leaves its pages."""

    asked: RowsAsked
    pages: Path

    def line(self) -> str:
        asked = self.asked
        files = {
            name: [str(path.resolve()) for path in paths] for name, paths in asked.files.items()
        }
        return json.dumps(
            {
                "landing": str(asked.landing.resolve()),
                "files": files,
                "first_day": asked.first_day and asked.first_day.isoformat(),
                "last_day": asked.last_day and asked.last_day.isoformat(),
                "form_file": asked.form_file and str(asked.form_file.resolve()),
                "pages": asked.pages and [str(self.pages), asked.pages[1].isoformat()],
            }
        )

    def bring_pages(self) -> None:
        """Let the pages take the place of those before."""
        if self.asked.pages is None or not self.pages.is_dir():
            return
        shutil.rmtree(self.asked.pages[0], ignore_errors=True)
        shutil.move(self.pages, self.asked.pages[0])


@dataclass(slots=True)
class Asker:
    """The other process: begun when something is asked, ended with the block."""

    command: Sequence[str] = (sys.executable, "-m", "application.asking_aside")
    process: subprocess.Popen[bytes] | None = None
    _open: list[_Question] = field(default_factory=list)
    _answers: list[tuple[_Question, Verdicts]] = field(default_factory=list)
    _heard: bytes = b""
    _pages: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, *asked: RowsAsked) -> None:
        """Begin to ask these, one after another; of very many the first. What was asked before and not waited for is asked no more."""
        asked = asked[:_AT_ONCE]
        if self._open:
            self.close()
        self._answers.clear()
        if self._pages is None:
            self._pages = tempfile.TemporaryDirectory(prefix="madoguchi-asked-")
        place = Path(self._pages.name)
        questions = [_Question(one, place / str(number)) for number, one in enumerate(asked)]
        try:
            if self.process is None or self.process.poll() is not None:
                self.process = subprocess.Popen(  # noqa: S603 - our own module
                    self.command,
                    cwd=Path(__file__).resolve().parents[1],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            assert self.process.stdin is not None  # noqa: S101 - it was asked for
            self.process.stdin.write("".join(f"{one.line()}\n" for one in questions).encode())
            self.process.stdin.flush()
        except OSError:
            self.close()
            return
        self._open = questions

    def answer_to(self, asked: RowsAsked) -> Verdicts | None:
        """Every verdict of what is being asked, had once; null where the other process gives none, or is not asked that."""
        while (
            any(one.asked == asked for one in self._open)
            and self.process is not None
            and self.process.stdout is not None
        ):
            first = self._open.pop(0)
            verdicts = _verdicts(first.asked, self._line(self.process.stdout))
            if verdicts is None:
                self.close()
                return None
            self._answers.append((first, verdicts))
        for number, (known, verdicts) in enumerate(self._answers):
            if known.asked == asked:
                del self._answers[number]
                known.bring_pages()
                return verdicts
        return None

    def _line(self, stdout: IO[bytes]) -> str:
        """What is said up to the end of the line; what there is of it where nothing more comes."""
        until = time.monotonic() + _WAIT_SECONDS
        while b"\n" not in self._heard:
            ready, _, _ = select.select([stdout], [], [], max(0.0, until - time.monotonic()))
            more = os.read(stdout.fileno(), 1 << 16) if ready else b""
            if not more:
                break
            self._heard += more
        line, end, self._heard = self._heard.partition(b"\n")
        return (line + end).decode("utf-8", "replace")

    def close(self) -> None:
        """End it, answered or not."""
        process, self.process, self._heard = self.process, None, b""
        pages, self._pages = self._pages, None
        self._open.clear()
        self._answers.clear()
        if process is not None:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            process.wait()
        if pages is not None:
            pages.cleanup()


def _asked(line: str) -> RowsAsked:
    told = json.loads(line)
    first, last, form, pages = (
        told[name] for name in ("first_day", "last_day", "form_file", "pages")
    )
    return RowsAsked(
        Path(told["landing"]),
        {name: [Path(path) for path in paths] for name, paths in told["files"].items()},
        first and date.fromisoformat(first),
        last and date.fromisoformat(last),
        form and Path(form),
        pages=pages and (Path(pages[0]), datetime.fromisoformat(pages[1])),
    )


def _told(verdicts: Iterable[Verdict]) -> str:
    return json.dumps(
        [
            {"kind": one.kind, "rows": one.rows, "checks": [asdict(check) for check in one.checks]}
            for one in verdicts
        ]
    )


def _verdicts(asked: RowsAsked, told: str) -> Verdicts | None:
    try:
        found: list[dict[str, Any]] = json.loads(told)
        by_name = {dataset.name: dataset for dataset in asked.datasets}
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
        verdicts = _asked(line).answer()
        sys.stdout.write(f"{_told(verdicts.values())}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
