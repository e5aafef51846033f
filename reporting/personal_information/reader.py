"""Reads 個人情報取扱状況報告書 of one month: log, catalogue, people, erasures and registers, as they stood when it was due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from compliance.audit.activity import Act, acts_until
from compliance.contract.business_calendar import BusinessCalendar
from compliance.erasure.register import all_cases, certificates_made, consent_of
from compliance.erasure.returning import returns
from compliance.ground.acts import Action, Result
from compliance.ground.japan import TOKYO
from compliance.inquiries.register import told_ids
from compliance.people.register import persons
from compliance.people.rights import Role
from compliance.people.standing import Person, not_in_force
from compliance.registers.description import Register
from compliance.registers.entries import KeptEntry
from compliance.registers.handling import (
    AREAS,
    AUDITS,
    COPIES,
    DEVICES,
    INCIDENTS,
    LOG_REVIEWS,
    STANDARDS,
    SUBCONTRACTS,
    TAKEOUTS,
    TRANSFERS,
)
from compliance.registers.sheet import shown
from compliance.vault.catalogue import recordings
from compliance.vault.media import registered_media
from reporting.paper import wareki
from reporting.paper.head import head_of
from reporting.paper.kind import Reading
from reporting.paper.tables import BLANK, Table, TablePaper
from reporting.personal_information.holdings import INQUIRY, TITLES, Holding, holdings
from reporting.personal_information.kind import KIND

NOTHING = "―"
_EXPORTS = {Action.RECORDING_EXPORTED.value, Action.INQUIRIES_EXPORTED.value, Action.REGISTER_EXPORTED.value,
            Action.PAPER_OPENED.value, Action.PEOPLE_EXPORTED.value, Action.LOG_EXPORTED.value}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Month:
    """The month as everything below asks for it: its days within the contract, its instants, what was done until it was due."""

    first_day: date
    last_day: date
    first: datetime
    after: datetime
    acts: Sequence[Act]
    entries: Callable[[Register], Sequence[KeptEntry]]

    def holds(self, day: str) -> bool:
        """Whether a day as registers keep it (2023-11-20, or a moment) lies in it."""
        return bool(day) and self.first_day <= date.fromisoformat(day[:10]) <= self.last_day

    def in_force(self, entry: KeptEntry) -> bool:
        """Whether something with a beginning and an end was in force on its last day."""
        starts, ends = entry.get("starts_on"), entry.get("ends_on")
        last = self.last_day.isoformat()
        return (not starts or starts <= last) and (not ends or ends >= last)


def read_handling(reading: Reading, month_of: date | None = None) -> TablePaper:
    """The paper of one month as its first edition."""
    period = reading.period
    starts_on = month_of or period.starts_on
    until = datetime.combine(period.due_date + timedelta(days=1), time(), TOKYO)
    next_month = (starts_on + timedelta(days=31)).replace(day=1)
    after = datetime.combine(next_month, time(), TOKYO)
    month = _Month(
        first_day=starts_on,
        last_day=next_month - timedelta(days=1),
        first=datetime.combine(starts_on, time(), TOKYO),
        after=after,
        acts=list(acts_until(reading.home, reading.engine, max(after, until))),
        entries=lambda register: reading.entries(register, until),
    )
    held, disagreement = _held(reading, month)
    people = persons(reading.engine, reading.contract.period.start_date, until)
    erased = _erased(reading, month)
    returned = _returned(reading, month)
    standards, unmet = _standards(month)
    return TablePaper(
        head=head_of(reading.contract, KIND),
        due_date=period.due_date,
        facts=(("対象月", f"{wareki.year(starts_on)}{starts_on.month}月分"),),
        opening=f"{wareki.year(starts_on)}{starts_on.month}月分について、次のとおり報告します。",
        tables=(
            _summary(month, held, people, erased, returned, unmet),
            _holdings_table(held, disagreement, returned),
            _places(month, reading, until),
            *_people(month, people),
            _areas(month),
            _training(month, people),
            _subcontracts(month, people),
            _moved(month),
            _log(month, reading),
            _erasures(erased, returned),
            _incidents(month),
            _audits(month),
            standards,
        ),
        boxes=("総括保護管理者", "保護管理者", "委託者収受"),
    )


def _held(reading: Reading, month: _Month) -> tuple[tuple[Holding, ...], dict[str, int]]:
    """Holdings by the log, and by how many the catalogue differs at the month's end."""
    query = select(recordings.c.recording_id, recordings.c.kind, recordings.c.sealed_at)
    with reading.engine.connect() as connection:
        rows = connection.execute(query).fetchall()
    kinds = {row.recording_id: row.kind for row in rows}
    told = told_ids(reading.engine)
    held = holdings(month.acts, kinds, told, month.first, month.after)
    ever = holdings(month.acts, kinds, told, datetime.min.replace(tzinfo=TOKYO), month.after)
    catalogued = Counter(r.kind for r in rows if r.sealed_at and r.sealed_at < month.after)
    differs = {one.kind: catalogued[one.kind] - one.added for one in ever if one.kind != INQUIRY}
    return held, {**differs, INQUIRY: 0}


