"""The clauses of one contract that papers print and pages show, and its annex of standards: `words.toml`.

A paper asks by a name of ours; what stands there is the contract's. Blank prints nothing.
"""

from __future__ import annotations

import tomllib
from functools import cache

from compliance.contract.annex import Annex
from compliance.contract.folder import SHIPPED, WORDS
from compliance.contract.section import Section

IN_HEADS = (
    "answering", "records", "recordings", "messages", "complaints", "manager_change", "staff_change", "pledges", "staff_list",
    "reserve",
)  # fmt: skip
"""What the head of a paper holds. It is part of a paper's value: another name here would make every paper that is kept differ."""


class Clauses(Section):
    """What papers cite, by our names; any other name is refused."""

    answering: str = ""
    records: str = ""
    recordings: str = ""
    messages: str = ""
    complaints: str = ""
    manager_change: str = ""
    staff_change: str = ""
    pledges: str = ""
    staff_list: str = ""
    reserve: str = ""

    weekly: str = ""
    voices: str = ""
    completion: str = ""
    figures: str = ""
    personal_information: str = ""
    cover: str = ""
    filings: str = ""
    people_papers: str = ""
    erasure_application: str = ""
    erasure_certificate: str = ""
    return_note: str = ""

    application_basis: str = ""
    certificate_basis: str = ""
    return_basis: str = ""
    log_retention: str = ""
    standards: str = ""
    on_demand_report: str = ""
    inspection: str = ""

    escalations: str = ""
    callbacks: str = ""
    outbound: str = ""
    complaint_course: str = ""
    faq: str = ""
    rules: str = ""
    consultations: str = ""
    areas: str = ""
    devices: str = ""
    takeouts: str = ""
    transfers: str = ""
    copies: str = ""
    permits: str = ""
    subcontracts: str = ""
    supervisions: str = ""
    trainings: str = ""
    important_records: str = ""
    incidents: str = ""
    audits: str = ""
    log_reviews: str = ""

    area_change: str = ""
    area_report: str = ""
    receipt: str = ""
    copying: str = ""
    permission: str = ""
    subcontracting: str = ""
    supervision_report: str = ""
    training_report: str = ""
    training_plan: str = ""
    important_list: str = ""
    service_incident: str = ""
    personal_incident: str = ""

    calls: str = ""
    staffing: str = ""
    staff_states: str = ""
    lines: str = ""
    findings: str = ""
    inquiry_records: str = ""
    inquiry_counts: str = ""
    message_records: str = ""
    city_reports: str = ""
    return_calls: str = ""
    half_hours: str = ""
    services: str = ""
    monthly_counts: str = ""
    staff_weeks: str = ""
    keeping: str = ""
    sealing: str = ""
    audit_log: str = ""
    erasure: str = ""


class ContractWords(Section):
    """`words.toml`."""

    clauses: Clauses = Clauses()
    annex: Annex = Annex()

    def clause(self, name: str) -> str:
        """The clause as printed; blank where the contract has none, or where nothing is cited (a blank name)."""
        return str(getattr(self.clauses, name)) if name else ""

    def told(self) -> tuple[tuple[str, str], ...]:
        """Every clause of `IN_HEADS` that is not blank, by name, in that order."""
        return tuple((name, self.clause(name)) for name in IN_HEADS if self.clause(name))

    def cited(self, name: str) -> str:
        """A clause in brackets; blank where there is none."""
        return cited(self.clause(name))

    def grounds(self, name: str) -> str:
        """「…に基づき、」, to open a sentence of a paper; blank where the contract has no such clause."""
        clause = self.clause(name)
        return f"{clause}に基づき、" if clause else ""


def cited(clause: str) -> str:
    """A clause in brackets, to follow what it is about; blank where there is none."""
    return f"（{clause}）" if clause else ""


@cache
def shipped_words() -> ContractWords:
    """The words of the contract as shipped."""
    return ContractWords.model_validate(tomllib.loads((SHIPPED / WORDS).read_text("utf-8")))
