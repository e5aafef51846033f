"""A browser in front of the desk: a page driven as a keyboard would, on a server of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp
from websockets.sync.client import ClientConnection, connect

from tests.browser import _FLAGS, chromium
from tests.desk.conftest import PASSWORD, Desk


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


_NAMED = {"Enter": 13, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38, "Tab": 9}
"""Keys that write nothing, with their numbers."""
_WRITING = {"Enter": "\r", "Space": " "}
"""Keys that do what a browser does by itself (press a button, follow a link, hand a form in), with their letters."""
CTRL = 2


@dataclass
class Page:
    """A page of the browser, driven as a keyboard would."""

    wire: ClientConnection
    base: str
    context: str = ""
    count: int = 0
    leaves: bool = True
    """What is answered when the browser asks whether to leave a page with words in it."""
    asked: list[str] = field(default_factory=list)
    """What the browser asked so."""
    paused: list[str] = field(default_factory=list)
    """Requests that wait at `Fetch`, by their ids."""

    def call(self, method: str, **values: Any) -> dict[str, Any]:
        number = self.send(method, **values)
        while True:
            said = json.loads(self.wire.recv(timeout=30))
            if said.get("id") == number:
                assert "error" not in said, said
                return dict(said["result"])
            self._told(said)

    def send(self, method: str, **values: Any) -> int:
        """Ask, and wait for no answer; the number of the question."""
        self.count += 1
        self.wire.send(json.dumps({"id": self.count, "method": method, "params": values}))
        return self.count

    def _told(self, said: dict[str, Any]) -> None:
        if said.get("method") == "Page.javascriptDialogOpening":
            self.asked.append(said["params"]["type"])
            self.send("Page.handleJavaScriptDialog", accept=self.leaves)
        elif said.get("method") == "Fetch.requestPaused":
            self.paused.append(said["params"]["requestId"])

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
            letter = key or (code if code in _NAMED else code[-1].lower())
            number = 229 if ime else _NAMED.get(code, ord(letter[0].upper()))
            shown = "Process" if ime else letter
            for kind in ("rawKeyDown", "keyUp"):
                self.call(
                    "Input.dispatchKeyEvent",
                    type=kind,
                    code=code,
                    key=shown,
                    windowsVirtualKeyCode=number,
                )

    def key(self, code: str, modifiers: int = 0) -> None:
        """A key whose own effect in a browser is wanted: Tab, Enter, Space, an arrow."""
        text = {"text": _WRITING[code]} if code in _WRITING and not modifiers else {}
        number = _NAMED.get(code, 32)
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, code=code, key=text.get("text", code) if code == "Space" else code,
                      modifiers=modifiers, windowsVirtualKeyCode=number, **(text if kind == "keyDown" else {}))  # fmt: skip

    def types(self, text: str) -> None:
        """Letter by letter, as without an input method."""
        for letter in text:
            for kind in ("keyDown", "keyUp"):
                more = {"text": letter} if kind == "keyDown" else {}
                self.call("Input.dispatchKeyEvent", type=kind, key=letter, **more)

    def reach(self, selector: str) -> None:
        """Put the focus there by the Tab key alone."""
        here = f"document.activeElement?.matches({json.dumps(selector)}) ?? false"
        for _ in range(400):
            if self.js(here):
                return
            self.key("Tab")
        raise AssertionError(f"no key leads to {selector}")

    def fills(self, within: str = "main", **values: str) -> None:
        """Fields by their names, those of one form where it is told: reached by keys, what stands in them replaced. Of a list
        the arrows choose; a day is typed in the order of the browser's own field."""
        for name, value in values.items():
            self.reach(f"{within} [name={name}]")
            kind = self.js("document.activeElement.type")
            if kind == "select-one":
                self.js("document.activeElement.selectedIndex = 0")
                for _ in range(self.js("document.activeElement.options.length")):
                    if self.js("document.activeElement.value") == value:
                        break
                    self.key("ArrowDown")
            elif kind == "date":
                year, month, day = value.split("-")
                self.types(f"{month}{day}{year}")
            else:
                self.js("document.activeElement.select()")
                self.types(value)
            assert self.js("document.activeElement.value") == value, name

    def saves(self, folder: Path, selector: str) -> Path:
        """The file that a link or a button gives, once it is there whole."""
        before = set(folder.iterdir())
        self.reach(selector)
        self.key("Enter")
        found = until(lambda: [one for one in folder.iterdir() if one not in before and one.suffix != ".crdownload"])  # fmt: skip
        return Path(found[0])

    def enter(self, selector: str = "", code: str = "Enter", modifiers: int = 0) -> None:
        """Press a key there, reached by keys, and wait for the page that it leads to."""
        if selector:
            self.reach(selector)
        self.js("window.leaving = true")
        self.key(code, modifiers)
        self.arrived()

    def arrived(self) -> None:
        until(lambda: self.js("!window.leaving && document.readyState === 'complete'"))

    def place(self) -> str:
        return str(self.js("location.pathname"))

    def text(self, selector: str = "main") -> str:
        return str(self.js(f"document.querySelector({json.dumps(selector)}).textContent"))

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


