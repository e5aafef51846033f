"""What one ingest of one dataset did."""

from __future__ import annotations

from dataclasses import dataclass, field

from telephony_ingest.landing.sources import SourceState


@dataclass(slots=True)
class LandingReport:
    """What one ingest of one kind did. Rows waiting: later than the present, or still being written. Sounds unmatched: files
    that may be recordings and that no pattern names."""

    kind: str
    rows_landed: int = 0
    rows_waiting: int = 0
    sounds_unmatched: int = 0
    rejected_by_reason: dict[str, int] = field(default_factory=dict)
    sources: list[SourceState] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def rows_rejected(self) -> int:
        """Lines set aside by this ingest."""
        return sum(self.rejected_by_reason.values())

    @property
    def is_refused(self) -> bool:
        """Whether any source or line was refused."""
        return bool(self.rejected_by_reason) or any(s.is_trouble for s in self.sources)

    def reject(self, reason: str, count: int = 1) -> None:
        """Count what was set aside."""
        self.rejected_by_reason[reason] = self.rejected_by_reason.get(reason, 0) + count
