"""A browser in front of the desk: a page driven as a keyboard would, on a server of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
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


_NAMED = {"Enter": 13, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38}
"""Keys that write nothing, with their numbers."""


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


@pytest.fixture(scope="module")
def one_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The wire of a browser that all pages of a module share; each has a context, and so cookies and storage, of its own."""
    command, port = chromium(), free_port()
    profile = tmp_path_factory.mktemp("browser") / "profile"
    browser = subprocess.Popen(
        [command, *_FLAGS, f"--user-data-dir={profile}", f"--remote-debugging-port={port}", "about:blank"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
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


@pytest.fixture
def page(desk: Desk, one_browser: Page) -> Iterator[Page]:
    """op1, logged in, in front of the form."""
    desk.entered("op1")
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(desk.app(), port=port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    context = one_browser.call("Target.createBrowserContext")["browserContextId"]
    try:
        until(lambda: server.started)
        target = one_browser.call(
            "Target.createTarget", url="about:blank", browserContextId=context
        )["targetId"]
        with connect(f"ws://{one_browser.base}/devtools/page/{target}", max_size=None) as wire:
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
        one_browser.call("Target.disposeBrowserContext", browserContextId=context)
        server.should_exit = True
        thread.join(30)
