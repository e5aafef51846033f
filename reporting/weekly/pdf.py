"""週次集計結果 as PDF: fills `weekly.typ` with texts; every word and number is decided here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.ground.japan import TOKYO
from reporting.paper import wareki
from reporting.paper.charts import stacked_bars
from reporting.paper.confirmed import text_of
from reporting.paper.typesetting import typeset
from reporting.weekly import off_hours, wording
from reporting.weekly.off_hours import OffHours
from reporting.weekly.statements import (
    ROUNDING,
    ItemLine,
    beside_rows,
    breakdown_value,
    change,
    day_value,
    items_with_sums,
    judgement,
    notes_on_counting,
    remarks,
    sum_value,
    summary,
    verdict_of,
)
from reporting.weekly.value import Coverage, HalfHour, WeeklyReport, half_hour_profile

TEMPLATE = Path(__file__).with_name("weekly.typ")
_FONT = "Noto Sans JP"


def render_pdf(report: WeeklyReport, printed_at: datetime) -> bytes:
    """The paper as PDF bytes. `printed_at` is an aware instant.

    Raises:
        RenderingFailed: the typesetter refused the report.
    """
    printed = printed_at.astimezone(TOKYO)
    return typeset(TEMPLATE, paper(report, printed), printed)


def paper(report: WeeklyReport, printed: datetime) -> dict[str, Any]:
    """Everything that the template prints, as text. Pure; `printed` is civil time in Japan."""
    head, week = report.head, report.week
    return {
        "title": f"{head.title}（第{week.number}週）",
        "document_number": wording.NOT_FILLED_IN,
        "date": wareki.full(printed.date()),
        "recipient": head.recipient,
        "contractor": [
            ("所在地", wording.or_blank(head.contractor_address)),
            ("名称", wording.or_blank(head.contractor_name)),
            ("代表者", wording.or_blank(head.contractor_representative)),
            ("発行責任者・担当者", wording.or_blank(head.manager_name)),
            ("電話", wording.or_blank(head.contact_telephone)),
        ],
        "work_name": head.work_name,
        "answering_clause": head.cited("answering"),
        "edition": f"第{report.edition}版",
        "checkpoint": wording.or_blank(report.checkpoint),
        "confirmed": text_of(report.confirmation, "\n"),
        "period": f"{wareki.span(week.first_day, week.last_day)}（開設{week.open_days}日）",
        "due": wareki.full(week.due_date),
        "summary": summary(report),
        "status": _status(report),
        "breakdown": _breakdown(report),
        "carrier_busy": (
            wording.NOT_MEASURABLE
            if report.total.carrier_busy is None
            else wording.number(report.total.carrier_busy)
        ),
        "notes": remarks(report),
        "content": _content(report),
        "half_hours": _half_hours(report),
        "chart": _chart(half_hour_profile(report)),
        "no_messages": _no_messages(report),
        "messages": _messages(report),
        "follow_ups": _follow_ups(report),
        "terms": [[t.title, f"第{t.version}版", t.formula] for t in report.definitions],
        "rounding": ROUNDING,
        "counting": notes_on_counting(report),
        "opinions_elsewhere": wording.opinions_elsewhere(report.title_of("voices")),
        "no_half_hours": (
            f"対象週は{wording.NOT_MEASURABLE}です。" if report.coverage.is_nothing else ""
        ),
        "half_hours_of": wording.coverage(report.coverage),
        "classes": [[wording.OUTCOMES[k], note] for k, note in wording.OUTCOME_NOTES.items()],
        "verdicts": _verdicts(report),
        "problems": [
            f"{wording.SOURCES.get(p.kind, p.kind)}（{p.name}）：{wording.SOURCE_STATES.get(p.state, p.state)}"
            for p in report.problems
        ],
        "reconciliation": [
            [
                label,
                wording.number(getattr(report.reconciliation, name)),
                judgement(name, report),
            ]
            for name, label in wording.reconciliation(report.head).items()
        ],
        "corrections": [[c.item, c.before, c.after, c.reason] for c in report.corrections],
        "is_correction": report.edition > 1,
        "blank": wording.NOT_FILLED_IN,
    }


def _content(report: WeeklyReport) -> dict[str, Any] | None:
    """Sections 3 to 6; null where no inquiry was recorded."""
    content = report.content
    if content is None:
        return None
    return {
        "voices": [f"{told.title}　{told.total:,}件" for told in content.voices],
        "total": f"問い合わせ　{content.total:,}件",
        "recorded": f"応答{content.answered:,}件のうち記録のあるもの{content.recorded:,}件",
        "leading": [
            f"{place}　{row.category}／{row.item}　{row.total:,}件"
            for place, row in enumerate(content.leading, start=1)
        ],
        "complaints": f"{content.complaints:,}件",
        "days": [wareki.weekday(day.day) for day in report.days],
        "items": [_item(row, content.total) for row in items_with_sums(report, content)],
        "stances": [[told.title, f"{told.total:,}"] for told in content.stances],
        "form": f"対応記録の様式　第{content.form_version}版",
    }


def _item(row: ItemLine, total: int) -> list[str]:
    return [
        row.category,
        row.item,
        *(one if isinstance(one, str) else f"{one:,}" for one in row.by_day),
        f"{row.total:,}",
        wording.percent(row.total / total) if total else wording.NOTHING,
        f"{row.cumulative:,}",
    ]


def _messages(report: WeeklyReport) -> list[list[str]]:
    """Section 9: every message, in words where they are: in the 別紙 that is handed in with the paper."""
    notes = {note.call_id: note for note in report.follow_ups.messages} if report.follow_ups else {}
    rows = []
    for call in report.messages:
        note = notes.get(call.call_id)
        rows.append(
            [
                call.receipt_number,
                wareki.day_clock(call.started_at),
                report.service(call) or wording.NOTHING,
                f"{note.subject}（別紙）" if note else wording.NOT_FILLED_IN,
                _handled(note.handling, is_complaint=note.is_complaint)
                if note
                else wording.NOT_FILLED_IN,
            ]
        )
    return rows


def _handled(handling: str, *, is_complaint: bool) -> str:
    return f"{handling}（クレーム）" if is_complaint else handling


def _follow_ups(report: WeeklyReport) -> dict[str, Any] | None:
    """Sections 4, 10 and 11; null where no inquiry was recorded."""
    found = report.follow_ups
    if found is None:
        return None
    return {
        "complaints_title": report.title_of("complaints") or "クレームのあった日　",
        "complaint_days": "、".join(f"{day.month}/{day.day}" for day in found.complaint_days),
        "waiting_reports": f"{found.waiting_reports:,}件",
        "callbacks": f"{len(found.open_callbacks):,}件（うち期限超過 {found.overdue_callbacks:,}件）\nこの週に折返しとしたもの {found.callbacks_asked:,}件",
        "faq_waiting": wording.faq_waiting(found.faq_waiting),
        "reports": [
            [
                wareki.day_clock(one.told_at),
                one.manner,
                one.told_by,
                one.receipt_number or wording.NOTHING,
                one.subject or wording.NOTHING,
                wording.answer_of(one),
            ]
            for one in found.reports
        ],
        "open_callbacks": [
            [
                one.receipt_number or wording.NOTHING,
                wareki.day_clock(one.asked_at),
                one.subject,
                wareki.month_day(one.due_on) if one.due_on else wording.NOT_FILLED_IN,
                wording.state_of(one),
            ]
            for one in found.open_callbacks
        ],
        "faq": [
            [
                f"{one.number}\n第{one.version}版",
                f"{one.change}　{one.title}",
                f"{one.asked_by}　{one.reason}",
                wareki.month_day(one.reported_on) if one.reported_on else wording.NOT_FILLED_IN,
                wareki.month_day(one.confirmed_on)
                if one.confirmed_on
                else wording.WAITS_EARLIER
                if one.is_earlier
                else "確認待ち",
            ]
            for one in found.faq
        ],
    }


def _no_messages(report: WeeklyReport) -> str:
    """What section 9 says without a message."""
    if report.coverage.is_nothing:
        return f"{wording.NOT_MEASURABLE}（電話交換機の記録がありません）。"
    of = "" if report.coverage.is_whole else "計測できた日の"
    return f"この週の{of}預かりメッセージはありません。"


def _status(report: WeeklyReport) -> dict[str, Any]:
    headings = [f"{d.day.month}/{d.day.day}\n（{wareki.weekday(d.day)}）" for d in report.days]
    rows = []
    for name, label in wording.COUNTS.items():
        days = [_figure(name, day_value(day, name)) for day in report.days]
        rows.append(
            [
                label,
                *days,
                _figure(name, sum_value(report.total, report.coverage, name)),
                _figure(name, sum_value(report.previous, report.previous_coverage, name)),
                _change(report, name),
                _figure(name, sum_value(report.cumulative, report.cumulative_coverage, name)),
            ]
        )
    for label, by_day, total in beside_rows(report):
        days = [one if isinstance(one, str) else wording.number(one) for one in by_day]
        rows.append([label, *days, wording.number(total), *[wording.NOTHING] * 3])
    closed = [
        f"{wareki.month_day(d.day)}は{wording.closed(d.closed_reason)}"
        for d in report.days
        if d.closed_reason is not None
    ]
    covered = [
        f"{heading}は{wording.NOT_MEASURABLE if part and part.is_nothing else told + 'の計'}"
        for heading, part in (
            ("週計", report.coverage),
            ("前週", report.previous_coverage),
            ("累計", report.cumulative_coverage),
        )
        if (told := wording.coverage(part))
    ]
    return {
        "headings": [
            "区分",
            *headings,
            _heading("週計", report.coverage),
            _heading("前週", report.previous_coverage) + _open_days_before(report),
            "増減",
            _heading("累計", report.cumulative_coverage),
        ],
        "rows": rows,
        "closed": "休：" + "、".join(closed) if closed else "",
        "covered": "、".join(covered),
    }


def _heading(title: str, part: Coverage | None) -> str:
    """A column's heading; days measured of days open, where these differ."""
    if part is None or part.is_whole:
        return title
    return f"{title}\n（{part.measured_days}/{part.open_days}日）"