def _summary(
    month: _Month,
    held: Sequence[Holding],
    people: Mapping[str, Person],
    erased: Sequence[tuple[str, ...]],
    returned: Sequence[tuple[str, ...]],
    unmet: int | None,
) -> Table:
    incidents = [e for e in month.entries(INCIDENTS) if month.holds(e.get("found_at"))]
    by_kind = Counter(entry.get("kind") for entry in incidents)
    moved = [e for e in month.entries(TAKEOUTS) if month.holds(e.get("from_on"))]
    copies = [e for e in month.entries(COPIES) if month.holds(e.get("on"))]
    contracts = [e for e in month.entries(SUBCONTRACTS) if month.in_force(e)]
    changes = len(_came(month, people)) + len(_went(month, people)) + len(_area_changes(month))
    rows = [
        ("漏えい等の事故", _is(by_kind["personal"]), f"{by_kind['personal']}件", "10"),
        ("違反の事実・兆候", _is(by_kind["sign"]), f"{by_kind['sign']}件", "10"),
        ("消去・廃棄", _is(sum(one.erased for one in held)), f"{sum(one.erased for one in held):,}件", "9"),
        ("返還", _is(len(returned)), f"{len(returned)}回", "9"),
        ("持出し・貸与", _is(len(moved)), f"{len(moved)}件", "7"),
        ("複写・複製", _is(len(copies)), f"{len(copies)}件", "7"),
        ("再委託", _is(len(contracts)), f"{len(contracts)}件", "6"),
        ("体制・区域の変更", _is(changes), f"{changes}件", "3・4"),
        ("別紙1の未達", BLANK if unmet is None else _is(unmet), "―" if unmet is None else f"{unmet}件", "別表"),
    ]  # fmt: skip
    return Table("1　総括", ("項目", "状況", "件数", "章"), tuple(rows), (3, 1, 1, 0.8))


def _is(count: int) -> str:
    return "有" if count else "無"


def _holdings_table(
    held: Sequence[Holding], disagreement: Mapping[str, int], returned: Sequence[tuple[str, ...]]
) -> Table:
    rows = tuple(
        (
            TITLES[one.kind],
            f"{one.at_start:,}",
            f"{one.added:,}",
            f"{one.erased:,}",
            f"{one.at_end:,}",
            "一致" if not disagreement[one.kind] else f"不一致（{disagreement[one.kind]:+,}）",
        )
        for one in held
    )
    return Table(
        "2　保有状況",
        ("種別", "月初", "増", "消去", "月末", "照合"),
        rows,
        (3, 1, 1, 1, 1, 1.4),
        note="件数。月末＝月初＋増−消去。監査記録から数え、録音の目録と照合した。返還は写しの引渡しであり、件数を減らさない"
        f"（当月の返還 {len(returned)}回）。",
        starts_page=True,
    )


