"""What the manager must know this morning: papers due and overdue, what waits for a confirmation, what the floor left open,
which registers run out. One pure look over what registers and warehouse say; ids, codes, counts and days only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from application.backup_duties import backup_duties, told_of_drill
from application.duties import COMING_DAYS, Duty, Urgency, urgency_of
from application.erasure import lacking_of
from application.handing_over import PaperState, state_of
from application.home.session import Outlook, outlook
from application.home.settings import Settings
from application.machine import asked, clock_set_by, rooms_of
from application.open_matters import OpenMatters, open_matters_of, unrecorded_calls
from application.papers import due_moment, due_papers, owed_papers
from application.target_shares import TargetShares, lines_of, target_shares
from application.warehouse.reading import rows_of, warehouse_to_read
from compliance.backup.register import BackupDeed, BackupEvent, last_event
from compliance.contract.due import periods
from compliance.deliverables.outgoing import is_connection
from compliance.deliverables.register import latest_editions
from compliance.erasure.register import all_cases, open_tasks
from compliance.ground.clock import ClockKind, begun_at
from compliance.ground.japan import civil_date
from compliance.people.present import persons
from compliance.people.standing import Soon, not_in_force, soon
from compliance.registers.entries import entries
from compliance.registers.handling import (
    AREAS,
    AUDITS,
    CONSULTATIONS,
    DEVICES,
    INCIDENTS,
    PERMITS,
    RULES,
    TAKEOUTS,
    TRANSFERS,
)
from compliance.registers.standing import (
    SERVER,
    WARNED_AHEAD,
    Lacking,
    LackingReason,
    area,
    area_of_kind,
    permit,
)
from compliance.registers.waiting import is_put_right
from reporting.kinds import KINDS


@dataclass(frozen=True, slots=True)
class PaperToday:
    """A paper on its way. `state` is null where it is not made, `due_date` where no day is set for it."""

    title: str
    kind: str
    period: str
    due_date: date | None
    edition: int
    state: PaperState | None
    urgency: Urgency

    @property
    def is_missing(self) -> bool:
        """Whether it ought to be there and is not."""
        return self.state is None and self.urgency is not Urgency.SOON


@dataclass(frozen=True, slots=True)
class Yesterday:
    """The newest business day that was counted: its inbound calls by what became of them, and `unrecorded`, the answered ones that
    nobody wrote down, as the register is now."""

    day: date
    incoming: int
    answered: int
    overflow: int
    abandoned: int
    message: int
    unrecorded: int


@dataclass(frozen=True, slots=True)
class Unsigned:
    """An erasure whose authorisation waits for a signature, and whose."""

    case_id: str
    items_count: int
    awaited: str


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything of one morning."""

    today: date
    papers: tuple[PaperToday, ...]
    floor: OpenMatters
    duties: tuple[Duty, ...]
    yesterday: Yesterday | None
    open_erasure_tasks: int
    unsigned: tuple[Unsigned, ...] = ()
    drill: BackupEvent | None = None
    """The newest trial of a backup; null before the first."""
    targets: tuple[TargetShares, ...] = ()
    """Of the newest business day that was counted; none where the contract sets none."""

    @property
    def overdue(self) -> tuple[PaperToday, ...]:
        """Papers that ought to be there and are not."""
        return tuple(one for one in self.papers if one.is_missing)

    @property
    def unconfirmed(self) -> tuple[PaperToday, ...]:
        """Papers that are made and wait for the manager."""
        return tuple(one for one in self.papers if one.state is PaperState.MADE)

    @property
    def pressing(self) -> tuple[Duty, ...]:
        """Duties whose day has come or passed."""
        return tuple(one for one in self.duties if one.urgency is not Urgency.SOON)


def brief_of(place: Outlook) -> Brief:
    """The morning of the home's present day."""
    today = civil_date(place.now)
    yesterday = _yesterday(place)
    return Brief(
        today=today,
        papers=tuple(papers_on_their_way(place, today)),
        floor=open_matters_of(place.home, place.engine, place.settings.contract, place.now),
        duties=tuple(sorted(_duties(place, today), key=lambda one: (one.day, one.title))),
        yesterday=yesterday,
        open_erasure_tasks=len(open_tasks(place.engine)),
        unsigned=tuple(_unsigned(place)),
        drill=last_event(place.engine, BackupDeed.DRILLED),
        targets=target_shares(place.home, place.settings.contract, yesterday.day)
        if yesterday
        else (),
    )


def brief_of_home(settings: Settings, now: datetime) -> Brief:
    """The morning of a home that nobody opened, at an instant.

    Raises:
        HomeBusy: the warehouse is being built.
    """
    with outlook(settings, now) as place:
        return brief_of(place)


