"""The server that an upgrade works on: its units by systemd, where it runs, and the versions' own commands, as the home's account."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from application.errors import UpgradeFailed
from application.upgrade import UNITS, Programmes
from compliance.ground import durable
from orchestration.command.exit_codes import ExitCode

ACCOUNT = "madoguchi"
_SYSTEMD = Path("/run/systemd/system")
_BELOW = Path("opt/madoguchi")
"""Where the versions lie below the root that `install.sh` was told."""


@dataclass(frozen=True, slots=True)
class InstalledMachine:
    """The machine whose versions lie in `place`; below another root (a trial) nothing runs, and nobody is changed to."""

    place: Programmes

    @property
    def root(self) -> Path:
        """`/`, or the folder of a trial."""
        return self.place.root.parents[len(_BELOW.parts) - 1]

    def running(self) -> Sequence[str]:
        """Which units run."""
        return [one for one in UNITS if self._systemctl("is-active", "--quiet", one).returncode == 0] if self._lives else []  # fmt: skip

    def stop(self, units: Sequence[str]) -> None:
        """End them.

        Raises:
            UpgradeFailed: systemd could not.
        """
        if units and self._lives:
            self._must("stop", *units)

    def start(self, units: Sequence[str]) -> None:
        """Start them; a unit that notifies is waited for.

        Raises:
            UpgradeFailed: one did not become ready.
        """
        if units and self._lives:
            self._must("reset-failed", *units)
            self._must("start", *units)

    def furnish(self, version: str) -> None:
        """Put a version's units in place; those that it has not are taken away."""
        kept = self.place.root / version / "systemd"
        target = self.root / "etc" / "systemd" / "system"
        if not kept.is_dir():
            return
        for unit in sorted(kept.iterdir()):
            durable.write_durably(target / unit.name, unit.read_bytes(), mode=0o644)
        for unit in target.glob("madoguchi-*"):
            if unit.is_file() and not (kept / unit.name).exists():
                durable.remove_durably(unit)
        if self._lives:
            self._must("daemon-reload")

    def done(self, version: str, *words: str) -> str:
        """What a command says; one that says that something needs a hand was done.

        Raises:
            UpgradeFailed: it was not done; the text is the command's last line.
        """
        command = [str(self.place.root / version / "bin" / "madoguchi"), *words]
        if self._lives and os.geteuid() == 0:
            change = ("setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--init-groups")
            command = [*change, *command]
        ended = subprocess.run(  # noqa: S603 - our own command, of a version that root installed
            command, cwd="/", env=self._environment(), capture_output=True, text=True, check=False
        )
        if ended.returncode not in (ExitCode.DONE, ExitCode.INPUT_REFUSED):
            last = (ended.stderr.strip().splitlines() or [f"status {ended.returncode}"])[-1]
            raise UpgradeFailed(f"{version}: {' '.join(words[:2])}: {last}")
        return ended.stdout

    @property
    def _lives(self) -> bool:
        return self.root == Path("/") and _SYSTEMD.is_dir()

    def _environment(self) -> dict[str, str]:
        """The home's places, as the units have them."""
        told = (self.root / "etc" / "madoguchi" / "madoguchi.env").read_text("utf-8")
        places = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
        return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", **places}

    def _must(self, *words: str) -> None:
        ended = self._systemctl(*words)
        if ended.returncode != 0:
            raise UpgradeFailed(f"systemctl {words[0]}: {ended.stderr.strip() or 'it failed'}")

    def _systemctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - units by our own names
            ["systemctl", *words],  # noqa: S607 - systemd's own, by the machine's path
            capture_output=True,
            text=True,
            check=False,
        )
