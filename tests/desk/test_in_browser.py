"""The page in a real browser: four keys, the input method on, the next call, what a reload leaves. Skips by name without one."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.message_sounds import NoSound, Sound
from compliance.ground.acts import Actor, Purpose
from compliance.inquiries.kept import KeptInquiry
from compliance.inquiries.register import latest
from compliance.keys.keyring import Keyring
from compliance.registers.entries import Draft, save
from compliance.registers.known import FAQ
from desk.services import RecentCall
from tests.desk.conftest import AT, CALLS, PASSWORD, Desk
from tests.desk.in_browser import Page, one_browser, page, until
from tests.support.axe import axe, violations
from tests.support.desk_sounds import GONE, HEARD, FakeVault

__all__ = ["axe", "one_browser", "page"]


def kept(desk: Desk) -> list[KeptInquiry]:
    return latest(desk.engine, Keyring.open(desk.home))


@pytest.fixture
def url(home: Any) -> str:
    """SQLite alone: the browser is what is asked here."""
    return str(home.operations_url)


def test_four_keys_store_a_simple_inquiry_with_the_input_method_on(desk: Desk, page: Page) -> None:
    page.press("Digit1", "Numpad3", "Digit2", ime=True)
    page.press("Enter")
    until(lambda: kept(desk))
    one = kept(desk)[0].inquiry
    assert (one.call_id, one.category, one.item, one.handling, one.voice) == (
        CALLS[0].call_id, "survey", "how", "guided", "question",
    )  # fmt: skip
    until(lambda: "登録しました。" in page.notice())
    page.press("Digit4", "Digit1", "Enter")
    until(lambda: len(kept(desk)) == 2)
    assert sorted(k.inquiry.category for k in kept(desk)) == ["none", "survey"]


def test_the_next_call_clears_nothing_and_takes_no_focus(desk: Desk, page: Page) -> None:
    page.press("Digit1", "Digit3", "KeyS")
    page.call("Input.insertText", text="𠮷野家の近くとのこと")
    desk.now += timedelta(minutes=1)
    desk.calls = (RecentCall("1700438999.0", desk.now, "施策への意見等"), *CALLS)
    until(lambda: "次の通話が終わりました" in page.notice())
    assert page.js("document.activeElement.name") == "summary"
    assert page.js("document.querySelector('[name=summary]').value") == "𠮷野家の近くとのこと"
    assert CALLS[0].call_id in page.js("document.querySelector('[name=call]').value")
    stores = page.js("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")
    assert "survey/how" in stores and "野家" not in stores, "codes are kept, words are not"


def test_what_is_refused_comes_back_whole_and_drafts_wait(desk: Desk, page: Page) -> None:
    page.press("Digit1", "Digit0", "Digit5", "Digit2", "Enter")
    until(
        lambda: (
            "要旨を入力" in page.js("document.querySelector('[data-wrong=summary]').textContent")
        )
    )
    assert page.js("document.querySelector('[name=subject]:checked').value") == "survey/other"
    page.press("Escape", "KeyL")
    until(lambda: not page.js("document.getElementById('waiting').hidden"))
    page.press("Digit2", "Digit1", "Digit2", "Enter")
    until(lambda: kept(desk))
    page.go("/inquiry")
    assert page.js("document.querySelectorAll('#waiting li').length") == 1, "a reload keeps it"
    page.js("document.querySelector('#waiting button').click(); document.activeElement.blur()")
    page.press("KeyS")
    page.call("Input.insertText", text="様式の紙が破れたとのこと")
    page.press("Escape", "Enter")
    until(lambda: len(kept(desk)) == 2)
    assert {k.inquiry.summary for k in kept(desk)} == {"", "様式の紙が破れたとのこと"}
    assert page.js("localStorage.length") == 0


def test_a_second_inquiry_and_one_key_records(desk: Desk, page: Page) -> None:
    page.press("Digit1", "Digit3", "Digit2")
    page.press("NumpadAdd", key="+")
    page.press("Digit1", "Digit1", "Digit2", "Enter")
    until(lambda: len(kept(desk)) == 2)
    assert {k.inquiry.call_id for k in kept(desk)} == {CALLS[0].call_id}, "both are of one call"
    assert {k.inquiry.number for k in kept(desk)} == {1, 2}
    page.press("KeyM", "Digit4", "Digit1")
    until(lambda: len(kept(desk)) == 3)
    page.press("Digit2", "Digit1")
    until(lambda: len(kept(desk)) == 5)
    tapped = [k.inquiry.call_id for k in kept(desk) if k.inquiry.category == "none"]
    assert sorted(tapped) == ["", "", CALLS[1].call_id], "a tap is a call's own, or no call's"
    assert {k.inquiry.operator for k in kept(desk)} == {"op1"}


def test_a_faq_is_found_by_typing_and_chosen_by_keys(desk: Desk, page: Page) -> None:
    ring, actor = Keyring.open(desk.home), Actor("sv1", AT)
    for number, title, answer in (
        ("F-01", "返送先", "同封の封筒で返送してください。"),
        ("F-02", "対象の年齢", "７０歳からです。"),
        ("F-03", "調査の期限", "月末までに返送してください。"),
    ):
        values = {"number": number, "version": "1", "title": title, "change": "new", "asked_by": "city",
                  "made_on": "2023-11-20", "answer": answer}  # fmt: skip
        save(desk.engine, ring, FAQ, actor, [Draft("", values)])
    page.go("/inquiry")
    shown = "[...document.querySelectorAll('#faq-list li')].filter((one) => !one.hidden).map((one) => one.dataset.faq).join()"
    is_hidden = "document.getElementById('faq-list').hidden"
    assert page.js(is_hidden)
    page.press("KeyQ", ime=True)
    assert not page.js(is_hidden) and page.js("document.activeElement.id") == "faq-words"
    page.js("window.stays = true")
    page.call("Input.insertText", text="返送　ください")
    assert page.js(shown) == "F-01,F-03" and "2件" in page.js("document.getElementById('faq-found').textContent")  # fmt: skip
    page.js("document.getElementById('faq-words').value = ''")
    page.call("Input.insertText", text="70歳")
    assert page.js(shown) == "F-02", "whatever width a digit is typed in"
    page.press("Escape")
    assert page.js(is_hidden) and page.js("document.activeElement.tagName") == "BODY"
    page.press("Digit1", "Digit3", "KeyQ")
    page.js("document.getElementById('faq-words').value = ''")
    page.call("Input.insertText", text="返送")
    page.press("ArrowDown", "ArrowDown", "ArrowUp", "ArrowDown", "ArrowDown", "Enter", key="")
    until(lambda: page.js("document.querySelector('[name=faq]').value"))
    assert page.js("document.querySelector('[name=faq]').value") == "F-03"
    assert page.js("document.querySelector('[name=handling]:checked').value") == "faq"
    assert page.js(is_hidden) and page.js("window.stays") is True, "no page was loaded"
    page.press("Enter")
    until(lambda: kept(desk))
    (one,) = (k.inquiry for k in kept(desk))
    assert (one.faq, one.category, one.handling) == ("F-03", "survey", "faq")
    page.go("/inquiry")
    page.press("KeyQ")
    assert page.js(shown) == "F-03,F-01,F-02", "what is used most leads"
    page.call("Input.insertText", text="期限")
    page.press("Enter")
    assert page.js("document.querySelector('[name=subject]:checked').value") == "survey/how"


@pytest.mark.parametrize("width", [1280, 390])
def test_the_open_list_stands_beside_the_form_and_breaks_no_rule(
    desk: Desk, page: Page, axe: str, width: int
) -> None:
    values = {"number": "F-01", "version": "1", "title": "長い件名" * 20, "change": "new", "asked_by": "city",
              "made_on": "2023-11-20", "answer": "長い回答" * 200}  # fmt: skip
    save(desk.engine, Keyring.open(desk.home), FAQ, Actor("sv1", AT), [Draft("", values)])
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)  # fmt: skip
    page.go("/inquiry")
    page.press("KeyQ")
    assert violations(page, axe) == []
    assert page.js("document.scrollingElement.scrollWidth") <= width
    left, form = (page.js(f"document.getElementById('{one}').getBoundingClientRect().{side}")
                  for one, side in (("faq-list", "left"), ("inquiry", "right")))  # fmt: skip
    assert (left >= form) is (width == 1280)


TYPED = "document.querySelector('[name=summary]').value"
WAITING = "document.querySelectorAll('#waiting li').length"
FOCUS = "document.activeElement.name || document.activeElement.tagName"


def test_after_ctrl_enter_the_keys_are_keys_again(desk: Desk, page: Page) -> None:
    page.press("Digit1", "Digit3", "Digit2", "KeyS")
    page.call("Input.insertText", text="様式の紙が破れたとのこと")
    page.call(
        "Input.dispatchKeyEvent",
        type="rawKeyDown",
        code="Enter",
        key="Enter",
        modifiers=2,
        windowsVirtualKeyCode=13,
    )
    until(lambda: "登録しました" in page.notice())
    assert CALLS[0].call_id in page.notice(), "what was saved is named"
    assert page.js(FOCUS) == "BODY"
    page.press("Digit2", "Digit1")
    assert page.js(TYPED) == "" and page.notice() == "", "what is begun was not saved"
    page.press("Digit2", "Enter")
    until(lambda: len(kept(desk)) == 2)
    assert {k.inquiry.summary for k in kept(desk)} == {"", "様式の紙が破れたとのこと"}


def test_what_was_chosen_is_taken_back_by_the_same_key(desk: Desk, page: Page) -> None:
    chosen = "document.querySelector('[name=handling]:checked')?.value ?? ''"
    page.press("Digit1", "Digit3", "Digit2")
    assert page.js(chosen) == "guided"
    page.press("KeyH", "Digit2")
    assert page.js(chosen) == ""
    page.press("Digit2")
    assert page.js(chosen) == "guided"
    box = "document.querySelector('[name=handling][value=guided]').closest('label').getBoundingClientRect()"
    at = {
        "x": page.js(f"{box}.x + 12"),
        "y": page.js(f"{box}.y + 8"),
        "button": "left",
        "clickCount": 1,
    }
    for kind in ("mousePressed", "mouseReleased"):
        page.call("Input.dispatchMouseEvent", type=kind, **at)
    assert page.js(chosen) == ""
    assert kept(desk) == []


def test_a_wrong_draft_is_thrown_away_and_comes_back_once(desk: Desk, page: Page) -> None:
    page.press("Digit1", "Digit3", "Digit2", "KeyL")
    until(lambda: page.js(WAITING) == 1)
    page.press("Digit2", "Digit1", "Digit2", "KeyX")
    assert "捨てました" in page.notice() and page.js("localStorage.length") == 1
    page.press("KeyZ")
    assert page.js("document.querySelector('[name=subject]:checked').value") == "pass/office"
    page.press("KeyX")
    page.js("document.querySelector('#waiting button.plain').click()")
    assert page.js(WAITING) == 0 and page.js("localStorage.length") == 0
    page.press("Enter")
    assert page.notice() == "区分を選んでください。" and kept(desk) == []


def test_at_double_size_what_is_said_stays_on_the_screen(desk: Desk, page: Page) -> None:
    page.call(
        "Emulation.setDeviceMetricsOverride",
        width=640,
        height=360,
        deviceScaleFactor=2,
        mobile=False,
    )
    page.press("Digit1", "Digit3", "Digit2")
    page.js("window.scrollTo(0, document.body.scrollHeight)")
    page.press("Enter")
    until(lambda: "登録しました" in page.notice())
    box = page.js("JSON.stringify(document.getElementById('notice').getBoundingClientRect())")
    assert 0 <= json.loads(box)["top"] < 360


def test_a_key_that_is_held_down_saves_one_record(desk: Desk, page: Page) -> None:
    page.press("Digit1", "Digit3", "Digit2")
    for repeated in (False, True, True, True):
        page.call("Input.dispatchKeyEvent", type="rawKeyDown", code="Enter", key="Enter", autoRepeat=repeated,
                  windowsVirtualKeyCode=13)  # fmt: skip
    until(lambda: "登録しました" in page.notice())
    assert len(kept(desk)) == 1


@pytest.fixture
def tone(desk: Desk) -> None:
    """A minute of a tone as the first message, an erased one as the second, as the vault would give them."""
    rate = 8000
    tone = b"".join(struct.pack("<h", int(9000 * math.sin(n / 3))) for n in range(60 * rate))
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(tone), b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16,
                       b"data", len(tone))  # fmt: skip
    vault = FakeVault()
    content = head + tone

    def opened(recording_id: str, purpose: Purpose) -> Sound | NoSound:
        if recording_id == GONE:
            return NoSound(410, "この録音は消去済みです。聴けません。")
        return Sound(len(content), lambda start, end: iter([content[start:end]]))

    vault.waiting[1] = replace(vault.waiting[1], refusal="")
    desk.sounds = replace(vault.as_sounds(desk), open=opened)


def plays(page: Page, at: int) -> None:
    """As somebody who presses its button."""
    started = f"document.querySelectorAll('audio')[{at}].play().catch(() => {{}}); 0"
    page.call("Runtime.evaluate", expression=started, userGesture=True)


def test_a_message_is_played_sought_and_refused_in_words(
    desk: Desk, tone: None, page: Page
) -> None:
    desk.entered("sv1")
    page.call("Network.clearBrowserCookies")
    page.go("/login")
    page.submit("/", staff_id="sv1", password=PASSWORD)
    page.go("/messages")
    assert [one for one in desk.noted() if one[1] == "recording_heard"] == []
    plays(page, 0)
    until(lambda: page.js("document.querySelectorAll('audio')[0].currentTime > 0"))
    assert page.js("Math.round(document.querySelectorAll('audio')[0].duration)") == 60
    page.js("document.querySelectorAll('audio')[0].currentTime = 50")
    until(lambda: page.js("document.querySelectorAll('audio')[0].currentTime > 50"))
    noted = [one for one in desk.noted() if one[1] == "recording_heard"]
    assert noted == [("sv1", "recording_heard", HEARD, "done")]
    plays(page, 1)
    until(
        lambda: (
            "消去済み" in page.js("document.querySelectorAll('main [role=alert]')[1].textContent")
        )
    )
