"""What the desk is handed of a real home: its papers, the manager's confirmation, calls without a record, certificates."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer
from sqlalchemy import select

from application.certificates import CertificateFolder
from application.home.settings import Settings
from application.open_matters import unrecorded_calls
from application.shelf import CityReceipt, Looked, PaperFile, PaperShelf, shelf_of
from application.today import brief_of_home
from compliance.deliverables.handed_over import record_delivery
from compliance.deliverables.register import editions
from compliance.errors import EntryRefused, HomeDamaged, KeyUnavailable, NotAllowed, PersonUnproved
from compliance.ground.acts import SYSTEM, Actor, Purpose, Via, audit_outbox
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.inquiries.kept import inquiry_id
from compliance.keys.keyring import settle
from compliance.keys.names import load_or_create_name_key
from compliance.people.person import Employment, EventKind, Particulars
from compliance.people.person_keys import enrolled_keys
from compliance.people.register import enter
from compliance.people.rights import Role
from compliance.people.training_and_pledges import note_event
from compliance.registers.entries import INQUIRY_KEY
from compliance.sign_in import passwords
from compliance.sign_in.accounts import open_account
from desk.app import build_desk
from desk.morning import morning_page
from orchestration.gateway.composition import services_of
from tests.desk.conftest import PASSWORD, Browser
from tests.homes import ROOT
from tests.support.complaint_desk import CASE, OTHER, WORDS, Desk, contract, desk
from tests.support.desk_of_a_home import FIRST, NOW, PASSPHRASE, PDF, noted, settings, week
from tests.support.people import bare_key

__all__ = ["contract", "desk", "settings"]


@pytest.fixture
def shelf(desk: Desk, settings: Settings) -> PaperShelf:
    """The home's papers; mg1 (manager) and sv1 (supervisor) have keys."""
    founder = Actor(SYSTEM, NOW, purpose=Purpose.FOUNDING)
    names = load_or_create_name_key(desk.home, holds_names=False)
    for staff_id, role in (("mg1", Role.MANAGER), ("sv1", Role.SUPERVISOR)):
        given = Particulars(frozenset({role}), Employment.REGULAR, FIRST, reported_on=FIRST)
        enter(desk.engine, names, founder, staff_id, "表示 花子", given)
        for kind in (EventKind.TRAINING_ATTENDED, EventKind.PLEDGE):
            note_event(desk.engine, founder, staff_id, kind, FIRST)
    for staff_id in ("mg1", "sv1"):
        bare_key(desk.engine, desk.home, staff_id, PASSPHRASE, NOW)
    return shelf_of(settings, desk.home, desk.engine, lambda: NOW)


def test_a_file_in_clear_is_what_was_made_or_nothing(desk: Desk, shelf: PaperShelf) -> None:
    paper = week(desk)
    (edition,) = shelf.editions("weekly", None)
    assert (edition.title, edition.state, edition.was_handed_over) == (
        "週次集計結果", "責任者確認待ち", False,
    )  # fmt: skip
    assert list(shelf.editions("../keys", None)) == list(shelf.editions("weekly", "..")) == []
    (file,) = shelf.files(edition)
    assert (file.form, file.is_sealed, shelf.clear(edition, file)) == ("pdf", False, PDF)
    (desk.home.outbox / "weekly" / "2023-11-20" / file.name).write_bytes(b"other")
    with pytest.raises(HomeDamaged):
        shelf.clear(edition, file)
    shelf.confirm("mg1", PASSPHRASE, Looked("weekly", "2023-11-20", 1, edition.data_sha256))
    looked = Looked("weekly", "2023-11-20", 1, edition.data_sha256)
    receipt = CityReceipt(NOW.astimezone(TOKYO).date(), "第5号")
    with pytest.raises(EntryRefused, match="まだ提出されていません"):
        shelf.receive("sv1", PASSPHRASE, looked, receipt)
    record_delivery(desk.engine, Actor("mg1", NOW), paper, "媒体", "0" * 64)
    assert shelf.editions("weekly", "2023-11-20")[0].was_handed_over
    with pytest.raises(PersonUnproved):
        shelf.receive("sv1", "wrong wrong wrong", looked, receipt)
    names = load_or_create_name_key(desk.home, holds_names=True)
    city = Particulars(frozenset({Role.CITY_VIEWER}), Employment.REGULAR, FIRST, reported_on=FIRST)
    enter(desk.engine, names, Actor("mg1", NOW, proof="f" * 64), "ci1", "架空 市", city)
    with pytest.raises(PersonUnproved):
        shelf.receive(
            "ci1", PASSPHRASE, looked, receipt
        )  # an account is opened by one, a key by three
    shelf.receive("sv1", PASSPHRASE, looked, receipt)
    assert shelf.editions("weekly", "2023-11-20")[0].state == "受領済み"
    assert noted(desk.engine)[-1][:2] == ("sv1", "receipt_recorded")


