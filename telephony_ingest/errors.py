"""What this package itself can fail at. Bad input is never an error: it is part of the report."""

from __future__ import annotations


class TelephonyIngestError(Exception):
    """Root of the errors that this package raises."""


class LandingUnwritable(TelephonyIngestError):
    """The landing folder cannot be written, or holds files that are not landing files."""


class TableUnreadable(TelephonyIngestError):
    """A table of the exchange's database cannot be read now; the message holds nothing of its rows and no secret."""


class ManagerRefused(TelephonyIngestError):
    """The exchange's manager interface does not let itself be listened to; the message holds nothing that it sent."""