def papers_on_their_way(place: Outlook, today: date) -> Iterable[PaperToday]:
    """What was due and is not made, or is made and not delivered; what comes within a week; each the earliest first; then what was made
    because somebody asked for it and has not left the house."""
    made = {(paper.kind, paper.period): paper for paper in latest_editions(place.engine)}
    due = [(one.owed, one.period) for one in due_papers(place)]
    coming = [
        (owed, period)
        for owed in owed_papers(place.settings)
        if owed.terms.owed == "every_period"
        for period in periods(place.calendar, owed.terms.due)
        if place.now < due_moment(owed, period) and period.due_date <= today + COMING_DAYS
    ]
    coming.sort(key=lambda one: due_moment(*one))
    for owed, period in [*due, *coming]:
        paper = made.get((owed.kind.kind, period.key))
        state = state_of(place.engine, paper) if paper else None
        if state in (PaperState.DELIVERED, PaperState.RECEIVED):
            continue
        yield PaperToday(
            f"{owed.terms.title} {period.label or period.key}",
            owed.kind.kind,
            period.key,
            period.due_date,
            paper.edition if paper else 0,
            state,
            urgency_of(period.due_date, today),
        )
    for paper in made.values():
        kind = KINDS[paper.kind]
        state = state_of(place.engine, paper)
        if kind.is_by_period or state in (PaperState.DELIVERED, PaperState.RECEIVED):
            continue
        title = f"{kind.from_json(paper.data_json).head.title} {paper.period}"
        yield PaperToday(
            title, paper.kind, paper.period, None, paper.edition, state, Urgency.UNDATED
        )


def _unsigned(place: Outlook) -> Iterable[Unsigned]:
    for case in all_cases(place.engine):
        lacking, _ = lacking_of(place.home, place.engine, case, place.calendar.first_day, place.now)
        if lacking is not None and lacking.count:
            yield Unsigned(case.case_id, case.items_count, lacking.text_ja)


def _duties(place: Outlook, today: date) -> Iterable[Duty]:
    """Days that registers hold: what runs out within 30 days, what is to be given back or put right."""
    yield from _places(place, today)
    yield from _connections(place, today)
    yield from backup_duties(place, today)
    yield from _of_the_machine(place, today)
    for person in persons(place.engine, place.calendar.first_day).values():
        left = person.ends_on is not None and person.ends_on < today
        if not left and person.starts_on <= today and (reason := not_in_force(person, today)):
            yield Duty(
                f"従事者：{reason.text_ja}", person.staff_id, person.staff_id, today, Urgency.TODAY
            )
        for one in soon(person, today):
            yield _from_soon(person.staff_id, one, today)
    for register, day, done, title, name in (
        (RULES, "expires_on", "", "規程・認証の有効期限", "title"),
        (PERMITS, "expires_on", "", "許可の有効期限", "target"),
        (TAKEOUTS, "due_on", "back_on", "貸与品・持出しの返却", "item"),
        (TRANSFERS, "due_on", "back_on", "受渡しの返還", "item"),
        (CONSULTATIONS, "due_on", "done_on", "市の指示・求めへの対応", "matter"),
        (AUDITS, "due_on", "corrected_on", "点検の是正", "section"),
    ):
        kept = entries(place.engine, register)
        for entry in kept:
            if entry.get(day) and not (done and entry.get(done)):
                on = date.fromisoformat(entry.get(day))
                if on <= today + WARNED_AHEAD and not is_put_right(entry, kept):
                    yield Duty(title, entry.get(name), entry.entry_id, on, urgency_of(on, today))
    for entry in entries(place.engine, INCIDENTS):
        if not entry.get("told_at"):
            found = date.fromisoformat(entry.get("found_at")[:10])
            yield Duty(
                "事故・兆候の市への報告（直ちに）",
                entry.entry_id,
                entry.entry_id,
                found,
                Urgency.OVERDUE,
            )