def test_what_quotes_callers_is_opened_and_noted(desk: Desk, shelf: PaperShelf) -> None:
    desk.enter(CASE)
    desk.issue()
    (edition,) = shelf.editions("complaints", "2023-12-28")
    sealed = [file for file in shelf.files(edition) if file.is_sealed]
    actor = Actor("sv1", NOW, proof="f" * 64, via=Via.DESK)
    opened = {file.form: shelf.unsealed(edition, file, actor) for file in sealed}
    told = {file.form: file.sha256 for file in sealed}
    assert {form: hashlib.sha256(one).hexdigest() for form, one in opened.items()} == told
    assert opened["pdf"].startswith(b"%PDF") and WORDS.encode() not in opened["pdf"][:100]
    assert noted(desk.engine)[-1] == (
        "sv1", "paper_opened", "complaints/2023-12-28/r1", "done", "desk",
    )  # fmt: skip


def test_the_manager_proves_it_and_confirms_what_was_looked_at(
    desk: Desk, shelf: PaperShelf
) -> None:
    week(desk)
    looked = Looked("weekly", "2023-11-20", 1, "1" * 64)
    with pytest.raises(PersonUnproved):
        shelf.confirm("mg1", "wrong wrong wrong", looked)
    with pytest.raises(NotAllowed):
        shelf.confirm("sv1", PASSPHRASE, looked)
    for anew in (replace(looked, data_sha256="2" * 64), replace(looked, data_sha256="")):
        with pytest.raises(EntryRefused, match="作り直されました"):
            shelf.confirm("mg1", PASSPHRASE, anew)
    with pytest.raises(EntryRefused):
        shelf.confirm("mg1", PASSPHRASE, replace(looked, edition=2))
    assert editions(desk.engine, "weekly", "2023-11-20")[0].confirmed_at is None
    assert shelf.confirm("mg1", PASSPHRASE, looked)
    assert not shelf.confirm("mg1", PASSPHRASE, looked)
    assert noted(desk.engine)[-1] == (
        "mg1", "paper_confirmed", "weekly/2023-11-20/r1", "done", "desk",
    )  # fmt: skip
    with desk.engine.connect() as connection:
        proofs = connection.execute(
            select(audit_outbox.c.proof).where(audit_outbox.c.action == "paper_confirmed")
        ).scalars()
        assert list(proofs) == [enrolled_keys(desk.engine)["mg1"].fingerprint]
    assert "wrong wrong" not in repr(noted(desk.engine))


def test_the_manager_s_morning_from_log_in_to_confirmation(
    desk: Desk, shelf: PaperShelf, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)
    week(desk)
    services = services_of(settings, desk.home, desk.engine, lambda: NOW, is_tls=False)
    browser = Browser(build_desk(services))
    first = open_account(desk.engine, Actor("pm1", NOW, proof="f" * 64), "mg1")
    browser.log_in("mg1", first)
    fields = {"csrf": browser.csrf("/password"), "present": first, "new": PASSWORD, "again": PASSWORD}  # fmt: skip
    assert browser.post("/password", fields).status == 422, (
        "a first password alone lets nobody in as mg1"
    )
    fields |= {"csrf": browser.csrf("/password"), "passphrase": PASSPHRASE}
    browser.post("/password", fields)
    for path in ("/", "/today"):
        text = browser.get(path).text
        assert 'href="/papers/weekly/2023-11-20"' in text and "花子" not in text, path
    for path in ("/papers", "/definitions", "/certificates", "/calls", "/board", "/erasures"):  # fmt: skip
        assert browser.get(path).status == 200, path
    path = "/papers/weekly/2023-11-20"
    assert browser.get(f"{path}/1/週次集計結果.pdf").body == PDF
    form = {"csrf": browser.csrf(path), "edition": "1", "data_sha256": "1" * 64}
    assert browser.post(path, {**form, "passphrase": "wrong wrong"}).status == 422
    assert browser.post(path, {**form, "passphrase": PASSPHRASE}).status == 303
    assert "確認済み（未提出）" in browser.get(path).text
    assert browser.post(path, {**form, "passphrase": PASSPHRASE}).status == 303, "once more is none"


