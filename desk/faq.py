"""The FAQs that an operator may answer from, and what choosing one fills in. Pure over what the registers say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from compliance.inquiries.record import Inquiry
from compliance.registers.entries import KeptEntry


@dataclass(frozen=True, slots=True)
class Faq:
    """One in its newest edition; `subject` is what it was last used for most (`category/item`), blank where it never was."""

    number: str
    title: str
    subject: str


def faqs(entries: Iterable[KeptEntry], records: Iterable[Inquiry]) -> list[Faq]:
    """Those in force by number. The register says no category, so the records that used one do."""
    newest: dict[str, KeptEntry] = {}
    for entry in sorted(entries, key=lambda one: int(one.get("version") or 0)):
        newest[entry.get("number")] = entry
    used: dict[str, Counter[str]] = {}
    for record in records:
        if record.faq:
            subject = f"{record.category}/{record.item}"
            used.setdefault(record.faq, Counter())[subject] += 1
    return [
        Faq(number, entry.get("title"), _most(used.get(number)))
        for number, entry in sorted(newest.items())
        if entry.get("change") != "withdrawn"
    ]


def _most(counted: Counter[str] | None) -> str:
    return counted.most_common(1)[0][0] if counted else ""
