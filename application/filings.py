"""届・申請・報告 of registers' entries, issued like every paper: an edition in the outbox with the log's checkpoint, in the register of
papers, to be confirmed, handed over and received."""

from __future__ import annotations

from application.audit_log import checkpointed
from application.outbox import outbox_of
from application.people import ActingHome
from compliance.contract.due import without_period
from compliance.errors import EntryRefused
from compliance.registers.description import Filing, Register
from compliance.registers.entries import entries
from reporting.paper.filing import entry_filing, list_filing
from reporting.paper.filing_kind import FILINGS
from reporting.paper.issue import Issued, PrintedAs, issue
from reporting.paper.tables import TablePaper

_LONGEST_KEY, _OF_AN_ID = 16, 13
"""What the register of papers keeps of a period's name; so much of an entry's id stands there before the number of the filing among those
of its register: a plan and the report of what became of it are two papers, not two editions."""


def filing_of_entry(place: ActingHome, register: Register, entry_id: str) -> Issued:
    """The paper of one entry, made or found unchanged.

    Raises:
        EntryRefused: there is no such entry, or it makes no paper.
    """
    entry = next((e for e in entries(place.engine, register) if e.entry_id == entry_id), None)
    if entry is None:
        raise EntryRefused(f"{register.title}に {entry_id} はありません。")
    filing = register.filing_of(entry.values)
    if filing is None:
        raise EntryRefused(f"{register.title}の {entry_id} から作る書類はありません。")
    key = f"{entry_id[:_OF_AN_ID]}-{register.filings.index(filing) + 1}"
    return _issued(place, filing, key, entry_filing(place.contract, register, filing, entry))


def filing_of_register(place: ActingHome, register: Register) -> Issued:
    """The paper that lists all entries in force.

    Raises:
        EntryRefused: the register makes no list.
    """
    filing = register.list_filing
    if filing is None:
        raise EntryRefused(
            f"{register.title}には、一覧にする書類がありません。番号を指定してください。"
        )
    kept = entries(place.engine, register)
    paper = list_filing(place.contract, register, filing, kept, place.today)
    return _issued(place, filing, register.name[:_LONGEST_KEY], paper)


def _issued(place: ActingHome, filing: Filing, key: str, paper: TablePaper) -> Issued:
    """A filing has no period: it is known by its key, and no day is set for it."""
    outbox = outbox_of(place.engine, place.home, place.now, lambda: checkpointed(place).shown)
    period = without_period(FILINGS.unit, key, place.today)
    return issue(FILINGS, PrintedAs(filing.title), period, paper, "", outbox)
