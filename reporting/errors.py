"""Everything that reporting refuses, with what to do about it. No message holds a report's content."""

from __future__ import annotations


class ReportingError(Exception):
    """Root of this package's errors."""


class ReportingRefused(ReportingError):
    """A rule forbids it; nothing was touched."""


class PaperDamaged(ReportingError):
    """What was stored is not as it was left."""


class WeekNotBuilt(ReportingError):
    """The warehouse does not hold what a week's report is made of."""


class FiguresNotBuilt(ReportingError):
    """The warehouse does not hold what the manager's report is made of."""


class PeriodRefused(ReportingRefused):
    """A report was asked for a period that ends before it begins."""


class ReportUnreadable(PaperDamaged):
    """Stored report data are not a report of this format."""


class AlreadyDelivered(ReportingRefused):
    """A file that has left the house would be overwritten."""


class DeliveryRefused(ReportingRefused):
    """A destination did not take a paper and will not by repeating: another host key, no TLS, another file of that name."""


class DeliveryInterrupted(ReportingError):
    """A destination could not be reached or the way to it broke; nothing half lies there, and it may be tried again."""


class DeliveryUnknown(ReportingError):
    """A mail went out and no answer came; whether it was taken, its recipient has to say."""


class TemplateRefused(ReportingRefused):
    """A form of the city's cannot be filled as it is; the cells and what is wrong with each are named."""


class RenderingFailed(ReportingError):
    """The typesetter refused a report."""


FOR_PEOPLE: tuple[type[ReportingError], ...] = (
    DeliveryInterrupted,
    DeliveryRefused,
    FiguresNotBuilt,
    PeriodRefused,
    TemplateRefused,
)
"""Refusals whose own text a page shows: Japanese (as `compliance.errors.FOR_PEOPLE`)."""
