"""The service as it runs, while a stranger does what they can at its door: others are let in, the log does not fill."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress

import httpx2
import pytest
from sqlalchemy import create_engine, text

from compliance.audit.log import AuditFolder, AuditLog, entries
from tests.homes import ROOT
from tests.support.served_home import OWN, Service, service

__all__ = ["service"]
pytestmark = pytest.mark.slow
PEOPLE = ("op1", "op2", "op3", "sv1", "mg1", "pm1", "cp1", "ad1")
STRANGER = "127.0.9.9"


def logs_in(service: Service, staff_id: str, source: str) -> tuple[int, float]:
    """The status, and how long it took from the first letter of the form's page to the last of the answer."""
    began = time.monotonic()
    with httpx2.Client(
        base_url=f"http://127.0.0.1:{service.port}", timeout=30,
        transport=httpx2.HTTPTransport(local_address=source),
    ) as client:  # fmt: skip
        answer = service.post(client, "/login", {"staff_id": staff_id, "password": OWN})
    return answer.status_code, time.monotonic() - began


def drained(service: Service) -> tuple[int, list[dict[str, str]]]:
    """The bytes of the log, and its entries; what waits in the outbox is moved first."""
    engine = create_engine(f"sqlite:///{service.home.operations_database}")
    try:
        AuditLog(service.home).drain(engine)
        AuditLog(service.home).checkpoint()
    finally:
        engine.dispose()
    size = sum(one.stat().st_size for one in service.home.audit.rglob("*") if one.is_file())
    return size, list(entries(AuditFolder(service.home.audit)))


def attempts(service: Service) -> int:
    engine = create_engine(f"sqlite:///{service.home.operations_database}")
    with engine.connect() as connection:
        count = connection.execute(text("select count(*) from log_in_attempts")).scalar_one()
    engine.dispose()
    return int(count)


def test_a_crowd_at_the_log_in_keeps_nobody_out_and_fills_no_log(
    service: Service,
) -> None:
    for staff_id in PEOPLE:
        service.visitor(staff_id)
    quiet = max(logs_in(service, one, f"127.0.1.{n + 1}")[1] for n, one in enumerate(PEOPLE))
    size, before = drained(service)
    rows = attempts(service)
    flood = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/orchestration/flood.py"), str(service.port), STRANGER, "24", "20"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    took: list[tuple[int, float]] = []

    def comes(place: int, staff_id: str) -> None:
        time.sleep(0.5 + 0.4 * place)
        for _ in range(5):
            time.sleep(2.7 + 0.07 * place)
            took.append(logs_in(service, staff_id, f"127.0.1.{place + 1}"))

    people = [threading.Thread(target=comes, args=one) for one in enumerate(PEOPLE)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    out, _ = flood.communicate(timeout=60)
    met = json.loads(out)
    time.sleep(1)
    grown, after = drained(service)
    new = after[len(before) :]
    granted = [one for one in new if (one["action"], one["result"]) == ("logged_in", "done")]
    share = (grown - size) * (len(new) - len(granted)) / len(new)
    print(
        f"\nflood: {met}; right log-ins {len(took)}, slowest {max(t for _, t in took):.2f} s, "
        f"median {sorted(t for _, t in took)[len(took) // 2]:.2f} s; log +{grown - size} bytes in {len(new)} entries, "
        f"all {[round(t, 2) for _, t in took]}; "
        f"of the flood {share:.0f}; attempts +{attempts(service) - rows}"
    )
    assert [status for status, _ in took] == [303] * 40
    slowest = max(seconds for _, seconds in took)
    assert slowest < max(1.0, 4 * quiet), "a second, or little more than on this machine without it"
    assert met["429"] + met["503"] > 300, "the crowd was there"
    assert len(granted) == 40
    assert share < 10_000
    assert attempts(service) - rows < 40 + 60


def _is_open(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        return one.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


@pytest.mark.parametrize("addresses", [1, 10], ids=["from one address", "from ten addresses"])
def test_five_hundred_half_open_connections_are_gone_and_pages_open_meanwhile(
    service: Service, addresses: int
) -> None:
    began = time.monotonic()
    with ExitStack() as stack:
        crowd = []
        for n in range(500):
            one = stack.enter_context(
                socket.create_connection(
                    ("127.0.0.1", service.port),
                    5,
                    source_address=(f"127.0.7.{n % addresses + 1}", 0),
                )
            )
            with suppress(OSError):  # its address had its share already
                one.sendall(b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half:")
            crowd.append(one)
        slowest = 0.0
        with httpx2.Client(base_url=f"http://127.0.0.1:{service.port}", timeout=30) as client:
            while (left := sum(map(_is_open, crowd))) and time.monotonic() - began < 30:
                at = time.monotonic()
                assert client.get("/login").status_code == 200
                slowest = max(slowest, time.monotonic() - at)
                time.sleep(0.5)
        gone = time.monotonic() - began
        print(
            f"\n500 half-open {addresses=}: gone after {gone:.1f} s, slowest page {slowest:.3f} s"
        )
        assert left == 0 and gone < 30
        assert slowest < 1.0
