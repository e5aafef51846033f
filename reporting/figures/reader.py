"""Reads a paper of figures from the warehouse and decides every text of it.

Days that are over and have records count; others are named. Shares are printed to a tenth of a percent and judged exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due_terms import Unit
from compliance.contract.paper_terms import DeliverableTerms
from compliance.contract.targets import JUDGED, Target, targets_in_force
from compliance.contract.terms import Contract
from compliance.inquiries.form import load_form
from compliance.registers.known import OUTBOUND
from reporting.errors import FiguresNotBuilt
from reporting.figures.campaigns import CampaignAttempt, attempts_of, campaign_tables
from reporting.figures.counts import ServiceCounts, read_counts
from reporting.figures.sections import TITLES, FigureSection
from reporting.management.figures import DayFigures, read_days, read_items, read_slots
from reporting.management.words import (
    NOTHING,
    OFF_HOURS,
    PERIOD,
    REMARK,
    clock,
    count,
    minutes,
    percent,
    short_day,
    short_span,
)
from reporting.paper import wareki
from reporting.paper.confirmed import BOX
from reporting.paper.head import head_of
from reporting.paper.tables import Table, TablePaper

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from reporting.paper.kind import Reading

UNCHOSEN = "（業務の選択なし）"
TOTAL = "計"
_COUNTED = ("入電", "応答", "あふれ", "放棄", "預かり", "中断・\n判定不能", "時間外")
_SHOWN_DAYS = 8


@dataclass(frozen=True, slots=True)
class _Span:
    """What is counted: the measured days of a part of the period, and what is said of the others."""

    label: str
    days: tuple[date, ...]
    remark: str


@dataclass(frozen=True, slots=True)
class _Figures:
    """Everything that the sections are made of; `counts` are of the paper's services alone."""

    connection: DuckDBPyConnection
    contract: Contract
    terms: DeliverableTerms
    unit: Unit
    first_day: date
    last_day: date
    counted_until: date
    held: Mapping[date, DayFigures]
    counts: Mapping[tuple[date, str], ServiceCounts]
    attempts: Sequence[CampaignAttempt] = ()

    def of(self, days: Sequence[date], service: str | None = None) -> ServiceCounts:
        """The sum over days, of one service or of all that the paper has."""
        wanted = frozenset(days)
        theirs = (
            one
            for (day, code), one in self.counts.items()
            if day in wanted and service in (None, code)
        )
        return sum(theirs, ServiceCounts())

    @property
    def measured(self) -> tuple[date, ...]:
        """The days with records."""
        return tuple(day for day, one in self.held.items() if one.has_records)

    @property
    def services(self) -> tuple[tuple[str, str], ...]:
        """Code and label of the paper's services, in the order of the contract; the calls that chose none, where there are any."""
        listed = [(one.code, one.label) for one in self.contract.services]
        if self.terms.service:
            return tuple(one for one in listed if one[0] == self.terms.service)
        known = {code for code, _ in listed}
        unlisted = sorted({code for _, code in self.counts} - known - {""})
        listed += [(code, code) for code in unlisted]
        if any(code == "" for _, code in self.counts):
            listed.append(("", UNCHOSEN))
        return tuple(listed)


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
    found = _Figures(
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
            for table in _TABLES[section](found, f"{number}　{TITLES[section]}")
        ),
        boxes=(BOX, "委託者収受"),
    )


def headline(paper: TablePaper) -> tuple[tuple[str, int], ...]:
    """What a run shows of it: how many tables, and how many rows they have."""
    return (("表", len(paper.tables)), ("行", sum(len(table.rows) for table in paper.tables)))


def _all_that_apply(found: _Figures) -> tuple[str, ...]:
    """Every section but those that have nothing to say of this contract or of one service alone."""
    left_out = set()
    if not found.contract.targets:
        left_out.add(FigureSection.TARGETS)
    if found.terms.service:
        left_out |= {FigureSection.SERVICES, FigureSection.HALF_HOURS, FigureSection.ITEMS}
    if len(found.contract.services) < 2:
        left_out.add(FigureSection.SERVICES)
    if not found.contract.campaigns or found.terms.service:
        left_out.add(FigureSection.CAMPAIGNS)
    if found.unit is Unit.DAY:
        left_out.add(FigureSection.PARTS)
    return tuple(one.value for one in FigureSection if one not in left_out)


