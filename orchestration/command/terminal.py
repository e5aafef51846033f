"""Progress for a person: a spinner and a line per finished step on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from compliance.ground.japan import TOKYO


def _write(line: str) -> None:
    """One write per line: dbt's threads report at the same time."""
    sys.stderr.write(line)
    sys.stderr.flush()


@contextmanager
def progress(*, is_quiet: bool) -> Iterator[Callable[[str], None]]:
    """Yield a function that takes one short line per finished step; prints to standard error."""
    if is_quiet:
        yield lambda _: None
        return
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda line: _write(f"  {line}\n")
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(
        SpinnerColumn(),
        TextColumn("{task.completed} steps"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda line: bar.update(task, advance=1, description=line)


@dataclass(frozen=True, slots=True)
class Lived:
    """What a life of many days tells: each step that ended, and each moment that was lived up to."""

    step: Callable[[str], None]
    moment: Callable[[datetime], None]


_PARTS = 8
"""So many lines tell of a whole life where there is no terminal."""


@contextmanager
def lived_progress(first: datetime, last: datetime, *, is_quiet: bool) -> Iterator[Lived]:
    """Yield what to tell of a life from one moment to another: on a terminal a bar with the day, what is made and how long yet; elsewhere
    a line for each eighth of it."""
    whole = max((last - first).total_seconds(), 1.0)

    def part(at: datetime) -> float:
        return min(max((at - first).total_seconds() / whole, 0.0), 1.0)

    if is_quiet:
        yield Lived(lambda _: None, lambda _: None)
        return
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        told = 0

        def tell(at: datetime) -> None:
            nonlocal told
            if int(part(at) * _PARTS) > told:
                told = int(part(at) * _PARTS)
                _write(f"  lived up to {at.astimezone(TOKYO):%Y-%m-%d}  {part(at):.0%}\n")

        yield Lived(lambda _: None, tell)
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.fields[day]}"),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("starting", total=1.0, day=f"{first.astimezone(TOKYO):%Y-%m-%d}")
        yield Lived(
            lambda line: bar.update(task, description=line),
            lambda at: bar.update(task, completed=part(at), day=f"{at.astimezone(TOKYO):%Y-%m-%d}"),
        )
