"""Each role's day at the desk from log-in to log-out, in a real browser, by keys: what was typed is kept once, as it was typed."""

from __future__ import annotations

import hashlib
import re
import zipfile
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from application.shelf import Carrying, Looked
from compliance.deliverables.handed_over import deliveries_of
from compliance.ground.clock import ClockKind, claim_clock
from compliance.ground.japan import TOKYO
from compliance.inquiries.record import Flag
from compliance.keys.backups import back_up
from compliance.people.acting import prove
from compliance.registers.entries import entries
from compliance.registers.known import CALLBACKS, COMPLAINTS, ESCALATIONS
from compliance.vault.catalogue import kept_copies
from compliance.vault.preservation import HoldReason, set_hold
from simulation.people import PASSPHRASE
from tests.desk.in_browser import CTRL, Page, one_browser, tab, until
from tests.support.complaint_desk import CASE, WORDS
from tests.support.complaint_desk import Desk as ComplaintDesk
from tests.support.day_at_the_desk import DayAtTheDesk, day, logs_in

__all__ = ["day", "one_browser"]
pytestmark = pytest.mark.slow

SUMMARY = "document.querySelector('[name=summary]').value"
CALL = "document.querySelector('[name=call]').value.split('|')[0]"
STORED = "JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"


def composes(page: Page, text: str) -> None:
    """As an input method does: the words stand underlined, grow, and are there for good once they are chosen."""
    for length in range(1, len(text) + 1):
        page.call("Input.imeSetComposition", text=text[:length], selectionStart=length, selectionEnd=length)  # fmt: skip


def zoomed(page: Page, percent: int) -> None:
    """A screen of 1280 by 720 at that magnification."""
    page.call("Emulation.setDeviceMetricsOverride", width=1280 * 100 // percent, height=720 * 100 // percent,
              deviceScaleFactor=percent / 100, mobile=False)  # fmt: skip


def saved(page: Page, call_id: str) -> None:
    until(lambda: "登録しました" in page.notice() and call_id in page.notice())


def offline(page: Page, is_off: bool) -> None:
    page.call("Network.emulateNetworkConditions", offline=is_off, latency=0, downloadThroughput=-1, uploadThroughput=-1)  # fmt: skip


