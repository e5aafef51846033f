"""A form of the city's own, whatever it was made with: which files are forms, and how each is filled (別紙1-10)."""

from __future__ import annotations

from pathlib import PurePath

from compliance.contract.terms import FORMS
from reporting.errors import TemplateRefused
from reporting.paper.tables import TablePaper


def form_suffix(name: str) -> str:
    """What a form's file is called by: `.xlsx` or `.docx`.

    Raises:
        TemplateRefused: it is neither.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in FORMS:
        raise TemplateRefused(
            f"この様式には差し込めません。\n  {PurePath(name).name}：様式は {' か '.join(FORMS)} のファイルです。"
        )
    return suffix


def fill_form(name: str, template: bytes, paper: TablePaper) -> bytes:
    """A form filled with a paper, in its own kind; `name` is its file's.

    Raises:
        TemplateRefused: it cannot be filled; every place in question is named.
    """
    if form_suffix(name) == ".docx":
        from reporting.paper.word_form import fill_word

        return fill_word(template, paper)
    from reporting.paper.template import fill

    return fill(template, paper)
