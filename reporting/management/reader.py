"""Reads 運営状況報告（管理者用） of any period, and decides every text of it (6(1)オ, 6(3)エ, 9(3)).

Only days that are over and have records count; the others are named. No name, number of a caller or pseudonym is
read into the paper: operators appear by their 番号, callers as counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.terms import Contract
from compliance.inquiries.form import Form, load_form
from reporting.errors import FiguresNotBuilt, PeriodRefused
from reporting.management import figures
from reporting.management.figures import DayFigures, PeriodCounts
from reporting.management.load import load_tables
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
from reporting.paper.head import head_to
from reporting.paper.tables import Table, TablePaper

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TITLE = "運営状況報告（管理者用）"
LONGEST_BY_DAY = 31
"""A longer period is told by weeks."""
MOST_ITEMS = 15
OVERVIEW, HALF_HOURS, HANDLING = "1　概況", "2　時間帯別", "3　応対時間"
OPERATORS, ITEMS, AGAIN = "4　従事者別", "5　問い合わせ内容", "7　お客様の再度の電話"
UNLISTED = "（台帳外）"
_ABSENT = ("―",) * 8


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of the overview: a day or the part of a week that lies in the period."""

    label: str
    counts: PeriodCounts | None
    remark: str


def read_management(
    connection: DuckDBPyConnection,
    contract: Contract,
    first_day: date,
    last_day: date,
    counted_until: date,
) -> TablePaper:
    """The report of first to last day, both included. `counted_until` is the last civil day that is over.

    Raises:
        PeriodRefused: the last day lies before the first.
        FiguresNotBuilt: the warehouse holds no day at all, or is another version's.
    """
    import duckdb

    if last_day < first_day:
        raise PeriodRefused(f"期間の末日 {last_day} が、初日 {first_day} より前です。")
    try:
        return _read(connection, contract, first_day, last_day, counted_until)
    except duckdb.CatalogException:
        raise FiguresNotBuilt(
            "この報告の元になる集計がありません。`madoguchi run` を実行してから、作り直してください。"
        ) from None


def _read(
    connection: DuckDBPyConnection,
    contract: Contract,
    first_day: date,
    last_day: date,
    counted_until: date,
) -> TablePaper:
    held = figures.read_days(connection, first_day, min(last_day, counted_until))
    measured = [d.day for d in held if d.has_records]
    open_days = [d.day for d in held if d.has_records and d.is_open]
    calendar = BusinessCalendar(contract)
    lines = _lines(calendar, held, first_day, last_day, counted_until)
    total = sum((d.counts for d in held if d.has_records), PeriodCounts())
    slots = figures.read_slots(connection, open_days)
    talk = figures.read_spread(connection, "talk_seconds", measured)
    wait = figures.read_spread(connection, "wait_seconds", measured)
    return TablePaper(
        head=head_to(contract, TITLE, "責任者（社内）"),
        due_date=None,
        facts=_facts(calendar, held, first_day, last_day, counted_until),
        opening="この書類は管理者のためのもので、このままでは委託者へ提出しません。氏名・電話番号は含みません。",
        tables=(
            _overview(contract, lines, total, last_day),
            _half_hours(slots, total),
            _handling(talk, wait),
            _operators(contract, figures.read_operators(connection, measured)),
            _items(figures.read_items(connection, measured), load_form(contract.form_file)),
            *load_tables(contract, slots, talk.mean, last_day),
            _again(figures.read_again(connection, measured, counted_until)),
        ),
        boxes=(),
    )


def _facts(
    calendar: BusinessCalendar,
    held: Sequence[DayFigures],
    first: date,
    last: date,
    counted_until: date,
) -> tuple[tuple[str, str], ...]:
    open_days = calendar.business_days(first, last)
    counted = [d.day for d in held if d.is_open and d.has_records]
    facts = [
        (PERIOD, wareki.span(first, last)),
        ("数えた日", f"開設{len(open_days)}日のうち{len(counted)}日"),
    ]
    coming = [day for day in open_days if day > counted_until]
    if coming:
        facts.append(("未了の日", f"開設{len(coming)}日（{short_day(coming[0])}以後）は終わっておらず、数えていません"))  # fmt: skip
    missing = [day for day in open_days if day <= counted_until and day not in counted]
    if missing:
        shown = "、".join(map(short_day, missing[:8])) + (" ほか" if len(missing) > 8 else "")
        facts.append(("計測不能の日", f"{len(missing)}日（{shown}）は交換機の記録がありません"))
    return tuple(facts)


