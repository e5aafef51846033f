"""The civil time in which the contract counts its days: Japan's, without summer time."""

from __future__ import annotations

from zoneinfo import ZoneInfo

TIME_ZONE = "Asia/Tokyo"
TOKYO = ZoneInfo(TIME_ZONE)
