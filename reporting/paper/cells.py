"""Cells that a spreadsheet must not take for a formula, in CSV and xlsx alike. Pure.

What opens a formula: OWASP, CSV Injection. In CSV an apostrophe before the text keeps it a text; what comes back in a sheet loses it again.
"""

from __future__ import annotations

_OPENING = ("=", "+", "-", "@", "\t", "\r")


def opens_a_formula(text: str) -> bool:
    """Whether a spreadsheet would take the text for a formula."""
    return text.startswith(_OPENING)


def in_csv(text: str) -> str:
    """The text as a CSV cell that no spreadsheet takes for a formula."""
    return f"'{text}" if opens_a_formula(text) else text


def from_csv(cell: str) -> str:
    """The text of a CSV cell, without the mark that `in_csv` put before it."""
    return cell[1:] if cell[:1] == "'" and opens_a_formula(cell[1:]) else cell
