"""What use cases themselves can refuse; each message says what, which object, what to do."""

from __future__ import annotations


class ApplicationError(Exception):
    """Root of the errors that this package raises."""


class Unusable(ApplicationError):
    """What somebody wrote or named cannot be used; nothing was touched."""


class PbxMissing(Unusable):
    """The folder that should hold the PBX's files is not a folder that can be read."""


class ModelFailed(ApplicationError):
    """dbt could not build the warehouse; what had been built before is still there."""


class ManifestMissing(ApplicationError):
    """The dbt manifest that set-up makes is not there."""


class RunStoreUnavailable(ApplicationError):
    """The database that Dagster keeps its runs in cannot be had, or is another home's."""


class SheetUnreadable(Unusable):
    """A sheet that somebody filled cannot be read as one."""


class UpgradeRefused(Unusable):
    """The home cannot go to another version, or not back; it is as it was."""


class UpgradeFailed(ApplicationError):
    """A step of an upgrade was not done; the upgrade goes back, or the next call takes it up."""
