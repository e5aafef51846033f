"""What this package can refuse. Each message says what happened, to which object, and what to do.

The categories say what kind of refusal it is; exit statuses follow them, so that a new leaf needs no entry
anywhere else.
"""

from __future__ import annotations

from datetime import UTC, datetime

AT_ONCE = datetime.min.replace(tzinfo=UTC)


class ComplianceError(Exception):
    """Root of the errors that this package raises."""


class Misconfigured(ComplianceError):
    """What somebody wrote or named cannot be used; nothing was touched."""


class Busy(ComplianceError):
    """Somebody else is at it; nothing was touched."""


class Refused(ComplianceError):
    """A rule forbids it; nothing was touched."""


class Damaged(ComplianceError):
    """A store or key is not as it was left; nothing was touched."""


class ContractInvalid(Misconfigured):
    """`contract.toml` cannot be read, or says something that cannot be; one line per problem."""


class HomeUnusable(Misconfigured):
    """The folder named as home cannot be one."""


class HomeBusy(Busy):
    """Another process holds the home's run lock."""


class ClockRefused(Refused):
    """The home lives by the other clock, by a later time, or the time given is none."""


class DefinitionRewritten(Refused):
    """A definition that was in force says something else under the same name and version."""


class KeyUnavailable(Damaged):
    """A key is missing, damaged, or readable by others."""


class EpochLeft(KeyUnavailable):
    """An erasure began the next epoch: the keyring at hand makes no more keys, the present one does."""


class HomeDamaged(Damaged):
    """A file of the home is not what was written there."""


class StoreUnavailable(Damaged):
    """The operations database cannot be opened."""


class LogDamaged(Damaged):
    """The audit log, a checkpoint or a proof is not what was written."""


class PersonUnproved(Refused):
    """Whoever acts has not shown to be the person they say."""


class LogInRefused(Refused):
    """Nobody was let in. One text whatever was wrong, so that it tells a stranger nothing."""


class MustWait(LogInRefused):
    """A terminal tries again before its time: refused before anything was looked at. `until` is by the system's clock; told nothing, it may try again at once."""

    def __init__(self, text: str, until: datetime = AT_ONCE) -> None:
        super().__init__(text)
        self.until = until


class NotAllowed(Refused):
    """The registers do not let this person do that today."""


class NotOrdered(Refused):
    """What destroys or hands out lacks the signature of whoever does it; nothing was touched."""


class NotInForce(Refused):
    """An area or device that this depends on does not stand in its register as in force today."""


class EntryRefused(Refused):
    """What was to be entered in a register contradicts it or the rules."""


class DeliveryForbidden(Refused):
    """The city has not let papers go that way; nothing was connected to."""


class Outdated(Refused):
    """Somebody else changed the same entry in the meantime; nothing was saved."""


class KeyringDamaged(Damaged):
    """A wrapped key does not open, or the keyring is not what was written."""


class TransitionRefused(Refused):
    """A recording may not go from the state that it is in to the one asked for."""


class SealBroken(Damaged):
    """A sealed file does not open as what it is said to be."""


class ErasureRefused(Refused):
    """An erasure lacks what it needs; nothing was touched. The reasons stand in the message."""


class BackupTouched(Damaged):
    """A backup is not what was signed when it was made; nothing of it was put into place."""


class RestoreRefused(Refused):
    """A home cannot be put where it was asked for, or not beside what is known of it; nothing was put into place."""


class FileRefused(Misconfigured):
    """A file that somebody handed in cannot be read, or not within its bounds; the reason, in Japanese, goes back with it."""


FOR_PEOPLE: tuple[type[ComplianceError], ...] = (
    DeliveryForbidden,
    EntryRefused,
    ErasureRefused,
    FileRefused,
    LogInRefused,
    NotAllowed,
    NotInForce,
    NotOrdered,
    Outdated,
    TransitionRefused,
)
"""Refusals whose own text a page or a sheet shows: it is Japanese wherever it is told, at the command line too. The text of any
other is the tool's about itself, English, and no page shows it."""
