"""Materialization metadata for a person: Japanese labels, counts, a small table, an inline chart.

Counts and digests only, never personal data: Dagster stores and shows what stands here.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

import dagster as dg

_BAR_COLOURS = ("#1f4e79", "#c55a11", "#7f7f7f", "#548235")


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """A Markdown table; numbers are right-aligned."""
    numeric = [all(isinstance(r[i], int | float) for r in rows) for i in range(len(header))]
    lines = [
        "| " + " | ".join(header) + " |",
        "|" + "|".join("---:" if n and rows else "---" for n in numeric) + "|",
    ]
    lines += ["| " + " | ".join(_cell(v) for v in row) + " |" for row in rows]
    return dg.MetadataValue.md("\n".join(lines))


def stacked_bars(
    labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]
) -> dg.MarkdownMetadataValue:
    """A small stacked bar chart as an inline picture; `series` is (name, one count per label)."""
    width, height, left, bottom, top = max(360, 46 * len(labels) + 60), 190, 34, 34, 26
    peak = max([sum(values[i] for _, values in series) for i in range(len(labels))] or [1]) or 1
    step = (width - left - 10) / max(1, len(labels))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<line x1="{left}" y1="{height - bottom}" x2="{width - 6}" y2="{height - bottom}" '
        'stroke="#999"/>',
        f'<text x="{left - 4}" y="{top + 8}" text-anchor="end" fill="#555">{peak}</text>',
    ]
    for n, (name, _) in enumerate(series):
        x = left + n * 92
        parts.append(f'<rect x="{x}" y="6" width="10" height="10" fill="{_colour(n)}"/>')
        parts.append(f'<text x="{x + 14}" y="15" fill="#333">{escape(name)}</text>')
    for i, label in enumerate(labels):
        base = float(height - bottom)
        x = left + i * step + step * 0.18
        for n, (_, values) in enumerate(series):
            tall = (height - bottom - top - 4) * values[i] / peak
            base -= tall
            parts.append(
                f'<rect x="{x:.1f}" y="{base:.1f}" width="{step * 0.64:.1f}" '
                f'height="{tall:.1f}" fill="{_colour(n)}"/>'
            )
        parts.append(
            f'<text x="{x + step * 0.32:.1f}" y="{height - bottom + 14}" text-anchor="middle" '
            f'fill="#333">{escape(label)}</text>'
        )
    picture = base64.b64encode(("".join(parts) + "</svg>").encode()).decode()
    return dg.MetadataValue.md(f"![図](data:image/svg+xml;base64,{picture})")


def file_list(folder: Path, names: Sequence[str]) -> dg.MarkdownMetadataValue:
    """Where files lie, one a line."""
    return dg.MetadataValue.md("\n".join([f"`{folder}`", "", *(f"- `{name}`" for name in names)]))


def _colour(n: int) -> str:
    return _BAR_COLOURS[n % len(_BAR_COLOURS)]


def _cell(value: object) -> str:
    if value is None:
        return "―"
    if isinstance(value, float):
        return f"{value:.1f}"
    return str(value).replace("|", "\\|")
