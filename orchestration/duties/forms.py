"""届・申請・報告 of registers' entries, issued like every paper: an edition in the outbox with the log's checkpoint, in the register of
papers, to be confirmed, handed over and received."""

from __future__ import annotations

from datetime import time

from compliance.contract.due import PaperPeriod
from compliance.contract.terms import DeliverableTerms, DueRule
from compliance.deliverables.register import NO_DAY
from compliance.errors import EntryRefused
from compliance.registers.description import Form, Register
from compliance.registers.entries import entries
from orchestration.duties.audit_log import checkpointed
from orchestration.duties.outbox import outbox_of
from orchestration.duties.people import ActingHome
from reporting.paper.entry_form import entry_form, list_form
from reporting.paper.form_kind import FORMS, KIND
from reporting.paper.issue import Issued, issue
from reporting.paper.tables import TablePaper

_LONGEST_KEY = 16
"""What the register of papers keeps of a period's name."""


def form_of_entry(place: ActingHome, register: Register, entry_id: str) -> Issued:
    """The paper of one entry, made or found unchanged.

    Raises:
        EntryRefused: there is no such entry, or it makes no paper.
    """
    entry = next((e for e in entries(place.engine, register) if e.entry_id == entry_id), None)
    if entry is None:
        raise EntryRefused(f"{register.title}に {entry_id} はありません。")
    form = register.form_of(entry.values)
    if form is None:
        raise EntryRefused(f"{register.title}の {entry_id} から作る書類はありません。")
    return _issued(
        place, form, entry_id, entry_form(place.settings.contract, register, form, entry)
    )


def form_of_register(place: ActingHome, register: Register) -> Issued:
    """The paper that lists all entries in force.

    Raises:
        EntryRefused: the register makes no list.
    """
    form = register.list_form
    if form is None:
        raise EntryRefused(
            f"{register.title}には、一覧にする書類がありません。番号を指定してください。"
        )
    kept = entries(place.engine, register)
    paper = list_form(place.settings.contract, register, form, kept, place.today)
    return _issued(place, form, register.name, paper)


def _issued(place: ActingHome, form: Form, about: str, paper: TablePaper) -> Issued:
    shelf = outbox_of(place.engine, place.home, place.now, lambda: checkpointed(place).shown)
    terms = DeliverableTerms(
        kind=KIND,
        title=form.title,
        due=DueRule.NEXT_BUSINESS_DAY,
        made_at=time(),
        recipient=paper.head.recipient,
        formats=("pdf", "xlsx"),
    )
    return issue(FORMS, terms, _period(place, about), paper, "", shelf)


def _period(place: ActingHome, about: str) -> PaperPeriod:
    """A form has no period: its key is what it is about, and no day is set for it."""
    today = place.today
    return PaperPeriod(FORMS.unit, about[:_LONGEST_KEY], "", today, today, today, NO_DAY)
