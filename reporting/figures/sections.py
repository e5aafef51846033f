"""The sections of a paper of figures: what `[[deliverables]] sections` may name, and what papers call them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class FigureSection(StrEnum):
    """One section, in the order of a paper that names none."""

    TARGETS = "targets"
    TOTALS = "totals"
    SERVICES = "services"
    PARTS = "parts"
    HALF_HOURS = "half_hours"
    ITEMS = "items"
    CHANNELS = "channels"
    CAMPAIGNS = "campaigns"


TITLES: Mapping[FigureSection, str] = {
    FigureSection.TARGETS: "目標と結果",
    FigureSection.TOTALS: "期間の計",
    FigureSection.SERVICES: "業務別",
    FigureSection.PARTS: "内訳",
    FigureSection.HALF_HOURS: "時間帯別",
    FigureSection.ITEMS: "問い合わせ内容",
    FigureSection.CHANNELS: "受付方法別",
    FigureSection.CAMPAIGNS: "発信業務",
}

OF_ALL_SERVICES = frozenset(
    {
        FigureSection.SERVICES,
        FigureSection.HALF_HOURS,
        FigureSection.ITEMS,
        FigureSection.CHANNELS,
        FigureSection.CAMPAIGNS,
    }
)
"""Sections that cannot be said of one service alone."""
