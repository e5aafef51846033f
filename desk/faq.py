"""The FAQs that an operator may answer from, and what choosing one fills in. Pure over what the registers say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from compliance.inquiries.record import Inquiry
from compliance.registers.entries import KeptEntry


@dataclass(frozen=True, slots=True)
class Faq:
    """One in its newest edition: its question (`title`) and its answer, blank where none was entered. `subject` is what it was
    used for most (`category/item`), blank where it never was; `used` how many records in force name it, of whatever edition.
    `is_confirmed`: the city confirmed this edition; until then whoever entered it stands alone for its words."""

    number: str
    title: str
    subject: str
    answer: str = ""
    used: int = 0
    is_confirmed: bool = False


def faqs(entries: Iterable[KeptEntry], records: Iterable[Inquiry]) -> list[Faq]:
    """Those in force by number. The register says no category, so the records that used one do."""
    newest: dict[str, KeptEntry] = {}
    for entry in sorted(entries, key=lambda one: int(one.get("version") or 0)):
        newest[entry.get("number")] = entry
    used: dict[str, Counter[str]] = {}
    for record in records:
        if record.faq:
            used.setdefault(record.faq, Counter())[record.subject] += 1
    return [
        Faq(
            number,
            entry.get("title"),
            _most(used.get(number)),
            entry.get("answer"),
            used[number].total() if number in used else 0,
            bool(entry.get("confirmed_on")),
        )
        for number, entry in sorted(newest.items())
        if entry.get("change") != "withdrawn"
    ]


def most_used_first(found: Iterable[Faq]) -> list[Faq]:
    """In the order in which somebody looks for one: what is asked most leads, by number among equals."""
    return sorted(found, key=lambda one: (-one.used, one.number))


def _most(counted: Counter[str] | None) -> str:
    return counted.most_common(1)[0][0] if counted else ""
