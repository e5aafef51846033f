"""No text of ours opens a formula in a spreadsheet, and what was guarded comes back as it was."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reporting.paper.cells import from_csv, in_csv, opens_a_formula
from reporting.paper.tables import Table, render_csv
from tests.support.sheet_forms import PAPER

KNOWN = [
    ("=1+1", "'=1+1"),
    ("+81", "'+81"),
    ("-5", "'-5"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t=1"),
    ("\r=1", "'\r=1"),
    ("", ""),
    ("件", "件"),
    ("―", "―"),
    (" =1", " =1"),
    ("1=1", "1=1"),
    ("'", "'"),
    ("'quoted", "'quoted"),
]


@pytest.mark.parametrize(("text", "cell"), KNOWN)
def test_a_cell_that_would_open_a_formula_is_marked_and_comes_back(text: str, cell: str) -> None:
    assert in_csv(text) == cell
    assert from_csv(cell) == text
    assert opens_a_formula(text) is (text != cell)


def test_every_text_of_a_paper_as_csv_is_guarded() -> None:
    paper = replace(
        PAPER,
        head=replace(PAPER.head, title="=title"),
        facts=(("@fact", "+value"),),
        tables=(Table("-table", ("行", "\theading"), (("\rrow", "=cell"), ("計", "1,547件"))),),
        corrections=(),
    )
    content = render_csv(paper, datetime(2024, 1, 1, tzinfo=UTC)).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content, newline="")))
    assert rows[1:3] == [["", "", "書類", "'=title"], ["", "", "'@fact", "'+value"]]
    assert rows[-2:] == [
        ["'-table", "'\rrow", "'\theading", "'=cell"],
        ["'-table", "計", "'\theading", "1547"],
    ]