def test_an_operator_s_day_leaves_every_record_once_as_it_was_typed(
    day: DayAtTheDesk, one_browser: Page
) -> None:
    for number, minutes in enumerate((55, 48, 41, 34, 27, 20), start=1):
        day.answered(f"17035{number:05}.{number}", "op1", timedelta(minutes=minutes))
    day.answered("1703500099.9", "op2", timedelta(minutes=12))
    calls = [f"17035{number:05}.{number}" for number in range(1, 7)]
    with day.of("op1", one_browser) as page:
        page.enter("#menu a[href='/inquiry']")
        assert page.js(CALL) == calls[5], "the own call that ended last"

        # an input method's Enter, and its Ctrl+Enter, end the words and save nothing
        page.press("Digit1", "Digit3", "Digit2", "KeyS", ime=True)
        composes(page, "調査票の紙が破れた")
        page.press("Enter", ime=True)
        page.key("Enter", CTRL)
        page.call("Input.insertText", text="調査票の紙が破れた")
        composes(page, "とのこと。𠮷野家の隣")
        page.press("Enter", ime=True)
        page.call("Input.insertText", text="とのこと。𠮷野家の隣")
        assert page.js(SUMMARY) == "調査票の紙が破れたとのこと。𠮷野家の隣"
        assert day.records() == [] and page.notice() == ""
        page.key("Enter", CTRL)
        saved(page, calls[5])

        # twice as fast as it goes, at double size, without an input method
        zoomed(page, 200)
        assert page.js(CALL) == calls[4]
        page.press("Digit2", "Digit1", "Digit2", "KeyS")
        page.types("paper torn <b>&amp; 'twice'")
        page.send("Input.dispatchKeyEvent", type="rawKeyDown", code="Enter", key="Enter", modifiers=CTRL, windowsVirtualKeyCode=13)  # fmt: skip
        page.send("Input.dispatchKeyEvent", type="rawKeyDown", code="Enter", key="Enter", modifiers=CTRL, windowsVirtualKeyCode=13)  # fmt: skip
        saved(page, calls[4])
        assert len(day.records()) == 2

        # two of one call, the page magnified as by two fingers
        page.call("Emulation.setPageScaleFactor", pageScaleFactor=2)
        page.press("Digit1", "Digit5", "Digit2")
        page.press("NumpadAdd", key="+")
        page.press("Digit3", "Digit1", "Digit3", "Enter")
        until(lambda: len(day.records()) == 4)
        page.call("Emulation.setPageScaleFactor", pageScaleFactor=1)
        zoomed(page, 100)

        # a reload and a step back in the midst of words: the browser asks first; whoever goes still finds the codes
        page.enter("#menu a[href='/inquiry']")
        assert page.js(CALL) == calls[2]
        page.press("Digit1", "Digit7", "Digit2", "KeyS")
        page.types("a second form, please")
        page.leaves = False
        page.send("Page.reload")
        until(lambda: page.js("1") and page.asked == ["beforeunload"])
        entries = page.call("Page.getNavigationHistory")
        before = entries["entries"][entries["currentIndex"] - 1]["id"]
        page.send("Page.navigateToHistoryEntry", entryId=before)
        until(lambda: page.js("1") and page.asked == ["beforeunload"] * 2)
        assert page.js(SUMMARY) == "a second form, please"
        page.leaves = True
        page.send("Page.navigateToHistoryEntry", entryId=before)
        until(lambda: page.js("document.readyState === 'complete' && location.pathname") != "/inquiry" or page.js(SUMMARY) == "")  # fmt: skip
        assert "second form" not in page.js(STORED), "codes are kept, words are not"
        page.go("/inquiry")
        page.reach("#waiting button")
        page.key("Enter")
        assert "入力し直して" in page.notice() and page.js(CALL) == calls[2]
        page.press("Escape", "KeyS")
        page.types("a second form, please")
        page.key("Enter", CTRL)
        saved(page, calls[2])

        # no network as it is handed in, and then an answer that never comes
        page.call("Network.enable")
        assert page.js(CALL) == calls[1]
        page.press("Digit1", "Digit9", "Digit2", "KeyS")
        page.types("proxy writes")
        offline(page, True)
        page.key("Enter", CTRL)
        until(lambda: "サーバーに届きません" in page.notice())
        assert (page.js(SUMMARY), page.js(CALL)) == ("proxy writes", calls[1])
        offline(page, False)
        page.call("Fetch.enable", patterns=[{"urlPattern": "*/inquiry", "requestStage": "Response"}])  # fmt: skip
        page.key("Escape")
        page.press("Enter")
        until(lambda: page.js("1") and page.paused)
        assert len(day.records()) == 6, "the server has it"
        page.call("Fetch.failRequest", requestId=page.paused.pop(), errorReason="ConnectionReset")
        page.call("Fetch.disable")
        until(lambda: "サーバーに届きません" in page.notice())
        assert page.js(SUMMARY) == "proxy writes"
        page.key("Escape")
        page.press("Enter")
        until(lambda: "登録済みです" in page.notice())

        # the session runs out in the midst of words; one logs in at another tab
        assert page.js(CALL) == calls[0]
        page.press("Digit1", "Digit2", "Digit2", "KeyS")
        composes(page, "本物の調査か")
        page.call("Input.insertText", text="本物の調査か")
        day.now += timedelta(minutes=31)
        page.key("Enter", CTRL)
        until(lambda: "ログインし直してください" in page.notice())
        assert (page.js(SUMMARY), page.js(CALL)) == ("本物の調査か", calls[0])
        with tab(one_browser, page.base, page.context) as other:
            other.go("/inquiry")
            assert other.place() == "/login"
            logs_in(other, "op1")
        page.key("Escape")
        page.press("Enter")
        saved(page, calls[0])

        # a call that ends while one is at it, noticed by the page itself
        day.answered("1703500111.0", "op1", timedelta(minutes=2), "opinion")
        until(lambda: page.js(CALL) == "1703500111.0")
        page.press("Digit4", "Digit1", "Enter")
        saved(page, "1703500111.0")

        assert page.js("localStorage.length") == 0
        page.enter("#menu a[href='/inquiries']")
        assert "対応記録　8件" in page.text()
    found = {
        (one.inquiry.call_id, one.inquiry.number): (
            f"{one.inquiry.category}/{one.inquiry.item}", one.inquiry.handling, one.inquiry.summary, one.revision,
        )
        for one in day.records()
    }  # fmt: skip
    assert found == {
        (calls[5], 1): ("survey/how", "guided", "調査票の紙が破れたとのこと。𠮷野家の隣", 1),
        (calls[4], 1): ("pass/office", "guided", "paper torn <b>&amp; 'twice'", 1),
        (calls[3], 1): ("survey/deadline", "guided", "", 1),
        (calls[3], 2): ("policy/limit", "listened", "", 1),
        (calls[2], 1): ("survey/resend", "guided", "a second form, please", 1),
        (calls[1], 1): ("survey/proxy", "guided", "proxy writes", 1),
        (calls[0], 1): ("survey/authentic", "guided", "本物の調査か", 1),
        ("1703500111.0", 1): ("none/wrong", "", "", 1),
    }
    assert {one.inquiry.operator for one in day.records()} == {"op1"}
    assert len(day.records()) == len(found)


