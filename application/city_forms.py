"""The city's own forms: which paper goes into which, filled from the register's data (別紙1-10).

A filled form is not kept: the same form and edition give the same bytes, so it is filled again whenever the paper leaves.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from compliance.contract.terms import Contract
from compliance.deliverables.edition import Deliverable
from compliance.errors import EntryRefused, FileRefused
from compliance.ground.bounded_file import read_bounded
from reporting.kinds import KINDS, goes_into_forms
from reporting.paper.forms import fill_form, form_suffix
from reporting.paper.kind import Confirmation
from reporting.paper.packaging import file_stem
from reporting.paper.tables import TablePaper


def form_of_kind(contract: Contract, kind: str) -> Path | None:
    """The form that the contract file names for a kind of paper; null where it names none."""
    named = next((one.template for one in contract.deliverables if one.kind == kind), "")
    return Path(named) if named else None


def must_go_into_forms(kind: str) -> None:
    """Papers of tables alone go into forms.

    Raises:
        EntryRefused: it is of another kind.
    """
    if not goes_into_forms(kind):
        known = ", ".join(name for name in KINDS if goes_into_forms(name))
        raise EntryRefused(f"{kind} は市の様式に差し込めません。差し込めるもの：{known}")


def filled(paper: Deliverable, form: Path, confirmation: Confirmation | None) -> tuple[str, bytes]:
    """An edition in a form of the city's: the name under which it leaves, and its bytes.

    Raises:
        EntryRefused: its kind goes into no form, or the form is not there.
        TemplateRefused: the form cannot be filled with it.
    """
    must_go_into_forms(paper.kind)
    suffix = form_suffix(form.name)
    try:
        template = read_bounded(form)
    except FileRefused as refused:
        raise EntryRefused(
            f"様式 {form} が読めません。{refused}置き場所を確かめるか、contract.toml の [[deliverables]] template を直してください。"
        ) from None
    value: TablePaper = KINDS[paper.kind].from_json(paper.data_json)
    value = replace(
        value,
        edition=paper.edition,
        checkpoint=paper.checkpoint or None,
        confirmation=confirmation,
    )
    stem = file_stem(value.head.title, "様式", paper.period, paper.edition)
    return f"{stem}{suffix}", fill_form(form.name, template, value)
