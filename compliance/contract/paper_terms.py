"""The papers that the client is owed, as the contract file says them: `[[deliverables]]`."""

from __future__ import annotations

from datetime import time
from pathlib import PurePath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from compliance.contract.due_terms import DueRule, DueTerms
from compliance.contract.section import Section


def _one_format(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(value)) != len(value):
        raise ValueError("names a format twice: keep it once")
    return value


def _one_section(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(value)) != len(value):
        raise ValueError("names a section twice: keep it once")
    return value


FORMS = (".xlsx", ".docx")
"""What a form of the city's may be made with, by the end of its name."""


class DeliverableTerms(Section):
    """A paper that the city is owed: when it is made and in which forms (9, 6(3)キ). With `on_complaint` it is owed of
    periods with a complaint only, with `on_words` of those in which anybody's words were written down. `destination`
    names one of `[[destinations]]`; blank means a medium that somebody carries. A paper of figures has one `service`, or all where it is
    blank, and the `sections` named, or all; several of a kind bear a name after a dot (`figures_month.english`). `template` is the city's own form that is filled
    with it and handed over beside it; blank where the city has none."""

    kind: str = Field(min_length=1)
    title: str = Field(min_length=1)
    due: DueRule | DueTerms
    made_at: time
    recipient: str = Field(min_length=1)
    owed: Literal["every_period", "on_complaint", "on_words"] = "every_period"
    formats: Annotated[
        tuple[Literal["pdf", "xlsx", "csv"], ...], Field(min_length=1), AfterValidator(_one_format)
    ]
    service: str = ""
    sections: Annotated[tuple[str, ...], AfterValidator(_one_section)] = ()
    destination: str = ""
    template: str = ""

    @field_validator("template")
    @classmethod
    def _is_a_form(cls, value: str) -> str:
        if value and not PurePath(value).is_absolute():
            raise ValueError(f"{value!r} is no absolute path: write the file from the root on")
        if value and PurePath(value).suffix.lower() not in FORMS:
            raise ValueError(f"{value!r} is no form: it must end in {' or '.join(FORMS)}")
        return value
