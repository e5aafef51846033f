"""Connections that cost before anybody is known, at a real socket: number, bytes, time."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from compliance.errors import Misconfigured
from desk.middleware import BY_TLS_ONLY, STRICT
from orchestration.gateway import connections
from orchestration.gateway.service import Address, names_of, server_of


async def told(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{len(await request.body())} bytes")


APPLICATION = Starlette(routes=[Route("/", told, methods=["GET", "POST"])])
ASKED = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextmanager
def served(address: Address | None = None) -> Iterator[int]:
    server = server_of(APPLICATION, address or Address("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        for _ in range(200):
            if server.started:
                break
            time.sleep(0.02)
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(5)


def opened(port: int, said: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), 5, source_address=(source, 0))
    made.settimeout(5)
    if said:
        made.sendall(said)
    return made


def is_open(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        return one.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def answer(one: socket.socket) -> bytes:
    """All that comes until a whole small answer is there or the other side hangs up."""
    got = b""
    try:
        while not got.endswith(b" bytes") and (part := one.recv(65_536)):
            got += part
    except ConnectionError:
        pass
    return got


def seconds_until_gone(one: socket.socket, limit: float = 8.0) -> float:
    began = time.monotonic()
    while is_open(one) and time.monotonic() - began < limit:
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(connections, "BODY_SECONDS", 1.0)
    monkeypatch.setattr(connections, "HANDSHAKE_SECONDS", 0.5)


BEGINNINGS = {
    "nothing": b"",
    "an empty line": b"\r\n",
    "half a request line": b"GET / HT",
    "half the headers": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ",
    "after an answer, an empty line": ASKED + b"\r\n",
    "after an answer, half of the next": ASKED + b"GET / HTTP/1.1\r\nHost:",
}


@pytest.mark.parametrize("said", BEGINNINGS.values(), ids=BEGINNINGS.keys())
def test_a_request_whose_head_does_not_end_is_gone(hurried: None, said: bytes) -> None:
    first, rest = (ASKED, said.removeprefix(ASKED)) if said.startswith(ASKED) else (b"", said)
    with served() as port, opened(port, first) as one:
        if first:
            assert answer(one).endswith(b"0 bytes")
        one.sendall(rest)
        assert 0.2 < seconds_until_gone(one) < 2.0


def test_a_head_that_comes_byte_by_byte_is_gone_in_the_same_time(hurried: None) -> None:
    with served() as port, opened(port) as one:
        began = time.monotonic()
        while is_open(one) and time.monotonic() - began < 5:
            try:
                one.sendall(b"X"[:1])
            except OSError:
                break
            time.sleep(0.05)
        assert time.monotonic() - began < 2.0


def test_a_body_that_does_not_end_is_gone(hurried: None) -> None:
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf"
    with served() as port, opened(port, head) as one:
        assert 0.6 < seconds_until_gone(one) < 3.0


def test_whoever_asks_in_time_is_answered_again_and_again(hurried: None) -> None:
    with served() as port, opened(port) as one:
        for _ in range(5):
            one.sendall(ASKED)
            assert answer(one).endswith(b"0 bytes")
            time.sleep(0.3)
        one.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345")
        time.sleep(0.7)
        one.sendall(b"67890")
        assert answer(one).endswith(b"10 bytes"), "a body has longer than a head"
        one.sendall(ASKED + ASKED)
        got = b""
        while got.count(b"0 bytes") < 2:
            got += one.recv(65_536)


def test_headers_without_end_are_refused(hurried: None) -> None:
    with served() as port, opened(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n") as one:
        try:
            for _ in range(40):
                one.sendall(b"X-A: " + b"a" * 8_000 + b"\r\n")
                time.sleep(0.005)
        except OSError:
            pass
        got = answer(one)
    assert got.startswith(b"HTTP/1.1 431") or not got


def test_what_is_no_http_is_answered_strictly(hurried: None) -> None:
    with served() as port, opened(port, b"\x16\x03\x01 nothing of ours\r\n\r\n") as one:
        got = answer(one).decode()
    assert got.startswith("HTTP/1.1 400")
    assert all(f"{name}: {value}\r\n" in got for name, value in STRICT.items())


def test_an_address_has_its_share_of_the_connections() -> None:
    with served() as port, ExitStack() as stack:
        crowd = [
            stack.enter_context(opened(port, b"GET / "))
            for _ in range(connections.OF_AN_ADDRESS + 40)
        ]
        time.sleep(0.3)
        assert sum(is_open(one) for one in crowd) == connections.OF_AN_ADDRESS
        other = stack.enter_context(opened(port, ASKED, "127.0.0.2"))
        assert answer(other).endswith(b"0 bytes")
        for one in crowd:
            one.close()
        time.sleep(0.2)
        again = stack.enter_context(opened(port, ASKED))
        assert answer(again).endswith(b"0 bytes"), "and its places are free again"


def certificate(folder: Path, *names: x509.GeneralName) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    )  # fmt: skip
    if names:
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    (folder / "cert.pem").write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


def test_a_tls_handshake_that_does_not_end_is_gone(hurried: None, tmp_path: Path) -> None:
    address = Address("127.0.0.1", 0, *certificate(tmp_path))
    with served(address) as port:
        with opened(port) as silent, opened(port, b"\x16\x03\x01\x02\x00") as half:
            assert seconds_until_gone(silent) < 2.0
            assert seconds_until_gone(half) < 2.0
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        with trusting.wrap_socket(opened(port)) as one:
            one.sendall(b"no http\r\n\r\n")
            got = answer(one).decode()  # type: ignore[arg-type]
        assert all(f"{name}: {value}\r\n" in got for name, value in BY_TLS_ONLY.items())


def test_the_service_is_known_by_its_address_and_its_certificate_s_names(tmp_path: Path) -> None:
    assert names_of(Address("127.0.0.1", 3000)) == {"localhost", "127.0.0.1", "::1"}
    pair = certificate(tmp_path)
    beyond = Address("192.0.2.10", 3000, *pair)
    assert names_of(beyond) == {"192.0.2.10"}
    named = certificate(
        tmp_path, x509.DNSName("Madoguchi.example"), x509.IPAddress(ip_address("192.0.2.11"))
    )
    assert names_of(replace(beyond, certificate=named[0])) == {
        "192.0.2.10", "madoguchi.example", "192.0.2.11",
    }  # fmt: skip
    named[0].write_text("no certificate")
    with pytest.raises(Misconfigured, match=r"cert\.pem"):
        names_of(replace(beyond, certificate=named[0]))
