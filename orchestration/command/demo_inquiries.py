"""What the callers of demo and simulation said: a record for nearly every answered call, in invented words.

Drawn from each call's own id, so that a record that was entered is the same whenever it is drawn again. A few answered calls
have no record, a few have two, a few were no inquiry at all.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from compliance.inquiries.form import Form, load_form
from compliance.inquiries.record import Flag, Inquiry
from compliance.inquiries.register import enter, entered_calls
from compliance.keys.keyring import Keyring
from compliance.people.acting import prove
from orchestration.command.demo_people import PASSPHRASE
from orchestration.duties.people import acting_home
from orchestration.opening.settings import Settings

_WRITER = "sv1"
_MISSING, _SECOND, _NOT_COUNTED, _POLICY, _PASS = 0.03, 0.05, 0.04, 0.42, 0.08
_HANDLINGS = ("faq", "guided", "listened", "callback", "supervisor", "city")
_WEIGHTS = (46, 24, 18, 5, 5, 2)
_COMPLAINT = 0.025
_WORDS = (
    "案内の文字が小さく、対象になるのか分からないとのこと。",
    "歩いて貯める仕組みは膝の悪い人には厳しいのではとの意見。",
    "今の制度のまま続けてほしいとの要望。",
    "説明会の会場が遠く、近くでも開いてほしいとのこと。",
    "スマートフォンを持たない場合の手続を知りたいとのこと。",
    "家族が代わりに記入してよいかとの質問。",
)
_COMPLAINTS = (
    "先に電話したときの説明と案内の文書が食い違っており、改めて説明を求めるとの申出。",
    "何度かけてもつながらず、受付の体制を改めてほしいとの申出。",
    "問い合わせの途中で電話が切れ、説明の続きがなかったとの申出。",
)


def living_inquiries(
    settings: Settings, moments: Iterable[datetime | None]
) -> Iterator[datetime | None]:
    """The moments, with the records of the calls before each of them entered first."""
    for moment in moments:
        if moment is not None:
            enter_records(settings, moment)
        yield moment


def enter_records(settings: Settings, moment: datetime) -> int:
    """Enter the records of every call that ended before the moment; those that are kept already are left."""
    truth = Path(settings.pbx.root) / "truth.csv"
    if not truth.exists():
        return 0
    form = load_form()
    records = [
        record for record in _records(truth, form) if record.at < moment - timedelta(hours=1)
    ]
    with acting_home(settings, moment) as place, place.held():
        known = entered_calls(place.engine)
        fresh = [record for record in records if (record.call_id, record.number) not in known]
        if not fresh:
            return 0
        actor = prove(place.engine, place.home, _WRITER, PASSPHRASE, moment)
        enter(place.engine, Keyring.open(place.home), form, actor, fresh)
    return len(fresh)


def _records(truth: Path, form: Form) -> Iterator[Inquiry]:
    with truth.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["outcome"] == "answered":
                yield from _of_call(row, form)


def _of_call(row: dict[str, str], form: Form) -> Iterator[Inquiry]:
    rng = random.Random(f"inquiry {row['call_id']}")  # noqa: S311 - invented words
    if rng.random() < _MISSING:
        return
    for number in range(1, 3 if rng.random() < _SECOND else 2):
        yield _drawn(rng, row, number, form)


def _drawn(rng: random.Random, row: dict[str, str], number: int, form: Form) -> Inquiry:
    at = datetime.fromisoformat(row["began_at"]).astimezone(UTC).replace(microsecond=0)
    if rng.random() < _NOT_COUNTED:
        item = rng.choice(list(form.categories["none"].items))
        return Inquiry(row["call_id"], number, at, row["operator"], "none", item)
    dice = rng.random()
    root = "policy" if dice < _POLICY else "pass" if dice < _POLICY + _PASS else "survey"
    items = list(form.categories[root].items)
    item = rng.choices(items, [len(items) - place for place in range(len(items))])[0]
    is_complaint = rng.random() < _COMPLAINT
    voice = "complaint" if is_complaint else rng.choices(list(form.voices)[:3], (70, 20, 10))[0]
    handling = rng.choices(_HANDLINGS, _WEIGHTS)[0]
    is_urgent = is_complaint and rng.random() < 0.1
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
    )
    words = _COMPLAINTS if is_complaint else _WORDS
    is_told = bare.needs_summary or rng.random() < 0.2
    return replace(bare, summary=rng.choice(words)) if is_told else bare
