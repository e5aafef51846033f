"""What the invented callers said, drawn from each call's own id: the same whenever it is drawn again. Pure.

A few answered calls have no record, a few have two, a few were no inquiry at all, a few records come a day late, a few were
wrong at first and are corrected; every message is written down; complaints, urgent ones and return calls have their
follow-ups. All persons and numbers are invented.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from compliance.ground.japan import TOKYO, civil_date
from compliance.inquiries.form import Form
from compliance.inquiries.kept import inquiry_id
from compliance.inquiries.record import CALLBACK, CITY, Flag, Inquiry
from compliance.registers.description import Register
from compliance.registers.known import (
    CALLBACKS,
    COMPLAINT_STEPS,
    COMPLAINTS,
    ESCALATIONS,
    FAQ,
    URGENT_CALL,
)

_MISSING, _SECOND, _NOT_COUNTED, _POLICY, _PASS = 0.03, 0.05, 0.04, 0.42, 0.08
_HANDLINGS = ("faq", "guided", "listened", "callback", "supervisor", "city")
_WEIGHTS = (46, 24, 18, 5, 5, 2)
_COMPLAINT, _URGENT, _LATE, _WRONG = 0.0007, 0.25, 0.02, 0.01
_FORGOTTEN, _CLOSED_LATE, _ABSENT = 0.015, 0.03, 0.12
"""Of return calls: never closed, closed a working day after they were due, and nobody in at the first try."""
_AT_ONCE = timedelta(minutes=20)
_COMPLAINT_DAYS = (
    "2023-11-22",
    "2023-12-28",
    "2024-01-05",
    "2024-02-09",
    "2024-02-22",
    "2024-02-29",
)
"""Days before a closure, and the last one: the first caller of these complains, so that every way in which a report falls due
is lived."""
_WORDS = (
    "案内の文字が小さく、対象になるのか分からないとのこと。",
    "歩いて貯める仕組みは膝の悪い人には厳しいのではとの意見。",
    "今の制度のまま続けてほしいとの要望。",
    "説明会の会場が遠く、近くでも開いてほしいとのこと。",
    "スマートフォンを持たない場合の手続を知りたいとのこと。",
    "家族が代わりに記入してよいかとの質問。",
    "上限額を少し上げてでも乗れる範囲を広げてほしいとの要望。",
    "歩くきっかけになるので良い取組だとの意見。",
    "郊外では地下鉄より路線バスを使うので、そちらも対象にしてほしいとのこと。",
)
_COMPLAINTS = (
    (
        "先に電話したときの説明と案内の文書が食い違っており、改めて説明を求めるとの申出。",
        "どちらが正しいのか、文書で示してほしい。",
        "先の対応の記録を確かめ、案内の文書のとおりであることを説明した。食い違いについて謝罪した。",
        "応対の手引きの該当箇所を改め、全員に周知した。",
    ),
    (
        "何度かけてもつながらず、受付の体制を改めてほしいとの申出。",
        "つながりやすい時間を知らせるか、回線を増やしてほしい。",
        "お待たせしたことを謝罪し、比較的つながりやすい時間帯を案内した。",
        "午前の混雑時に業務管理者も応対に加わることとした。",
    ),
    (
        "問い合わせの途中で電話が切れ、説明の続きがなかったとの申出。",
        "担当者から電話をもらい、続きを聞きたい。",
        "通話の記録を確かめ、設備の都合で切れたことを説明し、続きを案内した。",
        "設備の業者に点検を依頼した。",
    ),
    (
        "窓口で順番を飛ばされたように感じた、手続の案内も不十分だったとの申出。",
        "窓口の担当に伝え、改善してほしい。",
        "お話を伺い、手続の順序と必要なものを改めて説明した。",
        "窓口の案内と食い違わないよう、応対の手引きを見直した。",
    ),
)
_URGENT_COMPLAINTS = (
    (
        "対応に納得がいかず、これから市役所へ行って責任者と話すと強い口調で話されたとの申出。",
        "市の責任者から直接説明を受けたい。",
        "業務管理者が代わってお話を伺い、市へ直ちに伝えることを説明した。",
        "来庁のおそれがあるため、緊急と判断し電話で報告した。",
    ),
    (
        "説明を聞いて気分が悪くなった、謝罪を求めると話されたとの申出。",
        "きつい言い方をしたことを認め、謝罪してほしい。",
        "業務管理者が代わって謝罪し、体調に変わりがないことを確かめた。",
        "体調に関わるおそれがあるため、緊急と判断し電話で報告した。",
    ),
)
_MESSAGES = (
    "説明会の日程を知りたい、折り返しは要らない、次の広報に載るなら待つ、との伝言。",
    "アンケートが二通届いた、片方は亡くなった家族の分なので送り返してよいか、との伝言。",
    "ポイントの対象になる歩数が分からない、係の方から連絡がほしい、との伝言。",
    "今の制度をどうしても残してほしい、皆そう言っている、よろしくお願いします、との伝言。",
    "封筒をなくしたので送り直してほしい、との伝言。電話の声が遠く、住所は聞き取れず。",
)
_MESSAGE_COMPLAINT = "留守番ばかりで誰も出ない、これで三回目だ、きちんと対応してほしい、との伝言。"
_CONTACT = "架空 花子 様　011-000-0016　日中在宅"
_REACHED = ("高齢福祉係 架空係長", "高齢福祉係 例野主査")
_INSTRUCTIONS = (
    "申出者へは受託者から経過を伝えてほしいとのこと。",
    "経過を書面で送ってほしいとのこと。",
    "",
)
_FAQ = (
    ("F-05", "2", "上限額の経過措置", "revised", "centre", "問い合わせが多いため補足", 8, 9, 14),
    ("F-12", "2", "代理記入の範囲", "revised", "city", "市の指示による", 23, 23, 23),
    ("F-40", "1", "説明会の追加日程", "new", "centre", "新しい問い合わせ", 57, 58, 200),
)
"""Changes of FAQs: number, version, title, change, who asked, reason, and the days after the first on which they were made,
reported and confirmed."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One record with the instant at which somebody enters it."""

    record: Inquiry
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class Noted:
    """One entry of a register with the instant at which somebody enters it; `about` is blank where it is about none."""

    register: Register
    about: str
    values: Mapping[str, str]
    entered_at: datetime


