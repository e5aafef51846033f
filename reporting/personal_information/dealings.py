"""Tables 6 to 11 and the 別表: what was done with personal information, and what was looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine, select

from compliance.audit.activity import LoggedAct
from compliance.contract.annex import Standard
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.words import ContractWords
from compliance.deliverables.handed_over import deliveries
from compliance.erasure.certificate_register import certificates_made
from compliance.erasure.register import all_cases, consent_of
from compliance.erasure.returning import returns
from compliance.ground.acts import Action, Result
from compliance.ground.japan import civil_date
from compliance.people.standing import Person
from compliance.registers.entries import KeptEntry
from compliance.registers.handling import (
    AUDITS,
    COPIES,
    INCIDENTS,
    LOG_REVIEWS,
    SUBCONTRACTS,
    TAKEOUTS,
    TRANSFERS,
)
from compliance.registers.sheet import shown
from compliance.vault.listening import PURPOSES
from reporting.paper import wareki
from reporting.paper.kind import Reading
from reporting.paper.tables import BLANK, Table
from reporting.personal_information.holdings import MESSAGE
from reporting.personal_information.month import NOTHING, Month
from reporting.personal_information.proofs import Proof, ProofState, proofs_of

_OPENED = {
    Action.RECORDING_EXPORTED: "録音の持出し",
    Action.PAPER_OPENED: "言葉を含む書類を開いた",
    Action.INQUIRIES_EXPORTED: "対応記録の書出し",
    Action.REGISTER_EXPORTED: "台帳の書出し",
    Action.PEOPLE_EXPORTED: "従事者台帳の書出し",
    Action.LOG_EXPORTED: "監査記録の書出し",
}


def subcontracts_table(month: Month, dispatched: int) -> Table:
    """6: subcontracts in force, and staff of others."""
    rows = [
        (
            e.get("name"),
            e.get("work"),
            e.get("information"),
            month.day(e.get("consented_on"), BLANK),
        )
        for e in month.entries(SUBCONTRACTS)
        if month.in_force(e)
    ]
    return Table(
        "6　再委託・派遣等",
        ("再委託先", "内容", "取り扱う情報", "承諾日"),
        tuple(rows),
        (2, 2, 2, 1.2),
        note=f"派遣の従事者（月末）　{dispatched}人",
    )


def handed_over(month: Month, engine: Engine) -> list[tuple[str, ...]]:
    """Papers that left in the month, by the register of deliveries: a row for each day, as table 7 has them."""
    with engine.connect() as connection:
        found = connection.execute(
            select(deliveries.c.delivered_at, deliveries.c.destination).where(
                deliveries.c.delivered_at >= month.first, deliveries.c.delivered_at < month.after
            )
        ).fetchall()
    days: dict[str, Counter[str]] = {}
    for row in found:
        day = civil_date(row.delivered_at).isoformat()
        days.setdefault(day, Counter())[row.destination] += 1
    return [
        (day, "市へ", "作成した書類", f"{counted.total():,}件", _destinations(counted), NOTHING)
        for day, counted in days.items()
    ]


def _destinations(counted: Counter[str]) -> str:
    """Where to; how many where there are several."""
    if len(counted) == 1:
        return next(iter(counted))
    return "、".join(f"{one} {count:,}件" for one, count in sorted(counted.items()))


def moved_table(month: Month, engine: Engine) -> Table:
    """7: what was handed over, taken out or copied."""
    rows = handed_over(month, engine)
    for register, day, kind in (
        (TRANSFERS, "on", "direction"),
        (TAKEOUTS, "from_on", "kind"),
        (COPIES, "on", ""),
    ):
        for e in month.entries(register):
            if month.holds(e.get(day)):
                what = shown(register.field(kind), e.get(kind)) if kind else "複写"
                back = month.day(e.get("back_on") or e.get("disposed_on"), BLANK)
                rows.append(
                    (e.get(day), what, e.get("item"), e.get("quantity"), e.get("manner") or e.get("purpose") or BLANK, back)
                )  # fmt: skip
    return Table(
        "7　受渡し・持出し・複写",
        ("日付", "区分", "内容", "数量", "手段・目的", "返却・廃棄"),
        tuple((month.day(day), *rest) for day, *rest in sorted(rows)),
        (1.4, 0.9, 2, 0.8, 1.6, 1.4),
        keys=3,
        note="作成した書類は、提出の台帳による。",
    )


def log_table(month: Month, reading: Reading, kinds: Mapping[str, str]) -> Table:
    """8: the log in counts, and the officer's review of it; `kinds` by recording's id tells calls from messages."""
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
        ("通話録音の聴取", _heard(acts, kinds, is_message=False)),
        ("伝言の聴取", _heard(acts, kinds, is_message=True)),
        *((title, f"{sum(a.action == action and a.result == Result.DONE for a in acts):,}件") for action, title in _OPENED.items()),
        ("点検日・点検者", f"{month.day(review.get('reviewed_on'))}　{review.get('reviewed_by')}" if review else BLANK),
        ("異常の有無", shown(LOG_REVIEWS.field("is_suspicious"), review.get("is_suspicious")) if review else BLANK),
        ("所見・処置", (review.get("remark") or NOTHING) if review else BLANK),
    )  # fmt: skip
    return Table("8　アクセス記録の点検", ("項目", "内容"), rows, (1.4, 3))


_PURPOSES = {purpose.value: title for purpose, title in PURPOSES.items()}


def _heard(acts: Sequence[LoggedAct], kinds: Mapping[str, str], *, is_message: bool) -> str:
    """How often sounds of one kind were heard, and what for."""
    counted = Counter(
        a.purpose
        for a in acts
        if a.action == Action.RECORDING_HEARD
        and a.result == Result.DONE
        and (kinds.get(a.object_id) == MESSAGE) is is_message
    )
    why = "、".join(
        f"{_PURPOSES.get(purpose, purpose)} {count:,}件"
        for purpose, count in sorted(counted.items())
    )
    return f"{counted.total():,}件" + (f"（{why}）" if why else "")


def _is_open(calendar: BusinessCalendar, at: datetime) -> bool:
    day = civil_date(at)
    opens, closes = calendar.opens_at(day), calendar.closes_at(day)
    return opens is not None and closes is not None and opens <= at <= closes


def erased_rows(reading: Reading, month: Month) -> list[tuple[str, ...]]:
    """Certificates of the month."""
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


def returned_rows(reading: Reading, month: Month) -> list[tuple[str, ...]]:
    """Returns of the month."""
    query = select(returns).where(returns.c.made_at >= month.first, returns.c.made_at < month.after)
    with reading.engine.connect() as connection:
        return [
            ("返還", row.number, NOTHING, f"{row.items_count:,}件", wareki.plain(row.received_on) if row.received_on else "預り証待ち")
            for row in connection.execute(query.order_by(returns.c.number))
        ]  # fmt: skip


def erasures_table(erased: Sequence[tuple[str, ...]], returned: Sequence[tuple[str, ...]]) -> Table:
    """9: erasures and returns."""
    return Table(
        "9　消去・廃棄・返還",
        ("区分", "案件", "承諾（番号・日）", "数量", "証明書・預り証"),
        (*erased, *returned),
        (0.8, 1, 2, 1, 2),
        keys=2,
    )


def incidents_table(month: Month) -> Table:
    """10: what was found in the month."""
    rows = [
        (
            month.day(e.get("found_at")),
            shown(INCIDENTS.field("kind"), e.get("kind")),
            e.get("content"),
            e.get("persons") or BLANK,
            month.day(e.get("told_at"), BLANK),
            month.day(e.get("closed_on"), "対応中"),
        )
        for e in month.entries(INCIDENTS)
        if month.holds(e.get("found_at"))
    ]
    headings = ("発見", "種別", "内容", "本人の数", "市への報告", "終結")
    return Table("10　事故・兆候", headings, tuple(rows), (1.4, 1.2, 2.4, 0.8, 1.4, 1), keys=2)


def standards(words: ContractWords) -> str:
    """What the paper calls the standards that a self-audit goes through: by the clause, where the contract has one."""
    return words.clause("standards") or "基準"


def audits_table(month: Month, words: ContractWords) -> Table:
    """11: what was looked at in the month."""
    titles = words.annex.titles
    rows = [
        (
            month.day(e.get("on")),
            shown(AUDITS.field("kind"), e.get("kind")),
            f"{e.get('section')}　{titles.get(e.get('section'), '')}".rstrip("　"),
            shown(AUDITS.field("result"), e.get("result")),
            month.day(e.get("due_on")),
        )
        for e in sorted(month.entries(AUDITS), key=lambda one: one.get("on"))
        if month.holds(e.get("on"))
    ]
    headings = ("実施日", "種別", standards(words), "結果", "是正予定日")
    return Table("11　点検・監査", headings, tuple(rows), (1.4, 1.2, 2.8, 0.8, 1.4), keys=3)


def standards_table(
    month: Month, people: Mapping[str, Person], words: ContractWords
) -> tuple[Table, tuple[int, int] | None]:
    """別表: the newest look at each standard of the annex, crossed with the registers; how many are unmet, and how many look met
    without anything to show for it. Null where none was looked at."""
    listed, found = words.annex.standards, proofs_of(month, people)
    latest: dict[str, KeptEntry] = {}
    for e in sorted(month.entries(AUDITS), key=lambda one: one.get("on")):
        if e.get("section") in words.annex.titles and e.get("on") <= month.last_day.isoformat():
            latest[e.get("section")] = e
    proofs = {one.number: found[one.proof] for one in listed}
    judged = {number: _judged(latest.get(number), proof) for number, proof in proofs.items()}
    rows = [
        _standard(month, one, latest.get(one.number), judged[one.number], proofs[one.number])
        for one in listed
    ]
    unmet = shown(AUDITS.field("result"), "unmet")
    lacking = sum(
        seen.get("result") == "met" and proofs[number].state is ProofState.MISSING
        for number, seen in latest.items()
    )
    counted = (sum(one == unmet for one in judged.values()), lacking) if latest else None
    headings = (
        "番号",
        f"基準{words.cited('standards')}",
        "○×",
        "実施内容",
        "根拠資料",
        "台帳の裏付け",
        "是正予定日",
    )
    table = Table(
        f"別表　{words.annex.title}".rstrip("　"), headings, tuple(rows), (0.5, 2, 0.7, 2, 1.3, 2, 1.2), keys=2, starts_page=True,
        note="自己点検の○は台帳と突き合わせた。裏付けとなる記載のないものは「未記入」、台帳が反するものは「×」とした。",
    )  # fmt: skip
    return table, counted


def _judged(seen: KeptEntry | None, proof: Proof) -> str:
    """○, × or 該当なし as somebody found it, unless the registers say otherwise."""
    if seen is None:
        return BLANK
    if seen.get("result") == "met":
        if proof.state is ProofState.CONTRADICTED:
            return shown(AUDITS.field("result"), "unmet")
        if proof.state is ProofState.MISSING:
            return BLANK
    return shown(AUDITS.field("result"), seen.get("result"))


def _standard(
    month: Month, standard: Standard, seen: KeptEntry | None, judged: str, proof: Proof
) -> tuple[str, ...]:
    named = f"§{standard.number}", standard.title
    if seen is None:
        return (*named, BLANK, BLANK, BLANK, proof.text, BLANK)
    return (
        *named,
        judged,
        seen.get("done"),
        seen.get("evidence") or BLANK,
        proof.text,
        month.day(seen.get("due_on")),
    )


def _day(at: datetime) -> str:
    return wareki.plain(civil_date(at))