def rows(page: Page) -> int:
    """How many calls a list of calls shows."""
    return int(page.js("document.querySelectorAll('main tbody a[href^=\"/calls/\"]').length"))


def told_in(page: Page, pattern: str) -> int:
    found = re.search(pattern, page.text())
    assert found, pattern
    return int(found.group(1))


def test_a_supervisor_s_day_works_off_what_waits(day: DayAtTheDesk, one_browser: Page) -> None:
    complaint = day.wrote("op1", "1703500001.1", handling="city", flags=frozenset({Flag.COMPLAINT, Flag.URGENT}),
                          voice="complaint", summary="案内が食い違っていたとのこと。")  # fmt: skip
    asked = day.wrote("op2", "1703500002.2", handling="callback", summary="折返しを希望", contact="架空 花子")  # fmt: skip
    with day.of("sv1", one_browser) as page:
        until(lambda: "緊急の申し出 1件" in page.text("#urgent"))
        page.enter("#urgent a")
        page.enter(f"main a[href*='about={complaint}'][href*='urgent_call']")
        page.fills(reached="係の方")
        page.enter(modifiers=CTRL)
        assert page.place() == "/escalations" and "緊急の電話の記録なし　0件" in page.text()

        page.enter("#menu a[href='/callbacks']")
        page.enter(f"main a[href*='{asked}'][href*='end=1']")
        page.fills(result="reached")
        page.enter(modifiers=CTRL)
        assert page.place() == "/callbacks" and "折返し　0件" in page.text()

        page.enter("#menu a[href='/calls']")
        page.fills(on="2023-12-19", which="unrecorded")
        page.enter("form[action='/calls'] button")
        before = told_in(page, r"記録のない応答 (\d+)件")
        assert before == rows(page) > 0
        call_id = page.text("main tbody a[href^='/calls/']")
        page.enter("main tbody a[href^='/inquiry']")
        assert page.js(CALL) == call_id, "an old call, of somebody else"
        page.press("Digit1", "Digit2", "Digit2", "KeyS", ime=True)
        composes(page, "録音から書き起こした")
        page.call("Input.insertText", text="録音から書き起こした")
        page.key("Enter", CTRL)
        saved(page, call_id)
        page.go("/calls?on=2023-12-19&which=unrecorded")
        assert told_in(page, r"記録のない応答 (\d+)件") == rows(page) == before - 1

        (own,) = [one for one in day.records() if one.inquiry.call_id == call_id]
        page.enter("#menu a[href='/inquiries']")
        page.enter(f"main a[href='/inquiries/{own.inquiry_id}']")
        page.enter("main a[href*='correct=']")
        assert page.js(SUMMARY) == "録音から書き起こした"
        page.press("KeyS")
        page.js("document.activeElement.setSelectionRange(99, 99)")
        page.types(" (2nd)")
        page.key("Enter", CTRL)
        until(lambda: "理由を選んでください" in page.text("fieldset[data-group=reason]"))
        assert page.js(SUMMARY) == "録音から書き起こした (2nd)", "what was typed is still there"
        page.press("Digit3", "Enter")
        until(lambda: "訂正として登録しました" in page.notice())
        page.go(f"/inquiries/{own.inquiry_id}")
        assert "sv1登録―" in page.text() and "sv1訂正後日の補足" in page.text()

        page.enter("#menu a[href='/inquiries']")
        page.enter(f"main a[href='/inquiries/{complaint}']")
        page.enter(f"main a[href='/registers/complaints/new?about={complaint}']")
        page.fills(demand="a letter", course="told <the city>", status="city")
        page.enter(modifiers=CTRL)
    (told,) = entries(day.engine, ESCALATIONS, day.ring)
    assert (told.about, told.get("manner"), told.get("told_by"), told.get("reached")) == (complaint, "urgent_call", "sv1", "係の方")  # fmt: skip
    (back,) = entries(day.engine, CALLBACKS, day.ring)
    assert (back.about, back.get("result"), back.get("done_by"), back.moment("closed_at")) == (asked, "reached", "sv1", day.now)  # fmt: skip
    (course,) = entries(day.engine, COMPLAINTS, day.ring)
    assert [course.get(name) for name in ("demand", "course", "status")] == ["a letter", "told <the city>", "city"]  # fmt: skip
    (own,) = [one for one in day.records() if one.inquiry.operator == "sv1"]
    assert (own.inquiry.call_id, own.inquiry.summary, own.revision) == (call_id, "録音から書き起こした (2nd)", 2)  # fmt: skip
    assert len(day.records()) == 3


