"""The words of the weekly paper: what each class, reason, state and source is called in Japanese.

One place, so that PDF, workbook and screens never name one thing twice. The notes say how a class is
told apart; they restate the decision table of `docs/call-outcomes.md`.
"""

from __future__ import annotations

from collections.abc import Mapping

from reporting.paper.head import Head
from reporting.paper.rounding import rounded, rounded_share
from reporting.weekly.follow_ups import CallbackRow, CityReport
from reporting.weekly.value import Coverage

NOT_FILLED_IN = "未記入"
"""Nobody has written it yet."""

NOT_MEASURABLE = "計測不能"
"""Nobody could have measured it; never 0."""

CLOSED = "休"
"""A day on which the centre is closed."""

NOT_ASKED = "対象なし"
"""A check that had no row to judge: neither met nor failed."""

NOTHING = "―"
"""There is nothing to say: no week before, no denominator."""

OUTCOMES: Mapping[str, str] = {
    "answered": "応答",
    "overflow": "あふれ",
    "abandoned": "放棄（待ち中）",
    "abandoned_in_menu": "放棄（案内中）",
    "message": "預かりメッセージ",
    "interrupted": "中断（設備）",
    "undetermined": "判定不能",
    "after_hours": "時間外",
}

CALLBACKS: Mapping[str, str] = {
    "reached": "折返し（つながった）",
    "not_reached": "折返し（つながらなかった）",
}
"""Outcomes of calls that the centre made itself."""

OUTCOME_NOTES: Mapping[str, str] = {
    "answered": "従事者が電話に出たもの（自動音声の応答は含まない）。",
    "overflow": "全回線話中、待ち行列の満杯、受付できる従事者の不在、待ち時間の上限到達のいずれかで受けられなかったもの。",
    "abandoned": "待ち行列に入った後、従事者が出る前に相手が切ったもの（呼出し中を含む）。",
    "abandoned_in_menu": "案内の途中、待ち行列に入る前に相手が切ったもの。",
    "message": "待っている間に伝言を選び、伝言が録音されたもの。",
    "interrupted": "電話交換機の再起動など、設備の都合で切れたもの。",
    "undetermined": "記録が足りず、いずれとも決められないもの。",
    "after_hours": "業務時間外の着信。入電件数（業務時間内）には含めない。",
}

REASONS: Mapping[str, str] = {
    "lines_busy": "全回線話中",
    "queue_full": "待ち行列満杯",
    "no_staff": "従事者不在",
    "timeout": "待ち時間の上限",
    "waiting": "待ち中",
    "ringing": "呼出し中",
    "message_not_left": "伝言を残さず",
    "restart_while_waiting": "待ち中の再起動",
    "restart_in_menu": "案内中の再起動",
    "no_end_recorded": "終わりの記録なし",
    "queue_log_missing": "待ち行列の記録なし",
    "no_evidence": "根拠なし",
}

SOURCES: Mapping[str, str] = {
    "queue_log": "待ち行列の記録",
    "cdr": "通話明細（CDR）",
    "cel": "回線の出来事（CEL）",
    "recordings": "録音ファイル",
    "voicemail": "預かりメッセージ",
    "inquiries": "対応記録（符号）",
    "calls": "集計した通話（検算）",
}
"""What section 13 judges: the kinds of source, and the calls counted from them."""


WAITS_EARLIER = "確認待ち・継続"
"""Of an FAQ that an earlier paper told."""


def answer_of(told: CityReport) -> str:
    """What became of a report to the city."""
    if told.is_answered:
        return "回答あり"
    return "回答待ち・継続" if told.is_earlier else "回答待ち"


def state_of(callback: CallbackRow) -> str:
    """How far a return call is: what was tried, and whether its day is past."""
    return (callback.tried or "未了") + ("・期限超過" if callback.is_overdue else "")


def faq_waiting(count: int | None) -> str:
    """FAQ確認待ち: how many editions, or that the city has not handed its FAQs over yet."""
    return "受領待ち" if count is None else f"{count:,}件"


SOURCE_STATES: Mapping[str, str] = {
    "ok": "正常",
    "missing": "見つからない",
    "unreadable": "読めない",
    "partial": "一部のみ",
    "other_clock": "時刻が異なる",
}

COUNTS: Mapping[str, str] = {
    "incoming": "入電件数（業務時間内）",
    "answered": "応答件数",
    "not_answered": "応答できなかった件数",
    "overflow": "うちあふれ呼数",
    "abandoned": "うち放棄呼数",
    "message": "預かりメッセージ",
    "interrupted_undetermined": "中断・判定不能",
    "answer_rate": "応答率",
    "after_hours": "（参考）時間外",
}
"""Fields of `weekly.Counts` in the order of page 1."""

BREAKDOWN: Mapping[str, str] = {
    "overflow_lines_busy": "あふれ：全回線話中",
    "overflow_queue_full": "あふれ：待ち行列満杯",
    "overflow_no_staff": "あふれ：従事者不在",
    "overflow_timeout": "あふれ：待ち時間の上限",
    "abandoned_waiting": "放棄：待ち中",
    "abandoned_in_menu": "放棄：案内中",
    "interrupted": "中断（設備）",
    "undetermined": "判定不能",
    "overflow_rate": "あふれ率",
    "abandon_rate": "放棄率",
    "max_concurrent_lines": "最大同時使用回線",
    "longest_wait_seconds": "最長待ち時間",
}
"""Fields of `weekly.Breakdown` in order."""

