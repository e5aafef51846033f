"""What a run did, for whoever asked for it: the terminal's progress and the summary at the end.

Use cases note what they did here, whichever way they were started. A step that the Dagster daemon
started writes into a journal that nobody reads; its account is the materialization's metadata.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compliance.vault.custody import NotSealed, SealReport
    from compliance.vault.rotation import RotationReport
    from reporting.paper.issue import Issued, Touched
    from telephony_ingest.landing.report import LandingReport


@dataclass(frozen=True, slots=True)
class Finding:
    """A test of the warehouse that found rows, and how many; `title` is what it asks, in Japanese.

    A notice is said everywhere, but the run counts as done: the records have a gap that no setting mends.
    """

    test: str
    title: str
    rows: int
    is_notice: bool = False


@dataclass(slots=True)
class Journal:
    """Collects what use cases report; `on_step` hears a short line as each piece of work ends."""

    on_step: Callable[[str], None] = lambda _: None
    landings: list[LandingReport] = field(default_factory=list)
    papers: list[Issued] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()
    touched: list[Touched] = field(default_factory=list)
    days_built: int = 0
    recordings_sealed: int = 0
    recordings_refused: list[NotSealed] = field(default_factory=list)
    recordings_rotated: int = 0
    rotation_refused: str = ""
    rotation_failed: list[str] = field(default_factory=list)
    sheet_rows_returned: int = 0
    sheets_returned: int = 0
    sheets_stuck: int = 0

    def add(self, other: Journal) -> None:
        """What another run did, after this one; findings stand as it left them."""
        self.landings += other.landings
        self.papers += other.papers
        self.findings = other.findings
        self.touched += [touched for touched in other.touched if touched not in self.touched]
        self.days_built += other.days_built
        self.recordings_sealed += other.recordings_sealed
        self.recordings_refused = other.recordings_refused
        self.recordings_rotated += other.recordings_rotated
        self.rotation_refused = other.rotation_refused
        self.rotation_failed = other.rotation_failed
        self.sheets_taken(other.sheet_rows_returned, other.sheets_returned, other.sheets_stuck)

    def landed(self, report: LandingReport) -> None:
        """One kind of source was taken in."""
        self.landings.append(report)
        self.on_step(f"{report.kind}: {report.rows_landed} rows landed")

    def sheets_taken(self, rows_returned: int, returned: int, stuck: int) -> None:
        """The floor's sheets were taken in; so many rows and whole files went back, so many files could not."""
        self.sheet_rows_returned += rows_returned
        self.sheets_returned += returned
        self.sheets_stuck += stuck

    def sealed(self, report: SealReport) -> None:
        """Recordings were taken into custody."""
        self.recordings_sealed += report.sealed
        self.recordings_refused = [*self.recordings_refused, *report.refused]
        self.on_step(f"vault: {report.sealed} recordings sealed")

    def rotated(self, report: RotationReport) -> None:
        """Recordings went to their media, or stayed at hand for a reason."""
        self.recordings_rotated += report.rotated
        self.rotation_refused = report.refused
        self.rotation_failed = report.failed
        if report.rotated:
            self.on_step(f"vault: {report.rotated} recordings brought to two media")

    def built(self, days: int) -> None:
        """The warehouse was built for that many days."""
        self.days_built += days
        self.on_step(f"warehouse: {days} days built")

    def node(self, name: str) -> None:
        """A model of the warehouse ended."""
        self.on_step(f"warehouse: {name}")

    def paper(self, paper: Issued) -> None:
        """A deliverable was written or found unchanged."""
        self.papers.append(paper)
        verb = "written" if paper.is_written else "unchanged"
        self.on_step(f"{paper.title}: {verb}")

    def file_touched(self, touched: Touched) -> None:
        """A delivered file was not as it was delivered."""
        if touched not in self.touched:
            self.touched.append(touched)

    @property
    def needs_a_hand(self) -> bool:
        """Whether somebody has to look at what was refused, found or touched."""
        is_wrong = any(not finding.is_notice for finding in self.findings)
        is_wrong |= bool(self.touched or self.recordings_refused or self.rotation_failed)
        return self.has_refused_input or is_wrong

    def rows_by_kind(self) -> dict[str, int]:
        """Rows landed of each kind that was looked at."""
        rows: dict[str, int] = {}
        for report in self.landings:
            rows[str(report.kind)] = rows.get(str(report.kind), 0) + report.rows_landed
        return rows

    @property
    def has_refused_input(self) -> bool:
        """Whether any source, line or sheet was refused in this run."""
        is_returned = self.sheet_rows_returned or self.sheets_returned or self.sheets_stuck
        return bool(is_returned) or any(report.is_refused for report in self.landings)
