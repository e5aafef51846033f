"""Progress for a person: a spinner and a line per finished step on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
