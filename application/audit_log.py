"""The home's audit log: what was noted moves into it, what it is gets signed, and whether it is right.

A paper prints the checkpoint over everything that was noted before it was made; every command that changed
something ends with one. Verification knows the checkpoints that papers printed beside those that were kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sqlalchemy import Engine

from application.home.session import Outlook
from compliance.audit.checkpoint import Checkpoint, read_shown
from compliance.audit.log import AuditFolder, AuditLog
from compliance.audit.verify import LogVerdict, verify
from compliance.deliverables.register import printed_checkpoints
from compliance.ground.home import Home


class _HasLog(Protocol):
    @property
    def home(self) -> Home: ...
    @property
    def engine(self) -> Engine: ...


def checkpointed(place: _HasLog) -> Checkpoint:
    """Move what was noted into the log and sign what it is then."""
    log = AuditLog(place.home)
    log.drain(place.engine)
    return log.checkpoint()


def printed(place: Outlook) -> Mapping[str, Checkpoint]:
    """The checkpoints that papers printed, by paper."""
    return {
        f"paper {name}": read_shown(shown)
        for name, shown in printed_checkpoints(place.engine).items()
    }


def verified(place: Outlook, trusted: str | None = None) -> LogVerdict:
    """Whether the log is what was written, signed and printed."""
    return verify(AuditFolder(place.home.audit), printed(place), trusted)
