"""What a later edition says differently, item by item, with the reason as far as the data tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from reporting.paper.kind import Correction
from reporting.paper.wareki import clock, day_clock, month_day
from reporting.weekly import off_hours, wording
from reporting.weekly.content import InquiryContent
from reporting.weekly.value import (
    Breakdown,
    Call,
    Counts,
    Day,
    PrintedDefinition,
    WeeklyReport,
    half_hour_profile,
)

_LISTED_RECORDS = 20
_LATE = "提出後に届いた記録による"
_RECLASSIFIED = "記録の追加により区分が変わった"
_NOTED = "提出後に記入された対応記録による"
_AMENDED = "対応記録の訂正による"
_BOTH = "対応記録の記入・訂正による"
_ENTRIES = "台帳の記入・訂正による"
_REDEFINED = "用語の定義の変更による"
_EARLIER_WEEK = "前の週の数字が動いたため"
_SOURCES = "取込み元の状態・確認結果が変わったため"
_WORDING = "契約の設定（contract.toml）の変更による"


def corrections_between(before: WeeklyReport, after: WeeklyReport) -> tuple[Correction, ...]:
    """Every printed figure that moved, week totals first; empty when nothing printed did."""
    reason = _reason(before, after)
    noted = _reason_of_records(before, after) or reason
    return (
        *_counts("週計", before.total, after.total, reason),
        *_breakdown("週計", before.breakdown, after.breakdown, reason),
        *_days(before, after, reason),
        *_half_hours(before, after, reason),
        *_mappings(_off_hours(before), _off_hours(after), reason),
        *_calls(before, after),
        *_counts("前週", before.previous, after.previous, _EARLIER_WEEK),
        *_counts("累計", before.cumulative, after.cumulative, f"{reason}（累計）"),
        *_fields("計測（週計）", before.coverage, after.coverage, wording.COVERAGE, reason),
        *_fields(
            "計測（累計）",
            before.cumulative_coverage,
            after.cumulative_coverage,
            wording.COVERAGE,
            f"{reason}（累計）",
        ),
        *_content(before.content, after.content, noted),
        *_mappings(
            _follow_ups(before), _follow_ups(after), _reason_of_records(before, after) or _ENTRIES
        ),
        *_inquiries(before, after, noted),
        *_definitions(before, after),
        *_fields(
            "照合",
            before.reconciliation,
            after.reconciliation,
            wording.reconciliation(after.head),
            reason,
        ),
        *_verdicts(before, after),
        *_fields("頭書", before.head, after.head, wording.HEAD, _WORDING),
        *_fields("対象週", before.week, after.week, wording.WEEK, _WORDING),
        *_moved("業務の名称", _services(before), _services(after), _WORDING),
        *_mappings(_titles(before), _titles(after), _WORDING),
    )


def _reason(before: WeeklyReport, after: WeeklyReport) -> str:
    if before.definitions != after.definitions:
        return _REDEFINED
    known = {call.call_id: call for call in before.calls}
    is_new = any(call.call_id not in known for call in after.calls)
    moved = any(
        call.call_id in known and known[call.call_id].outcome != call.outcome
        for call in after.calls
    )
    if is_new or not moved:
        return _LATE
    return _RECLASSIFIED


def _reason_of_records(before: WeeklyReport, after: WeeklyReport) -> str | None:
    """Whether records of inquiries came late or were corrected (voided ones too); null where none moved."""
    was, now = (
        {one.inquiry_id: one for one in (report.follow_ups.records if report.follow_ups else ())}
        for report in (before, after)
    )
    came = now.keys() - was.keys()
    amended = [one for one in was if now.get(one) != was[one]]
    if came and amended:
        return _BOTH
    return _NOTED if came else _AMENDED if amended else None


def _moved(item: str, before: str, after: str, reason: str) -> Iterator[Correction]:
    if before != after:
        yield Correction(item, before, after, reason)


def _counts(
    where: str, before: Counts | None, after: Counts | None, reason: str
) -> Iterator[Correction]:
    for name, label in wording.COUNTS.items():
        yield from _moved(f"{label}（{where}）", _of(before, name), _of(after, name), reason)


def _breakdown(
    where: str, before: Breakdown | None, after: Breakdown | None, reason: str
) -> Iterator[Correction]:
    for name, label in wording.BREAKDOWN.items():
        yield from _moved(f"{label}（{where}）", _of(before, name), _of(after, name), reason)


def _days(before: WeeklyReport, after: WeeklyReport, reason: str) -> Iterator[Correction]:
    old, new = ({day.day: day for day in report.days} for report in (before, after))
    for day in sorted(old.keys() | new.keys()):
        was, now = old.get(day), new.get(day)
        where = month_day(day)
        parts = [(d.counts, d.breakdown) if d else (None, None) for d in (was, now)]
        yield from _counts(where, parts[0][0], parts[1][0], reason)
        yield from _breakdown(where, parts[0][1], parts[1][1], reason)
        yield from _moved(f"開設・休業（{where}）", _opening(was), _opening(now), _WORDING)
        yield from _moved(f"電話交換機の記録（{where}）", _records(was), _records(now), reason)


def _half_hours(before: WeeklyReport, after: WeeklyReport, reason: str) -> Iterator[Correction]:
    """The week's profile first, then the days that it is the sum of."""
    old, new = (
        {(row.day, row.starts_at): row for row in (*half_hour_profile(report), *report.half_hours)}
        for report in (before, after)
    )
    for key in sorted(old.keys() | new.keys(), key=lambda key: (key[0] or date.min, key[1])):
        day, starts_at = key
        where = "週計" if day is None else month_day(day)
        for name, label in wording.HALF_HOURS.items():
            item = f"時間帯別（{where}）{clock(starts_at)}〜 {label}"
            yield from _moved(item, _of(old.get(key), name), _of(new.get(key), name), reason)


