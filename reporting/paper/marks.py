"""The marks by which a form of the city's says what goes where: `{{head.title}}`, `{{fact.対象月}}`, `{{table.保有状況}}`.

A mark names a part of a paper of tables. What is not of the paper is unknown and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

from reporting.errors import TemplateRefused
from reporting.paper import wareki
from reporting.paper.confirmed import text_of
from reporting.paper.tables import BLANK, Table, TablePaper, correction_table

PREFIXES = ("head.", "fact.", "table.", "paper.")
"""What a mark begins with, and a defined name that is one."""
MARK = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_NUMBERED = re.compile(r"^(?:[0-9０-９]+(?:の[0-9]+)?|別表)[\s　]+")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every mark that a paper knows, without its braces: texts that go into a cell, tables that go below one."""

    texts: Mapping[str, str]
    tables: Mapping[str, Table]

    def knows(self, mark: str) -> bool:
        """Whether it is one of them."""
        return mark in self.texts or mark in self.tables


def vocabulary(paper: TablePaper) -> Vocabulary:
    """What a form can ask of a paper. A table is known by its title, with or without the number before it. Pure."""
    head = {f"head.{one.name}": _shown(getattr(paper.head, one.name)) for one in fields(paper.head)}
    tables = {}
    for table in (*paper.tables, correction_table(paper)):
        tables[f"table.{table.title}"] = table
        tables.setdefault(f"table.{_NUMBERED.sub('', table.title)}", table)
    return Vocabulary(
        {
            **head,
            **{f"fact.{title}": text or BLANK for title, text in paper.facts},
            "paper.opening": paper.opening,
            "paper.edition": f"第{paper.edition}版",
            "paper.due_date": _shown(paper.due_date),
            "paper.checkpoint": paper.checkpoint or BLANK,
            "paper.confirmed": text_of(paper.confirmation),
        },
        tables,
    )


def marks_in(text: str) -> list[str]:
    """The marks of a cell's text, in order, without their braces."""
    return MARK.findall(text)


def is_torn(text: str) -> bool:
    """Whether braces are left that make no mark."""
    rest = MARK.sub("", text)
    return "{{" in rest or "}}" in rest


def replaced(text: str, texts: Mapping[str, str]) -> str:
    """A cell's text with its marks replaced, once: a mark that a value holds stays what it is."""
    return MARK.sub(lambda found: texts[found.group(1)], text)


def refusal(problems: Sequence[str]) -> TemplateRefused:
    """A form that cannot be filled, with everything that is wrong with it."""
    return TemplateRefused(
        "この様式には差し込めません。\n" + "\n".join(f"  {one}" for one in problems)
    )


def _shown(value: object) -> str:
    if isinstance(value, date):
        return wareki.full(value)
    return str(value) if value else BLANK