@contextmanager
def browsing(profile: Path, language: str = "en") -> Iterator[Page]:
    """The wire of a browser whose profile lies there and which speaks that language; its pages are made by `terminal`."""
    command, port = chromium(), free_port()
    browser = subprocess.Popen(
        [command, *_FLAGS, f"--user-data-dir={profile}", f"--remote-debugging-port={port}", f"--lang={language}", "about:blank"],
        env={**os.environ, "LANGUAGE": language}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def wire() -> str | None:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/json/version", timeout=5
            ) as answer:
                return str(json.load(answer)["webSocketDebuggerUrl"])
        except OSError:
            return None

    try:
        with connect(until(wire), max_size=None) as opened:
            yield Page(opened, f"127.0.0.1:{port}")
    finally:
        browser.terminate()
        browser.wait(30)


@pytest.fixture(scope="module")
def one_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The wire of a browser that all pages of a module share; each has a context, and so cookies and storage, of its own."""
    with browsing(tmp_path_factory.mktemp("browser") / "profile") as wire:
        yield wire


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Where an application answers on this machine."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until(lambda: server.started)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)


@contextmanager
def terminal(one_browser: Page, base: str) -> Iterator[Page]:
    """A page of somebody whose cookies and storage are nobody else's, blank yet; nothing of what it shows may break."""
    context = one_browser.call("Target.createBrowserContext")["browserContextId"]
    try:
        with tab(one_browser, base, context) as made:
            yield made
    finally:
        one_browser.call("Target.disposeBrowserContext", browserContextId=context)


@contextmanager
def tab(one_browser: Page, base: str, context: str) -> Iterator[Page]:
    """A tab of a terminal that is open."""
    target = one_browser.call("Target.createTarget", url="about:blank", browserContextId=context)[
        "targetId"
    ]
    with connect(f"ws://{one_browser.base}/devtools/page/{target}", max_size=None) as wire:
        made = Page(wire, base, context)
        made.call("Page.enable")
        made.call("Page.addScriptToEvaluateOnNewDocument", source=(
            "window.broken = [];"
            "addEventListener('securitypolicyviolation', (e) => broken.push(e.violatedDirective));"
            "addEventListener('error', (e) => broken.push(e.message));"
        ))  # fmt: skip
        yield made
        assert made.js("window.broken.length") == 0, made.js("window.broken.join()")


@pytest.fixture
def page(desk: Desk, one_browser: Page) -> Iterator[Page]:
    """op1, logged in, in front of the form."""
    desk.entered("op1")
    with served(desk.app()) as base, terminal(one_browser, base) as made:
        made.go("/login")
        made.submit("/", staff_id="op1", password=PASSWORD)
        made.go("/inquiry")
        yield made