HALF_HOURS: Mapping[str, str] = {
    "incoming": "入電",
    "answered": "応答",
    "overflow": "あふれ",
    "abandoned": "放棄",
    "message": "預かり",
    "other": "その他",
    "max_concurrent_lines": "最大同時回線",
    "longest_wait_seconds": "最長待ち",
}
"""Counts and highest values of `weekly.HalfHour` in order."""

HEAD: Mapping[str, str] = {
    "title": "書類の名",
    "work_name": "業務名",
    "recipient": "あて先",
    "contractor_name": "受託者の名称",
    "contractor_address": "受託者の所在地",
    "contractor_representative": "受託者の代表者",
    "manager_name": "発行責任者・担当者",
    "contact_telephone": "電話",
    "service_first_day": "開設の初日",
    "service_last_day": "開設の最終日",
    "clauses": "条項",
}
"""Fields of `weekly.Head`."""

WEEK: Mapping[str, str] = {
    "number": "第何週",
    "monday": "月曜日",
    "first_day": "初日",
    "last_day": "末日",
    "open_days": "開設日数",
    "due_date": "提出期限",
}
"""Fields of `weekly.Week`."""

FOUND: Mapping[str, str] = {
    "answered_without_recording": "音声の録音が確認できない応対",
    "recording_without_call": "通話に結び付かない録音",
    "day_without_records": "記録が1行もない開設日",
    "call_without_records": "通話明細のない通話",
    "call_without_channel_events": "回線の出来事のない通話",
    "call_without_end": "終わりの記録がない通話",
    "answered_by_nobody_known": "応対した者が分からない応答",
    "unknown_linked_id": "通話かどうか分からない通話番号",
    "times_out_of_order": "時刻の順が合わない通話",
}
"""The kinds of `marts.fct_findings`."""

COVERAGE: Mapping[str, str] = {"open_days": "開設日数", "measured_days": "計測できた日数"}
"""Fields of `weekly.Coverage`."""

RECONCILIATION: Mapping[str, str] = {
    "queue_log_lines": "待ち行列の記録の行数（重複を除く）",
    "cdr_rows": "通話明細（CDR）の件数（2つの様式の同じ記録は1件）",
    "cel_rows": "回線の出来事（CEL）の行数（重複を除く）",
    "repeated_lines": "同じ行の重複（1件として数えた）",
    "rejected_lines": "読めなかった行",
    "calls_without_cdr": "通話明細のない通話",
    "calls_without_cel": "回線の出来事のない通話",
    "answered_without_recording": "音声の録音が確認できない応答",
    "recordings_without_call": "通話に結び付かない録音",
    "classes_difference": "区分の合計と入電件数の差",
    "incomplete_calls": "終わりの記録がない通話",
    "answered_by_nobody_known": "応対した者が分からない応答",
    "unknown_linked_ids": "通話かどうか分からない通話番号",
    "times_out_of_order": "時刻の順が合わない通話",
    "non_calls": "通話に数えないもの（特番・相談・内線）",
    "talked": "応対した通話（応答・つながった折返し）",
    "recorded": "うち音声の録音があるもの",
    "unrecorded_without_file": "録音なし：ファイルがない",
    "unrecorded_empty_file": "録音なし：ファイルが空",
    "unrecorded_silent": "録音なし：無音又は破損",
}
"""Fields of `weekly.Reconciliation` in order."""


def opinions_elsewhere(title: str) -> str:
    """Where callers' words stand, by the title of that paper; blank: the contract owes none."""
    return (
        f"市民の言葉を含むため、別紙「{title}」に記します。"
        if title
        else "市民の言葉を含むため、この書類には記しません。"
    )


def reconciliation(head: Head) -> Mapping[str, str]:
    """`RECONCILIATION` with the clause that the paper's contract has for recordings."""
    label = RECONCILIATION["recorded"] + head.cited("recordings")
    return {**RECONCILIATION, "recorded": label}


def number(value: float | None, digits: int = 0) -> str:
    """A count or figure; null is ―."""
    return NOTHING if value is None else f"{rounded(value, digits):,.{digits}f}"


def percent(value: float | None) -> str:
    """A share 0..1 as a percentage with one decimal; null is ―."""
    return NOTHING if value is None else f"{100 * rounded_share(value):.1f}％"


def duration(seconds: float | None) -> str:
    """1分23秒; null is ―."""
    if seconds is None:
        return NOTHING
    minutes, rest = divmod(int(rounded(seconds)), 60)
    return f"{minutes}分{rest:02d}秒" if minutes else f"{rest}秒"


def seconds(value: float | None) -> str:
    """61.5秒, as the workbook's list has it; null is ―."""
    return NOTHING if value is None else f"{rounded(value, 1):,.1f}秒"


def signed(value: float | None, digits: int = 0, unit: str = "") -> str:
    """A change with its sign (−3, ±0, +2); null is ―."""
    if value is None:
        return NOTHING
    change = rounded(value, digits)
    if change == 0:
        return f"±{0:.{digits}f}{unit}"
    return f"{'+' if change > 0 else '−'}{abs(change):,.{digits}f}{unit}"


def or_blank(text: str | None) -> str:
    """The text, or 「未記入」 where nobody has written one."""
    return text or NOT_FILLED_IN


def coverage(part: Coverage | None) -> str:
    """What a column of sums covers, where that is not the whole: 開設5日のうち計測2日; else blank."""
    if part is None or part.is_whole:
        return ""
    return f"開設{part.open_days}日のうち計測{part.measured_days}日"


def closed(reason: str) -> str:
    """Why a day was closed, as a sentence says it: 土日 is no holiday's name."""
    return f"休業日（{reason}）" if reason in ("土日", "期間外") else reason
