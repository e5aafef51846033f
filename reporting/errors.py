"""Everything that reporting refuses, with what to do about it. No message holds a report's content."""

from __future__ import annotations


class ReportingError(Exception):
    """Root of this package's errors."""


class WeekNotBuilt(ReportingError):
    """The warehouse does not hold what a week's report is made of."""


class ReportUnreadable(ReportingError):
    """Stored report data are not a report of this format."""


class AlreadyDelivered(ReportingError):
    """A file that has left the house would be overwritten."""


class RenderingFailed(ReportingError):
    """The typesetter refused a report."""