def _places(month: _Month, reading: Reading, until: datetime) -> Table:
    rows = [("サーバー（手元）", "暗号化して保管", NOTHING)]
    rows += [
        (f"媒体 {one.medium_id}（製造番号 {one.serial}）", "暗号化して保管", one.kept_at)
        for one in registered_media(reading.engine, until)
    ]
    devices = [
        (f"{e.get('name')}（製造番号 {e.get('serial')}）", shown(DEVICES.field("is_encrypted"), e.get("is_encrypted")) or BLANK, e.get("place"))
        for e in month.entries(DEVICES)
        if month.in_force(e)
    ]  # fmt: skip
    return Table(
        "2の2　媒体・機器と保管場所", ("媒体・機器", "暗号化", "保管場所"), (*rows, *devices), (3, 1.4, 2)
    )  # fmt: skip


def _people(month: _Month, people: Mapping[str, Person]) -> tuple[Table, ...]:
    present = [p for p in people.values() if _works(p, month.last_day)]
    rows = []
    for role in (Role.CHIEF_OFFICER, Role.OFFICER, Role.MANAGER, Role.SUPERVISOR, Role.OPERATOR, Role.ADMINISTRATOR):  # fmt: skip
        ids = sorted(p.staff_id for p in present if role in p.roles)
        rows.append((role.title_ja, f"{len(ids)}人", "、".join(ids) or BLANK))
    changed = [(p.staff_id, "着任", wareki.plain(p.starts_on), _reported(p)) for p in _came(month, people)]  # fmt: skip
    changed += [(p.staff_id, "退任", wareki.plain(p.ends_on), _reported(p)) for p in _went(month, people) if p.ends_on]  # fmt: skip
    return (
        Table("3　管理体制・従業者", ("役割", "人数", "職員番号"), tuple(rows), (2, 1, 4)),
        Table("3の2　体制の変更", ("職員番号", "変更", "日付", "市への報告・承認"), tuple(changed), (1.4, 1, 2, 2), keys=2),
    )  # fmt: skip


def _reported(person: Person) -> str:
    if person.needs_approval:
        return f"承認 {wareki.plain(person.approved_on)}" if person.approved_on else "承認 未記入"
    return wareki.plain(person.reported_on) if person.reported_on else BLANK


def _works(person: Person, day: date) -> bool:
    is_city = person.roles == {Role.CITY_VIEWER}
    return (
        not is_city
        and person.starts_on <= day
        and (person.ends_on is None or person.ends_on >= day)
    )


def _came(month: _Month, people: Mapping[str, Person]) -> list[Person]:
    return [p for p in people.values() if month.first_day <= p.starts_on <= month.last_day]


def _went(month: _Month, people: Mapping[str, Person]) -> list[Person]:
    return [
        p for p in people.values() if p.ends_on and month.first_day <= p.ends_on <= month.last_day
    ]


def _area_changes(month: _Month) -> list[KeptEntry]:
    return [
        e
        for e in month.entries(AREAS)
        if month.holds(e.get("starts_on")) or month.holds(e.get("ends_on"))
    ]


def _areas(month: _Month) -> Table:
    rows = [
        (
            e.get("name"),
            e.get("place"),
            shown(AREAS.field("kind"), e.get("kind")),
            e.get("authentication") or BLANK,
            e.get("guard") or BLANK,
            e.get("approved_on") or e.get("reported_on") or BLANK,
        )
        for e in month.entries(AREAS)
        if month.in_force(e)
    ]
    headings = ("区域", "所在", "種別", "認証", "施錠・監視", "報告・承認日")
    return Table(
        "4　取扱区域",
        headings,
        tuple(rows) or ((BLANK,) * 6,),
        (1.4, 2, 1.2, 1.4, 1.6, 1.2),
        note=f"当月の変更 {len(_area_changes(month))}件",
    )


