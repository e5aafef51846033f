"""What systemd is told of the service: ready once it answers, alive as long as it does, that it ends (sd_notify(3)).

The sign of life is no clock's: each time the service is asked over its own address, as anybody would, whether it and its store answer
(`/healthz`), and Dagster's daemon is looked at. One that hangs gives none, and systemd starts it anew after `WatchdogSec`. Nothing is
said about anybody.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestration.gateway.service import Address

ASKED_SECONDS = 5.0
"""So long one asking may take."""
UNTIL_READY_SECONDS = 0.5
WITHOUT_WATCHDOG_SECONDS = 20.0
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is bound, not by whom


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """Who started the service: where it listens for words of it, and within how many seconds it expects one (null: never)."""

    socket: str
    watchdog_seconds: float | None

    @staticmethod
    def taken_from(environment: MutableMapping[str, str]) -> ServiceManager | None:
        """The one that the environment names, which is taken out of it: what this process starts speaks to nobody.

        >>> ServiceManager.taken_from({"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "60000000"})
        ServiceManager(socket='/run/notify', watchdog_seconds=60.0)
        """
        place = environment.pop("NOTIFY_SOCKET", "")
        every, process = environment.pop("WATCHDOG_USEC", ""), environment.pop("WATCHDOG_PID", "")
        if not place.startswith(("/", "@")):
            return None
        is_ours = every.isdigit() and process in ("", str(os.getpid()))
        return ServiceManager(place, int(every) / 1e6 if is_ours else None)

    def tell(self, *words: str) -> None:
        """Say something, each word a line; one who does not listen is not waited for."""
        place = f"\0{self.socket[1:]}" if self.socket.startswith("@") else self.socket
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.settimeout(1.0)
            with suppress(OSError):
                sender.sendto("\n".join(words).encode(), place)


def answers(address: Address) -> bool:
    """Whether the service at its own address says that it and its store are well."""
    host = _ANYWHERE.get(address.host, address.host)
    connection: http.client.HTTPConnection
    if address.is_tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # it is asked whether it answers, not who it is
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(
            host, address.port, timeout=ASKED_SECONDS, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, address.port, timeout=ASKED_SECONDS)
    try:
        name = f"[{address.host}]" if ":" in address.host else address.host
        connection.request("GET", "/healthz", headers={"Host": f"{name}:{address.port}"})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def watched(manager: ServiceManager | None, is_well: Callable[[], bool]) -> Iterator[None]:
    """While the block lasts, tell whoever started the service how it is; `is_well` asks it."""
    if manager is None:
        yield
        return
    stop = threading.Event()

    def work() -> None:
        every = (manager.watchdog_seconds or WITHOUT_WATCHDOG_SECONDS * 3) / 3
        is_ready = False
        while not stop.wait(every if is_ready else UNTIL_READY_SECONDS):
            if not is_well():
                continue
            words = ("WATCHDOG=1",) if is_ready else ("READY=1", "STATUS=answers")
            manager.tell(*words)
            is_ready = True

    thread = threading.Thread(target=work, name="liveness", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        manager.tell("STOPPING=1", "STATUS=ends")
        thread.join(ASKED_SECONDS)
