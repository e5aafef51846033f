"""The folder where the floor drops its sheets of inquiries: taken in, then removed; what was refused comes back beside it.

A sheet holds callers' words in clear, so it does not stay: it goes once its good rows are in the register, which a second
taking-in would find there. Rows that were refused come back as a sheet with their reasons; a file that is no sheet comes
back as it is, with its reason in a text of the same name. Whatever lies in the folder, the next file is taken in. Whoever may
write into it is taken for somebody who may write inquiries.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path

from application.errors import SheetUnreadable
from application.home.session import Workplace
from application.sheets import read_rows, write_rows
from compliance.contract.terms import Contract
from compliance.ground.acts import SYSTEM, Actor, Via
from compliance.ground.clock import ClockKind
from compliance.ground.durable import remove_durably, write_durably
from compliance.inquiries import sheet
from compliance.inquiries.extract import write_extract
from compliance.inquiries.form import load_form
from compliance.keys.keyring import Keyring

RETURNED = "返却"
WHY = "理由"
_LONGEST_STEM = 180
"""Bytes of a name, so that what is put behind it still fits into the 255 of a file system."""
SETTLED_SECONDS = 20.0
"""A file younger than that may still be written."""


@dataclass(frozen=True, slots=True)
class TakenSheets:
    """What became of the folder: sheets that went, rows by what became of them, files that are no sheets, files that
    could be neither taken in nor given back."""

    sheets: int = 0
    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    refused: int = 0
    unreadable: int = 0
    stuck: int = 0

    def plus(self, taken: sheet.TakenInquiries) -> TakenSheets:
        """With one more sheet."""
        return TakenSheets(
            self.sheets + 1,
            self.new + taken.new,
            self.corrected + taken.corrected,
            self.unchanged + taken.unchanged,
            self.refused + len(taken.refused),
            self.unreadable,
            self.stuck,
        )

    @property
    def is_all_taken(self) -> bool:
        """Whether nothing waits for somebody's hand."""
        return not (self.refused or self.unreadable or self.stuck)


def waiting_sheets(contract: Contract, *, is_real_clock: bool) -> list[Path]:
    """The sheets that lie in the folder and are written to their end; none where no folder is named."""
    folder = Path(contract.floor.inbox)
    if not contract.floor.inbox or not folder.is_dir():
        return []
    return sorted(_sheets(folder, time.time() - SETTLED_SECONDS if is_real_clock else None))


def take_inbox(workplace: Workplace) -> TakenSheets:
    """Take every sheet in; what became of them stands in the workplace's journal."""
    taken = TakenSheets()
    is_real = workplace.clock is ClockKind.REAL
    waiting = waiting_sheets(workplace.settings.contract, is_real_clock=is_real)
    if not waiting:
        return taken
    ring, form = Keyring.open(workplace.home), load_form(workplace.settings.contract.form_file)
    actor = Actor(SYSTEM, workplace.now, via=Via.SCHEDULE)
    for path in waiting:
        try:
            rows = read_rows(path, sheet.NEEDED)
        except SheetUnreadable as unreadable:
            is_back = _gave_back(path, str(unreadable))
            taken = replace(
                taken,
                unreadable=taken.unreadable + is_back,
                stuck=taken.stuck + (not is_back),
            )
            continue
        if not _can_give_back(path):
            taken = replace(taken, stuck=taken.stuck + 1)
            continue
        one = sheet.take_in(workplace.engine, ring, form, actor, rows)
        if one.refused:
            write_rows(_free_place(path), (*sheet.headings(form), sheet.REASON), one.refused)
        remove_durably(path)
        taken = taken.plus(one)
    write_extract(workplace.home, workplace.engine)
    workplace.journal.sheets_taken(taken.refused, taken.unreadable, taken.stuck)
    return taken


def _gave_back(path: Path, reason: str) -> bool:
    """Move a file that is no sheet out of the way, its reason beside it; the reason first, so that none is without."""
    try:
        place = _free_place(path)
        told = f"{reason}\r\nファイルを直し、もう一度受け箱に置いてください。\r\n"
        write_durably(
            place.with_name(f"{place.name}_{WHY}.txt"), told.encode("utf-8-sig", "replace")
        )
        path.replace(place)
    except OSError:
        return False
    return True


def _can_give_back(path: Path) -> bool:
    """Whether refused rows would have a place; asked before any row is taken in."""
    try:
        _free_place(path)
    except OSError:
        return False
    return True


def _free_place(path: Path) -> Path:
    """Where a sheet or its refused rows go back to; what lies there from before is nobody's to overwrite.

    Raises:
        OSError: the folder for it is none, or a link to elsewhere.
    """
    folder = path.parent / RETURNED
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink():
        raise NotADirectoryError(folder)
    short = os.fsencode(path.stem)[:_LONGEST_STEM].decode("utf-8", "ignore")
    marks = chain([""], (f"_{number}" for number in count(2)))
    stems = (f"{short}_{RETURNED}{mark}" for mark in marks)
    return next(
        folder / f"{stem}{path.suffix}"
        for stem in stems
        if not os.path.lexists(folder / f"{stem}{path.suffix}")
    )


def _sheets(folder: Path, settled_before: float | None) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name[:1] in (".", "~") or path.suffix.lower() not in (".csv", ".xlsx"):
            continue
        if path.is_symlink() or not path.is_file():
            continue
        if settled_before is None or path.stat().st_mtime <= settled_before:
            yield path