def _facts(found: _Figures, label: str) -> tuple[tuple[str, str], ...]:
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


def _targets(found: _Figures, title: str) -> tuple[Table, ...]:
    rows = []
    for target in targets_in_force(found.contract.targets, found.last_day):
        if found.terms.service and target.service not in ("", found.terms.service):
            continue
        rows.append(_judged(found, target))
    return (
        Table(
            title,
            ("項目", "業務", "目標", "結果", "達成", "未達成の原因・対策"),
            tuple(rows),
            (1.3, 1.5, 1, 0.9, 0.8, 2.6),
            keys=2,
            note="達成は、四捨五入する前の件数で判定しています。―は対象となる通話がないことを示します。",
        ),
    )


def _judged(found: _Figures, target: Target) -> tuple[str, ...]:
    definition = found.contract.definition(target.definition, found.last_day)
    label = dict(found.services).get(target.service, "") if target.service else "全業務"
    sums = found.of(found.measured, target.service or None)
    side = "以上" if target.at_least is not None else "以下"
    is_met = target.is_met(*sums.share(target.definition))
    said = NOTHING if is_met is None else "達成" if is_met else "未達成"
    return (
        definition.title,
        label,
        f"{target.bound:g}%{side}",
        percent(sums.rate(target.definition)),
        said,
        "",
    )


def _totals(found: _Figures, title: str) -> tuple[Table, ...]:
    sums = found.of(found.measured)
    whole = [
        ("入電件数（業務時間内）", count(sums.incoming)),
        ("応答", count(sums.answered)),
        ("あふれ", count(sums.overflow)),
        ("放棄（案内中を含む）", count(sums.abandoned)),
        ("預かりメッセージ", count(sums.message)),
        ("中断・判定不能", count(sums.other)),
        ("時間外の着信（入電に含まない）", count(sums.after_hours)),
    ]
    whole += [
        (found.contract.definition(name, found.last_day).title, percent(sums.rate(name)))
        for name in JUDGED
    ]
    whole += [
        ("平均待ち時間（応答した通話）", minutes(sums.mean_wait)),
        ("最長待ち時間", minutes(sums.longest_wait if sums.incoming else None)),
        ("平均通話時間", minutes(sums.mean_talk)),
    ]
    told = [found.contract.definition(name, found.last_day) for name in JUDGED]
    note = "。".join(f"{one.title}＝{one.formula}（第{one.version}版）" for one in told)
    return (Table(title, ("項目", "値"), tuple(whole), (2, 1), note=f"{note}。時間は 分:秒。"),)


def _services(found: _Figures, title: str) -> tuple[Table, ...]:
    rows = [(label, *_line(found.of(found.measured, code))) for code, label in found.services]
    rows.append((TOTAL, *_line(found.of(found.measured))))
    return (_counted(title, "業務", rows),)


def _parts(found: _Figures, title: str) -> tuple[Table, ...]:
    """Day by day, or month by month of what is longer than a month; under the sum of all each service in a table of its own."""
    spans = _spans(found)
    heading = "月" if found.unit in (Unit.QUARTER, Unit.YEAR) else "日"
    services = found.services if len(found.services) > 1 else ()
    tables = [_of_spans(found, title, heading, spans, None)]
    tables += [
        _of_spans(found, f"{title}（{label}）", heading, spans, code)
        for code, label in services
        if code
    ]
    return tuple(tables)


def _of_spans(
    found: _Figures, title: str, heading: str, spans: Sequence[_Span], service: str | None
) -> Table:
    rows = []
    for span in spans:
        line = _line(found.of(span.days, service)) if span.days else (NOTHING,) * 11
        rows.append((span.label, *line, span.remark))
    rows.append((TOTAL, *_line(found.of(found.measured, service)), ""))
    return _counted(title, heading, rows, with_remark=True)


def _spans(found: _Figures) -> list[_Span]:
    calendar = BusinessCalendar(found.contract)
    length = (found.last_day - found.first_day).days + 1
    days = [found.first_day + timedelta(days=n) for n in range(length)]
    if found.unit not in (Unit.QUARTER, Unit.YEAR):
        return [_day(found, calendar, day) for day in days]
    months: dict[tuple[int, int], list[date]] = {}
    for day in days:
        months.setdefault((day.year, day.month), []).append(day)
    return [_month(found, calendar, theirs) for theirs in months.values()]


