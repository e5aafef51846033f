"""What reaches a simulated centre by no call, where its form names channels: one inquiry a day by each of them, invented."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from compliance.contract.business_calendar import BusinessCalendar
from compliance.ground.japan import civil_date
from compliance.inquiries.form import TELEPHONE, Form
from compliance.inquiries.record import CALLBACK, Inquiry

_BY = "op1"


def by_other_channels(
    form: Form, calendar: BusinessCalendar, since: datetime, until: datetime
) -> Iterator[Inquiry]:
    """The inquiries of an instant up to another that lie in the opening hours: one channel after the other, a quarter of an hour apart
    from an hour after opening on. Pure."""
    root = next(iter(form.categories.values()))
    item = next(iter(root.items))
    handling = next(code for code in form.handlings if code != CALLBACK)
    others = [code for code in form.channels if code != TELEPHONE]
    first, last = (max(civil_date(since), calendar.first_day), civil_date(until))
    for day in calendar.business_days(first, min(last, calendar.last_day)):
        opens, closes = calendar.opens_at(day), calendar.closes_at(day)
        if opens is None or closes is None:
            continue
        for place, channel in enumerate(others):
            at = opens + timedelta(minutes=60 + 15 * place)
            if since <= at < min(until, closes):
                yield Inquiry("", 1, at, _BY, root.code, item, handling=handling, channel=channel)