def test_calls_without_a_record_are_counted_of_the_last_business_day(
    desk: Desk, settings: Settings
) -> None:
    today = NOW.astimezone(TOKYO).date()
    assert unrecorded_calls(desk.home, desk.engine, today) == 0
    with duckdb.connect(str(desk.home.warehouse)) as connection:
        connection.execute("create schema marts; create schema reports")
        connection.execute(
            "create table reports.rpt_daily_kpi as select * from (values (date '2023-12-27', true), "
            "(date '2023-12-28', true), (date '2023-12-29', false), (date '2024-01-04', true)) t(call_date, is_business_day)"
        )
        connection.execute(
            "create table marts.fct_calls as select * from (values "
            f"('{CASE.call_id}', timestamptz '2023-12-28 01:30:00+00', date '2023-12-28', 'answered'), "
            f"('{OTHER.call_id}', timestamptz '2023-12-28 01:30:40.25+00', date '2023-12-28', 'answered'), "
            "('1703727200.1', timestamptz '2023-12-28 02:00:00+00', date '2023-12-28', 'answered'), "
            "('1703727300.1', timestamptz '2023-12-28 02:10:00+00', date '2023-12-28', 'abandoned'), "
            "('1703640800.1', timestamptz '2023-12-27 02:00:00+00', date '2023-12-27', 'answered')) "
            "t(call_id, started_at, call_date, outcome)"
        )
    assert unrecorded_calls(desk.home, desk.engine, today) == 3
    desk.enter(CASE)
    assert unrecorded_calls(desk.home, desk.engine, today) == 2
    assert unrecorded_calls(desk.home, desk.engine, date(2023, 12, 28)) == 1, "the day before"


def test_the_morning_of_a_home_leads_to_its_papers(
    desk: Desk, shelf: PaperShelf, settings: Settings
) -> None:
    week(desk)
    desk.enter(CASE, OTHER)
    brief = brief_of_home(settings, NOW)
    morning = morning_page(brief, lambda kind, period: f"/ui/{kind}")
    (waits,) = morning["unconfirmed"]
    assert (waits["kind"], waits["period"], waits["urgency"], waits["next_step"]) == (
        "weekly", "2023-11-20", "期限超過", "責任者が開いて確認する",
    )  # fmt: skip
    assert [one for one in morning["due"] if one["is_made"]] == [waits]
    assert all(one["next_step"] and one["asset_path"] for one in morning["due"])
    urgent, overdue, _ = morning["floor"]
    assert [one.at for one in urgent.found] == ["2023-12-28 10:30"]
    assert [one.at for one in overdue.found] == ["期限 2023-12-29"]
    assert "花子" not in repr(brief) and WORDS not in repr(brief)


def test_certificates_are_what_lies_in_a_certified_case(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home", tmp_path / "keys")
    home.create()
    folder = CertificateFolder(home)
    assert (list(folder.cases()), folder.fingerprint()) == ([], "")
    for case, names in {"E-0001": ("a.pdf", "verify.html", ".tmp-1.pdf"), "E-0002": ("申請書.pdf",)}.items():  # fmt: skip
        place = home.outbox / "erasure" / case
        place.mkdir(parents=True)
        for name in names:
            (place / name).write_bytes(name.encode())
    (home.outbox / "erasure" / "E-0001" / "link.json").symlink_to(home.operations_database)
    (case_,) = folder.cases()
    assert (case_.case_id, [f.name for f in case_.files]) == ("E-0001", ["a.pdf", "verify.html"])
    assert folder.read("E-0001", "a.pdf") == b"a.pdf"
    for name in ("link.json", "../../operations.db", ".tmp-1.pdf"):
        with pytest.raises(HomeDamaged):
            folder.read("E-0001", name)


def test_a_paper_whose_words_were_erased_opens_no_more(desk: Desk, shelf: PaperShelf) -> None:
    desk.enter(CASE)
    desk.issue()
    (edition,) = shelf.editions("complaints", "2023-12-28")
    file: PaperFile = next(file for file in shelf.files(edition) if file.is_sealed)
    before = len(noted(desk.engine))
    key_id = INQUIRY_KEY + inquiry_id(CASE)
    desk.ring.next_epoch(desk.home, [key_id])
    settle(desk.home)
    with pytest.raises(KeyUnavailable):
        shelf.unsealed(edition, file, Actor("sv1", NOW, proof="f" * 64, via=Via.DESK))
    assert len(noted(desk.engine)) == before


def test_every_command_that_the_desk_names_exists() -> None:
    from orchestration.cli import app

    root: Any = typer.main.get_command(app)
    places = [*(ROOT / "desk" / "templates").glob("*.html"), ROOT / "desk" / "morning.py"]  # fmt: skip
    named = {found for place in places for found in re.findall(r"madoguchi ([a-z]+)(?: ([a-z]+))?", place.read_text())}  # fmt: skip
    assert ("erasure", "tasks") in named and ("papers", "deliver") in named
    for group, name in named:
        command = root.commands[group]
        known = getattr(command, "commands", None)
        assert known is None or name in known, (group, name)
