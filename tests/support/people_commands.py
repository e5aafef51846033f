"""A centre whose people are entered by commands."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

from compliance.audit.log import AuditFolder, entries
from orchestration.cli import app

NAME = "表示 花子"

RUN = CliRunner()

NUMBER, HALF = re.compile(r"P-\d{4}"), re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2}")


class Centre:
    """A home in which people are entered."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"

    def __call__(self, *words: str, typed: str = "") -> str:
        done = RUN.invoke(
            app, [*words, "--home", str(self.home)], input=typed, catch_exceptions=False
        )
        assert done.exit_code == 0, done.output
        return done.stdout

    def enter(self, staff_id: str, role: str, *more: str) -> None:
        """Enter somebody by pm1, confirmed by cp1 where their role takes that, trained and pledged."""
        typed, by = "pm1 passphrase\n", ("--by", "pm1")
        said = self(
            "people", "add", staff_id, "--role", role, "--starts", "2023-11-20",
            "--reported", "2023-11-13", *by, *more, typed=f"{typed}{NAME}\n",
        )  # fmt: skip
        for number in NUMBER.findall(said)[:1]:
            self.confirm(number)
        for word in ("train", "pledge"):
            self("people", word, staff_id, "--on", "2026-11-20", *by, typed=typed)

    def confirm(self, number: str, by: str = "cp1") -> str:
        return self("people", "confirm", number, "--by", by, typed=f"{by} passphrase\ny\n")

    def enrol(self, staff_id: str, secret: str, by: str = "pm1", other: str = "cp1") -> str:
        said = self("people", "enrol", staff_id, "--by", by, typed=f"{by} passphrase\n")
        first = HALF.findall(said)[0]
        second = HALF.findall(self.confirm(NUMBER.findall(said)[0], other))[0]
        typed = f"{first}\n{second}\n{secret}\n{secret}\n"
        return self("people", "claim", staff_id, typed=typed)

    def entries(self) -> list[tuple[str, str, str]]:
        return [
            (e["actor"], e["action"], e["result"])
            for e in entries(AuditFolder(self.home / "audit"))
        ]
