"""What is asked each night of the rows that landed."""

from __future__ import annotations

from datetime import date, timedelta

from application.home.asked_aside import RowsAsked
from application.home.session import Workplace
from application.warehouse.landed import files_of_days
from compliance.ground.japan import civil_date

_JUDGED = timedelta(days=8)
"""How far back the questions go; each week's own verdict is made with its paper."""


def asked_of_last_days(workplace: Workplace) -> RowsAsked:
    """What is asked now of the rows of the last days."""
    home, since = workplace.home, civil_date(workplace.now) - _JUDGED
    return RowsAsked(home.landing, since, files_of_days(home.landing, since, date.max, home.landed))
