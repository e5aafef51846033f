"""The folder where the floor drops its sheets of inquiries: taken in, then removed; rows that were refused come back beside it.

A sheet holds callers' words in clear, so it does not stay: it goes once its good rows are in the register, which a second
taking-in would find there. Whoever may write into the folder is taken for somebody who may write inquiries.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from compliance.contract.terms import Contract
from compliance.ground.acts import SYSTEM, Actor, Via
from compliance.ground.clock import ClockKind
from compliance.ground.durable import remove_durably
from compliance.inquiries import sheet
from compliance.inquiries.extract import write_extract
from compliance.inquiries.form import load_form
from compliance.keys.keyring import Keyring
from orchestration.duties.sheets import read_rows, write_rows
from orchestration.errors import SheetUnreadable
from orchestration.opening.workplace import Workplace

RETURNED = "返却"
SETTLED_SECONDS = 20.0
"""A file younger than that may still be written."""


@dataclass(frozen=True, slots=True)
class TakenSheets:
    """What became of the folder: sheets that went, rows by what became of them, files that are no sheets."""

    sheets: int = 0
    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    refused: int = 0
    unreadable: int = 0

    def plus(self, taken: sheet.Taken) -> TakenSheets:
        """With one more sheet."""
        return TakenSheets(
            self.sheets + 1,
            self.new + taken.new,
            self.corrected + taken.corrected,
            self.unchanged + taken.unchanged,
            self.refused + len(taken.refused),
            self.unreadable,
        )


def waiting_sheets(contract: Contract, *, is_real_clock: bool) -> list[Path]:
    """The sheets that lie in the folder and are written to their end; none where no folder is named."""
    folder = Path(contract.floor.inbox)
    if not contract.floor.inbox or not folder.is_dir():
        return []
    return sorted(_sheets(folder, time.time() - SETTLED_SECONDS if is_real_clock else None))


def take_inbox(workplace: Workplace) -> TakenSheets:
    """Take every sheet in."""
    taken = TakenSheets()
    is_real = workplace.clock is ClockKind.REAL
    waiting = waiting_sheets(workplace.settings.contract, is_real_clock=is_real)
    if not waiting:
        return taken
    ring, form = Keyring.open(workplace.home), load_form()
    actor = Actor(SYSTEM, workplace.now, via=Via.SCHEDULE)
    for path in waiting:
        try:
            rows = read_rows(path, sheet.NEEDED)
        except SheetUnreadable:
            taken = TakenSheets(**{**_values(taken), "unreadable": taken.unreadable + 1})
            path.replace(_free_place(path))
            continue
        one = sheet.take_in(workplace.engine, ring, form, actor, rows)
        if one.refused:
            write_rows(_free_place(path), (*sheet.HEADINGS, sheet.REASON), one.refused)
        remove_durably(path)
        taken = taken.plus(one)
    write_extract(workplace.home, workplace.engine)
    return taken


def _free_place(path: Path) -> Path:
    """Where a sheet or its refused rows go back to; what lies there from before is nobody's to overwrite."""
    folder, stem = path.parent / RETURNED, f"{path.stem}_{RETURNED}"
    folder.mkdir(mode=0o700, exist_ok=True)
    marks = chain([""], (f"_{number}" for number in count(2)))
    names = (f"{stem}{mark}{path.suffix}" for mark in marks)
    return next(folder / name for name in names if not (folder / name).exists())


def _sheets(folder: Path, settled_before: float | None) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name[:1] in (".", "~") or path.suffix.lower() not in (".csv", ".xlsx"):
            continue
        if path.is_symlink() or not path.is_file():
            continue
        if settled_before is None or path.stat().st_mtime <= settled_before:
            yield path


def _values(taken: TakenSheets) -> dict[str, int]:
    return {name: getattr(taken, name) for name in TakenSheets.__slots__}