def _off_hours(report: WeeklyReport) -> dict[str, str]:
    """The calls beside the opening times, by day and as section 8 names their classes."""
    words = {}
    for one in report.off_hours:
        label = off_hours.LET_IN if one.is_in_period else off_hours.OUTSIDE_PERIOD
        parts = [f"{wording.HALF_HOURS[name]}{getattr(one, name)}件" for name in off_hours.COUNTED]
        words[f"{label}（{month_day(one.day)}）"] = "・".join(
            (
                "開設日" if one.is_open else "休業日",
                *parts,
                f"最長待ち{wording.seconds(one.longest_wait_seconds)}",
            )
        )
    return words


def _calls(before: WeeklyReport, after: WeeklyReport) -> Iterator[Correction]:
    old = {call.call_id: call for call in before.calls}
    new = {call.call_id: call for call in after.calls}
    for call_id in sorted(old.keys() | new.keys()):
        was, now = old.get(call_id), new.get(call_id)
        if _call(was) != _call(now):
            reason = _RECLASSIFIED if was and now else _LATE
            yield Correction(f"通話 {_number(now or was)}", _call(was), _call(now), reason)
        else:
            item = f"通話 {_number(now or was)}（明細）"
            yield from _moved(item, _details(before, was), _details(after, now), _LATE)


def _content(
    before: InquiryContent | None, after: InquiryContent | None, reason: str
) -> Iterator[Correction]:
    old, new = _content_words(before), _content_words(after)
    yield from _mappings(old, new, reason)


def _content_words(content: InquiryContent | None) -> dict[str, str]:
    """Every count of the content, as the papers name it."""
    if content is None:
        return {}
    words = {
        "問い合わせ件数（週計）": str(content.total),
        "クレーム（週計）": str(content.complaints),
        "記録のある応答（週計）": f"{content.recorded}／{content.answered}",
    }
    for row in content.items:
        words[f"内容別　{row.category}／{row.item}"] = (
            f"{'・'.join(map(str, row.by_day))}（計{row.total}、累計{row.cumulative}）"
        )
    for title, told in (
        ("性質別", content.voices),
        ("態度", content.stances),
        ("対応", content.handlings),
    ):
        words |= {f"{title}　{one.title}": str(one.total) for one in told}
    return words


def _follow_ups(report: WeeklyReport) -> dict[str, str]:
    """What sections 4 and 9 to 11 say, by a name of each."""
    found = report.follow_ups
    if found is None:
        return {}
    numbers = {call.call_id: call.receipt_number for call in report.calls}
    words = {
        "クレームのあった日": "、".join(f"{day.month}/{day.day}" for day in found.complaint_days),
        "折返しとしたもの": str(found.callbacks_asked),
        "市の回答待ち": str(found.waiting_reports),
        "折返し未了": f"{len(found.open_callbacks)}（期限超過{found.overdue_callbacks}）",
        "FAQ確認待ち": wording.faq_waiting(found.faq_waiting),
    }
    for note in found.messages:
        number = numbers.get(note.call_id, note.call_id)
        words[f"預かりメッセージ　{number}"] = (
            f"{note.subject}　{note.handling}　{'クレーム' if note.is_complaint else ''}（第{note.revision}版）"
        )
    for row in found.reports:
        words[f"市への{row.manner}　{day_clock(row.told_at)}"] = (
            f"{row.told_by}　{row.subject}　{'回答あり' if row.is_answered else '回答待ち'}"
        )
    for change in found.faq:
        words[f"FAQ　{change.number}　第{change.version}版"] = (
            f"{change.change}　{change.title}　{change.reported_on or ''}　{change.confirmed_on or ''}"
        )
    return words


