"""Each role's day at the desk from log-in to log-out, in a real browser, by keys: what was typed is kept once, as it was typed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compliance.inquiries.kept import KeptInquiry
from compliance.inquiries.register import latest
from compliance.keys.keyring import Keyring
from tests.desk.in_browser import CTRL, Page, one_browser, tab, until
from tests.support.day_at_the_desk import DayAtTheDesk, day, logs_in

__all__ = ["day", "one_browser"]
pytestmark = pytest.mark.slow

SUMMARY = "document.querySelector('[name=summary]').value"
CALL = "document.querySelector('[name=call]').value.split('|')[0]"
STORED = "JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"


def kept(day: DayAtTheDesk) -> list[KeptInquiry]:
    return latest(day.engine, Keyring.open(day.home))


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
        assert kept(day) == [] and page.notice() == ""
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
        assert len(kept(day)) == 2

        # two of one call, the page magnified as by two fingers
        page.call("Emulation.setPageScaleFactor", pageScaleFactor=2)
        page.press("Digit1", "Digit5", "Digit2")
        page.press("NumpadAdd", key="+")
        page.press("Digit3", "Digit1", "Digit3", "Enter")
        until(lambda: len(kept(day)) == 4)
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
        assert len(kept(day)) == 6, "the server has it"
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
        for one in kept(day)
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
    assert {one.inquiry.operator for one in kept(day)} == {"op1"}
    assert len(kept(day)) == len(found)