def said(truth: Path, form: Form, since: datetime) -> Iterator[Utterance]:
    """The records of every call from that instant on, a corrected one after what it corrects."""
    before_closures = set(_COMPLAINT_DAYS)
    for row in _rows(truth, since):
        if row["outcome"] == "message":
            yield _message(row, form)
        elif row["outcome"] == "answered":
            day = row["began_at"][:10]
            yield from _of_call(row, form, is_complaint=day in before_closures)
            before_closures.discard(day)


def noted(record: Inquiry, next_working_day: Callable[[date], date]) -> Iterator[Noted]:
    """What is noted about a record later on."""
    rng, about = random.Random(f"noted {record.call_id}/{record.number}"), inquiry_id(record)
    if Flag.COMPLAINT in record.flags:
        yield from _course(record, rng, about)
    if Flag.URGENT in record.flags:
        yield _told(record, rng, about, URGENT_CALL, timedelta(minutes=8))
    elif record.handling == CITY:
        yield _told(record, rng, about, "report", timedelta(minutes=40))
    if record.handling == CALLBACK:
        yield from _called_back(record, rng, about, next_working_day)


def faq(first_day: date, until: date) -> Iterator[Noted]:
    """Editions of FAQs as far as they are known on a day: those that the city handed over a week before the first day,
    and what changed since."""
    handed_over = first_day - timedelta(days=7)
    for at in range(1, 40):
        values = {
            "number": f"F-{at:02d}", "version": "1", "title": f"よくある質問 {at}", "change": "new",
            "asked_by": "city", "made_on": handed_over.isoformat(), "reported_on": handed_over.isoformat(),
            "confirmed_on": handed_over.isoformat(), "answer": f"（架空）よくある質問 {at} への市の回答です。",
        }  # fmt: skip
        yield Noted(FAQ, "", values, datetime.combine(handed_over, time(12), TOKYO))
    for number, version, title, change, asked_by, reason, *days in _FAQ:
        made, reported, confirmed = (first_day + timedelta(days=day) for day in days)
        if made > until:
            continue
        values = {
            "number": number, "version": version, "title": title, "change": change, "asked_by": asked_by,
            "reason": reason, "made_on": made.isoformat(),
            "reported_on": reported.isoformat() if reported <= until else "",
            "confirmed_on": confirmed.isoformat() if confirmed <= until else "",
            "answer": f"（架空）{title}についての第{version}版の回答です。",
        }  # fmt: skip
        yield Noted(FAQ, "", values, datetime.combine(made, time(12), TOKYO))


