"""How the checks of a certificate ended, one by one and in all; with nothing of ours but this package's files.

RED: it is not what was signed. YELLOW: it could not be compared. Each finding names the artefact and the check (別紙2-13-5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How a check ended."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One check of one artefact; `what` is for a reader, in Japanese."""

    artefact: str
    check: str
    level: Level
    what: str


@dataclass(slots=True)
class Verification:
    """All checks of all artefacts, in order. `fingerprints` are the first keys', by artefact."""

    findings: list[CheckFinding] = field(default_factory=list)
    fingerprints: dict[str, str] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """The worst of all; YELLOW where there was nothing to look at."""
        levels = {finding.level for finding in self.findings}
        if Level.RED in levels:
            return Level.RED
        return Level.YELLOW if Level.YELLOW in levels or not levels else Level.GREEN

    def add(self, artefact: str, check: str, level: Level, what: str) -> None:
        """Note one check."""
        self.findings.append(CheckFinding(artefact, check, level, what))

    def judge(self, artefact: str, check: str, is_right: bool, right: str, wrong: str) -> bool:
        """Note a check that is right or wrong."""
        self.add(artefact, check, Level.GREEN if is_right else Level.RED, right if is_right else wrong)  # fmt: skip
        return is_right
