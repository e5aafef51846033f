"""A bare Debian server without any network, booted with its own systemd: a container of this machine.

Needs root, debootstrap and systemd-nspawn. The root is made from Debian's packages once per test; everything after that happens
with the loopback interface alone.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PACKAGES = "python3,python3-venv,systemd,systemd-sysv,dbus,strace,ca-certificates"
_QUIET = {"LANG": "C.UTF-8", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


def lacking() -> str:
    """Why no server can be had here; blank where one can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a server of its own takes root on Linux"
    tools = [
        one
        for one in ("debootstrap", "systemd-nspawn", "nsenter", "ip", "curl")
        if not shutil.which(one)
    ]
    return f"a server of its own takes {', '.join(tools)}" if tools else ""


@dataclass
class RealServer:
    """A Debian root and, once booted, the process of its init."""

    root: Path
    container: subprocess.Popen[bytes] | None = None
    leader: int = 0

    @staticmethod
    def begun(root: Path) -> subprocess.Popen[bytes]:
        """Debian 12 with systemd and Python, from its packages: begun, while something else is done."""
        command = [
            "debootstrap",
            "--variant=minbase",
            f"--include={PACKAGES}",
            "bookworm",
            str(root),
        ]
        with root.with_suffix(".log").open("wb") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )

    @staticmethod
    def made(root: Path, making: subprocess.Popen[bytes]) -> RealServer:
        """The same, once it is there."""
        assert making.wait(600) == 0, root.with_suffix(".log").read_text()[-2000:]
        return RealServer(root)

    def boot(self) -> None:
        """Start it, and wait until systemd says that it is up."""
        self.container = subprocess.Popen(
            ["systemd-nspawn", "-q", "-D", str(self.root), "--private-network", "--register=no", "--keep-unit", "-b"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        for _ in range(120):
            assert self.container.poll() is None, "the container ended"
            children = Path(f"/proc/{self.container.pid}/task/{self.container.pid}/children").read_text().split()  # fmt: skip
            if children:
                self.leader = int(children[0])
                if self.does("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"):  # fmt: skip
                    return
            time.sleep(0.5)
        raise AssertionError("the server did not come up in a minute")

    def does(
        self, *words: str, given: str = "", seconds: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """A command in it, as root; `given` is what somebody types."""
        command = ["nsenter", "-t", str(self.leader), "-a", "env", "-i", *(f"{n}={v}" for n, v in _QUIET.items()), *words]  # fmt: skip
        return subprocess.run(command, input=given, capture_output=True, text=True, timeout=seconds)

    def must(self, *words: str, given: str = "", seconds: float = 300) -> str:
        """What a command says that has to succeed."""
        done = self.does(*words, given=given, seconds=seconds)
        assert done.returncode == 0, (words, done.returncode, done.stdout[-2000:], done.stderr[-2000:])  # fmt: skip
        return done.stdout

    def within(self, *words: str) -> list[str]:
        """The words that run a command of this machine in the server's network, which is its loopback."""
        return ["nsenter", "-t", str(self.leader), "-n", *words]

    def pids(self, unit: str) -> list[int]:
        """The processes of a unit, by the ids that this machine knows them by."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if f"/system.slice/{unit}" in (place / "cgroup").read_text():
                    found.append(int(place.name))
        return found

    def halt(self) -> None:
        """Switch it off."""
        if self.container is None:
            return
        if self.leader:
            with suppress(subprocess.TimeoutExpired):
                self.does("systemctl", "poweroff", seconds=10)
        with suppress(subprocess.TimeoutExpired):
            self.container.wait(20)
        if self.container.poll() is None:
            self.container.send_signal(signal.SIGKILL)
            self.container.wait(10)
        self.container, self.leader = None, 0
