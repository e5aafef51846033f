"""A stacked bar chart as SVG text, for the papers.

Plain SVG 1.1 rectangles, lines and text; deterministic, no library, no raster. Fills differ in lightness
by a step of 15 (CIE L*) at least and one is hatched, so that a grey copy still tells the classes apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

COLOURS = ("#1f3864", "#c0504d", "url(#hatch)", "#c5e0b4", "#ffffff")
"""From the bottom of a bar up; L* 23, 48, hatched, 86, 100."""
_EDGE = 'stroke="#404040" stroke-width="0.5"'
_HATCH = (
    '<defs><pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse">'
    '<rect width="4" height="4" fill="#f2f2f2"/>'
    '<path d="M0,4 L4,0 M-1,1 L1,-1 M3,5 L5,3" stroke="#404040" stroke-width="0.8"/>'
    "</pattern></defs>"
)

_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 8.0, 34.0, 32.0


def stacked_bars(
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[int]]],
    *,
    width: float = 640,
    height: float = 190,
    font: str = "sans-serif",
    label_every: int = 1,
    unit: str = "",
    axis: str = "",
) -> str:
    """An SVG document. `series` are (name, one count per label), drawn from the bottom up; `unit` stands
    at the vertical axis, `axis` at the horizontal one."""
    floor, room = height - _BOTTOM, height - _BOTTOM - _TOP
    totals = [sum(values[i] for _, values in series) for i in range(len(labels))]
    ticks = _ticks(max(totals, default=0))
    peak = ticks[-1]
    step = (width - _LEFT - _RIGHT) / max(1, len(labels))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="{escape(font)}" font-size="10">',
        _HATCH,
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>',
        f'<text x="{_LEFT - 5:g}" y="{_TOP - 8:g}" text-anchor="end" fill="#555555">{escape(unit)}</text>',
        f'<text x="{width - _RIGHT:g}" y="{height - 1:g}" text-anchor="end" fill="#555555">'
        f"{escape(axis)}</text>",
    ]
    for tick in ticks:
        y = floor - room * tick / peak
        colour = "#808080" if tick == 0 else "#e3e3e3"
        parts.append(
            f'<line x1="{_LEFT:g}" y1="{y:.1f}" x2="{width - _RIGHT:.1f}" y2="{y:.1f}" '
            f'stroke="{colour}" stroke-width="0.7"/>'
            f'<text x="{_LEFT - 5:g}" y="{y + 3.5:.1f}" text-anchor="end" fill="#555555">{tick}</text>'
        )
    x = _LEFT
    for n, (name, _) in enumerate(series):
        parts.append(
            f'<rect x="{x:.1f}" y="6" width="10" height="10" fill="{_colour(n)}" {_EDGE}/>'
            f'<text x="{x + 14:.1f}" y="15" fill="#333333">{escape(name)}</text>'
        )
        x += 30 + 11 * len(name)
    for i, label in enumerate(labels):
        base, left = floor, _LEFT + i * step + step * 0.18
        for n, (_, values) in enumerate(series):
            tall = room * values[i] / peak
            if tall:
                base -= tall
                parts.append(
                    f'<rect x="{left:.1f}" y="{base:.1f}" width="{step * 0.64:.1f}" '
                    f'height="{tall:.1f}" fill="{_colour(n)}" {_EDGE}/>'
                )
        if i % label_every == 0:
            parts.append(
                f'<text x="{left + step * 0.32:.1f}" y="{floor + 14:.1f}" text-anchor="middle" '
                f'fill="#333333">{escape(label)}</text>'
            )
    return "".join([*parts, "</svg>"])


def _ticks(peak: int) -> list[int]:
    """Whole numbers from 0 to at least the peak, about four steps of 1, 2 or 5 times a power of ten."""
    step = 1
    while peak > 4 * step:
        lead = int(str(step)[0])
        step = step * 2 if lead in (1, 5) else step * 5 // 2
    count = max(1, -(-peak // step))
    return [n * step for n in range(count + 1)]


def _colour(n: int) -> str:
    return COLOURS[n % len(COLOURS)]
