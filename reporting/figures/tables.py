"""The sections of a paper of figures as tables, every text of them decided here. Pure but for what is read of half hours and items.

Shares are printed to a tenth of a percent and judged exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due_terms import Unit
from compliance.contract.targets import JUDGED, Target, targets_in_force
from compliance.inquiries.form import load_form
from reporting.figures.campaigns import campaign_tables
from reporting.figures.counts import ServiceCounts
from reporting.figures.period import PeriodFigures
from reporting.figures.sections import FigureSection
from reporting.management.figures import read_items, read_slots
from reporting.management.words import (
    NOTHING,
    OFF_HOURS,
    REMARK,
    clock,
    count,
    minutes,
    percent,
    short_day,
    short_span,
)
from reporting.paper.tables import BLANK, Table

TOTAL = "計"
_COUNTED = ("入電", "応答", "あふれ", "放棄", "預かり", "中断・\n判定不能", "時間外")


@dataclass(frozen=True, slots=True)
class _Span:
    """What is counted: the measured days of a part of the period, and what is said of the others."""

    label: str
    days: tuple[date, ...]
    remark: str


def _targets(found: PeriodFigures, title: str) -> tuple[Table, ...]:
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


def _judged(found: PeriodFigures, target: Target) -> tuple[str, ...]:
    definition = found.contract.definition(target.definition, found.last_day)
    label = dict(found.services).get(target.service, "") if target.service else "全業務"
    sums = found.of(found.measured, target.service or None)
    side = "以上" if target.is_least else "以下"
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


def _totals(found: PeriodFigures, title: str) -> tuple[Table, ...]:
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


def _services(found: PeriodFigures, title: str) -> tuple[Table, ...]:
    rows = [(label, *_line(found.of(found.measured, code))) for code, label in found.services]
    rows.append((TOTAL, *_line(found.of(found.measured))))
    return (_counted(title, "業務", rows),)


def _parts(found: PeriodFigures, title: str) -> tuple[Table, ...]:
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
    found: PeriodFigures, title: str, heading: str, spans: Sequence[_Span], service: str | None
) -> Table:
    rows = []
    for span in spans:
        line = _line(found.of(span.days, service)) if span.days else (NOTHING,) * 11
        rows.append((span.label, *line, span.remark))
    rows.append((TOTAL, *_line(found.of(found.measured, service)), ""))
    return _counted(title, heading, rows, with_remark=True)


def _spans(found: PeriodFigures) -> list[_Span]:
    calendar = BusinessCalendar(found.contract)
    length = (found.last_day - found.first_day).days + 1
    days = [found.first_day + timedelta(days=n) for n in range(length)]
    if found.unit not in (Unit.QUARTER, Unit.YEAR):
        return [_day(found, calendar, day) for day in days]
    months: dict[tuple[int, int], list[date]] = {}
    for day in days:
        months.setdefault((day.year, day.month), []).append(day)
    return [_month(found, calendar, theirs) for theirs in months.values()]


def _day(found: PeriodFigures, calendar: BusinessCalendar, day: date) -> _Span:
    reason = calendar.closed_reason(day)
    remark = "" if reason is None else f"休（{reason}）"
    held = found.held.get(day)
    if held is None or not held.has_records:
        coming = "未了" if day > found.counted_until else "計測不能"
        return _Span(short_day(day), (), remark or coming)
    if reason is not None and found.of((day,)) == ServiceCounts():
        return _Span(short_day(day), (), remark)
    return _Span(short_day(day), (day,), remark)


def _month(found: PeriodFigures, calendar: BusinessCalendar, days: Sequence[date]) -> _Span:
    open_days = calendar.business_days(days[0], days[-1])
    measured = [day for day in days if day in found.held and found.held[day].has_records]
    done = sum(day in measured for day in open_days)
    label = f"{days[0].month}月" if days[0].day == 1 else short_span(days[0], days[-1])
    return _Span(label, tuple(measured), f"{done}/{len(open_days)}日")


def _half_hours(found: PeriodFigures, title: str) -> tuple[Table, ...]:
    open_days = [day for day in found.measured if found.held[day].is_open]
    slots = read_slots(found.connection, open_days)
    rows: list[tuple[str, ...]] = [
        (clock(one.starts_at), count(one.incoming), count(one.answered), count(one.busiest), minutes(one.longest_wait), count(one.most_lines))
        for one in slots
    ]  # fmt: skip
    sums = found.of(found.measured)
    outside = sums.incoming - sum(one.incoming for one in slots)
    answered = sums.answered - sum(one.answered for one in slots)
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


def _items(found: PeriodFigures, title: str) -> tuple[Table, ...]:
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


def _channels(found: PeriodFigures, title: str) -> tuple[Table, ...]:
    known = load_form(found.contract.form_file).channels
    told = read_items(found.connection, found.measured, "channel")
    rows = channel_rows(known, told, read_items(found.connection, found.measured))
    return (Table(title, ("受付方法", "件数", "構成比", "うち苦情"), rows, (3, 1, 1, 1)),)


def channel_rows(
    known: Mapping[str, str],
    told: Sequence[tuple[str, int, int]],
    asked: Sequence[tuple[str, int, int]],
) -> tuple[tuple[str, ...], ...]:
    """Every channel of the form in its order, those by which nobody came with 0; codes that the form has no more; then, where there
    are any, records of which none is told (written before the form had channels), so that the sum is that of all inquiries. `told` and
    `asked` are (code, inquiries, of which complaints) by channel and by content. Pure.

    >>> channel_rows({"web": "ウェブ", "fax": "ＦＡＸ"}, [("web", 3, 1)], [("a/b", 3, 1), ("a/c", 1, 0)])[2:]
    (('未記入', '1', '25.0%', '0'), ('計', '4', '100.0%', '1'))
    """
    by_code = {code: (inquiries, complaints) for code, inquiries, complaints in told}
    titles = {**known, **{code: code for code in sorted(by_code.keys() - known.keys())}}
    counted = [(label, *by_code.get(code, (0, 0))) for code, label in titles.items()]
    total, of_complaints = sum(one[1] for one in asked), sum(one[2] for one in asked)
    untold = total - sum(one[1] for one in counted)
    if untold:
        counted.append((BLANK, untold, of_complaints - sum(one[2] for one in counted)))
    counted.append((TOTAL, total, of_complaints))
    return tuple(
        (label, count(n), percent(n / total if total else None), count(complaints))
        for label, n, complaints in counted
    )


def _campaigns(found: PeriodFigures, title: str) -> tuple[Table, ...]:
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


TABLES: Mapping[FigureSection, Callable[[PeriodFigures, str], tuple[Table, ...]]] = {
    FigureSection.TARGETS: _targets,
    FigureSection.TOTALS: _totals,
    FigureSection.SERVICES: _services,
    FigureSection.PARTS: _parts,
    FigureSection.HALF_HOURS: _half_hours,
    FigureSection.ITEMS: _items,
    FigureSection.CHANNELS: _channels,
    FigureSection.CAMPAIGNS: _campaigns,
}
"""Of each section how its tables are made, of the figures and a title."""