def _open_days_before(report: WeeklyReport) -> str:
    """Over how many open days the week before went, where it were others than this one's."""
    before = report.previous_coverage
    if before is None or not report.is_comparable or before.open_days == report.week.open_days:
        return ""
    return f"\n（開設{before.open_days}日）"


def _breakdown(report: WeeklyReport) -> list[tuple[str, str]]:
    found = []
    for name, label in wording.BREAKDOWN.items():
        value = breakdown_value(report, name)
        if isinstance(value, str):
            shown = value
        elif name.endswith("_rate"):
            shown = wording.percent(value)
        elif name.endswith("_seconds"):
            shown = wording.duration(value)
        else:
            shown = wording.number(value)
        found.append((label, shown))
    return found


def _half_hours(report: WeeklyReport) -> list[list[str]]:
    """The half hours of the week, the calls of none of them, and the sums, which are the week's of page 1."""
    profile = half_hour_profile(report)
    rows = [
        _half_hour(wareki.clock(row.starts_at), row, row.max_concurrent_lines) for row in profile
    ]
    beside = off_hours.whole(report.off_hours)
    rows += [_half_hour(off_hours.SLOT, one, None) for one in beside]
    parts = [*profile, *beside]
    sums = [
        wording.number(sum(getattr(part, name) for part in parts)) for name in off_hours.COUNTED
    ]
    return [*rows, ["計", *sums, wording.NOTHING, wording.NOTHING]] if parts else []


