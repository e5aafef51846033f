"""Real servers on 127.0.0.1 for deliveries: SFTP and mail, each in a thread, with faults on demand."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import asyncssh
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "madoguchi", "kept-nowhere-else"
NOBODYS_KEY = "ssh-ed25519 " + asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().split()[1]  # fmt: skip


@contextmanager
def serving(start: Callable[[], Coroutine[Any, Any, Any]]) -> Iterator[int]:
    """A server in a thread of its own; gives its port."""
    loop, ready, found = asyncio.new_event_loop(), threading.Event(), []

    def live() -> None:
        asyncio.set_event_loop(loop)
        found.append(loop.run_until_complete(start()))
        ready.set()
        loop.run_forever()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    assert ready.wait(10)
    server = found[0]
    try:
        yield (
            server.get_port() if hasattr(server, "get_port") else server.sockets[0].getsockname()[1]
        )
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


@dataclass
class SftpOnTrial:
    """What a server saw, and what it does wrong: `fault` is asked before every write and every rename."""

    root: Path
    key: asyncssh.SSHKey
    port: int = 0
    logins: list[str] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    client_keys: list[bytes] = field(default_factory=list)
    fault: Callable[[str, Disk], Coroutine[Any, Any, None] | None] = lambda step, disk: None

    @property
    def host_key(self) -> str:
        return " ".join(self.key.export_public_key().decode().split()[:2])

    def files(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }


class Disk(asyncssh.SFTPServer):  # type: ignore[misc]
    """The server's disk."""

    def __init__(self, seen: SftpOnTrial, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        super().__init__(chan, chroot=str(seen.root).encode())
        self.seen = seen

    def hang_up(self) -> None:
        self.channel.get_connection().abort()

    async def _ask(self, step: str) -> None:
        if asked := self.seen.fault(step, self):
            await asked

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if pflags & asyncssh.FXF_WRITE:
            self.seen.uploads.append(path.decode())
        return super().open(path, pflags, attrs)

    async def write(self, file_obj: Any, offset: int, data: bytes) -> int:  # type: ignore[override]
        await self._ask("write")
        return cast(int, super().write(file_obj, offset, data))

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:  # type: ignore[override]
        await self._ask("rename")
        super().rename(oldpath, newpath)
        await self._ask("renamed")


@contextmanager
def sftp_server(root: Path, *keys: asyncssh.SSHKey) -> Iterator[SftpOnTrial]:
    root.mkdir(parents=True, exist_ok=True)
    held = keys or (asyncssh.generate_private_key("ssh-ed25519"),)
    seen = SftpOnTrial(root, held[0])

    class Door(asyncssh.SSHServer):  # type: ignore[misc]
        def begin_auth(self, username: str) -> bool:
            seen.logins.append(username)
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == (USER, PASSWORD)

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            return key.export_public_key() in seen.client_keys

    async def start() -> Any:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Door,
            server_host_keys=list(held),
            sftp_factory=lambda chan: Disk(seen, chan),
        )

    with serving(start) as port:
        seen.port = port
        yield seen


@dataclass
class MailOnTrial:
    """What a mail server took; `at_recipient` and `at_data` give its answers in turn, then 250; "drop" hangs up, "late" takes
    the mail and hangs up without a word."""

    port: int = 0
    ca_file: str = ""
    taken: list[EmailMessage] = field(default_factory=list)
    asked: int = 0
    at_recipient: list[str] = field(default_factory=list)
    at_data: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked += 1
        answer = self.at_recipient.pop(0) if self.at_recipient else "250 OK"
        if answer == "drop":
            server.transport.abort()
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.at_data.pop(0) if self.at_data else "250 OK"
        if answer.startswith("250") or answer == "late":
            content = cast(bytes, envelope.content)
            self.taken.append(
                cast(EmailMessage, message_from_bytes(content, policy=policy.default))
            )
        if answer in ("late", "drop"):
            server.transport.abort()
        return answer


@contextmanager
def mail_server(folder: Path, *, has_tls: bool = True, is_wrapped: bool = False) -> Iterator[MailOnTrial]:  # fmt: skip
    context, seen = None, MailOnTrial()
    if has_tls or is_wrapped:
        seen.ca_file, certificate = authority(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def door() -> SMTP:
        return SMTP(
            seen,
            hostname="localhost",
            tls_context=None if is_wrapped else context,
            require_starttls=has_tls and not is_wrapped,
            auth_require_tls=not is_wrapped and has_tls,
            authenticator=lambda server, session, envelope, mechanism, data: AuthResult(
                success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()),
                handled=False,
            ),
        )

    async def start() -> Any:
        return await asyncio.get_running_loop().create_server(
            door, "127.0.0.1", 0, ssl=context if is_wrapped else None
        )

    with serving(start) as port:
        seen.port = port
        yield seen


def authority(folder: Path) -> tuple[str, str]:
    """A certificate authority of our own, and a certificate of 127.0.0.1 with its key."""
    folder.mkdir(parents=True, exist_ok=True)
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority on trial")])
    server = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    root, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    now = datetime.now(UTC)

    def named(subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()),
                critical=False,
            )
        )

    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    top = (
        named(issuer, root.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(root, hashes.SHA256())
    )
    leaf = (
        named(server, own.public_key())
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(root, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    ca_file, certificate = folder / "ca.pem", folder / "server.pem"
    ca_file.write_bytes(top.public_bytes(pem))
    certificate.write_bytes(
        own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + leaf.public_bytes(pem)
    )
    return str(ca_file), str(certificate)
