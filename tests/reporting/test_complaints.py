"""日次報告書（苦情）: on its day, once, with every case; its words only where the city reads them."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from application.confirming import confirmed, contradictions
from application.handing_over import made_papers, secret_annex
from application.open_matters import closed_callbacks
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import periods
from compliance.contract.due_terms import DueRule
from compliance.contract.terms import Contract
from compliance.deliverables.register import editions
from compliance.errors import EntryRefused, KeyUnavailable
from compliance.ground import durable
from compliance.inquiries.entering import Entered, enter, void
from compliance.inquiries.form import load_form
from compliance.inquiries.kept import inquiry_id
from compliance.inquiries.reasons import Reason
from compliance.inquiries.record import LOCKED, Flag, Inquiry
from compliance.inquiries.register import complaint_days, latest
from compliance.inquiries.sealed_texts import forget_texts
from compliance.keys.keyring import settle
from compliance.registers.entries import INQUIRY_KEY
from compliance.registers.known import CALLBACKS, COMPLAINT_STEPS, COMPLAINTS, ESCALATIONS
from reporting.complaints.kind import COMPLAINTS as PAPER
from reporting.paper.issue import restore
from tests.support.complaint_desk import (
    ACTOR,
    CASE,
    DEMAND,
    INSTRUCTION,
    OTHER,
    WORDS,
    Desk,
    contract,
    desk,
)

__all__ = ["contract", "desk"]


QUIET = replace(OTHER, call_id="1703727120.9", flags=frozenset(), summary="意見。")


# ---- the day on which it is due


@pytest.mark.parametrize(
    ("day", "due", "until"),
    [
        ("2023-11-20", "2023-11-21", "2023-11-20"),
        ("2023-11-22", "2023-11-24", "2023-11-23"),
        ("2023-12-28", "2024-01-04", "2024-01-03"),
        ("2024-01-05", "2024-01-09", "2024-01-08"),
        ("2024-02-09", "2024-02-13", "2024-02-12"),
        ("2024-02-22", "2024-02-26", "2024-02-25"),
        ("2024-02-29", "2024-03-01", "2024-02-29"),
    ],
)
def test_the_next_business_day_over_holidays(
    contract: Contract, day: str, due: str, until: str
) -> None:
    found = periods(BusinessCalendar(contract), DueRule.NEXT_BUSINESS_DAY)
    (period,) = [one for one in found if one.key == day]
    assert (period.due_date.isoformat(), period.last_day.isoformat()) == (due, until)


def test_every_day_of_the_contract_lies_in_exactly_one_period(contract: Contract) -> None:
    found = periods(BusinessCalendar(contract), DueRule.NEXT_BUSINESS_DAY)
    assert len(found) == 66
    days = [
        one.first_day + timedelta(days=n)
        for one in found
        for n in range((one.last_day - one.first_day).days + 1)
    ]
    first, last = contract.period.start_date, contract.period.end_date
    assert days == [first + timedelta(days=n) for n in range((last - first).days + 1)]


# ---- what it says


def test_it_lists_each_complaint_and_nothing_else(desk: Desk) -> None:
    desk.enter(CASE, OTHER, QUIET)
    assert complaint_days(desk.engine) == {date(2023, 12, 28)}
    assert desk.issue().headline[:2] == (("クレーム", 2), ("うち緊急", 1))
    told = desk.cells()
    assert told.count(WORDS) == 4  # the list's 件名 and the case's sheet, of two cases
    for words in (
        "1228-1030",
        "1228-1030-2",
        "緊急　電話未済",
        "■秘匿別紙",
        "録音　■有",
        "録音　□有",
    ):
        assert words in told
    assert "架空 花子" not in told


def test_the_telephone_call_to_the_city_stands_on_it(desk: Desk) -> None:
    desk.enter(CASE)
    desk.note(ESCALATIONS, {
        "told_at": "2023-12-28T10:42:00+09:00", "manner": "urgent_call", "told_by": "mg1",
        "reached": "架空係長", "instruction": INSTRUCTION,
    })  # fmt: skip
    desk.note(COMPLAINTS, {"demand": DEMAND, "status": "city"})
    desk.issue()
    told = desk.cells()
    for words in ("緊急　10:42電話", "架空係長", INSTRUCTION, DEMAND, "■委託者の対応待ち"):
        assert words in told


def test_the_course_is_rows_of_when_who_and_what(desk: Desk) -> None:
    desk.enter(CASE)
    said = {"at": "2023-12-28T10:50:00+09:00", "by": "sv1", "what": INSTRUCTION}
    desk.note(COMPLAINT_STEPS, said)
    desk.note(COMPLAINT_STEPS, {**said, "at": "2024-01-05T10:50:00+09:00"})
    desk.issue()
    told = desk.cells()
    assert told.count(INSTRUCTION) == 1, "the second came after the paper"
    assert f"12月28日（木）10:50　11　{INSTRUCTION}" in told


CLOSED = {"status": "closed", "closed_on": "2023-12-28"}
TOLD = {"told_at": "2023-12-28T10:42:00+09:00", "manner": "report", "told_by": "mg1", "reached": "架空係長"}  # fmt: skip
ANSWERED = {**TOLD, "answered_at": "2023-12-28T11:00:00+09:00"}
DONE = {"due_on": "2024-01-04", "done_at": "2023-12-28T13:00:00+09:00", "closed_at": "2023-12-28T13:05:00+09:00"}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "entries_", "said"),
    [
        ({}, [(COMPLAINTS, CLOSED)], ""),
        ({"handling": "callback"}, [(COMPLAINTS, CLOSED)], "折返しが済んでいません"),
        ({"handling": "callback"}, [(COMPLAINTS, CLOSED), (CALLBACKS, DONE)], ""),
        ({"handling": "city"}, [(COMPLAINTS, CLOSED)], "市の回答がありません"),
        ({"handling": "city"}, [(COMPLAINTS, CLOSED), (ESCALATIONS, ANSWERED)], ""),
        ({}, [(COMPLAINTS, CLOSED), (ESCALATIONS, TOLD)], "市の回答待ちの報告"),
        ({}, [(ESCALATIONS, {**TOLD, "manner": "urgent_call"})], "緊急ではありません"),
        ({"flags": CASE.flags | {Flag.URGENT}}, [(ESCALATIONS, {**TOLD, "manner": "urgent_call"})], ""),
    ],
)  # fmt: skip
def test_a_case_that_says_a_thing_in_two_ways_is_named(
    desk: Desk, facts: dict[str, Any], entries_: list[tuple[Any, dict[str, str]]], said: str
) -> None:
    case = replace(CASE, **{"handling": "listened", "flags": frozenset({Flag.COMPLAINT})} | facts)
    desk.enter(case)
    for register, values in entries_:
        desk.note(register, values, case)
    desk.issue()
    (edition,) = editions(desk.engine, "complaints", "2023-12-28")
    found = contradictions(edition)
    assert bool(found) is bool(said)
    assert all(said in one and one.startswith("1228-1030：") for one in found)
    if said:
        with pytest.raises(EntryRefused, match="食い違い"):
            confirmed(desk.engine, desk.home, ACTOR, edition)
        assert confirmed(desk.engine, desk.home, ACTOR, edition, despite=True)


def test_what_happened_after_it_was_due_is_not_told(desk: Desk) -> None:
    desk.enter(OTHER)
    desk.note(CALLBACKS, {"due_on": "2024-01-04"}, OTHER)
    desk.issue()
    desk.note(
        CALLBACKS,
        {"due_on": "2024-01-04", "done_at": "2024-01-04T10:00:00+09:00", "done_by": "sv1",
         "result": "reached", "closed_at": "2024-01-04T10:05:00+09:00"},
        OTHER,
    )  # fmt: skip
    assert not desk.issue().is_written


def test_a_case_that_comes_late_makes_a_second_edition_that_says_so(desk: Desk) -> None:
    desk.enter(CASE)
    desk.issue()
    desk.enter(OTHER)
    desk.now += timedelta(days=1)
    again = desk.issue()
    assert (again.edition, again.is_written) == (2, True)
    told = desk.cells()
    assert "1228-1030-2　追加" in told
    void(desk.engine, load_form(), ACTOR, inquiry_id(CASE), Reason.TWICE)
    assert desk.issue().edition == 3
    assert "1228-1030　取消し" in desk.cells()
    assert WORDS in desk.cells(1)


def test_a_day_whose_complaint_was_corrected_away_owes_no_report(desk: Desk) -> None:
    desk.enter(CASE, OTHER)
    desk.enter(replace(CASE, flags=frozenset()))
    assert complaint_days(desk.engine) == {date(2023, 12, 28)}
    void(desk.engine, load_form(), ACTOR, inquiry_id(OTHER), Reason.TWICE)
    assert complaint_days(desk.engine) == frozenset()


# ---- custody of its words


def test_no_word_lies_in_the_outbox_or_the_register(desk: Desk) -> None:
    desk.enter(CASE, OTHER)
    desk.note(COMPLAINTS, {"demand": DEMAND})
    issued = desk.issue()
    assert all(name.endswith(".sealed") for name in issued.files)
    lying = b"".join(path.read_bytes() for path in desk.home.root.rglob("*") if path.is_file())
    for words in (WORDS, DEMAND, "架空 花子"):
        assert words.encode() not in lying
    assert desk.opened()["pdf"].startswith(b"%PDF")


@pytest.mark.parametrize("erased", [CASE, OTHER])
def test_erasing_any_of_its_words_erases_every_copy(desk: Desk, erased: Inquiry) -> None:
    desk.enter(CASE, OTHER)
    desk.issue()
    key_id = INQUIRY_KEY + inquiry_id(erased)
    desk.ring.next_epoch(desk.home, [key_id])
    settle(desk.home)
    with desk.engine.begin() as connection:
        forget_texts(connection, [key_id])
    with pytest.raises(KeyUnavailable):
        desk.opened()
    assert not desk.issue().is_written


def test_a_file_that_was_lost_comes_back_byte_for_byte(desk: Desk) -> None:
    desk.enter(CASE)
    issued = desk.issue()
    for name in issued.files:
        (issued.folder / name).unlink()
    (paper,) = editions(desk.engine, "complaints", "2023-12-28")
    desk.now += timedelta(days=3)
    assert all(one.is_restored for one in restore(PAPER, paper, desk.shelf()))
    assert WORDS in desk.cells()


# ---- never none, never two


def test_killed_at_any_write_the_next_run_makes_the_same_paper_once(desk: Desk) -> None:
    desk.enter(CASE, OTHER)

    class Killed(Exception):
        pass

    for fails_at in range(1, 4):
        left = fails_at

        def write(path: Path, content: bytes) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed
            durable.write_durably(path, content)

        with pytest.raises(Killed):
            desk.issue(write)
        assert editions(desk.engine, "complaints", "2023-12-28") == ()
    whole = desk.issue()
    again = desk.issue()
    assert (whole.is_written, again.is_written) == (True, False)
    (made,) = made_papers(desk.engine)
    assert (made.edition, made.is_late) == (1, False)
    assert sorted(p.name for p in whole.folder.iterdir()) == sorted([*whole.files, "manifest.json"])


# ---- 秘匿別紙


def test_contacts_travel_apart_under_a_password_and_only_while_they_are_needed(desk: Desk) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader

    desk.enter(CASE, OTHER)
    desk.issue()
    annex = secret_annex(desk.engine, desk.home, "2023-12-28", desk.now)
    assert annex is not None
    assert "架空 花子".encode() not in annex.content and b"/Encrypt" in annex.content
    reader = PdfFileReader(io.BytesIO(annex.content))
    assert "FAILED" in str(reader.decrypt("wrong").status)
    reader = PdfFileReader(io.BytesIO(annex.content))
    assert "OWNER" in str(reader.decrypt(annex.password).status)
    assert reader.root["/Pages"]["/Count"] == 1
    again = secret_annex(desk.engine, desk.home, "2023-12-28", desk.now)
    assert again is not None and again.password != annex.password
    closed = {"due_on": "2024-01-04", "closed_at": "2024-01-04T10:00:00+09:00", "result": "reached"}
    desk.note(CALLBACKS, closed, OTHER)
    assert secret_annex(desk.engine, desk.home, "2023-12-28", desk.now) is None
    shown = latest(desk.engine, desk.ring, closed_callbacks(desk.engine))
    assert [one.inquiry.contact for one in shown] == ["", LOCKED]
    again = [one.inquiry for one in shown]
    assert enter(desk.engine, desk.ring, load_form(), ACTOR, again, oversees=True) == [
        Entered.KNOWN,
        Entered.KNOWN,
    ]
    assert latest(desk.engine, desk.ring)[1].inquiry.contact == OTHER.contact