def _half_hour(slot: str, row: HalfHour | OffHours, lines: int | None) -> list[str]:
    return [
        slot,
        *(wording.number(getattr(row, name)) for name in off_hours.COUNTED),
        wording.number(lines),
        wording.duration(row.longest_wait_seconds),
    ]


def _chart(profile: Sequence[HalfHour]) -> str:
    return stacked_bars(
        [wareki.clock(row.starts_at) for row in profile],
        [
            ("応答", [row.answered for row in profile]),
            ("あふれ", [row.overflow for row in profile]),
            ("放棄", [row.abandoned for row in profile]),
            ("預かり", [row.message for row in profile]),
            ("その他", [row.other for row in profile]),
        ],
        font=_FONT,
        height=184,
        label_every=2,
        unit="件",
        axis="時刻（30分の始まり）",
    )


def _verdicts(report: WeeklyReport) -> list[list[str]]:
    rows = []
    for verdict in report.verdicts:
        unmet = [c for c in verdict.checks if not c.is_met]
        told = verdict_of(verdict)
        if unmet and verdict.rows:
            told += "：" + "、".join(
                f"{c.title}（{c.rows_failed}行）" if c.rows_failed else c.title for c in unmet
            )
        rows.append(
            [
                wording.SOURCES.get(verdict.kind, verdict.kind),
                wording.number(verdict.rows),
                str(len(verdict.checks)),
                told,
            ]
        )
    return rows


def _figure(name: str, value: float | str | None) -> str:
    if isinstance(value, str):
        return value
    return wording.percent(value) if name == "answer_rate" else wording.number(value)


def _change(report: WeeklyReport, name: str) -> str:
    moved = change(report, name)
    return wording.signed(moved, 1, "ポイント") if name == "answer_rate" else wording.signed(moved)