def test_a_manager_s_day_begins_with_the_morning_and_ends_with_a_receipt(
    day: DayAtTheDesk, one_browser: Page
) -> None:
    day.now = datetime(2023, 12, 20, 9, tzinfo=TOKYO)  # the day before was one of calls
    with day.of("mg1", one_browser) as page:
        assert "朝の確認" in page.text()
        figures = page.js("[...document.querySelectorAll('main a[href^=\"/calls?on=2023-12-19\"]')].map((one) => [one.getAttribute('href'), one.textContent])")  # fmt: skip
        counts = {path: int(re.sub(r"\D", "", text)) for path, text in figures}
        assert len(counts) == 5 and sum(counts.values()) > 20
        for path, count in counts.items():
            page.enter(f"main a[href='{path}']")
            assert told_in(page, r"　\S+ (\d+)件") == rows(page) == count, path
            page.enter("header a.home")

        paper = page.js("document.querySelector('main tbody a[href^=\"/papers/\"]').getAttribute('href')")  # fmt: skip
        assert "期限超過" in page.text("main tbody tr")
        page.enter(f"main tbody a[href='{paper}']")
        page.fills(passphrase="not the passphrase")
        page.enter()
        assert "パスフレーズを確かめられません" in page.text()
        page.fills(passphrase=PASSPHRASE)
        page.enter()
        assert page.place() == paper and "責任者の確認mg1" in page.text()
        page.fills(f"form[action='{paper}/delivery']", medium="USB-1", passphrase=PASSPHRASE)
        taken = page.saves(day.saved, f"form[action='{paper}/delivery'] button")
        page.go(paper)
        assert "提出済み" in page.text()
        page.fills(f"form[action='{paper}/receipt']", number="No. 5", passphrase=PASSPHRASE)
        page.enter()
        assert "受領済み" in page.text() and "No. 5" in page.text()
        page.enter("header a.home")
        assert paper not in page.js("document.querySelector('main').innerHTML"), "it waits no more"
    kind, period = paper.split("/")[2:]
    (gone,) = deliveries_of(day.engine, kind, period)
    assert (gone.destination, gone.delivered_by, gone.receipt) == ("USB-1", "mg1", "No. 5")
    with zipfile.ZipFile(taken) as archive:
        (manifest,) = [one for one in archive.namelist() if one.endswith("manifest.json")]
        assert hashlib.sha256(archive.read(manifest)).hexdigest() == gone.manifest_sha256
    assert [one[0] for one in day.noted("paper_confirmed", "paper_delivered", "receipt_recorded")] == ["mg1"] * 3  # fmt: skip


WEEKLY, COMPLAINT = "/papers/weekly/2023-11-20", "/papers/complaints/2023-12-28"


def handed_over(day: DayAtTheDesk, kind: str, period: str) -> None:
    """Confirmed and taken to the city by mg1."""
    shelf = day.services().shelf
    assert shelf is not None
    made = shelf.editions(kind, period)[-1]
    looked = Looked(kind, period, made.edition, made.data_sha256, despite=True)
    shelf.confirm("mg1", PASSPHRASE, looked)
    shelf.deliver("mg1", PASSPHRASE, looked, Carrying("USB-1"))


