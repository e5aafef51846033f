"""The head that all papers share: who reports to whom about what."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from compliance.contract.folder import SHIPPED, TERMS
from compliance.contract.terms import Contract
from compliance.contract.words import cited, shipped_words


@dataclass(frozen=True, slots=True)
class Head:
    """Who reports to whom about what. A blank text is one that nobody has filled in yet."""

    title: str
    work_name: str
    recipient: str
    contractor_name: str
    contractor_address: str
    contractor_representative: str
    manager_name: str
    contact_telephone: str
    service_first_day: date
    service_last_day: date
    clauses: tuple[tuple[str, str], ...] = field(default_factory=lambda: shipped_words().told())
    """What the paper may cite, by name. Editions that were kept before it could be said cite the contract as shipped."""

    def cited(self, name: str) -> str:
        """A clause in brackets; blank where the contract has none."""
        return cited(dict(self.clauses).get(name, ""))


def head_of(contract: Contract, kind: str) -> Head:
    """The head of one kind of paper, as the contract has it.

    Raises:
        KeyError: the contract names no such paper.
    """
    terms = contract.deliverable(kind)
    return head_to(contract, terms.title, terms.recipient)


def head_to_client(contract: Contract, title: str) -> Head:
    """The head of a paper that goes to the client by itself, whatever the contract file owes."""
    return head_to(contract, title, contract.parties.client)


def head_to(contract: Contract, title: str, recipient: str) -> Head:
    """The head of a paper of that title for that recipient."""
    parties = contract.parties
    return Head(
        title=title,
        work_name=parties.work_name,
        recipient=recipient,
        contractor_name=parties.contractor_name,
        contractor_address=parties.contractor_address,
        contractor_representative=parties.contractor_representative,
        manager_name=parties.manager_name,
        contact_telephone=parties.contact_telephone,
        service_first_day=contract.period.start_date,
        service_last_day=contract.period.end_date,
        clauses=contract.words.told(),
    )


def based_on(contract: Contract, clause: str) -> tuple[tuple[str, str], ...]:
    """What a paper rests on (根拠), as its fact, by the clause's name; none where the contract has no such clause."""
    text = contract.words.clause(clause)
    return (("根拠", text),) if text else ()


Titles = tuple[tuple[str, str], ...]
"""What papers are called, by kind."""


def titles_of(contract: Contract, *kinds: str) -> Titles:
    """What the contract calls the papers that another one refers to; those that it does not owe are not among them."""
    titles = {one.kind: one.title for one in contract.deliverables}
    return tuple((kind, titles[kind]) for kind in kinds if kind in titles)


@cache
def shipped_titles(*kinds: str) -> Titles:
    """The same of the contract as shipped: what editions said that were kept before titles were data."""
    terms = tomllib.loads((SHIPPED / TERMS).read_text("utf-8"))
    titles = {one["kind"]: one["title"] for one in terms["deliverables"]}
    return tuple((kind, titles[kind]) for kind in kinds)
