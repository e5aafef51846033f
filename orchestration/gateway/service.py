"""The service on one address: web server, Dagster's daemon beside it, the log drained, and an end within seconds.

The daemon is a process of its own that is started here and ends with the service. A run that is being executed then ends with
it, as at a power cut: the next one does what it left.
"""

from __future__ import annotations

import ipaddress
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from compliance.audit.log import AuditLog
from compliance.errors import ComplianceError, Misconfigured, NotAllowed
from compliance.ground.home import Home
from compliance.registers.entries import KeptEntry
from compliance.registers.standing import Lacking, permit
from desk.services import LOOPBACK
from orchestration.gateway import daemon
from orchestration.gateway.liveness import ServiceManager, answers, watched

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

DRAIN_SECONDS = 10.0
_SOCKET_MESSAGE_BYTES = 256 * 1024
_FILES = 4096
"""So many open files the service asks for, where it may: a connection takes one, and more come than are taken in."""
_END_SECONDS = 3.0
"""What is left of five seconds once requests had their chance."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the service listens; with TLS where both files are named."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None

    @property
    def is_tls(self) -> bool:
        """Whether what goes over the wire is encrypted."""
        return self.certificate is not None and self.key is not None

    @property
    def url(self) -> str:
        """What somebody types into a browser."""
        return f"{'https' if self.is_tls else 'http'}://{self.host}:{self.port}/"

    @property
    def is_this_machine_only(self) -> bool:
        """Whether nobody else can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def may_listen(address: Address, permits: Sequence[KeptEntry], today: date) -> None:
    """Whether the service may open itself there: on this machine always, beyond it with TLS and the city's 許可 of that
    address (別紙1-5(1)).

    Raises:
        NotAllowed: it may not; what to do is said.
    """
    if address.is_this_machine_only:
        return
    if not address.is_tls:
        raise NotAllowed(
            f"{address.host} では、証明書（--certificate、--key）なしには受け付けません。この機械だけで使うなら --host 127.0.0.1 です。"
        )
    found = permit(permits, "network", address.host, today)
    if isinstance(found, Lacking):
        raise NotAllowed(found.text_ja)


def names_of(address: Address) -> frozenset[str]:
    """The names by which the service may be asked for: its address, those in its certificate, and on this machine alone the
    machine's own. Whoever asks for another has been led here by somebody who owns that name.

    Raises:
        Misconfigured: the certificate cannot be read.
    """
    names = {address.host.lower()}
    if address.is_this_machine_only:
        names |= LOOPBACK
    if address.certificate is not None:
        try:
            certificate = x509.load_pem_x509_certificate(address.certificate.read_bytes())
            others = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except x509.ExtensionNotFound:
            return frozenset(names)
        except (OSError, ValueError) as error:
            raise Misconfigured(
                f"{address.certificate} is no certificate that can be read ({type(error).__name__}): name a PEM file."
            ) from None
        names |= {name.lower() for name in others.value.get_values_for_type(x509.DNSName)}
        names |= {str(one) for one in others.value.get_values_for_type(x509.IPAddress)}
    return frozenset(names)


def server_of(application: ASGIApp, address: Address) -> uvicorn.Server:
    """The web server of an application, its connections bounded."""
    import uvicorn

    from orchestration.gateway.connections import BoundedProtocol, Crowd, HurriedLoop

    http: Any = partial(BoundedProtocol, Crowd())
    config = uvicorn.Config(
        application,
        host=address.host,
        port=address.port,
        ssl_certfile=address.certificate,
        ssl_keyfile=address.key,
        http=http,
        loop=f"{HurriedLoop.__module__}:{HurriedLoop.__name__}",
        ws_max_size=_SOCKET_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # a few bytes would unpack to all that is allowed
        log_level="warning",
        access_log=False,  # an address line may hold what somebody typed
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        lifespan="off",
    )
    return uvicorn.Server(config)


def serve(
    application: ASGIApp,
    address: Address,
    home: Home,
    engine: Engine,
    workspace: Path,
    told: Callable[[bool], object],
) -> None:
    """Answer until Ctrl-C or SIGTERM; both end it within five seconds. `told` enters the sums of what was refused at sign-in
    before the log is written, all of them (`True`) at the end."""
    server = server_of(application, address)
    _may_open_files()
    signal.signal(signal.SIGTERM, _asked_to_end)  # the server hands the signal on once it has ended
    manager = ServiceManager.taken_from(os.environ)
    with (
        _daemon(workspace) as schedules,
        _draining(home, engine, told),
        watched(manager, lambda: schedules.poll() is None and answers(address)),
    ):
        server.run()


def _may_open_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _asked_to_end(number: int, frame: object) -> None:
    raise SystemExit(0)


@contextmanager
def _daemon(workspace: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Dagster's daemon in a group of its own, so that Ctrl-C reaches it through us alone; killed with us, whatever kills us."""
    process = subprocess.Popen(  # noqa: S603 - our own module
        [
            sys.executable,
            "-m",
            daemon.__name__,
            "run",
            "-w",
            str(workspace),
            "--log-level",
            "warning",
        ],
        start_new_session=True,
        stdin=subprocess.PIPE,
        cwd=workspace.parents[1],  # where the packages lie: a checkout, or site-packages
    )
    try:
        yield process
    finally:
        _ended(process)


def _ended(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, then see to it; its code servers are of its group."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait(_END_SECONDS)


@contextmanager
def _draining(home: Home, engine: Engine, told: Callable[[bool], object]) -> Iterator[None]:
    """What pages note goes into the log every few seconds, and at the end."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(DRAIN_SECONDS):
            _drain(home, engine, partial(told, False))

    thread = threading.Thread(target=work, name="audit-drain", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_END_SECONDS)
        _drain(home, engine, partial(told, True))


def _drain(home: Home, engine: Engine, told: Callable[[], object]) -> None:
    """The outbox keeps what cannot be written now: the next round, or the next command, writes it."""
    try:
        told()
        log = AuditLog(home)
        if log.drain(engine):
            log.checkpoint()
    except (ComplianceError, SQLAlchemyError, OSError) as error:
        print(f"madoguchi: the audit log waits: {type(error).__name__}", file=sys.stderr)
