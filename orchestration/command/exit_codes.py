"""The one table of exit statuses: what a caller, a cron job or a colleague may rely on.

Only the command line maps errors to statuses; everything below it raises. A refusal by rule is told
apart from a failure, and a run that did all its work although some input was refused is told apart
from both, so that a caller need not read text.
"""

from __future__ import annotations

import re
from enum import IntEnum

from application import errors as application
from compliance import errors as compliance
from reporting import errors as reporting
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


_STATUSES: tuple[tuple[ExitCode, tuple[type[Exception], ...]], ...] = (
    (ExitCode.CONFIGURATION, (compliance.Misconfigured, application.Unusable)),
    (ExitCode.BUSY, (compliance.Busy,)),
    (ExitCode.REFUSED, (compliance.Refused, reporting.ReportingRefused)),
    (ExitCode.HOME_DAMAGED, (compliance.Damaged, reporting.PaperDamaged)),
)
"""The status of each category of refusal; anything else that is foreseen failed."""


def exit_code_for(error: BaseException) -> ExitCode:
    """The status that a raised error ends the command with."""
    for status, categories in _STATUSES:
        if isinstance(error, categories):
            return status
    return ExitCode.FAILED


KNOWN_ERRORS: tuple[type[Exception], ...] = (
    compliance.ComplianceError,
    TelephonyIngestError,
    reporting.ReportingError,
    application.ApplicationError,
)
"""Errors whose message is meant for the reader; anything else is a bug and shows its traceback."""


_STORES = {"sqlite3", "sqlalchemy", "duckdb", "_duckdb"}
_UNWRITABLE = re.compile("disk is full|readonly database|No space left|Read-only file|disk I/O")


def is_beyond_us(error: BaseException) -> bool:
    """Whether a database says that the machine lets it write no more."""
    return any(
        type(link).__module__.split(".")[0] in _STORES and _UNWRITABLE.search(str(link))
        for link in _chain(error)
    )


_SERVERS = {"psycopg", "psycopg2", "dagster_postgres"}
_LOST = {"OperationalError", "InterfaceError", "DagsterPostgresException"}


def is_server_lost(error: BaseException) -> bool:
    """Whether PostgreSQL went away, or cut us off, while we worked with it."""
    return any(
        type(link).__module__.split(".")[0] in _SERVERS
        and any(kind.__name__ in _LOST for kind in type(link).__mro__)
        for link in _chain(error)
    )


def _chain(error: BaseException) -> list[BaseException]:
    """An error, and what it came of."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and not any(link is earlier for earlier in chain):  # it may be a ring
        chain.append(link)
        link = link.__cause__ or link.__context__
    return chain
