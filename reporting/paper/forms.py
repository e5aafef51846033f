"""A form of the city's own, whatever it was made with: which files are forms, and how each is filled (別紙1-10).

A form comes from outside, so it is looked at as a package first and filled beside this process, which bounds memory and time.
"""

from __future__ import annotations

from pathlib import PurePath

from compliance.contract.paper_terms import FORMS
from compliance.errors import FileRefused
from compliance.ground.beside import beside
from compliance.ground.bounded_file import look_into
from reporting.errors import TemplateRefused
from reporting.paper.marks import refusal
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
    try:
        answer = beside(fill_here, form_suffix(name), template, paper)
    except FileRefused as refused:
        raise refusal([str(refused)]) from refused
    if answer[:1] == _REFUSED:
        raise TemplateRefused(answer[1:].decode())
    return answer[1:]


_FILLED, _REFUSED = b"+", b"-"


def fill_here(suffix: str, template: bytes, paper: TablePaper) -> bytes:
    """A sign and the filled form, or the reason why it cannot be filled. For `beside` alone.

    Raises:
        FileRefused: it is no package that may be opened.
    """
    look_into(template)
    try:
        if suffix == ".docx":
            from reporting.paper.word_form import fill_word

            return _FILLED + fill_word(template, paper)
        from reporting.paper.template import fill

        return _FILLED + fill(template, paper)
    except TemplateRefused as refused:
        return _REFUSED + str(refused).encode()
