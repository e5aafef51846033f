"""Materialization metadata for a person: Japanese labels, counts, a small table, an inline chart.

Counts and digests only, never personal data: Dagster stores and shows what stands here.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from reporting import charts


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """A Markdown table; numbers are right-aligned."""
    numeric = [
        any(isinstance(r[i], int | float) for r in rows)
        and all(isinstance(r[i], int | float) or r[i] == "―" for r in rows)
        for i in range(len(header))
    ]
    lines = [
        "| " + " | ".join(header) + " |",
        "|" + "|".join("---:" if n else "---" for n in numeric) + "|",
    ]
    lines += ["| " + " | ".join(_cell(v) for v in row) + " |" for row in rows]
    return dg.MetadataValue.md("\n".join(lines))


def stacked_bars(
    labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]
) -> dg.MarkdownMetadataValue:
    """A stacked bar chart as an inline picture; `series` is (name, one count per label)."""
    width = max(360, 46 * len(labels) + 60)
    picture = base64.b64encode(charts.stacked_bars(labels, series, width=width).encode()).decode()
    return dg.MetadataValue.md(f"![図](data:image/svg+xml;base64,{picture})")


def file_list(folder: Path, names: Sequence[str]) -> dg.MarkdownMetadataValue:
    """Where files lie, one a line."""
    return dg.MetadataValue.md("\n".join([f"`{folder}`", "", *(f"- `{name}`" for name in names)]))


def _cell(value: object) -> str:
    if value is None:
        return "―"
    if isinstance(value, float):
        return f"{value:.1f}"
    return str(value).replace("|", "\\|")