def _lines(
    calendar: BusinessCalendar,
    held: Sequence[DayFigures],
    first: date,
    last: date,
    counted_until: date,
) -> list[_Line]:
    by_day = {d.day: d for d in held}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if len(days) <= LONGEST_BY_DAY:
        return [_day_line(calendar, by_day.get(day), day, counted_until) for day in days]
    mondays = dict.fromkeys(day - timedelta(days=day.weekday()) for day in days)
    return [
        _week_line(calendar, by_day, max(first, m), min(last, m + timedelta(days=6)), counted_until)
        for m in mondays
    ]


def _day_line(
    calendar: BusinessCalendar, held: DayFigures | None, day: date, counted_until: date
) -> _Line:
    reason = calendar.closed_reason(day)
    remark = "" if reason is None else f"休（{reason}）"
    if day > counted_until:
        return _Line(short_day(day), None, remark or "未了")
    if held is None or not held.has_records:
        return _Line(short_day(day), None, remark or "計測不能")
    return _Line(short_day(day), held.counts, remark)


def _week_line(
    calendar: BusinessCalendar,
    by_day: dict[date, DayFigures],
    first: date,
    last: date,
    counted_until: date,
) -> _Line:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    open_days = calendar.business_days(first, last)
    counted = [by_day[d] for d in days if d in by_day and by_day[d].has_records]
    done = sum(d.is_open for d in counted)
    remark = "休"
    if open_days:
        is_to_come = open_days[0] > counted_until
        remark = "未了" if is_to_come else f"{done}/{len(open_days)}日"
    counts = sum((d.counts for d in counted), PeriodCounts()) if counted else None
    return _Line(short_span(first, last), counts, remark)


def _overview(
    contract: Contract, lines: Sequence[_Line], total: PeriodCounts, last_day: date
) -> Table:
    is_empty = all(line.counts is None for line in lines)
    rows = [(line.label, *_counts(line.counts), line.remark) for line in lines]
    rows.append(("計", *_counts(None if is_empty else total), ""))
    terms = [contract.definition(name, last_day) for name in ("answer_rate", "service_level")]
    told = "。".join(f"{one.title}＝{one.formula}（第{one.version}版）" for one in terms)
    return Table(
        OVERVIEW,
        ("日" if len(lines) and "〜" not in lines[0].label else "週", "入電", "応答", "あふれ", "放棄", "預かり", "応答率", "サービス\nレベル", "時間外", REMARK),
        tuple(rows),
        (1.5, 0.9, 0.9, 0.9, 0.9, 0.9, 1, 1.1, 0.9, 2.1),
        note=f"{told}。入電は業務時間内。回線話中で当センターに届かなかった入電は含みません。",
    )  # fmt: skip


def _counts(counts: PeriodCounts | None) -> tuple[str, ...]:
    if counts is None:
        return _ABSENT
    whole = (counts.incoming, counts.answered, counts.overflow, counts.abandoned, counts.message)
    rates = percent(counts.answer_rate), percent(counts.service_level)
    return (*map(count, whole), *rates, count(counts.after_hours))


def _half_hours(slots: Sequence[figures.Slot], total: PeriodCounts) -> Table:
    """The half hours, and the calls of none of them: together those of the first table."""
    rows: list[tuple[str, ...]] = [
        (
            clock(slot.starts_at),
            count(slot.incoming),
            count(slot.answered),
            percent(slot.answered / slot.incoming if slot.incoming else None),
            count(slot.busiest),
            minutes(slot.longest_wait),
            count(slot.most_lines),
        )
        for slot in slots
    ]
    incoming = total.incoming - sum(slot.incoming for slot in slots)
    answered = total.answered - sum(slot.answered for slot in slots)
    if incoming:
        share = percent(answered / incoming)
        rows.append((OFF_HOURS, count(incoming), count(answered), share, *[NOTHING] * 3))
    return Table(
        HALF_HOURS,
        ("時刻", "入電", "応答", "応答の割合", "1日の最多", "最長待ち", "最大同時回線"),
        tuple(rows),
        note="開設日の合計。各行の和は「1」の計に一致。応答の割合は応答÷入電。時間は 分:秒。",
    )


