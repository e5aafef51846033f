"""What a later edition says differently, item by item, with the reason as far as the data tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from reporting import wording
from reporting.wareki import month_day
from reporting.weekly import Breakdown, Call, Correction, Counts, WeeklyReport, half_hour_profile

_LATE = "提出後に届いた記録による"
_RECLASSIFIED = "記録の追加により区分が変わった"
_REDEFINED = "用語の定義の変更による"
_EARLIER_WEEK = "前の週の数字が動いたため"
_SOURCES = "取込み元の状態・確認結果が変わったため"
_WORDING = "契約の設定（contract.toml）の変更による"


def corrections_between(before: WeeklyReport, after: WeeklyReport) -> tuple[Correction, ...]:
    """Every printed figure that moved, week totals first; empty when nothing printed did."""
    reason = _reason(before, after)
    return (
        *_counts("週計", before.total, after.total, reason),
        *_breakdown("週計", before.breakdown, after.breakdown, reason),
        *_days(before, after, reason),
        *_half_hours(before, after, reason),
        *_calls(before, after),
        *_counts("前週", before.previous, after.previous, _EARLIER_WEEK),
        *_counts("累計", before.cumulative, after.cumulative, f"{reason}（累計）"),
        *_terms(before, after),
        *_fields(
            "照合", before.reconciliation, after.reconciliation, wording.RECONCILIATION, reason
        ),
        *_verdicts(before, after),
        *_fields("頭書", before.head, after.head, wording.HEAD, _WORDING),
        *_fields("対象週", before.week, after.week, wording.WEEK, _WORDING),
    )


def _reason(before: WeeklyReport, after: WeeklyReport) -> str:
    if before.terms != after.terms:
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
    known = {day.day: day for day in before.days}
    for day in after.days:
        old = known.get(day.day)
        where = month_day(day.day)
        yield from _counts(where, old.counts if old else None, day.counts, reason)
        yield from _breakdown(where, old.breakdown if old else None, day.breakdown, reason)
        if old is not None:
            texts = [part.closed_reason or "開設" for part in (old, day)]
            yield from _moved(f"開設・休業（{where}）", texts[0], texts[1], _WORDING)


def _half_hours(before: WeeklyReport, after: WeeklyReport, reason: str) -> Iterator[Correction]:
    known = {row.starts_at: row for row in half_hour_profile(before)}
    for row in half_hour_profile(after):
        old = known.get(row.starts_at)
        for name, label in wording.HALF_HOURS.items():
            item = f"時間帯別 {row.starts_at:%H:%M}〜 {label}"
            yield from _moved(item, _of(old, name), _of(row, name), reason)


def _calls(before: WeeklyReport, after: WeeklyReport) -> Iterator[Correction]:
    old = {call.call_id: call for call in before.calls}
    new = {call.call_id: call for call in after.calls}
    for call_id in sorted(old.keys() | new.keys()):
        was, now = old.get(call_id), new.get(call_id)
        if _call(was) != _call(now):
            reason = _RECLASSIFIED if was and now else _LATE
            yield Correction(f"通話 {call_id}", _call(was), _call(now), reason)
        else:
            item = f"通話 {call_id}（明細）"
            yield from _moved(item, _details(was), _details(now), _LATE)


def _terms(before: WeeklyReport, after: WeeklyReport) -> Iterator[Correction]:
    old, new = (
        {f"用語 {t.name} 第{t.version}版": f"{t.title}：{t.formula}" for t in report.terms}
        for report in (before, after)
    )
    yield from _mappings(old, new, _REDEFINED)


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
            texts[f"確認：{source} {check.title}"] = (
                "適合" if check.is_met else f"要確認（{check.rows_failed}行）"
            )
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
        old, new = (wording.or_blank(str(getattr(part, field.name))) for part in (before, after))
        yield from _moved(f"{where}：{labels.get(field.name, field.name)}", old, new, reason)


def _of(part: Any, name: str) -> str:
    return _shown(name, None if part is None else getattr(part, name))


def _shown(name: str, value: Any) -> str:
    if name.endswith("_rate"):
        return wording.percent(value)
    if name.endswith("_seconds"):
        return wording.duration(value)
    return wording.number(value)


def _call(call: Call | None) -> str:
    if call is None:
        return "記載なし"
    reason = wording.REASONS.get(call.reason or "", call.reason or "")
    return wording.OUTCOMES[call.outcome] + (f"（{reason}）" if reason else "")


def _details(call: Call | None) -> str:
    if call is None:
        return "記載なし"
    return (
        f"待ち{wording.duration(call.wait_seconds)}・通話{wording.duration(call.talk_seconds)}・"
        f"従事者{call.operator or wording.NOTHING}・転送{call.transfer_count}・録音{call.recording_count}"
    )
