"""週次集計結果 as PDF: fills `weekly.typ` with texts; every word and number is decided here.

Typeset by typst with the Japanese fonts that come in a wheel, so that no machine's own fonts are asked
for and the same report gives the same bytes anywhere. PDF/A-2a (ISO 19005-2): archivable, tagged.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from compliance.ground.japan import TOKYO
from reporting.errors import RenderingFailed
from reporting.paper import wareki
from reporting.paper.charts import stacked_bars
from reporting.weekly import wording
from reporting.weekly.statements import day_value, remarks, summary
from reporting.weekly.value import OUGHT_TO_BE_ZERO, HalfHour, WeeklyReport, half_hour_profile

TEMPLATE = Path(__file__).with_name("weekly.typ")
_FONT = "Noto Sans JP"


def render_pdf(report: WeeklyReport, printed_at: datetime) -> bytes:
    """The paper as PDF bytes. `printed_at` is an aware instant.

    Raises:
        RenderingFailed: the typesetter refused the report.
    """
    import typst

    printed = printed_at.astimezone(TOKYO)
    try:
        content = typst.compile(
            _source(),
            format="pdf",
            font_paths=_fonts(),
            sys_inputs={"paper": json.dumps(paper(report, printed), ensure_ascii=False)},
            pdf_standards=["a-2a"],
            timestamp=int(printed.timestamp()),
        )
    except typst.TypstError as error:
        raise RenderingFailed(
            f"The typesetter refused the weekly report of {report.week.monday}: {error.message}"
        ) from None
    if not isinstance(content, bytes):
        raise RenderingFailed("The typesetter gave no PDF.")
    return content


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
        "edition": f"第{report.edition}版",
        "checkpoint": wording.or_blank(report.checkpoint),
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
        "half_hours": _half_hours(half_hour_profile(report)),
        "chart": _chart(half_hour_profile(report)),
        "messages": [
            [
                call.call_id,
                f"{wareki.month_day(call.started_at.date())}{call.started_at:%H:%M}",
                wording.MENU_CHOICES.get(call.menu_choice or "", wording.NOTHING),
                wording.NOT_FILLED_IN,
                wording.NOT_FILLED_IN,
            ]
            for call in report.messages
        ],
        "terms": [[t.title, f"{t.name} 第{t.version}版", t.formula] for t in report.terms],
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
                _judgement(name, getattr(report.reconciliation, name)),
            ]
            for name, label in wording.RECONCILIATION.items()
        ],
        "corrections": [[c.item, c.before, c.after, c.reason] for c in report.corrections],
        "is_correction": report.edition > 1,
        "blank": wording.NOT_FILLED_IN,
    }


def _status(report: WeeklyReport) -> dict[str, Any]:
    headings = [f"{d.day.month}/{d.day.day}\n（{wareki.weekday(d.day)}）" for d in report.days]
    rows = []
    for name, label in wording.COUNTS.items():
        days = [_figure(name, day_value(day, name)) for day in report.days]
        rows.append(
            [
                label,
                *days,
                _figure(name, getattr(report.total, name)),
                _figure(name, getattr(report.previous, name) if report.previous else None),
                _change(report, name),
                _figure(name, getattr(report.cumulative, name)),
            ]
        )
    closed = [
        f"{wareki.month_day(d.day)}は{d.closed_reason}"
        for d in report.days
        if d.closed_reason is not None
    ]
    return {
        "headings": ["区分", *headings, "週計", "前週", "増減", "累計"],
        "rows": rows,
        "closed": "休：" + "、".join(closed) if closed else "",
    }


def _breakdown(report: WeeklyReport) -> list[tuple[str, str]]:
    found = []
    for name, label in wording.BREAKDOWN.items():
        value = getattr(report.breakdown, name)
        if name.endswith("_rate"):
            shown = wording.percent(value)
        elif name.endswith("_seconds"):
            shown = wording.duration(value)
        else:
            shown = wording.number(value)
        found.append((label, shown))
    return found


def _half_hours(profile: Sequence[HalfHour]) -> list[list[str]]:
    return [
        [
            f"{row.starts_at:%H:%M}",
            wording.number(row.incoming),
            wording.number(row.answered),
            wording.number(row.overflow),
            wording.number(row.abandoned),
            wording.number(row.message),
            wording.number(row.other),
            wording.number(row.max_concurrent_lines),
            wording.duration(row.longest_wait_seconds),
        ]
        for row in profile
    ]


def _chart(profile: Sequence[HalfHour]) -> str:
    return stacked_bars(
        [f"{row.starts_at:%H:%M}" for row in profile],
        [
            ("応答", [row.answered for row in profile]),
            ("あふれ", [row.overflow for row in profile]),
            ("放棄", [row.abandoned for row in profile]),
            ("預かり", [row.message for row in profile]),
            ("その他", [row.other for row in profile]),
        ],
        font=_FONT,
        height=170,
        label_every=2,
    )


def _verdicts(report: WeeklyReport) -> list[list[str]]:
    rows = []
    for verdict in report.verdicts:
        unmet = [c for c in verdict.checks if not c.is_met]
        rows.append(
            [
                wording.SOURCES.get(verdict.kind, verdict.kind),
                wording.number(verdict.rows),
                str(len(verdict.checks)),
                "適合"
                if not unmet
                else "要確認："
                + "、".join(
                    f"{c.title}（{c.rows_failed}行）" if c.rows_failed else c.title for c in unmet
                ),
            ]
        )
    return rows


def _judgement(name: str, value: int) -> str:
    if name not in OUGHT_TO_BE_ZERO:
        return wording.NOTHING
    return "適合" if value == 0 else "要確認"


def _figure(name: str, value: float | str | None) -> str:
    if isinstance(value, str):
        return value
    return wording.percent(value) if name == "answer_rate" else wording.number(value)


def _change(report: WeeklyReport, name: str) -> str:
    if report.previous is None:
        return wording.NOTHING
    now, before = getattr(report.total, name), getattr(report.previous, name)
    if now is None or before is None:
        return wording.NOTHING
    if name == "answer_rate":
        return wording.signed(100 * (now - before), 1, "pt")
    return wording.signed(now - before)


@cache
def _source() -> bytes:
    return TEMPLATE.read_bytes()


@cache
def _fonts() -> Any:
    import pylopdf_fonts_jp
    import typst

    files = [pylopdf_fonts_jp.sans_path(), pylopdf_fonts_jp.serif_path()]
    folder = str(Path(str(files[0])).parent)
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
    )
