"""The page in a real browser: four keys, the input method on, the next call, what a reload leaves. Skips by name without one."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from websockets.sync.client import ClientConnection, connect

from compliance.inquiries.register import KeptInquiry, latest
from compliance.keys.keyring import Keyring
from desk.services import RecentCall
from tests.browser import _FLAGS, chromium
from tests.desk.conftest import CALLS, PASSWORD, Desk


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def until(asked: Any, seconds: float = 30) -> Any:
    end = time.monotonic() + seconds
    while not (found := asked()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)
    return found


@dataclass
class Page:
    """A page of the browser, driven as a keyboard would."""

    wire: ClientConnection
    base: str
    count: int = 0

    def call(self, method: str, **values: Any) -> dict[str, Any]:
        self.count += 1
        self.wire.send(json.dumps({"id": self.count, "method": method, "params": values}))
        while True:
            said = json.loads(self.wire.recv(timeout=30))
            if said.get("id") == self.count:
                assert "error" not in said, said
                return dict(said["result"])

    def js(self, text: str) -> Any:
        return self.call("Runtime.evaluate", expression=text, returnByValue=True)["result"].get(
            "value"
        )

    def go(self, path: str) -> None:
        self.js("window.leaving = true")
        self.call("Page.navigate", url=self.base + path)
        until(lambda: self.js("!window.leaving && document.readyState === 'complete'"))

    def press(self, *codes: str, key: str = "", ime: bool = False) -> None:
        for code in codes:
            letter = key or {"Enter": "Enter", "Escape": "Escape"}.get(code, code[-1].lower())
            number = 229 if ime else {"Enter": 13, "Escape": 27}.get(code, ord(letter[0].upper()))
            shown = "Process" if ime else letter
            for kind in ("rawKeyDown", "keyUp"):
                self.call(
                    "Input.dispatchKeyEvent",
                    type=kind,
                    code=code,
                    key=shown,
                    windowsVirtualKeyCode=number,
                )

    def notice(self) -> str:
        return str(self.js("document.getElementById('notice').textContent"))

    def submit(self, path: str, **values: str) -> None:
        for name, value in values.items():
            self.js(
                f"document.querySelector('main form').elements[{json.dumps(name)}].value = {json.dumps(value)}"
            )
        self.js("window.leaving = true; document.querySelector('main form button').click()")
        until(
            lambda: (
                self.js(
                    "!window.leaving && document.readyState === 'complete' && location.pathname"
                )
                == path
            )
        )


@pytest.fixture
def page(desk: Desk, tmp_path: Path) -> Iterator[Page]:
    """op1, logged in, in front of the form."""
    command = chromium()
    desk.entered("op1")
    port, wire_port = free_port(), free_port()
    server = uvicorn.Server(uvicorn.Config(desk.app(), port=port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    browser = subprocess.Popen(
        [command, *_FLAGS, f"--user-data-dir={tmp_path / 'profile'}", f"--remote-debugging-port={wire_port}", "about:blank"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:

        def targets() -> Any:
            try:
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{wire_port}/json", timeout=5
                ) as answer:
                    return [t for t in json.load(answer) if t["type"] == "page"]
            except OSError:
                return []

        with connect(until(targets)[0]["webSocketDebuggerUrl"], max_size=None) as wire:
            made = Page(wire, f"http://127.0.0.1:{port}")
            made.call("Page.enable")
            made.call("Page.addScriptToEvaluateOnNewDocument", source=(
                "window.broken = [];"
                "addEventListener('securitypolicyviolation', (e) => broken.push(e.violatedDirective));"
                "addEventListener('error', (e) => broken.push(e.message));"
            ))  # fmt: skip
            made.go("/login")
            made.submit("/", staff_id="op1", password=PASSWORD)
            made.go("/inquiry")
            yield made
            assert made.js("window.broken.length") == 0, made.js("window.broken.join()")
    finally:
        browser.terminate()
        browser.wait(30)
        server.should_exit = True
        thread.join(30)


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
    until(lambda: page.notice() == "登録しました。")
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
    page.press("Digit1", "Digit3", "Digit2", "Enter")
    page.press("Digit1", "Digit5", "Digit2")
    page.press("NumpadAdd", key="+")
    page.press("KeyM", "Digit4", "Digit1", "Digit2", "Digit1")
    until(lambda: len(kept(desk)) == 4)
    items = sorted((k.inquiry.item, k.inquiry.number) for k in kept(desk))
    assert [item for item, _ in items] == ["how", "silent", "wrong", "wrong"]
    assert page.js("document.querySelectorAll('#waiting li').length") == 1
    assert replace(kept(desk)[0].inquiry, number=1).operator == "op1"
