"""What systemd hears of a service, on a real datagram socket: ready only once it answers, no sign of life while it hangs."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from orchestration.gateway import liveness
from orchestration.gateway.liveness import ServiceManager, answers, watched
from orchestration.gateway.service import Address, server_of
from tests.homes import ROOT, HomeOnTrial
from tests.support.released import CONTRACT, laid


class Manager:
    """The end of systemd: what was said, as it came."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.path = path

    def hears(self, seconds: float) -> str:
        """The next words, blank where none come within the time."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(4096).decode()
        except TimeoutError:
            return ""

    def empties(self) -> None:
        while self.hears(0.05):
            pass


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    found = Manager(tmp_path / "notify")
    yield found
    found.socket.close()


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "ASKED_SECONDS", 0.5)
    monkeypatch.setattr(liveness, "UNTIL_READY_SECONDS", 0.05)


class Web:
    """A web server of ours whose health may be bad, or whose loop may hang."""

    def __init__(self) -> None:
        self.status, self.hangs = 200, threading.Event()
        app = Starlette(routes=[Route("/healthz", self.health)])
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = Address("127.0.0.1", free.getsockname()[1])
        self.server = server_of(app, self.address)
        self.thread = threading.Thread(target=lambda: asyncio.run(self.server.serve()), daemon=True)

    async def health(self, request: Request) -> Response:
        while self.hangs.is_set():
            threading.Event().wait(0.05)  # the whole loop, as a lock would
        return PlainTextResponse("", self.status)


@pytest.fixture
def web() -> Iterator[Web]:
    found = Web()
    yield found
    found.hangs.clear()
    found.server.should_exit = True
    if found.thread.is_alive():
        found.thread.join(5)


def test_ready_is_said_once_it_answers_and_not_before(manager: Manager, web: Web) -> None:
    with watched(ServiceManager(str(manager.path), 0.6), lambda: answers(web.address)):
        assert manager.hears(0.6) == "", "nothing listens yet"
        web.thread.start()
        assert manager.hears(5) == "READY=1\nSTATUS=answers"
        assert manager.hears(2) == "WATCHDOG=1" == manager.hears(2)
    heard = [manager.hears(1)]
    while heard[-1] == "WATCHDOG=1":
        heard.append(manager.hears(1))
    assert heard[-1] == "STOPPING=1\nSTATUS=ends"


@pytest.mark.parametrize("ill", ["hangs", "says that it is not well"])
def test_no_sign_of_life_while_it_does_not_answer(manager: Manager, web: Web, ill: str) -> None:
    web.thread.start()
    with watched(ServiceManager(str(manager.path), 0.6), lambda: answers(web.address)):
        assert manager.hears(5).startswith("READY=1")
        if ill == "hangs":
            web.hangs.set()
        else:
            web.status = 503
        manager.hears(0.7)  # one that was on its way
        manager.empties()
        assert manager.hears(1.5) == ""
        web.hangs.clear()
        web.status = 200
        assert manager.hears(5) == "WATCHDOG=1"


def test_who_was_not_started_by_systemd_says_nothing_and_children_inherit_no_word(
    manager: Manager,
) -> None:
    assert ServiceManager.taken_from({}) is None
    with watched(None, lambda: True):
        assert manager.hears(0.2) == ""
    given = {
        "NOTIFY_SOCKET": str(manager.path),
        "WATCHDOG_USEC": "600000",
        "WATCHDOG_PID": str(os.getpid()),
    }
    assert ServiceManager.taken_from(given) == ServiceManager(str(manager.path), 0.6)
    assert given == {}
    other = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "600000", "WATCHDOG_PID": "1"}
    assert ServiceManager.taken_from(other) == ServiceManager(str(manager.path), None)


def test_an_abstract_socket_is_spoken_to_and_one_that_is_gone_harms_nobody(tmp_path: Path) -> None:
    name = f"madoguchi-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name}")
        listening.settimeout(2)
        ServiceManager(f"@{name}", None).tell("READY=1")
        assert listening.recv(64) == b"READY=1"
    ServiceManager(str(tmp_path / "gone"), None).tell("READY=1")


@pytest.mark.slow
def test_the_service_itself_is_ready_lives_and_is_given_up_when_its_schedules_end(
    manager: Manager, tmp_path: Path
) -> None:
    home = laid("0.1.0", tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    trial = HomeOnTrial(tmp_path, tmp_path)
    told = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "6000000"}
    process = subprocess.Popen(
        trial.command("serve", "--home", str(home.root), "--config", str(CONTRACT), "--port", str(port)),
        cwd=ROOT, env={**trial.environment(), **told}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert manager.hears(90) == "READY=1\nSTATUS=answers"
        assert answers(Address("127.0.0.1", port)) and manager.hears(10) == "WATCHDOG=1"
        children = Path(f"/proc/{process.pid}/task").glob("*/children")
        (daemon,) = (
            int(one)
            for path in children
            for one in path.read_text().split()
            if b"gateway.daemon" in Path(f"/proc/{one}/cmdline").read_bytes()
        )
        environment = Path(f"/proc/{daemon}/environ").read_bytes()
        assert b"NOTIFY_SOCKET" not in environment and b"WATCHDOG" not in environment
        os.kill(daemon, signal.SIGKILL)
        manager.hears(3)  # one that was on its way
        manager.empties()
        assert manager.hears(6) == "" and answers(Address("127.0.0.1", port))
        process.terminate()
        assert manager.hears(10) == "STOPPING=1\nSTATUS=ends"
        process.wait(10)
    finally:
        process.kill()
        process.wait()
