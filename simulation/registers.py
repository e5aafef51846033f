"""What the people of demo and simulation keep of how personal information is handled: invented, entered when its day comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from compliance.contract.annex import Annex, ProvedBy
from compliance.contract.business_calendar import BusinessCalendar
from compliance.registers.description import Register
from compliance.registers.handling import (
    AREAS,
    AUDITS,
    CONSULTATIONS,
    DEVICES,
    ENTRIES,
    LOG_REVIEWS,
    PERMITS,
    RULES,
    TRANSFERS,
)

_AREAS = (
    ("応対室", "架空ビル3階", "work", "ICカード", "電子錠・監視カメラ"),
    ("サーバ室", "架空ビル3階奥", "server", "ICカードと暗証番号", "電子錠・警報・監視カメラ"),
)
_DEVICES = (
    ("業務用サーバ", "server", "SIM-S1", "サーバ室", "yes"),
    ("電話交換機（Asterisk）", "exchange", "SIM-P1", "サーバ室", "yes"),
    ("応対用端末（5台）", "terminal", "SIM-T1からT5", "応対室", "yes"),
    ("録音の保管媒体A", "medium", "SIM-A", "鍵付き保管庫", "yes"),
    ("録音の保管媒体B", "medium", "SIM-B", "鍵付き保管庫", "yes"),
)
_RULES = (("policy", "個人情報保護方針"), ("rules", "個人情報取扱規程"), ("emergency", "緊急時対応計画"), ("training", "研修計画"))  # fmt: skip
_UNMET = ProvedBy.TAKEOUTS
"""The standard that the first self-check finds wanting; it is put right a month later."""


def handling(
    calendar: BusinessCalendar, annex: Annex, today: date
) -> Iterator[tuple[Register, dict[str, str]]]:
    """Every entry whose day has come, as it is known on that day."""
    first = calendar.first_day
    before = (first - timedelta(days=7)).isoformat()
    for name, place, kind, authentication, guard in _AREAS:
        yield AREAS, {
            "name": name, "place": place, "kind": kind, "authentication": authentication, "guard": guard,
            "entrants": "従事者台帳の者", "reported_on": before, "starts_on": before,
        }  # fmt: skip
    for name, kind, serial, place, is_encrypted in _DEVICES:
        yield DEVICES, {"name": name, "kind": kind, "serial": serial, "place": place, "is_encrypted": is_encrypted, "starts_on": before}  # fmt: skip
    yield RULES, {"kind": "isms", "title": "ISMS認証（架空）", "edition": "第1版", "made_on": before, "expires_on": "2025-03-31", "confirmed_on": before}  # fmt: skip
    for day in calendar.business_days(first, today):
        if day.weekday() == 0:
            yield ENTRIES, {
                "area": "サーバ室", "entered_at": f"{day.isoformat()}T10:00:00+09:00", "left_at": f"{day.isoformat()}T10:20:00+09:00",
                "by": "ad1", "purpose": "媒体の確認",
            }  # fmt: skip
    for kind, title in _RULES:
        yield RULES, {"kind": kind, "title": title, "edition": "第1版", "made_on": before, "confirmed_on": before}  # fmt: skip
    yield PERMITS, {"kind": "server", "target": "業務用サーバ", "scope": "受託者の構内、外部と接続しない", "permitted_on": before}  # fmt: skip
    yield CONSULTATIONS, {"kind": "designation", "held_on": before, "section": "高齢福祉係", "matter": "個人情報の消去の方法", "outcome": "暗号化消去", "done_on": before}  # fmt: skip
    yield TRANSFERS, {"direction": "in", "item": "FAQ（電子データ）", "quantity": "1", "manner": "暗号化した媒体", "on": before, "by": "mg1", "receipt": "預り証 第1号"}  # fmt: skip
    yield from _self_check(annex, first - timedelta(days=5), today)
    yield from _reviews(calendar, today)


def _self_check(annex: Annex, on: date, today: date) -> Iterator[tuple[Register, dict[str, str]]]:
    for one in annex.standards:
        section, title = one.number, one.title
        values = {"on": on.isoformat(), "kind": "self", "section": section, "result": "met", "done": f"{title}を確認", "evidence": "自己点検表"}  # fmt: skip
        if one.proof is _UNMET:
            corrected = on + timedelta(days=30)
            values |= {"result": "unmet", "done": "搬送用の施錠ケースが未整備", "due_on": corrected.isoformat()}  # fmt: skip
            if corrected <= today:
                yield AUDITS, {
                    "on": corrected.isoformat(), "kind": "self", "section": section, "result": "met",
                    "done": "施錠ケースを整備", "evidence": "納品書", "corrected_on": corrected.isoformat(),
                }  # fmt: skip
        yield AUDITS, values
        if one.proof is ProvedBy.AUDITS:
            yield (
                AUDITS,
                {
                    **values,
                    "kind": "internal",
                    "done": "本社による内部監査",
                    "evidence": "内部監査報告書",
                },
            )


def _reviews(calendar: BusinessCalendar, today: date) -> Iterator[tuple[Register, dict[str, str]]]:
    """The officer looks at a month's log on the first working day after it."""
    month = calendar.first_day.replace(day=1)
    while True:
        following = (month + timedelta(days=31)).replace(day=1)
        on = calendar.next_working_day(following - timedelta(days=1))
        if on > today or month > calendar.last_day:
            return
        yield LOG_REVIEWS, {
            "month": f"{month:%Y-%m}", "reviewed_on": on.isoformat(), "reviewed_by": "pm1", "is_suspicious": "no",
            "remark": "時間外の記録は夜間の自動処理と早朝の記入のみ",
        }  # fmt: skip
        month = following
