"""Reads 業務完了届 of one month: its last business day, and every paper that is owed of its days."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import periods
from compliance.contract.terms import Unit
from compliance.deliverables.register import editions
from compliance.ground.japan import TOKYO
from reporting.completion.kind import KIND
from reporting.paper import wareki
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
            ("履行期間", f"{wareki.plain(contract.period.start_date)}から{wareki.plain(contract.period.end_date)}まで"),
            ("対象月", f"{month}（開設{len(days)}日）"),
            ("完了年月日", wareki.full(done_on)),
            ("契約金額・月額", BLANK),
        ),
        opening=f"{month}の業務を完了しましたので、次のとおり届け出ます。",
        tables=(_papers(reading), _inspection()),
        boxes=("責任者", "検査員", "委託者収受"),
    )  # fmt: skip


def _papers(reading: Reading) -> Table:
    """The papers whose periods end in the month, with the newest edition made by the day on which this one was due."""
    period, calendar = reading.period, BusinessCalendar(reading.contract)
    until = datetime.combine(period.due_date + timedelta(days=1), time(), TOKYO)
    rows = []
    for terms in reading.contract.deliverables:
        for one in periods(calendar, terms.due):
            if (
                terms.due.unit is Unit.MONTH
                or not period.first_day <= one.last_day <= period.last_day
            ):
                continue
            made = [e for e in editions(reading.engine, terms.kind, one.key) if e.made_at < until]
            if not made and terms.owed != "every_period":
                continue
            state = f"第{made[-1].edition}版　{wareki.month_day(made[-1].made_at.astimezone(TOKYO).date())}作成" if made else f"{wareki.month_day(one.due_date)}までに提出"  # fmt: skip
            rows.append((terms.title, one.label or wareki.month_day(one.starts_on), state))
    return Table("成果品一覧", ("書類", "対象", "状況"), tuple(rows), (2.4, 1.4, 2), keys=2)


def _inspection() -> Table:
    return Table(
        "検査（委託者記入欄）",
        ("検査年月日", "検査の結果", "検査員"),
        (("", "", ""),),
        (1, 2, 1),
    )