def test_the_city_s_day_shows_what_was_handed_over_and_takes_a_receipt(
    day: DayAtTheDesk, one_browser: Page
) -> None:
    day.now = datetime(2024, 1, 4, 10, tzinfo=TOKYO)
    floor = ComplaintDesk(day.home, day.engine, day.settings.contract, day.now)
    floor.enter(CASE)
    floor.issue()
    handed_over(day, "weekly", "2023-11-20")
    handed_over(day, "complaints", "2023-12-28")
    with day.of("ct1", one_browser) as page:
        menu = page.js("[...document.querySelectorAll('#menu a')].map((one) => one.getAttribute('href')).join()")  # fmt: skip
        assert menu == "/papers,/definitions,/certificates"
        page.enter("#menu a[href='/papers']")
        papers = page.js("[...document.querySelectorAll('main tbody a')].map((one) => one.getAttribute('href')).join()")  # fmt: skip
        assert set(papers.split(",")) == {WEEKLY, COMPLAINT}
        page.enter(f"main a[href='{WEEKLY}']")
        shown = page.text("main tbody code")
        file = page.saves(day.saved, "main tbody a")
        assert hashlib.sha256(file.read_bytes()).hexdigest() == shown
        page.fills(number="City 7", passphrase=PASSPHRASE)
        page.enter()
        assert "受領済み" in page.text() and page.js("document.forms.length") == 1, "log-out alone"

        # words of callers that the city was given are opened for a reason that is chosen and with the own passphrase; neither a session nor an
        # address alone opens any, and who tries is noted
        page.enter("#menu a[href='/papers']")
        page.enter(f"main a[href='{COMPLAINT}']")
        assert ".pdf" in page.text("main tbody") and page.js("document.querySelectorAll('main tbody a').length") == 0  # fmt: skip
        form = "main tbody form"
        page.fills(form, purpose="complaint", passphrase="not the passphrase")
        page.enter(f"{form} button")
        assert (
            page.place().startswith(COMPLAINT) and "パスフレーズを確かめられません" in page.text()
        )
        assert page.js(f"document.querySelector('{form} [name=purpose]').value") == "complaint"
        assert page.js(f"document.querySelector('{form} [name=passphrase]').value") == ""
        assert "complaints/2023-12-28/r1" not in {one[1] for one in day.noted("paper_opened") if one[0] == "ct1"}  # fmt: skip
        page.fills(form, passphrase=PASSPHRASE)
        opened = page.saves(day.saved, f"{form} button")
        digests = page.js("[...document.querySelectorAll('main tbody code')].map((one) => one.textContent).join()")  # fmt: skip
        assert hashlib.sha256(opened.read_bytes()).hexdigest() in digests.split(",")
        names = [one.name for one in (day.home.outbox / COMPLAINT.removeprefix("/papers/")).glob("*.sealed")]  # fmt: skip
        for path in (
            *(f"{COMPLAINT}/1/{name}" for name in names), "/papers/weekly/2023-11-27", "/today", "/calls", "/inquiry", "/inquiries",
            "/board", "/messages", "/registers", "/callbacks", "/escalations", "/erasures", "/proposals",
        ):  # fmt: skip
            page.go(path)
            status = page.js("performance.getEntriesByType('navigation')[0].responseStatus")
            assert status == (404 if path == "/papers/weekly/2023-11-27" else 403), path
            assert WORDS not in page.text("body")
        page.enter("main a[href='/']")
    (gone,) = deliveries_of(day.engine, "weekly", "2023-11-20")
    assert gone.receipt == "City 7" and gone.delivered_by == "mg1"
    assert day.noted("receipt_recorded") == [("ct1", "weekly/2023-11-20/r1", "done")]
    refused = [one for one in day.noted() if one[0] == "ct1" and one[2] == "refused"]
    assert len(refused) == len(names) + 12, (
        "the wrong passphrase, and each try of what is not theirs"
    )
    assert [one for one in day.noted("paper_opened") if one[0] == "ct1"] == [
        ("ct1", "complaints/2023-12-28/r1", "done")
    ]


def evidence(page: Page, letter: Path) -> str:
    """A file chosen as evidence, as in the browser's own window; the digest that stands in the field then."""
    root = page.call("DOM.getDocument")["root"]["nodeId"]
    field = page.call("DOM.querySelector", nodeId=root, selector="input[type=file]")["nodeId"]
    page.call("DOM.setFileInputFiles", nodeId=field, files=[str(letter)])
    digest = hashlib.sha256(letter.read_bytes()).hexdigest()
    until(lambda: page.js("document.querySelector('[name=evidence_sha256]').value") == digest)
    return digest


