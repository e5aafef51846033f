"""Reads 業務完了届 of one month: its last business day, and every paper that is owed of its days, made, handed over, received."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import PaperPeriod, periods
from compliance.contract.due_terms import Unit
from compliance.deliverables.edition import Deliverable
from compliance.deliverables.handed_over import Delivery, deliveries_of
from compliance.deliverables.register import editions
from compliance.ground.japan import TOKYO, civil_date
from reporting.completion.kind import KIND
from reporting.paper import wareki
from reporting.paper.confirmed import BOX
from reporting.paper.head import head_of
from reporting.paper.kind import Reading
from reporting.paper.tables import BLANK, Table, TablePaper


def read_completion(reading: Reading) -> TablePaper:
    """The paper of one month as its first edition."""
    period, contract = reading.period, reading.contract
    calendar = BusinessCalendar(contract)
    days = calendar.business_days(period.first_day, period.last_day)
    done_on = days[-1] if days else period.last_day
    signed = contract.period.contract_date
    month = f"{wareki.year(period.starts_on)}{period.starts_on.month}月分"
    return TablePaper(
        head=head_of(contract, KIND),
        due_date=period.due_date,
        facts=(
            ("契約日", wareki.plain(signed) if signed else BLANK),
            ("履行期間", f"{_day_of_contract(signed)}から{wareki.plain(contract.period.end_date)}まで"),
            ("開設期間", f"{wareki.plain(contract.period.start_date)}から{wareki.plain(contract.period.end_date)}まで"),
            ("対象月", f"{month}（開設{len(days)}日）"),
            ("完了年月日", wareki.full(done_on)),
            ("契約金額・月額", BLANK),
        ),
        opening=f"{month}の業務を完了しましたので、次のとおり届け出ます。",
        tables=(_papers(reading), _together(reading), _inspection()),
        boxes=(BOX, "検査員", "委託者収受"),
    )  # fmt: skip


def _day_of_contract(signed: date | None) -> str:
    return wareki.plain(signed) if signed else f"{BLANK}（契約日）"


def _papers(reading: Reading) -> Table:
    """The papers owed of open days of the month, each in its newest edition made by the end of the day on which this one was due,
    with how far it was then. A week of two months is in both: it was owed of days of each."""
    calendar = BusinessCalendar(reading.contract)
    until = _until(reading)
    rows = []
    for terms in reading.contract.deliverables:
        if terms.due.unit is Unit.MONTH:
            continue
        for one in periods(calendar, terms.due):
            if not _is_of_month(calendar, one, reading.period):
                continue
            made = [e for e in editions(reading.engine, terms.kind, one.key) if e.made_at < until]
            if not made and terms.owed != "every_period":
                continue
            state = (
                _state(made[-1], deliveries_of(reading.engine, terms.kind, one.key), until)
                if made
                else f"{wareki.month_day(one.due_date)}までに提出"
            )
            rows.append((terms.title, one.label or wareki.month_day(one.starts_on), state))
    return Table(
        "成果品一覧",
        ("書類", "対象", "状況"),
        tuple(rows),
        (2.4, 1.4, 3),
        keys=2,
        note="対象月の開設日について提出すべきもの。状況は本書の提出期限の日の末現在。月をまたぐ週は両方の月に記す。",
    )


def _is_of_month(calendar: BusinessCalendar, one: PaperPeriod, month: PaperPeriod) -> bool:
    """Whether a period has an open day of the month; one without any open day belongs to the month in which it ends."""
    if calendar.business_days(one.first_day, one.last_day):
        first, last = max(one.first_day, month.first_day), min(one.last_day, month.last_day)
        return bool(calendar.business_days(first, last))
    return month.first_day <= one.last_day <= month.last_day


def _state(made: Deliverable, handed: Sequence[Delivery], until: datetime) -> str:
    """第1版　12月4日（月）作成・12月4日（月）提出・12月5日（火）受領, as far as it was by an instant."""
    parts = [f"第{made.edition}版　{_day(made.made_at)}作成"]
    own = [one for one in handed if one.edition == made.edition and one.delivered_at < until]
    if own:
        parts.append(f"{_day(min(one.delivered_at for one in own))}提出")
    last_day = (until - timedelta(days=1)).astimezone(TOKYO).date()
    received = [one.received_on for one in own if one.received_on and one.received_on <= last_day]
    if received:
        parts.append(f"{wareki.month_day(min(received))}受領")
    return "・".join(parts)


def _day(at: datetime) -> str:
    return wareki.month_day(civil_date(at))


def _together(reading: Reading) -> Table:
    """The month's other papers, which go with this one."""
    month = reading.period.starts_on
    rows = tuple(
        (terms.title, f"{wareki.year(month)}{month.month}月分", "本書と併せて提出")
        for terms in reading.contract.deliverables
        if terms.due.unit is Unit.MONTH and terms.kind != KIND
    )
    return Table("併せて提出する書類", ("書類", "対象", "状況"), rows, (2.4, 1.4, 3), keys=2)


def _until(reading: Reading) -> datetime:
    return datetime.combine(reading.period.due_date + timedelta(days=1), time(), TOKYO)


def _inspection() -> Table:
    return Table(
        "検査（委託者記入欄）",
        ("検査年月日", "検査の結果", "検査員"),
        (("", "", ""),),
        (1, 2, 1),
    )