def _training(month: _Month, people: Mapping[str, Person]) -> Table:
    present = [p for p in people.values() if _works(p, month.last_day)]
    untrained = [p.staff_id for p in present if not_in_force(p, month.last_day) is not None]
    trained = [p for p in present if p.trained_on and month.holds(p.trained_on.isoformat())]
    pledged = [p for p in present if p.pledged_on and month.holds(p.pledged_on.isoformat())]
    rows = (
        ("従事者（月末）", f"{len(present)}人", NOTHING),
        ("当月に研修を受けた者", f"{len(trained)}人", "、".join(p.staff_id for p in trained) or NOTHING),
        ("当月に誓約した者", f"{len(pledged)}人", "、".join(p.staff_id for p in pledged) or NOTHING),
        ("報告・研修・誓約の整わない者", f"{len(untrained)}人", "、".join(untrained) or NOTHING),
    )  # fmt: skip
    return Table("5　研修・誓約", ("項目", "人数", "職員番号"), rows, (2, 1, 4))


def _subcontracts(month: _Month, people: Mapping[str, Person]) -> Table:
    rows = [
        (e.get("name"), e.get("work"), e.get("information"), e.get("consented_on") or BLANK)
        for e in month.entries(SUBCONTRACTS)
        if month.in_force(e)
    ]
    return Table(
        "6　再委託・派遣等",
        ("再委託先", "内容", "取り扱う情報", "承諾日"),
        tuple(rows),
        (2, 2, 2, 1.2),
    )


def _moved(month: _Month) -> Table:
    rows: list[tuple[str, ...]] = []
    for register, day, kind in (
        (TRANSFERS, "on", "direction"),
        (TAKEOUTS, "from_on", "kind"),
        (COPIES, "on", ""),
    ):
        for e in month.entries(register):
            if month.holds(e.get(day)):
                what = shown(register.field(kind), e.get(kind)) if kind else "複写"
                back = e.get("back_on") or e.get("disposed_on") or BLANK
                rows.append(
                    (e.get(day), what, e.get("item"), e.get("quantity"), e.get("manner") or e.get("purpose") or BLANK, back)
                )  # fmt: skip
    return Table(
        "7　受渡し・持出し・複写",
        ("日付", "区分", "内容", "数量", "手段・目的", "返却・廃棄"),
        tuple(sorted(rows)),
        (1.2, 1, 2, 0.8, 1.6, 1.2),
        keys=3,
    )


def _log(month: _Month, reading: Reading) -> Table:
    acts = [a for a in month.acts if month.first <= a.at < month.after]
    calendar = BusinessCalendar(reading.contract)
    people = [a for a in acts if a.actor not in ("system", "ui")]
    refused = sum(a.result == Result.REFUSED for a in acts)
    outside = sum(not _is_open(calendar, a.at) for a in people)
    key = f"{month.first_day:%Y-%m}"
    review = next((e for e in month.entries(LOG_REVIEWS) if e.get("month") == key), None)
    rows = (
        ("記録の件数", f"{len(acts):,}件"),
        ("うち人によるもの", f"{len(people):,}件（業務時間外 {outside:,}件）"),
        ("拒まれた操作", f"{refused:,}件"),
        ("録音の聴取", f"{sum(a.action == Action.RECORDING_HEARD for a in acts):,}件"),
        ("持出し・書出し・書類を開いた", f"{sum(a.action in _EXPORTS for a in acts):,}件"),
        ("点検日・点検者", f"{review.get('reviewed_on')}　{review.get('reviewed_by')}" if review else BLANK),
        ("異常の有無", shown(LOG_REVIEWS.field("is_suspicious"), review.get("is_suspicious")) if review else BLANK),
        ("所見・処置", (review.get("remark") or NOTHING) if review else BLANK),
    )  # fmt: skip
    return Table("8　アクセス記録の点検", ("項目", "内容"), rows, (1.4, 3))


def _is_open(calendar: BusinessCalendar, at: datetime) -> bool:
    day = at.astimezone(TOKYO).date()
    opens, closes = calendar.opens_at(day), calendar.closes_at(day)
    return opens is not None and closes is not None and opens <= at <= closes