def test_the_officers_and_the_administrator_s_day_brings_an_erasure_to_its_start(
    day: DayAtTheDesk, one_browser: Page, tmp_path: Path
) -> None:
    day.now = datetime(2024, 3, 4, 10, tzinfo=TOKYO)  # the contract is over
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"the city's letter, on paper of its own" * 3000)
    before = {copy.recording_id for copy in kept_copies(day.engine)}
    held = min(before)
    claim_clock(day.engine, ClockKind.SIMULATED, day.now)
    medium = tmp_path / "keys-copy"
    medium.mkdir()
    officer = prove(day.engine, day.home, "pm1", PASSPHRASE, day.now)
    back_up(day.engine, day.home, officer, medium)
    set_hold(day.engine, officer, held, HoldReason.COMPLAINT)  # fmt: skip
    case = "/erasures/E-0001"
    with ExitStack() as stack:
        pm, cp, ad = (stack.enter_context(day.of(one, one_browser)) for one in ("pm1", "cp1", "ad1"))  # fmt: skip
        pm.enter("#menu a[href='/erasures']")
        pm.enter("main a[href='/erasures/application']")
        evidence(pm, letter)
        form = "form[action='/erasures/designation']"
        pm.fills(form, method="cryptographic_erase", dated_on="2024-03-01", passphrase=PASSPHRASE)
        pm.enter()
        pm.reach("main [name=end]")
        pm.key("Space")
        pm.enter("form[action='/erasures/application'] button")
        count = told_in(pm, r"消去の対象　(\d+)件")
        assert "保全中 1件" in pm.text() and count > 10
        form = "form[method=post][action='/erasures/application']"
        pm.fills(form, planned_on="2024-03-11", passphrase=PASSPHRASE)
        pm.enter()
        assert pm.place() == case and told_in(pm, r"消去の対象　(\d+)件") == count
        pm.enter("main a[href$='/consent']")
        form = f"form[action='{case}/consent']"
        evidence(pm, letter)
        pm.fills(form, dated_on="2024-03-04", from_office="Office 3", count=str(count), number="No. 9", passphrase=PASSPHRASE)  # fmt: skip
        pm.enter()
        assert "市の承諾の記録" not in pm.text() and "No. 9" in pm.text()

        # one signature is not enough, nobody gives two, and only who was named starts
        form = f"form[action='{case}']"
        pm.fills(form, executor="ad1", passphrase=PASSPHRASE)
        pm.enter()
        assert pm.js(f"document.querySelector({form!r})") is None and "pm1　2024-03-04" in pm.text()
        ad.enter("#menu a[href='/erasures']")
        ad.enter(f"main a[href='{case}']")
        assert "開始に署名" not in ad.text()
        cp.enter("#menu a[href='/erasures']")
        cp.enter(f"main a[href='{case}']")
        cp.fills(form, passphrase=PASSPHRASE)
        cp.enter()
        assert "cp1　2024-03-04" in cp.text()
        ad.go(case)
        ad.fills(f"form[action='{case}/start']", witness="Office 3", passphrase=PASSPHRASE)
        ad.enter()
        assert "開始に署名しました" in ad.text()

        # a key is proposed by one, confirmed by another; each half of its code is shown once
        pm.enter("#menu a[href='/proposals']")
        pm.fills("form[action='/proposals']", staff_id="sv1", passphrase=PASSPHRASE)
        pm.enter()
        first = pm.text("code.secret")
        pm.go("/proposals")
        assert first not in pm.text() and "sv1" in pm.text("section.proposal")
        cp.enter("#menu a[href='/proposals']")
        cp.fills("section.proposal", passphrase=PASSPHRASE)
        cp.enter("section.proposal button[value=confirm]", "Space")
        second = cp.text("code.secret")
        assert second != first and "待っている提案はありません" in cp.text()
        cp.go("/proposals")
        assert second not in cp.text()
    signed = day.noted("erasure_authorised", "order_signed")
    assert [one[0] for one in signed] == ["pm1", "cp1", "ad1"]
    assert {copy.recording_id for copy in kept_copies(day.engine)} == before, "a signature erases nothing"  # fmt: skip
    stored = b"".join(one.read_bytes() for one in day.home.root.glob("operations.db*"))
    assert stored and first.encode() not in stored and second.encode() not in stored
