"""Reads 個人情報取扱状況報告書 of one month: log, catalogue, people, erasures and registers, as they stood when it was due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import Engine, select

from compliance.audit.activity import acts_until
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import due_date
from compliance.contract.due_terms import Unit
from compliance.contract.words import ContractWords
from compliance.erasure.register import left_on_exchange
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.inquiries.register import entered_at, told_ids
from compliance.people.person import Employment
from compliance.people.present import persons
from compliance.people.register import history
from compliance.people.standing import Person
from compliance.registers.handling import (
    COPIES,
    DEVICES,
    INCIDENTS,
    SUBCONTRACTS,
    TAKEOUTS,
)
from compliance.registers.sheet import shown
from compliance.vault.catalogue import recordings
from compliance.vault.media import registered_media
from compliance.vault.states import RecordingState
from reporting.paper import wareki
from reporting.paper.confirmed import BOX
from reporting.paper.head import head_of
from reporting.paper.kind import Mismatch, Reading
from reporting.paper.tables import BLANK, Table, TablePaper
from reporting.personal_information.agreement import Compared, by_kind, mismatches
from reporting.personal_information.dealings import (
    audits_table,
    erased_rows,
    erasures_table,
    incidents_table,
    log_table,
    moved_table,
    returned_rows,
    standards,
    standards_table,
    subcontracts_table,
)
from reporting.personal_information.holdings import INQUIRY, TITLES, Holding, Span, holdings
from reporting.personal_information.kind import KIND
from reporting.personal_information.month import NOTHING, Month
from reporting.personal_information.staff import (
    area_changes,
    areas_table,
    people_tables,
    training_table,
    who_came,
    who_went,
    works,
)
from reporting.personal_information.together import together_table


def read_handling(reading: Reading) -> TablePaper:
    """The paper of one month as its first edition."""
    month = _month(reading)
    starts_on, until = month.first_day, month.until
    kept = _kept(reading.engine)
    kinds = {one: thing.kind for one, thing in kept.items() if thing.kind != INQUIRY}
    held = holdings(
        month.acts,
        kinds,
        told_ids(reading.engine),
        month.first,
        month.after,
        made_at=_made_at(kept),
        span=month.span,
    )
    agreement = by_kind(mismatches(month.acts, kept, month.after, month.span.known_until))
    people = persons(reading.engine, reading.contract.period.start_date, until)
    erased = erased_rows(reading, month)
    returned = returned_rows(reading, month)
    words = reading.contract.words
    by_standard, unmet = standards_table(month, people, words)
    return TablePaper(
        head=head_of(reading.contract, KIND),
        due_date=reading.period.due_date,
        facts=(("対象月", f"{wareki.year(starts_on)}{starts_on.month}月分"),),
        opening=f"{wareki.year(starts_on)}{starts_on.month}月分について、次のとおり報告します。",
        tables=(
            _summary(month, held, people, erased, returned, unmet, words),
            _holdings_table(
                held, agreement, returned, left_on_exchange(reading.engine, min(month.after, until))
            ),
            _places(month, reading, until),
            *people_tables(month, people),
            *([together] if (together := together_table(month, reading.engine)) else []),
            areas_table(month),
            training_table(month, people),
            subcontracts_table(month, _dispatched(reading, people, month.last_day, until)),
            moved_table(month, reading.engine),
            log_table(month, reading, kinds),
            erasures_table(erased, returned),
            incidents_table(month),
            audits_table(month, words),
            *([by_standard] if words.annex.standards else []),
        ),
        boxes=(BOX, "総括保護管理者", "保護管理者", "委託者収受"),
    )


def mismatches_of(reading: Reading) -> tuple[Mismatch, ...]:
    """What was held by the month's end by the log or by what is kept, and not by both."""
    month = _month(reading)
    return mismatches(month.acts, _kept(reading.engine), month.after, month.span.known_until)


def is_anything_held(engine: Engine, home: Home, first: datetime, until: datetime) -> bool:
    """Whether recordings or callers' words were held at or after an instant, as was known at another: such a month is owed."""
    kept = _kept(engine)
    kinds = {one: thing.kind for one, thing in kept.items() if thing.kind != INQUIRY}
    acts = list(acts_until(home, engine, until))
    span = Span(first, until, first, until)
    held = holdings(acts, kinds, told_ids(engine), first, until, made_at=_made_at(kept), span=span)
    return any(one.at_end or one.erased for one in held)


def _month(reading: Reading) -> Month:
    period = reading.period
    starts_on = period.starts_on
    until = _end_of(period.due_date)
    due_before = due_date(
        BusinessCalendar(reading.contract),
        reading.contract.due_of("personal_information", Unit.MONTH),
        starts_on - timedelta(days=1),
    )
    next_month = (starts_on + timedelta(days=31)).replace(day=1)
    after = datetime.combine(next_month, time(), TOKYO)
    return Month(
        first_day=starts_on,
        last_day=next_month - timedelta(days=1),
        first=datetime.combine(starts_on, time(), TOKYO),
        after=after,
        until=until,
        counted_until=_end_of(due_before),
        acts=list(acts_until(reading.home, reading.engine, max(after, until))),
        entries=lambda register: reading.entries(register, until),
    )


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), TOKYO)


def _made_at(kept: Mapping[str, Compared]) -> dict[str, datetime]:
    return {one: thing.made_at for one, thing in kept.items() if thing.made_at is not None}


