"""The civil time in which the contract counts its days: Japan's, without summer time."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

TIME_ZONE = "Asia/Tokyo"
TOKYO = ZoneInfo(TIME_ZONE)


def civil(at: datetime) -> datetime:
    """Civil time in Japan of an instant, to the second and without zone, as papers hold it."""
    return at.astimezone(TOKYO).replace(tzinfo=None, microsecond=0)


def civil_date(at: datetime) -> date:
    """The civil day in Japan of an instant."""
    return at.astimezone(TOKYO).date()