def _places(place: Outlook, today: date) -> Iterable[Duty]:
    """Areas that the city was not told of, areas and devices whose use ends, and what hangs on them."""
    areas = entries(place.engine, AREAS)
    for entry in areas:
        found = area(entry, today)
        is_used = entry.get("starts_on") <= today.isoformat() and not entry.get("ends_on")
        if is_used and isinstance(found, Lacking) and found.reason is LackingReason.NOT_REPORTED:
            title = "取扱区域の報告・承認"
            yield Duty(title, entry.get("name"), entry.entry_id, today, Urgency.TODAY)
    for title, entry, ends_on in (
        *(("取扱区域の使用終了", one, one.get("ends_on")) for one in areas),
        *(("機器・媒体の使用終了", d, d.get("ends_on")) for d in entries(place.engine, DEVICES)),
    ):
        if ends_on and today <= date.fromisoformat(ends_on) <= today + WARNED_AHEAD:
            day = date.fromisoformat(ends_on)
            yield Duty(title, entry.get("name"), entry.entry_id, day, urgency_of(day, today))
    found = area_of_kind(areas, SERVER, today)
    if isinstance(found, Lacking) and found.reason in (
        LackingReason.MISSING,
        LackingReason.ENDED,
    ):
        title = "サーバ等の区域がなく、録音の持出し・返還・消去ができません"
        yield Duty(title, "", "areas", today, Urgency.TODAY)


def _connections(place: Outlook, today: date) -> Iterable[Duty]:
    """Destinations of the contract file for which no permit was entered; one that ran out is told by its entry."""
    permits = entries(place.engine, PERMITS)
    for one in place.settings.contract.destinations:
        if not is_connection(one):
            continue
        found = permit(permits, "network", one.permit, today)
        if isinstance(found, Lacking) and found.reason is not LackingReason.ENDED:
            title = "提出先への接続の許可がありません"
            yield Duty(title, one.permit, one.name, today, Urgency.TODAY)


def _of_the_machine(place: Outlook, today: date) -> Iterable[Duty]:
    """A disk that fills and a clock that nothing sets, of a home that lives by the machine's clock."""
    if begun_at(place.engine, ClockKind.REAL) is None:
        return
    for room in rooms_of(place.home):
        if room.is_short:
            title = "サーバーの空き容量が1割を切っています"
            yield Duty(title, room.place, "disk", today, Urgency.OVERDUE)
    _, is_right = clock_set_by(asked)
    if is_right is False:
        yield Duty("サーバーの時計が合わせられていません", "", "clock", today, Urgency.OVERDUE)


def _from_soon(staff_id: str, one: Soon, today: date) -> Duty:
    return Duty(
        f"従事者：{one.reason.text_ja}",
        staff_id,
        staff_id,
        one.from_day,
        urgency_of(one.from_day, today),
    )


def _yesterday(place: Outlook) -> Yesterday | None:
    with warehouse_to_read(place.home) as connection:
        rows = rows_of(
            connection,
            "select call_date, incoming_in_hours_count, answered_count, overflow_count, "
            "abandoned_total_count, message_count from reports.rpt_daily_kpi "
            "where is_business_day and call_date < ? order by call_date desc limit 1",
            [civil_date(place.now)],
        )
    if not rows:
        return None
    unrecorded = unrecorded_calls(place.home, place.engine, civil_date(place.now))
    day, incoming, answered, overflow, abandoned, message = rows[0]
    return Yesterday(day, incoming, answered, overflow, abandoned, message, unrecorded=unrecorded)


def lines(brief: Brief, *, is_leaving: bool = False) -> Sequence[str]:
    """The brief as text for a terminal; for a mail (`is_leaving`) with ids in place of the labels that people gave."""
    told = [f"{brief.today.isoformat()}　朝の確認"]
    if brief.yesterday:
        y = brief.yesterday
        told.append(
            f"前営業日（{y.day.isoformat()}）　入電{y.incoming}　応答{y.answered}　あふれ{y.overflow}　放棄{y.abandoned}　預かり{y.message}"
        )
    told += lines_of(brief.targets)
    told.append("書類：" if brief.papers else "書類：待つものはありません。")
    for one in brief.papers:
        state = one.state.title_ja if one.state else "未作成"
        day = one.due_date.isoformat() if one.due_date else "期限の定めなし"
        told.append(f"  {one.urgency.title_ja}　{day}　{one.title}　{state}")
    floor = brief.floor
    told.append(
        f"現場：緊急の電話の記録なし{len(floor.open_urgent)}　折返しの期限超過{len(floor.overdue)}　"
        f"書き起こしのない伝言{len(floor.unwritten)}"
    )
    told.append("台帳：" if brief.duties else "台帳：近く期限の来るものはありません。")
    told += [
        f"  {d.urgency.title_ja}　{d.day.isoformat()}　{d.title}　{d.ref if is_leaving else d.name}"
        for d in brief.duties
    ]
    told += [
        f"消去の署名待ち：{one.case_id}　{one.items_count:,}件　{one.awaited}"
        for one in brief.unsigned
    ]
    if brief.drill is not None:
        told.append(f"バックアップの復元訓練：{told_of_drill(brief.drill)}")
    if brief.open_erasure_tasks:
        told.append(f"消去の残務：{brief.open_erasure_tasks}")
    return told