def _inquiries(before: WeeklyReport, after: WeeklyReport, reason: str) -> Iterator[Correction]:
    """Each record that moved; where many did, how many there are."""
    was, now = (
        {
            f"対応記録　{one.inquiry_id}": "　".join(
                (one.subject, one.voice, one.stance, one.handling, one.faq)
                + ("クレーム",) * one.is_complaint
            )
            for one in (report.follow_ups.records if report.follow_ups else ())
        }
        for report in (before, after)
    )
    moved = [key for key in was.keys() | now.keys() if was.get(key) != now.get(key)]
    if len(moved) > _LISTED_RECORDS:
        told = f"{len(was):,}件", f"{len(now):,}件（うち動いたもの{len(moved):,}件）"
        yield Correction("対応記録の一覧", *told, reason)
    else:
        yield from _mappings(was, now, reason)


def _definitions(before: WeeklyReport, after: WeeklyReport) -> Iterator[Correction]:
    old, new = (
        {f"用語 {t.title} 第{t.version}版": _definition(t) for t in report.definitions}
        for report in (before, after)
    )
    yield from _mappings(old, new, _REDEFINED)


def _definition(term: PrintedDefinition) -> str:
    """The formula, and the classes that it counts where these are known."""
    counted = [
        "、".join(wording.OUTCOMES[outcome] for outcome in part)
        for part in (term.numerator, term.denominator)
        if part
    ]
    return f"{term.title}（{term.name}）：{term.formula}" + (
        f"（{'／'.join(counted)}）" if counted else ""
    )


def _titles(report: WeeklyReport) -> Mapping[str, str]:
    return {f"ほかの書類の名：{kind}": title for kind, title in report.titles}


def _verdicts(before: WeeklyReport, after: WeeklyReport) -> Iterator[Correction]:
    yield from _mappings(_verdict_texts(before), _verdict_texts(after), _SOURCES)


def _mappings(old: Mapping[str, str], new: Mapping[str, str], reason: str) -> Iterator[Correction]:
    for key in sorted(old.keys() | new.keys()):
        yield from _moved(key, old.get(key, wording.NOTHING), new.get(key, wording.NOTHING), reason)


def _verdict_texts(report: WeeklyReport) -> Mapping[str, str]:
    texts = {}
    for verdict in report.verdicts:
        source = wording.SOURCES.get(verdict.kind, verdict.kind)
        texts[f"確認した行数：{source}"] = wording.number(verdict.rows)
        for check in verdict.checks:
            rows = f"（{check.rows_failed}行）" if check.rows_failed else ""
            texts[f"確認：{source} {check.title}"] = ("適合" if check.is_met else "要確認") + rows
    for problem in report.problems:
        source = wording.SOURCES.get(problem.kind, problem.kind)
        texts[f"取込み元：{source} {problem.name}"] = wording.SOURCE_STATES.get(
            problem.state, problem.state
        )
    return texts


def _fields(
    where: str, before: Any, after: Any, labels: Mapping[str, str], reason: str
) -> Iterator[Correction]:
    for field in fields(before):
        old, new = (wording.or_blank(_told(getattr(part, field.name))) for part in (before, after))
        yield from _moved(f"{where}：{labels.get(field.name, field.name)}", old, new, reason)


def _told(value: Any) -> str:
    """A value of the head in words; clauses by their names, one behind another."""
    return (
        "、".join(f"{name}：{text}" for name, text in value)
        if isinstance(value, tuple)
        else str(value)
    )


def _of(part: Any, name: str) -> str:
    return _shown(name, None if part is None else getattr(part, name))


def _shown(name: str, value: Any) -> str:
    if name.endswith("_rate"):
        return wording.percent(value)
    if name.endswith("_seconds"):
        return wording.seconds(value)
    return wording.number(value)


def _opening(day: Day | None) -> str:
    return wording.NOTHING if day is None else day.closed_reason or "開設"


def _records(day: Day | None) -> str:
    return wording.NOTHING if day is None else "あり" if day.has_records else "なし"


def _services(report: WeeklyReport) -> str:
    return "、".join(f"{label}（{code}）" for code, label in report.services)


def _number(call: Call | None) -> str:
    """By what a call is named: its 受付番号, of a value that has none the exchange's id."""
    return (call.receipt_number or call.call_id) if call else ""


def _call(call: Call | None) -> str:
    if call is None:
        return "記載なし"
    reason = wording.REASONS.get(call.reason or "", call.reason or "")
    return wording.OUTCOMES[call.outcome] + (f"（{reason}）" if reason else "")


def _details(report: WeeklyReport, call: Call | None) -> str:
    if call is None:
        return "記載なし"
    menu = report.service(call) or wording.NOTHING
    parts = (
        f"受付番号{call.receipt_number or wording.NOTHING}",
        f"着信日{month_day(call.day)}",
        f"着信{day_clock(call.started_at)}{call.started_at::%S}",
        f"案内{menu}",
        f"待ち{wording.seconds(call.wait_seconds)}",
        f"通話{wording.seconds(call.talk_seconds)}",
        f"従事者{call.operator or wording.NOTHING}",
        f"転送{call.transfer_count}",
        f"録音{call.recording_count}",
        f"終わりの記録{'あり' if call.is_complete else 'なし'}",
    )
    return "・".join(parts)
