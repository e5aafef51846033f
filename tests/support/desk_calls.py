"""A few calls of one day, as the desk looks them up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from application.call_log import CallRecording, CallView, LoggedCall, Stay
from compliance.errors import HomeBusy
from compliance.vault.states import RecordingState
from reporting.weekly.wording import OUTCOMES
from tests.desk.conftest import AT

OLD = AT - timedelta(days=40)


def call(number: int, *operators: str, outcome: str = "answered", ago: int = 0) -> LoggedCall:
    return LoggedCall(f"17000000{number:02}.0", OLD - timedelta(minutes=ago), "調査の問い合わせ", "inbound", outcome,
                      OUTCOMES[outcome], operators, 4.0, 61.4 if operators else None)  # fmt: skip


MINE, THEIRS, LOST = call(1, "op1"), call(2, "op2", ago=5), call(3, outcome="abandoned", ago=9)


@dataclass
class FakeLog:
    """Days with calls; remembers which were asked."""

    calls: Sequence[LoggedCall] = (MINE, THEIRS, LOST)
    is_busy: bool = False
    asked: list[date] = field(default_factory=list)

    def days(self) -> tuple[date, date]:
        if self.is_busy:
            raise HomeBusy("A run builds the warehouse now.")
        return date(2023, 10, 1), date(2023, 10, 11)

    def of_day(self, day: date) -> Sequence[LoggedCall]:
        self.asked.append(day)
        return self.calls

    def one(self, call_id: str) -> CallView | None:
        found = next((one for one in self.calls if one.call_id == call_id), None)
        if found is None:
            return None
        recordings = (
            CallRecording("a" * 64, 61.0, RecordingState.SEALED),
            CallRecording("b" * 64, None, None),
        )
        return CallView(found, (Stay("op1", OLD, OLD + timedelta(seconds=61)), Stay("op2", None, None)), recordings,
                        (THEIRS, LOST), "R1; answer: bridge")  # fmt: skip