def _kept(engine: Engine) -> dict[str, Compared]:
    """Every recording of the catalogue and every inquiry that was ever entered, by id."""
    columns = [
        recordings.c[name] for name in ("recording_id", "kind", "sealed_at", "state", "recorded_at")
    ]
    with engine.connect() as connection:
        kept = {
            row.recording_id: Compared(
                row.kind, row.sealed_at, row.state == RecordingState.ERASED, row.recorded_at
            )
            for row in connection.execute(select(*columns))
        }
    entered = entered_at(engine)
    return kept | {one: Compared(INQUIRY, at) for one, at in entered.items()}


def _dispatched(reading: Reading, people: Mapping[str, Person], day: date, until: datetime) -> int:
    """How many who work here on a day are sent by another employer."""
    latest = {v.staff_id: v.particulars for v in history(reading.engine) if v.recorded_at <= until}
    return sum(
        latest[one.staff_id].employment is Employment.DISPATCHED and works(one, day)
        for one in people.values()
    )


def _summary(
    month: Month,
    held: Sequence[Holding],
    people: Mapping[str, Person],
    erased: Sequence[tuple[str, ...]],
    returned: Sequence[tuple[str, ...]],
    unmet: tuple[int, int] | None,
    words: ContractWords,
) -> Table:
    incidents = [e for e in month.entries(INCIDENTS) if month.holds(e.get("found_at"))]
    by_kind = Counter(entry.get("kind") for entry in incidents)
    moved = [e for e in month.entries(TAKEOUTS) if month.holds(e.get("from_on"))]
    copies = [e for e in month.entries(COPIES) if month.holds(e.get("on"))]
    contracts = [e for e in month.entries(SUBCONTRACTS) if month.in_force(e)]
    changes = len(who_came(month, people)) + len(who_went(month, people)) + len(area_changes(month))
    rows = [
        ("漏えい等の事故", _is(by_kind["personal"]), f"{by_kind['personal']}件", "10"),
        ("違反の事実・兆候", _is(by_kind["sign"]), f"{by_kind['sign']}件", "10"),
        ("消去・廃棄", _is(sum(one.erased for one in held)), f"{sum(one.erased for one in held):,}件", "9"),
        ("返還", _is(len(returned)), f"{len(returned)}回", "9"),
        ("持出し・貸与", _is(len(moved)), f"{len(moved)}件", "7"),
        ("複写・複製", _is(len(copies)), f"{len(copies)}件", "7"),
        ("再委託", _is(len(contracts)), f"{len(contracts)}件", "6"),
        ("体制・区域の変更", _is(changes), f"{changes}件", "3・4"),
    ]  # fmt: skip
    if words.annex.standards:
        rows += _of_standards(unmet, standards(words))
    return Table("1　総括", ("項目", "状況", "件数", "章"), tuple(rows), (3, 1, 1, 0.8))


def _of_standards(unmet: tuple[int, int] | None, standard: str) -> list[tuple[str, str, str, str]]:
    return [
        (f"{standard}の未達", BLANK if unmet is None else _is(unmet[0]), "―" if unmet is None else f"{unmet[0]}件", "別表"),
        (f"{standard}の裏付け未記入", BLANK if unmet is None else _is(unmet[1]), "―" if unmet is None else f"{unmet[1]}件", "別表"),
    ]  # fmt: skip


def _is(count: int) -> str:
    return "有" if count else "無"


AT_END = "月末"
_ON_EXCHANGE = "鍵の消去後も電話交換機に残る音声（暗号化なし。照合できないものを含む）"


def _holdings_table(
    held: Sequence[Holding],
    agreement: Mapping[str, str],
    returned: Sequence[tuple[str, ...]],
    on_exchange: int,
) -> Table:
    has_late = any(one.late for one in held)
    rows = tuple(
        (
            TITLES[one.kind],
            f"{one.at_start:,}",
            *([f"{one.late:,}"] if has_late else []),
            f"{one.added:,}",
            f"{one.erased:,}",
            f"{one.at_end:,}",
            agreement[one.kind],
        )
        for one in held
    )
    late = ("前月分の追加",) if has_late else ()
    if on_exchange:
        blanks = [""] * (3 + len(late))
        rows += ((_ON_EXCHANGE, *blanks, f"{on_exchange:,}", "要処理"),)
    return Table(
        "2　保有状況",
        ("種別", "月初", *late, "増", "消去", AT_END, "照合"),
        rows,
        (3, 1, *[1.3] * len(late), 1, 1, 1, 1.4),
        note=f"件数。{AT_END}＝月初{'＋前月分の追加' if has_late else ''}＋増−消去。録音・伝言は録音された時、対応記録は記入された時から保有"
        "として、監査記録から数え、同じ時点の録音の目録・対応記録と照合した。"
        + (
            "前月分の追加は、前月までに録音され、前月の報告の後に取り込んだもの。"
            if has_late
            else ""
        )
        + f"返還は写しの引渡しであり、件数を減らさない（当月の返還 {len(returned)}回）。",
        starts_page=True,
    )


def _places(month: Month, reading: Reading, until: datetime) -> Table:
    rows = [("サーバー（手元）", "暗号化して保管", NOTHING)]
    media = {one.serial: one for one in registered_media(reading.engine, until)}
    rows += [
        (f"媒体 {one.medium_id}（製造番号 {one.serial}）", "暗号化して保管", one.kept_at)
        for one in media.values()
    ]
    devices = [
        (f"{e.get('name')}（製造番号 {e.get('serial')}）", shown(DEVICES.field("is_encrypted"), e.get("is_encrypted")) or BLANK, e.get("place"))
        for e in month.entries(DEVICES)
        if month.in_force(e) and e.get("serial") not in media
    ]  # fmt: skip
    return Table(
        "2の2　媒体・機器と保管場所", ("媒体・機器", "暗号化", "保管場所"), (*rows, *devices), (3, 1.4, 2)
    )  # fmt: skip