def _day(found: _Figures, calendar: BusinessCalendar, day: date) -> _Span:
    reason = calendar.closed_reason(day)
    remark = "" if reason is None else f"休（{reason}）"
    held = found.held.get(day)
    if held is None or not held.has_records:
        coming = "未了" if day > found.counted_until else "計測不能"
        return _Span(short_day(day), (), remark or coming)
    if reason is not None and found.of((day,)) == ServiceCounts():
        return _Span(short_day(day), (), remark)
    return _Span(short_day(day), (day,), remark)


def _month(found: _Figures, calendar: BusinessCalendar, days: Sequence[date]) -> _Span:
    open_days = calendar.business_days(days[0], days[-1])
    measured = [day for day in days if day in found.held and found.held[day].has_records]
    done = sum(day in measured for day in open_days)
    label = f"{days[0].month}月" if days[0].day == 1 else short_span(days[0], days[-1])
    return _Span(label, tuple(measured), f"{done}/{len(open_days)}日")


def _half_hours(found: _Figures, title: str) -> tuple[Table, ...]:
    open_days = [day for day in found.measured if found.held[day].is_open]
    rows: list[tuple[str, ...]] = [
        (clock(one.starts_at), count(one.incoming), count(one.answered), count(one.busiest), minutes(one.longest_wait), count(one.most_lines))
        for one in read_slots(found.connection, open_days)
    ]  # fmt: skip
    sums = found.of(found.measured)
    outside = sums.incoming - sum(int(row[1].replace(",", "")) for row in rows)
    answered = sums.answered - sum(int(row[2].replace(",", "")) for row in rows)
    if outside:
        rows.append((OFF_HOURS, count(outside), count(answered), *[NOTHING] * 3))
    return (
        Table(
            title,
            ("時刻", "入電", "応答", "1日の最多", "最長待ち", "最大同時回線"),
            tuple(rows),
            note="開設日の合計。時間は 分:秒。",
        ),
    )


def _items(found: _Figures, title: str) -> tuple[Table, ...]:
    form = load_form(found.contract.form_file)
    items = read_items(found.connection, found.measured)
    total = sum(asked for _, asked, _ in items)
    rows = [
        (form.title_of_code(code), count(asked), percent(asked / total), count(complaints))
        for code, asked, complaints in items
    ]  # fmt: skip
    if rows:
        rows.append((TOTAL, count(total), percent(1.0), count(sum(one[2] for one in items))))
    return (Table(title, ("内容", "件数", "構成比", "うち苦情"), tuple(rows), (3, 1, 1, 1)),)


def _campaigns(found: _Figures, title: str) -> tuple[Table, ...]:
    return campaign_tables(found.contract.campaigns, found.attempts, title)


def _line(sums: ServiceCounts) -> tuple[str, ...]:
    whole = (
        sums.incoming, sums.answered, sums.overflow, sums.abandoned, sums.message, sums.other, sums.after_hours,
    )  # fmt: skip
    shares = percent(sums.rate("answer_rate")), percent(sums.rate("service_level"))
    return (*map(count, whole), *shares, minutes(sums.mean_wait), minutes(sums.mean_talk))


def _counted(
    title: str, heading: str, rows: Sequence[tuple[str, ...]], *, with_remark: bool = False
) -> Table:
    headings = (heading, *_COUNTED, "応答率", "サービス\nレベル", "平均\n待ち", "平均\n通話")
    widths = (1.6, 0.8, 0.8, 0.8, 0.8, 0.8, 0.9, 0.8, 1, 1, 0.9, 0.9)
    if with_remark:
        return Table(title, (*headings, REMARK), tuple(rows), (*widths, 1.5))
    return Table(title, headings, tuple(rows), (2.4, *widths[1:]))


_TABLES: Mapping[FigureSection, Callable[[_Figures, str], tuple[Table, ...]]] = {
    FigureSection.TARGETS: _targets,
    FigureSection.TOTALS: _totals,
    FigureSection.SERVICES: _services,
    FigureSection.PARTS: _parts,
    FigureSection.HALF_HOURS: _half_hours,
    FigureSection.ITEMS: _items,
    FigureSection.CAMPAIGNS: _campaigns,
}
