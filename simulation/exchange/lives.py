"""What happened to a caller, told as times and persons; nothing here knows of the PBX's files.

A life is the ground truth. `asterisk` writes down what a PBX would have noted of it, and the models
must find the life again from those notes alone. All times are epoch seconds with a fraction.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Ring(StrEnum):
    """How a ring at an operator's telephone ended."""

    ANSWERED = "answered"
    IGNORED = "ignored"
    REJECTED = "rejected"
    CALLER_LEFT = "caller_left"


class Departure(StrEnum):
    """How a caller left the queue without an operator."""

    ABANDONED = "abandoned"
    MESSAGE = "message"
    TIMEOUT = "timeout"
    NO_STAFF = "no_staff"


class EndedBy(StrEnum):
    """Who ended the call."""

    CALLER = "caller"
    OPERATOR = "operator"
    PBX = "pbx"
    RESTART = "restart"


class Dialled(StrEnum):
    """How a call to a citizen ended."""

    REACHED = "reached"
    BUSY = "busy"
    REJECTED = "rejected"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A ring at one operator's telephone; `ended` is its answer where there is one."""

    operator: str
    began: float
    ended: float
    result: Ring


@dataclass(frozen=True, slots=True)
class BlindTransfer:
    """A conversation handed on without consultation: `at` by the operator, `answered` by the target."""

    to: str
    at: float
    answered: float


@dataclass(frozen=True, slots=True)
class AttendedTransfer:
    """A conversation handed on after a consultation: the operator calls the target at `consulted_at`, who answers, and puts
    caller and target together at `joined`."""

    to: str
    consulted_at: float
    answered: float
    joined: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundCall:
    """A citizen's call, as far as it went.

    `choice` is the queue that was reached, at `queued`; `left` says when and how it was left without an
    operator. A call that is null in all of these ended in the announcement or in the menu.
    """

    caller: str
    arrived: float
    ended: float
    ended_by: EndedBy
    is_closed: bool = False
    is_lines_busy: bool = False
    notice_seconds: float = 1.67
    menu_rounds: int = 1
    menu_seconds: float = 2.6
    choice: str | None = None
    queued: float | None = None
    position: int = 1
    attempts: tuple[Attempt, ...] = ()
    left: Departure | None = None
    left_at: float | None = None
    transfer: BlindTransfer | None = None
    consultation: AttendedTransfer | None = None

    @property
    def answer(self) -> Attempt | None:
        """The ring that an operator answered."""
        return next((a for a in self.attempts if a.result is Ring.ANSWERED), None)

    @property
    def outcome(self) -> tuple[str, str | None]:
        """The class and the reason that `fct_calls` must find."""
        if self.is_closed:
            return "after_hours", None
        if self.is_lines_busy:
            return "overflow", "lines_busy"
        if self.answer:
            return "answered", None
        if self.queued is None:
            if self.ended_by is EndedBy.RESTART:
                return "interrupted", "restart_in_menu"
            return "abandoned_in_menu", None
        match self.left:
            case Departure.ABANDONED:
                is_ringing = bool(self.attempts) and self.attempts[-1].result is Ring.CALLER_LEFT
                return "abandoned", "ringing" if is_ringing else "waiting"
            case Departure.MESSAGE:
                return "message", None
            case Departure.TIMEOUT:
                return "overflow", "timeout"
            case Departure.NO_STAFF:
                return "overflow", "no_staff"
        raise ValueError("a call that waited was answered or left the queue")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundCall:
    """A call from an operator's telephone to a citizen; `answered` is null where nobody took it."""

    number: str
    operator: str
    began: float
    ended: float
    result: Dialled
    ended_by: EndedBy
    answered: float | None = None

    @property
    def outcome(self) -> tuple[str, str | None]:
        """The class that `fct_calls` must find."""
        return ("reached" if self.result is Dialled.REACHED else "not_reached"), None
