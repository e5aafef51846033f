"""The one table of exit statuses: what a caller, a cron job or a colleague may rely on.

Only the command line maps errors to statuses; everything below it raises. A refusal by rule is told
apart from a failure, and a run that did all its work although some input was refused is told apart
from both, so that a caller need not read text.
"""

from __future__ import annotations

from enum import IntEnum

from compliance import errors as compliance_errors
from orchestration.errors import OrchestrationError, PbxMissing
from reporting.errors import ReportingError
from telephony_ingest.errors import TelephonyIngestError


class ExitCode(IntEnum):
    """Exit statuses of every `madoguchi` command."""

    DONE = 0
    """All work done."""
    FAILED = 1
    """Something broke that nobody foresaw; the log holds the traceback."""
    USAGE = 2
    """The command was typed wrongly."""
    INPUT_REFUSED = 3
    """All work done, but some input was refused or a test found rows; each was named."""
    CONFIGURATION = 4
    """`contract.toml` or the environment is wrong; nothing was touched."""
    BUSY = 5
    """Another run holds this home."""
    REFUSED = 6
    """A rule forbids it (clock, rewritten definition); nothing was touched."""
    HOME_DAMAGED = 7
    """The home or its keys are not as they were left; nothing was touched."""


def exit_code_for(error: BaseException) -> ExitCode:
    """The status that a raised error ends the command with."""
    match error:
        case compliance_errors.ContractInvalid() | compliance_errors.HomeUnusable() | PbxMissing():
            return ExitCode.CONFIGURATION
        case compliance_errors.HomeBusy():
            return ExitCode.BUSY
        case compliance_errors.ClockRefused() | compliance_errors.DefinitionRewritten():
            return ExitCode.REFUSED
        case (
            compliance_errors.HomeDamaged()
            | compliance_errors.KeyUnavailable()
            | compliance_errors.StoreUnavailable()
        ):
            return ExitCode.HOME_DAMAGED
        case _:
            return ExitCode.FAILED


KNOWN_ERRORS: tuple[type[Exception], ...] = (
    compliance_errors.ComplianceError,
    TelephonyIngestError,
    ReportingError,
    OrchestrationError,
)
"""Errors whose message is meant for the reader; anything else is a bug and shows its traceback."""
