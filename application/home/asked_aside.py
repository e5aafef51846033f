"""Questions to the rows of some days, and the asking in a process of its own.

Great Expectations takes a second to load. A command that does one morning and ends has it loaded and asked beside its other work, on
the machine's other core; whoever needs the answer waits for what is left of it, and asks in person where it does not come.
Processes that ask more than once load it themselves, once. The other process reads landing alone: no key, no register.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

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
    process: subprocess.Popen[str]

    def answer(self) -> dict[str, Verdict] | None:
        """Every verdict; null where the other process gave none, or was asked something else."""
        try:
            told, _ = self.process.communicate(timeout=_WAIT_SECONDS)
        except (subprocess.TimeoutExpired, ValueError, OSError):
            self.close()
            return None
        return _verdicts(told) if self.process.returncode == 0 else None

    def close(self) -> None:
        """End it, answered or not."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def ask_aside(asked: RowsAsked) -> Aside | None:
    """Begin to ask in another process; null where none can be started."""
    told = {
        "landing": str(asked.landing.resolve()),
        "since": asked.since.isoformat(),
        "files": {
            name: [str(path.resolve()) for path in paths] for name, paths in asked.files.items()
        },
    }
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "application.home.asked_aside"],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    except OSError:
        return None
    aside = Aside(asked, process)
    try:
        if process.stdin is not None:
            process.stdin.write(json.dumps(told))
            process.stdin.close()
            process.stdin = None
    except OSError:
        aside.close()
        return None
    return aside


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
    """The other process: what is asked comes in, counts go out."""
    told = json.loads(sys.stdin.read())
    files = {name: [Path(path) for path in paths] for name, paths in told["files"].items()}
    asked = RowsAsked(Path(told["landing"]), date.fromisoformat(told["since"]), files)
    sys.stdout.write(_told(asked.answer().values()))


if __name__ == "__main__":
    main()
