"""The monthly papers as they go under one 送付書 (8(3), 9(2), 別紙1-10)."""

from __future__ import annotations

import hashlib
from datetime import date

from application.audit_log import checkpointed
from application.handing_over import edition_of, must_be_confirmed, open_paper
from application.outbox import outbox_of
from application.people import ActingHome
from compliance.contract.due import without_period
from compliance.errors import EntryRefused
from reporting.completion.kind import COMPLETION
from reporting.cover.kind import COVER
from reporting.cover.letter import TITLE, Enclosed, EnclosedFile, extent_of, letter
from reporting.kinds import KINDS
from reporting.paper import wareki
from reporting.paper.issue import Issued, PrintedAs, issue
from reporting.paper.tables import TablePaper
from reporting.personal_information.kind import PERSONAL_INFORMATION

MONTHLY = (COMPLETION.kind, PERSONAL_INFORMATION.kind)
"""The papers that go together, in the order in which they are listed."""


def monthly_letter(place: ActingHome, month: date) -> Issued:
    """The letter over both papers of the month that a day lies in, each in its latest edition, its files compared; made, or found
    unchanged.

    Raises:
        EntryRefused: one of them was not made, or nobody has confirmed it.
        HomeDamaged: a file is gone or is not what was made.
    """
    value = letter(place.contract, [_enclosed(place, kind, month) for kind in MONTHLY], month)
    outbox = outbox_of(place.engine, place.home, place.now, lambda: checkpointed(place).shown)
    period = without_period(COVER.unit, f"{month:%Y-%m}", place.today)
    return issue(COVER, PrintedAs(TITLE, ("pdf",)), period, value, "", outbox)


def _enclosed(place: ActingHome, kind: str, month: date) -> Enclosed:
    period = f"{month:%Y-%m}"
    try:
        paper = edition_of(place.engine, kind, period)
    except EntryRefused:
        raise EntryRefused(
            f"{kind}/{period} はまだ作成されていません。月の書類がそろってから送付書を作成してください。"
        ) from None
    must_be_confirmed(paper)
    value: TablePaper = KINDS[kind].from_json(paper.data_json)
    opened = open_paper(place.engine, place.home, kind, period, paper.edition, place.contract)
    files = tuple(
        EnclosedFile(name, hashlib.sha256(content).hexdigest(), extent_of(name, content))
        for name, content in opened.files.items()
    )
    return Enclosed(
        value.head.title,
        f"{wareki.year(month)}{month.month}月分",
        paper.edition,
        files,
    )