def _rows(truth: Path, since: datetime) -> Iterator[dict[str, str]]:
    first = civil_date(since).isoformat()
    with truth.open(encoding="utf-8", newline="") as file:
        yield from (row for row in csv.DictReader(file) if row["began_at"][:10] >= first)


def _of_call(row: dict[str, str], form: Form, *, is_complaint: bool) -> Iterator[Utterance]:
    rng = random.Random(f"inquiry {row['call_id']}")
    if rng.random() < _MISSING and not is_complaint:
        return
    for number in range(1, 3 if rng.random() < _SECOND else 2):
        record = _drawn(rng, row, number, form, complains=is_complaint and number == 1)
        entered_at = record.at + _AT_ONCE
        if Flag.COMPLAINT not in record.flags:
            if rng.random() < _LATE:
                entered_at += timedelta(days=1)
            elif rng.random() < _WRONG and record.is_counted:
                wrong = next(i for i in form.categories[record.category].items if i != record.item)
                if wrong != "other":
                    yield Utterance(replace(record, item=wrong), entered_at)
                    entered_at += timedelta(days=1)
        yield Utterance(record, entered_at)


def _drawn(
    rng: random.Random, row: dict[str, str], number: int, form: Form, *, complains: bool
) -> Inquiry:
    at = _began(row)
    if rng.random() < _NOT_COUNTED and not complains:
        item = rng.choice(list(form.categories["none"].items))
        return Inquiry(row["call_id"], number, at, row["operator"], "none", item)
    dice = rng.random()
    root = _category(form, dice)
    items = list(form.categories[root].items)
    item = rng.choices(items, [len(items) - place for place in range(len(items))])[0]
    is_complaint = rng.random() < _COMPLAINT or complains
    is_urgent = is_complaint and rng.random() < _URGENT
    voice = "complaint" if is_complaint else rng.choices(list(form.voices)[:3], (70, 20, 10))[0]
    handling = rng.choices(_HANDLINGS, _WEIGHTS)[0]
    flags = {flag for flag, is_set in ((Flag.COMPLAINT, is_complaint), (Flag.URGENT, is_urgent)) if is_set}  # fmt: skip
    bare = Inquiry(
        call_id=row["call_id"],
        number=number,
        at=at,
        operator=row["operator"],
        category=root,
        item=item,
        voice=voice,
        stance=rng.choices(list(form.stances), (20, 35, 15, 30))[0] if root == "policy" else "",
        handling=handling,
        faq=f"F-{rng.randrange(1, 40):02d}" if handling == "faq" else "",
        flags=frozenset(flags),
        ward=rng.choice(list(form.wards)) if rng.random() < 0.3 else "",
        age_band=rng.choice(list(form.age_bands)) if rng.random() < 0.3 else "",
        contact=_CONTACT if handling == CALLBACK else "",
    )
    if not bare.needs_summary and rng.random() >= 0.2:
        return bare
    told = _URGENT_COMPLAINTS if is_urgent else _COMPLAINTS
    words = [words for words, *_ in told] if is_complaint else _WORDS
    return replace(bare, summary=rng.choice(words))


