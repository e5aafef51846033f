"""What is asked of the rows that landed: each night of the last days, and of a period whose paper prints the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from application.home.session import Workplace
from application.inquiry_rows import NAME, inquiry_rows
from application.warehouse.landed import files_of_days
from compliance.contract.due import PaperPeriod
from compliance.ground.japan import civil_date
from compliance.inquiries.extract import path_of
from compliance.inquiries.register import told_days
from telephony_ingest.exchange import DATASETS
from telephony_ingest.landing.dataset import Dataset
from telephony_ingest.quality.verdict import Verdict

_JUDGED = timedelta(days=8)
"""How far back the nightly questions go; each week's own verdict is made with its paper."""


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """What is asked: the rows of those civil days in Japan, both included (null: open), in those files of each dataset; those of inquiries too
    where a form tells their codes. Landing's files are what their names say for ever; the table of inquiries is replaced under its name, so
    `floor` says which one it was. `pages` is where Data Docs replace what lies there, and the time that they print."""

    landing: Path
    files: Mapping[str, list[Path]]
    first_day: date | None
    last_day: date | None = None
    form_file: Path | None = None
    floor: str = ""
    pages: tuple[Path, datetime] | None = None

    @property
    def datasets(self) -> list[Dataset]:
        """Which rows, in order."""
        noted = [] if self.form_file is None else [inquiry_rows(self.form_file)]
        return [*DATASETS.values(), *noted]

    def answer(self) -> dict[str, Verdict]:
        """Ask, in this process."""
        from telephony_ingest.quality.judge import Docs, judge

        return judge(
            self.landing,
            self.datasets,
            first_day=self.first_day,
            last_day=self.last_day,
            docs=Docs(*self.pages) if self.pages else None,
            elsewhere=self.files,
        )


def answered(workplace: Workplace, asked: RowsAsked) -> Mapping[str, Verdict]:
    """The verdict of each dataset: what another process found meanwhile, else asked here."""
    found = workplace.aside.answer_to(asked) if workplace.aside is not None else None
    return asked.answer() if found is None else found


def asked_of_last_days(workplace: Workplace) -> RowsAsked:
    """What is asked now of the rows of the last days."""
    home, since = workplace.home, civil_date(workplace.now) - _JUDGED
    return RowsAsked(home.landing, files_of_days(home.landing, since, date.max, home.landed), since)


def asked_of_period(workplace: Workplace, period: PaperPeriod) -> RowsAsked:
    """What is asked now of the rows of a paper's period."""
    home, floor = workplace.home, path_of(workplace.home)
    files = files_of_days(home.landing, period.first_day, period.last_day, home.landed)
    is_noted = bool(told_days(workplace.engine)) and floor.is_file()
    return RowsAsked(
        home.landing,
        {**files, NAME: [floor]} if is_noted else files,
        period.first_day,
        period.last_day,
        workplace.settings.contract.form_file if is_noted else None,
        _which(floor) if is_noted else "",
        (home.quality, workplace.now),
    )


def _which(file: Path) -> str:
    """Which of the files that had this name it is; each is written beside and renamed."""
    found = file.stat()
    return f"{found.st_ino}-{found.st_mtime_ns}-{found.st_size}"
