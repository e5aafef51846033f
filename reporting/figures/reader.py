"""Reads a paper of figures from the warehouse. Days that are over and have records count; others are named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due_terms import Unit
from compliance.inquiries.form import load_form
from compliance.registers.known import OUTBOUND
from reporting.errors import FiguresNotBuilt
from reporting.figures.campaigns import attempts_of
from reporting.figures.counts import read_counts
from reporting.figures.period import PeriodFigures
from reporting.figures.sections import OF_ALL_SERVICES, TITLES, FigureSection
from reporting.figures.tables import TABLES
from reporting.management.figures import read_days
from reporting.management.words import PERIOD, short_day
from reporting.paper import wareki
from reporting.paper.confirmed import BOX
from reporting.paper.head import head_of
from reporting.paper.kind import Correction
from reporting.paper.tables import WORDING, TablePaper, corrections_between

if TYPE_CHECKING:
    from reporting.paper.kind import Reading

_SHOWN_DAYS = 8


def read_figures(reading: Reading, name: str) -> TablePaper:
    """The paper of a period under the terms of that name.

    Raises:
        FiguresNotBuilt: the warehouse holds no figures by service.
    """
    import duckdb

    period, contract = reading.period, reading.contract
    terms = contract.deliverable(name)
    until = min(period.last_day, reading.counted_until)
    try:
        held = {one.day: one for one in read_days(reading.connection, period.first_day, until)}
        counts = read_counts(reading.connection, list(held))
    except duckdb.CatalogException:
        raise FiguresNotBuilt(
            "この報告の元になる集計がありません。`madoguchi run` を実行してから、作り直してください。"
        ) from None
    found = PeriodFigures(
        connection=reading.connection,
        contract=contract,
        terms=terms,
        unit=period.unit,
        first_day=period.first_day,
        last_day=period.last_day,
        counted_until=reading.counted_until,
        held=held,
        counts={
            key: one
            for key, one in counts.items()
            if held[key[0]].has_records and terms.service in ("", key[1])
        },
        attempts=attempts_of(reading.entries(OUTBOUND, None), period.first_day, period.last_day)
        if contract.campaigns
        else (),
    )
    wanted = terms.sections or _all_that_apply(found)
    return TablePaper(
        head=head_of(contract, name),
        due_date=period.due_date,
        facts=_facts(found, period.label),
        opening="",
        tables=tuple(
            table
            for number, section in enumerate(map(FigureSection, wanted), start=1)
            for table in TABLES[section](found, f"{number}　{TITLES[section]}")
        ),
        boxes=(BOX, "委託者収受"),
    )


def figures_corrections(before: TablePaper, after: TablePaper) -> tuple[Correction, ...]:
    """What moved, as of any paper of tables; a target that the contract set otherwise since says so. Pure."""
    was, now = _targets_of(before), _targets_of(after)
    return tuple(
        replace(one, reason=WORDING) if was.get(one.item) != now.get(one.item) else one
        for one in corrections_between(before, after)
    )


def _targets_of(paper: TablePaper) -> dict[str, str]:
    """What each row of targets demands, by how a correction names the row."""
    return {
        f"{table.title}　{'・'.join(row[: table.keys])}": row[table.keys]
        for table in paper.tables
        if table.title.endswith(TITLES[FigureSection.TARGETS])
        for row in table.rows
    }


def headline(paper: TablePaper) -> tuple[tuple[str, int], ...]:
    """What a run shows of it: how many tables, and how many rows they have."""
    return (("表", len(paper.tables)), ("行", sum(len(table.rows) for table in paper.tables)))


def _all_that_apply(found: PeriodFigures) -> tuple[str, ...]:
    """Every section but those that have nothing to say of this contract or of one service alone."""
    left_out = set()
    if not found.contract.targets:
        left_out.add(FigureSection.TARGETS)
    if found.terms.service:
        left_out |= OF_ALL_SERVICES
    if len(found.contract.services) < 2:
        left_out.add(FigureSection.SERVICES)
    if not found.contract.campaigns:
        left_out.add(FigureSection.CAMPAIGNS)
    if not load_form(found.contract.form_file).channels:
        left_out.add(FigureSection.CHANNELS)
    if found.unit is Unit.DAY:
        left_out.add(FigureSection.PARTS)
    return tuple(one.value for one in FigureSection if one not in left_out)


def _facts(found: PeriodFigures, label: str) -> tuple[tuple[str, str], ...]:
    calendar = BusinessCalendar(found.contract)
    open_days = calendar.business_days(found.first_day, found.last_day)
    measured = set(found.measured)
    is_a_day = found.first_day == found.last_day
    told = (
        wareki.full(found.first_day) if is_a_day else wareki.span(found.first_day, found.last_day)
    )
    facts = [(PERIOD, f"{label}（{told}）" if label else told)]
    if found.terms.service:
        facts.append(("対象業務", dict(found.services).get(found.terms.service, "")))
    facts.append(("開設日数", f"{len(open_days)}日"))
    missing = [day for day in open_days if day not in measured]
    if missing:
        shown = "、".join(map(short_day, missing[:_SHOWN_DAYS]))
        shown += " ほか" if len(missing) > _SHOWN_DAYS else ""
        facts.append(("計測不能の日", f"{len(missing)}日（{shown}）は電話交換機の記録がなく、数えていません"))  # fmt: skip
    return tuple(facts)