def _category(form: Form, dice: float) -> str:
    """What somebody asks about: the form's first subject most often, its last one sometimes, one between them seldom. Pure."""
    subjects = [code for code in form.categories if code != "none"]
    if dice < _POLICY or len(subjects) == 1:
        return subjects[-1]
    return subjects[len(subjects) // 2] if dice < _POLICY + _PASS else subjects[0]


def _subject_of_message(form: Form, queue: str) -> tuple[str, str]:
    """Subject and item of a message; of a form that has neither of these, its first."""
    wanted = ("policy", "process") if queue == "opinion" else ("survey", "how")
    if wanted[0] in form.categories and wanted[1] in form.categories[wanted[0]].items:
        return wanted
    category = next(code for code in form.categories if code != "none")
    return category, next(iter(form.categories[category].items))


def _message(row: dict[str, str], form: Form) -> Utterance:
    """A message, written down by the supervisor on the evening of the day on which it was left."""
    rng = random.Random(f"message {row['call_id']}")
    category, item = _subject_of_message(form, row["queue"])
    is_complaint = rng.random() < 4 * _COMPLAINT
    words = _MESSAGE_COMPLAINT if is_complaint else rng.choice(_MESSAGES)
    flags = {Flag.MESSAGE, Flag.COMPLAINT} if is_complaint else {Flag.MESSAGE}
    handling = CALLBACK if "連絡がほしい" in words else "listened"
    record = Inquiry(
        call_id=row["call_id"],
        number=1,
        at=_began(row),
        operator="sv1",
        category=category,
        item=item,
        voice="complaint" if is_complaint else "request",
        handling=handling,
        flags=frozenset(flags),
        summary=words,
        contact=_CONTACT if handling == CALLBACK else "",
    )
    evening = datetime.combine(civil_date(record.at), time(18, 30), TOKYO)
    return Utterance(record, evening.astimezone(UTC))


def _course(record: Inquiry, rng: random.Random, about: str) -> Iterator[Noted]:
    """What was done, by whom and when, and where the case stands an hour and a half later."""
    told = _URGENT_COMPLAINTS if Flag.URGENT in record.flags else _COMPLAINTS
    known = {words: rest for words, *rest in told}
    demand, course, opinion = known.get(record.summary) or rng.choice(list(known.values()))
    done_at = record.at + timedelta(minutes=20)
    step = {"at": _shown(done_at), "by": "sv1", "what": course}
    yield Noted(COMPLAINT_STEPS, about, step, done_at + _AT_ONCE)
    status = "city" if record.handling == CITY or Flag.URGENT in record.flags else "callback" if record.handling == CALLBACK else "closed"  # fmt: skip
    noted_at = record.at + timedelta(minutes=90)
    values = {
        "demand": demand, "opinion": opinion, "status": status,
        "closed_on": civil_date(noted_at).isoformat() if status == "closed" else "",
        "request": "申出の内容について、市からの連絡をお願いします。" if status == "city" else "",
    }  # fmt: skip
    yield Noted(COMPLAINTS, about, values, noted_at)


def _told(record: Inquiry, rng: random.Random, about: str, manner: str, after: timedelta) -> Noted:
    told_at = record.at + after
    instruction = rng.choice(_INSTRUCTIONS)
    values = {
        "told_at": _shown(told_at), "manner": manner, "told_by": "mg1",
        "reached": rng.choice(_REACHED), "instruction": instruction,
        "answered_at": _shown(told_at + timedelta(minutes=5)) if instruction else "",
    }  # fmt: skip
    if manner == URGENT_CALL:
        values |= {"decided_by": "sv1", "decided_at": _shown(record.at + timedelta(minutes=4))}
    return Noted(ESCALATIONS, about, values, told_at + _AT_ONCE)


def _called_back(
    record: Inquiry, rng: random.Random, about: str, next_working_day: Callable[[date], date]
) -> Iterator[Noted]:
    """The return call: due by the next working day and closed on it, at a second try where nobody was in at the first. A few
    are closed a working day late, a few never."""
    due = next_working_day(civil_date(record.at))
    values = {"due_on": due.isoformat()}
    yield Noted(CALLBACKS, about, values, record.at + _AT_ONCE)
    ending = rng.random()
    if ending < _FORGOTTEN:
        return
    tried_at = datetime.combine(due, time(10, rng.randrange(60)), TOKYO)
    tried = {**values, "done_at": _shown(tried_at), "done_by": rng.choice(("sv1", "mg1"))}
    is_late = ending < _FORGOTTEN + _CLOSED_LATE
    if is_late or rng.random() < _ABSENT:
        yield Noted(CALLBACKS, about, {**tried, "result": "absent"}, tried_at + _AT_ONCE)
        again = datetime.combine(next_working_day(due), time(11), TOKYO) if is_late else datetime.combine(due, time(15), TOKYO)  # fmt: skip
        tried_at = again + timedelta(minutes=rng.randrange(60))
        tried["done_at"] = _shown(tried_at)
    tried["result"] = rng.choices(("reached", "unneeded"), (90, 10))[0]
    tried["closed_at"] = _shown(tried_at + timedelta(minutes=6))
    yield Noted(CALLBACKS, about, tried, tried_at + _AT_ONCE)


def _began(row: dict[str, str]) -> datetime:
    return datetime.fromisoformat(row["began_at"]).astimezone(UTC).replace(microsecond=0)


def _shown(at: datetime) -> str:
    return at.astimezone(TOKYO).isoformat()