def _erased(reading: Reading, month: _Month) -> list[tuple[str, ...]]:
    cases = {case.case_id: case for case in all_cases(reading.engine)}
    rows: list[tuple[str, ...]] = []
    for made in certificates_made(reading.engine):
        if not month.first <= made.issued_at < month.after:
            continue
        consent = consent_of(reading.engine, made.case_id)
        given = (
            f"{consent.number or '番号なし'}（{wareki.plain(consent.dated_on)}）"
            if consent
            else BLANK
        )
        rows.append(
            ("消去", made.case_id, given, f"{cases[made.case_id].items_count:,}件", f"C-{made.number:04d}（{_day(made.issued_at)}）")
        )  # fmt: skip
    return rows


def _returned(reading: Reading, month: _Month) -> list[tuple[str, ...]]:
    query = select(returns).where(returns.c.made_at >= month.first, returns.c.made_at < month.after)
    with reading.engine.connect() as connection:
        return [
            ("返還", row.number, NOTHING, f"{row.items_count:,}件", wareki.plain(row.received_on) if row.received_on else "預り証待ち")
            for row in connection.execute(query.order_by(returns.c.number))
        ]  # fmt: skip


def _erasures(erased: Sequence[tuple[str, ...]], returned: Sequence[tuple[str, ...]]) -> Table:
    return Table(
        "9　消去・廃棄・返還",
        ("区分", "案件", "承諾（番号・日）", "数量", "証明書・預り証"),
        (*erased, *returned),
        (0.8, 1, 2, 1, 2),
        keys=2,
    )


def _incidents(month: _Month) -> Table:
    rows = [
        (
            e.get("found_at")[:16].replace("T", " "),
            shown(INCIDENTS.field("kind"), e.get("kind")),
            e.get("content"),
            e.get("persons") or BLANK,
            e.get("told_at")[:16].replace("T", " ") or BLANK,
            e.get("closed_on") or "対応中",
        )
        for e in month.entries(INCIDENTS)
        if month.holds(e.get("found_at"))
    ]
    headings = ("発見", "種別", "内容", "本人の数", "市への報告", "終結")
    return Table("10　事故・兆候", headings, tuple(rows), (1.4, 1.2, 2.4, 0.8, 1.4, 1), keys=2)


def _audits(month: _Month) -> Table:
    rows = [
        (
            e.get("on"),
            shown(AUDITS.field("kind"), e.get("kind")),
            f"{e.get('section')}　{STANDARDS[e.get('section')]}",
            shown(AUDITS.field("result"), e.get("result")),
            e.get("due_on") or NOTHING,
        )
        for e in month.entries(AUDITS)
        if month.holds(e.get("on"))
    ]
    headings = ("実施日", "種別", "別紙1", "結果", "是正予定日")
    return Table("11　点検・監査", headings, tuple(sorted(rows)), (1.2, 1.2, 3, 0.8, 1.2), keys=3)


def _standards(month: _Month) -> tuple[Table, int | None]:
    """別表: the newest look at each section, and how many are unmet; null where none was looked at."""
    latest: dict[str, KeptEntry] = {}
    for e in sorted(month.entries(AUDITS), key=lambda one: one.get("on")):
        if e.get("on") <= month.last_day.isoformat():
            latest[e.get("section")] = e
    rows = [_standard(number, title, latest.get(number)) for number, title in STANDARDS.items()]
    unmet = sum(e.get("result") == "unmet" for e in latest.values()) if latest else None
    headings = ("番号", "基準（別紙1）", "○×", "実施内容", "根拠資料", "是正予定日")
    table = Table(
        "別表　個人情報取扱安全管理基準", headings, tuple(rows), (0.6, 2.4, 0.8, 2.4, 1.8, 1.2), keys=2, starts_page=True
    )  # fmt: skip
    return table, unmet


def _standard(number: str, title: str, seen: KeptEntry | None) -> tuple[str, ...]:
    if seen is None:
        return (f"§{number}", title, BLANK, BLANK, BLANK, BLANK)
    return (
        f"§{number}",
        title,
        shown(AUDITS.field("result"), seen.get("result")),
        seen.get("done"),
        seen.get("evidence") or BLANK,
        seen.get("due_on") or NOTHING,
    )


def _day(at: datetime) -> str:
    return wareki.plain(at.astimezone(TOKYO).date())