def _handling(talk: figures.Spread, wait: figures.Spread) -> Table:
    rows = tuple(
        (
            name,
            count(one.measured),
            *map(minutes, (one.mean, one.median, one.ninth_decile, one.longest)),
        )
        for name, one in (("通話時間", talk), ("応答までの待ち", wait))
    )
    return Table(
        HANDLING,
        ("", "測れた件数", "平均", "中央値", "90％点", "最長"),
        rows,
        (1.6, 1, 1, 1, 1, 1),
        note="応答した通話。通話時間は転送先の応対を含み、後処理（交換機に記録されません）を含みません。時間は 分:秒。",
    )


def _operators(contract: Contract, operators: Sequence[figures.OperatorFigures]) -> Table:
    shown = {staff.operator: staff.display_number for staff in contract.staff}
    rows = sorted(
        (
            shown.get(one.operator, UNLISTED),
            count(one.answered),
            minutes(one.mean_talk),
            minutes(one.longest_talk),
            count(one.dialled),
            count(one.reached),
            NOTHING if one.staffed is None else f"{one.staffed / 3600:.1f}",
            NOTHING if one.paused is None else f"{one.paused / 3600:.1f}",
            percent(one.occupancy),
            count(one.rung_in_vain),
            count(one.transfers),
        )
        for one in operators
    )
    return Table(
        OPERATORS,
        ("番号", "応対", "平均通話", "最長通話", "発信", "うち通話", "着席（時間）", "休止（時間）", "占有率", "不応答", "転送"),
        tuple(rows),
        (1.1, 0.8, 1, 1, 0.8, 0.9, 1.2, 1.2, 1, 0.9, 0.8),
        note="応対は区間の数で、転送された通話は各従事者に1つ（1と一致しません）。着席は休止を除く。発信はかけた通話、うち通話は相手が出たもの。占有率＝通話（発信を含む）÷着席。不応答は鳴ったが出なかった回数。",
    )  # fmt: skip


def _items(items: Sequence[tuple[str, int, int]], form: Form) -> Table:
    total = sum(asked for _, asked, _ in items)
    rows = tuple(
        (form.title_of_code(code), count(asked), percent(asked / total), count(complaints))
        for code, asked, complaints in items[:MOST_ITEMS]
    )
    others = items[MOST_ITEMS:]
    rest = sum(asked for _, asked, _ in others)
    sums = [("ほか", rest, sum(found for _, _, found in others))] if others else []
    sums += [("計", total, sum(found for _, _, found in items))] if items else []
    rows += tuple((name, count(n), percent(n / total), count(found)) for name, n, found in sums)
    return Table(
        ITEMS,
        ("大区分／小区分", "件数", "構成比", "うちクレーム"),
        rows,
        (4, 1, 1, 1.2),
        note=f"対応記録 {total:,}件"
        + (f"。上位{MOST_ITEMS}のほか {rest:,}件。" if rest else "（対象外を除く）。"),
    )


def _again(again: figures.Again) -> Table:
    return Table(
        AGAIN,
        ("項目", "値"),
        (
            ("応答した市民（番号の分かるもの、重複を除く）", count(again.callers)),
            (f"うち{figures.AGAIN_DAYS}日以内に再び電話したもの", count(again.again)),
            ("その割合", percent(again.share)),
            ("判定できない応答（その後の日数が足りない）", count(again.left_out)),
        ),
        (3, 1),
        note="番号は仮名IDで比べ、書類には載せません。別の用件での電話を含み、別の番号からの電話は分からないため、目安です。",
    )
