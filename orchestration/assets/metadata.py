"""Materialization metadata for a person: Japanese labels, counts, a small table, an inline chart.

Counts and digests only, never personal data: Dagster stores and shows what stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import dagster as dg


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """A Markdown table; numbers are right-aligned."""
    numeric = [
        any(isinstance(r[i], int | float) for r in rows)
        and all(isinstance(r[i], int | float) or r[i] in (None, "―") for r in rows)
        for i in range(len(header))
    ]
    lines = [
        "| " + " | ".join(header) + " |",
        "|" + "|".join("---:" if n else "---" for n in numeric) + "|",
    ]
    lines += ["| " + " | ".join(_cell(v) for v in row) + " |" for row in rows]
    return dg.MetadataValue.md("\n".join(lines))


_SHADES = "█▓▒░·"
_WIDEST = 20


def bars(
    labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]
) -> dg.MarkdownMetadataValue:
    """A stacked bar per label, drawn with characters; `series` is (name, one count per label).

    The UI opens Markdown longer than 1,000 characters only on a click, so a picture would stay shut.
    """
    totals = [sum(values[i] for _, values in series) for i in range(len(labels))]
    scale = _WIDEST / max(_WIDEST, *totals)
    rows = []
    for i, label in enumerate(labels):
        bar = "".join(_SHADES[n] * round(values[i] * scale) for n, (_, values) in enumerate(series))
        rows.append((label, f"`{bar}` {totals[i]}" if totals[i] else "―"))
    legend = " ".join(f"{_SHADES[n]}{name}" for n, (name, _) in enumerate(series))
    return table(("", legend), rows)


def file_list(folder: Path, names: Sequence[str]) -> dg.MarkdownMetadataValue:
    """Where files lie, one a line."""
    return dg.MetadataValue.md("\n".join([f"`{folder}`", "", *(f"- `{name}`" for name in names)]))


def _cell(value: object) -> str:
    if value is None:
        return "―"
    if isinstance(value, float):
        return f"{value:.1f}"
    return str(value).replace("|", "\\|")
