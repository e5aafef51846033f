"""What this package can refuse. Each message says what happened, to which object, and what to do."""

from __future__ import annotations


class ComplianceError(Exception):
    """Root of the errors that this package raises."""


class ContractInvalid(ComplianceError):
    """`contract.toml` cannot be read, or says something that cannot be; one line per problem."""


class ClockRefused(ComplianceError):
    """The home lives by the other clock, by a later time, or the time given is none."""


class HomeUnusable(ComplianceError):
    """The folder named as home cannot be one."""


class HomeBusy(ComplianceError):
    """Another process holds the home's run lock."""


class DefinitionRewritten(ComplianceError):
    """A definition that was in force says something else under the same name and version."""


class KeyUnavailable(ComplianceError):
    """A key is missing, damaged, or readable by others."""


class HomeDamaged(ComplianceError):
    """A file of the home is not what was written there."""


class StoreUnavailable(ComplianceError):
    """The operations database cannot be opened."""
