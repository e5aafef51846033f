"""Which right each command and each job needs, and how whoever does it shows who they are: the one table of acts.

What stands in no row is not run: a job without one is refused when it begins, a command without one fails a test. Pages of the
desk have their rows in `desk.site`, changes of the Dagster UI in `orchestration.gateway.changes`. What destroys, hands out or lets a held
recording go is never proved by a session: it is a command or a form of the desk with the own passphrase, or a job that uses up a signature given at the desk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from compliance.people.rights import Right


class ActProof(StrEnum):
    """How whoever acts shows who they are, the weakest first."""

    NOBODY = "nobody"
    """It changes nothing, or does only what the schedules do."""
    SESSION = "session"
    """The session of whoever came through the gate."""
    PASSPHRASE = "passphrase"  # noqa: S105 - a kind of proof
    """The own key, opened at the command by a passphrase that is typed there."""
    SIGNED = "signed"
    """The own key's signature over the very thing."""
    TOGETHER = "together"
    """Two people, each with the own passphrase."""


@dataclass(frozen=True, slots=True)
class Need:
    """What an act needs. `right` is null where nobody needs one, or the register that it is about says which."""

    right: Right | None
    proof: ActProof


def _each(right: Right | None, proof: ActProof, names: Iterable[str]) -> dict[str, Need]:
    return dict.fromkeys(names, Need(right, proof))


COMMANDS: Mapping[str, Need] = {
    **_each(None, ActProof.NOBODY, (
        "run", "demo", "simulate", "rehearse", "dev", "serve", "doctor", "settings", "today", "verify", "backup", "restore", "new", "service status",
        "service upgrade", "service migrate",
        "audit verify", "audit show", "audit checkpoint", "audit prove",
        "people list", "people proposals", "people account list", "recordings list",
        "keys status", "keys verify-backup", "keys unlock", "keys lock", "vault status", "vault verify", "vault media",
        "clock status", "erasure list", "erasure show", "inquiries template", "inquiries list",
        "papers list", "registers list", "registers show", "registers template",
    )),
    **_each(Right.KEEP_REGISTERS, ActProof.PASSPHRASE, ("audit handover", "audit handed-over", "papers status")),
    **_each(Right.EXPORT_LOG, ActProof.PASSPHRASE, ("audit export", "audit inspection")),
    **_each(Right.MANAGE_KEYS, ActProof.PASSPHRASE, (
        "audit rotate-key", "vault add-medium", "keys init", "keys protect", "keys backup", "keys rotate",
        "clock confirm",
    )),
    "people found": Need(None, ActProof.TOGETHER),
    "people claim": Need(None, ActProof.TOGETHER),
    **_each(Right.KEEP_PEOPLE, ActProof.PASSPHRASE, (
        "people paper", "people leave", "people train", "people pledge", "people import", "people export", "people refuse",
        "people account open", "people account close",
    )),
    **_each(Right.KEEP_PEOPLE, ActProof.SIGNED, ("people add", "people change")),
    **_each(Right.ENROL_KEY, ActProof.SIGNED, ("people enrol", "people withdraw")),
    "people confirm": Need(Right.CONFIRM_PERSON, ActProof.SIGNED),
    "vault rotate": Need(Right.RUN_JOBS, ActProof.PASSPHRASE),
    "vault restore": Need(Right.RESTORE_RECORDING, ActProof.PASSPHRASE),
    "vault hold": Need(Right.HOLD_RECORDING, ActProof.PASSPHRASE),
    "recordings play": Need(Right.LISTEN, ActProof.PASSPHRASE),
    "keys destroy": Need(Right.MANAGE_KEYS, ActProof.SIGNED),
    **_each(Right.EXPORT_RECORDING, ActProof.SIGNED, ("recordings export", "erasure return")),
    "erasure received": Need(Right.EXPORT_RECORDING, ActProof.PASSPHRASE),
    **_each(Right.RECORD_CONSENT, ActProof.PASSPHRASE, (
        "erasure designate", "erasure consent", "erasure standing", "erasure consent-under",
    )),
    **_each(Right.APPLY_ERASURE, ActProof.PASSPHRASE, ("erasure apply", "erasure paper", "erasure withdraw")),
    "erasure authorise": Need(Right.AUTHORISE_ERASURE, ActProof.SIGNED),
    **_each(Right.EXECUTE_ERASURE, ActProof.SIGNED, ("erasure execute", "erasure tasks")),
    "erasure device": Need(Right.EXECUTE_ERASURE, ActProof.PASSPHRASE),
    "erasure verify": Need(Right.VERIFY_ERASURE, ActProof.SIGNED),
    "erasure certify": Need(Right.VERIFY_ERASURE, ActProof.PASSPHRASE),
    "inquiries import": Need(Right.WRITE_INQUIRY, ActProof.PASSPHRASE),
    **_each(Right.TELL_THE_CITY, ActProof.PASSPHRASE, (
        "inquiries export", "inquiries void", "papers cover", "papers fill", "papers deliver", "papers received", "papers open",
    )),
    **_each(Right.CONFIRM_PAPER, ActProof.PASSPHRASE, ("papers figures", "papers confirm")),
    **_each(None, ActProof.PASSPHRASE, (
        "registers import", "registers export", "registers add", "registers paper", "registers void",
    )),
}  # fmt: skip
"""Each command as it is typed. Those of registers need the right that their register names (`Register.write`)."""

JOBS: Mapping[str, Need] = {
    **_each(
        Right.REBUILD,
        ActProof.SESSION,
        (
            "__ASSET_JOB",
            "audit",
            "complaints_report",
            "completion_report",
            "drill",
            "erasure_apply",
            "erasures",
            "history",
            "ingest",
            "inquiries_inbox",
            "morning",
            "morning_brief",
            "nightly",
            "papers_of_month",
            "papers_of_week",
            "personal_information_report",
            "recordings_read_medium",
            "recordings_rotate",
            "rotation",
            "vault",
            "voices_report",
            "weekly_report",
        ),
    ),
    "people_sheet": Need(Right.KEEP_PEOPLE, ActProof.SESSION),
    "management_figures": Need(Right.READ_PAPERS, ActProof.SESSION),
    "recordings_restore": Need(Right.RESTORE_RECORDING, ActProof.SESSION),
    "erasure_execute": Need(Right.EXECUTE_ERASURE, ActProof.SIGNED),
    "erasure_tasks": Need(Right.EXECUTE_ERASURE, ActProof.SIGNED),
}
"""Each job by its name in Dagster, and what it needs beyond `REBUILD`, which whoever starts a run from a page has."""
