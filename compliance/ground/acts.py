"""What somebody did to what, and why: the entry that every accountable transaction writes (別紙1-5(6)).

An entry is written into `audit_outbox` within the transaction that does the act, so that neither can be
there without the other; the audit log drains that table in order. Ids and codes only. Who acted is never
assumed: whoever writes an entry names the actor, and `SYSTEM` is the actor of what runs by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Connection, Integer, String, insert

from compliance.ground.operations import Instant, table
from compliance.ground.stores import Kept

SYSTEM = "system"
"""The actor of what runs by itself."""
UI = "ui"
"""The actor of what somebody started from a page, unproved."""


class Action(StrEnum):
    """What was done."""

    CLOCK_BEGUN = "clock_begun"
    CLOCK_CONFIRMED = "clock_confirmed"
    DEFINITION_REGISTERED = "definition_registered"
    RECORDING_REGISTERED = "recording_registered"
    RECORDING_SEALED = "recording_sealed"
    RECORDING_UNUSABLE = "recording_unusable"
    RECORDING_COPIED = "recording_copied"
    COPY_DROPPED = "copy_dropped"
    RECORDING_RESTORED = "recording_restored"
    RECORDING_HEARD = "recording_heard"
    RECORDING_EXPORTED = "recording_exported"
    HOLD_SET = "hold_set"
    HOLD_RELEASED = "hold_released"
    MEDIUM_REGISTERED = "medium_registered"
    ROTATION = "rotation"
    DELIVERABLE_MADE = "deliverable_made"
    PERSON_ENTERED = "person_entered"
    PERSON_CHANGED = "person_changed"
    PERSON_LEFT = "person_left"
    TRAINING_PLANNED = "training_planned"
    TRAINING_ATTENDED = "training_attended"
    PLEDGE_SIGNED = "pledge_signed"
    APPROVAL_RECORDED = "approval_recorded"
    KEYS_BACKED_UP = "keys_backed_up"
    MASTER_PROTECTED = "master_protected"
    MASTER_UNLOCKED = "master_unlocked"
    MASTER_LOCKED = "master_locked"
    EPOCH_BEGUN = "epoch_begun"
    KEY_ENROLLED = "key_enrolled"
    KEY_WITHDRAWN = "key_withdrawn"
    FINGERPRINTS_PRINTED = "fingerprints_printed"
    FINGERPRINTS_RECEIVED = "fingerprints_received"
    PROPOSAL_SIGNED = "proposal_signed"
    PROPOSAL_CONFIRMED = "proposal_confirmed"
    PROPOSAL_WITHDRAWN = "proposal_withdrawn"
    ORDER_SIGNED = "order_signed"
    """The start of an act was signed by whoever does it."""
    ORDER_USED = "order_used"
    RIGHT_USED = "right_used"
    JOB_RUN = "job_run"
    PAGE_CHANGE = "page_change"
    PEOPLE_EXPORTED = "people_exported"
    METHOD_DESIGNATED = "method_designated"
    ERASURE_APPLIED = "erasure_applied"
    ERASURE_WITHDRAWN = "erasure_withdrawn"
    CONSENT_RECORDED = "consent_recorded"
    ERASURE_AUTHORISED = "erasure_authorised"
    ERASURE_BEGUN = "erasure_begun"
    RECORDING_ERASED = "recording_erased"
    PSEUDONYM_KEY_ERASED = "pseudonym_key_erased"
    KEY_COPY_DESTROYED = "key_copy_destroyed"
    ERASURE_DONE = "erasure_done"
    ERASURE_VERIFIED = "erasure_verified"
    CERTIFICATE_MADE = "certificate_made"
    RECORDINGS_RETURNED = "recordings_returned"
    RETURN_RECEIVED = "return_received"
    EXTERNAL_ERASURE_ENTERED = "external_erasure_entered"
    INQUIRY_ENTERED = "inquiry_entered"
    INQUIRY_CORRECTED = "inquiry_corrected"
    INQUIRY_ERASED = "inquiry_erased"
    INQUIRY_VOIDED = "inquiry_voided"
    INQUIRIES_EXPORTED = "inquiries_exported"
    ENTRY_SAVED = "entry_saved"
    ENTRY_VOIDED = "entry_voided"
    ENTRY_READ = "entry_read"
    """The words of one entry were opened."""
    REGISTER_EXPORTED = "register_exported"
    PAPER_OPENED = "paper_opened"
    PAPER_CONFIRMED = "paper_confirmed"
    PAPER_SENDING = "paper_sending"
    PAPER_DELIVERED = "paper_delivered"
    MAIL_SAID_ARRIVED = "mail_said_arrived"
    MAIL_SAID_LOST = "mail_said_lost"
    """Whoever asked the city says so of a mail that nobody answered."""
    RECEIPT_RECORDED = "receipt_recorded"
    ACCOUNT_OPENED = "account_opened"
    ACCOUNT_CLOSED = "account_closed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an act
    SECOND_FACTOR_SET = "second_factor_set"
    LOGGED_IN = "logged_in"
    LOG_INS_REFUSED = "log_ins_refused"
    """Attempts of a terminal that had to wait, summed over minutes: `object_id` is the terminal and how many."""
    LOGGED_OUT = "logged_out"
    SESSIONS_ENDED = "sessions_ended"
    INQUIRY_READ = "inquiry_read"
    NUMBER_SEARCHED = "number_searched"
    """Somebody asked who called from a number; the number stands nowhere."""
    LOG_EXPORTED = "log_exported"
    LOG_KEY_ROTATED = "log_key_rotated"
    HOME_BACKED_UP = "home_backed_up"
    BACKUP_DRILLED = "backup_drilled"
    HOME_RESTORED = "home_restored"
    """`object_id` names the backup; what the log says between its size and this entry, the other stores do not hold."""


class ObjectKind(StrEnum):
    """What it was done to."""

    HOME = "home"
    DEFINITION = "definition"
    RECORDING = "recording"
    DELIVERABLE = "deliverable"
    PERSON = "person"
    PROPOSAL = "proposal"
    ORDER = "order"
    ACCOUNT = "account"
    KEY = "key"
    MEDIUM = "medium"
    ERASURE = "erasure"
    CERTIFICATE = "certificate"
    DEVICE = "device"
    INQUIRY = "inquiry"
    REGISTER = "register"
    RIGHT = "right"
    JOB = "job"
    PAGE = "page"
    AUDIT_LOG = "audit_log"
    TERMINAL = "terminal"


class Purpose(StrEnum):
    """Why it was done."""

    OPERATION = "operation"
    """The running of the centre as the contract asks (6)."""
    COMPLAINT = "complaint"
    INCIDENT = "incident"
    CITY_REQUEST = "city_request"
    INSPECTION = "inspection"
    """The city looks at what was handed over to it (9)."""
    QUALITY = "quality"
    MESSAGE = "message"
    """A message is written down for the report (6(3)カ)."""
    ERASURE = "erasure"
    """What the city consented to is erased (別紙2-13)."""
    RETURN = "return"
    """What belongs to the city goes back to it (別紙2-13-1)."""
    FOUNDING = "founding"
    """The first people and keys of a home, before anybody can prove who they are."""


class Via(StrEnum):
    """By which way the act came."""

    COMMAND = "command"
    UI = "ui"
    DESK = "desk"
    """The floor's pages, by a session."""
    SCHEDULE = "schedule"


class Result(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `actor` is a staff id, `UI` or `SYSTEM`, `object_id` an id of its kind; `at` an aware instant;
    `proof` names the key, or on the desk the session, by which a person was known; blank where none was shown."""

    at: datetime
    actor: str
    action: Action
    object_kind: ObjectKind
    object_id: str
    purpose: Purpose = Purpose.OPERATION
    result: Result = Result.DONE
    proof: str = ""
    via: Via = Via.COMMAND


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever is at it, at an instant: a person known by `proof` (a key's fingerprint, or on the desk the SHA-256 of
    a session's token), `UI` or `SYSTEM`."""

    staff_id: str
    at: datetime
    proof: str = ""
    via: Via = Via.COMMAND
    purpose: Purpose = Purpose.OPERATION

    def entry(
        self, action: Action, kind: ObjectKind, object_id: str, result: Result = Result.DONE
    ) -> Entry:
        """The entry of what they do."""
        return Entry(
            at=self.at,
            actor=self.staff_id,
            action=action,
            object_kind=kind,
            object_id=object_id,
            purpose=self.purpose,
            result=result,
            proof=self.proof,
            via=self.via,
        )


audit_outbox = table(
    "audit_outbox",
    Kept("監査記録の待ち行列（記録へ移すまで）"),
    Column(
        "seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("at", Instant, nullable=False),
    Column("actor", String(32), nullable=False),
    Column("action", String(64), nullable=False),
    Column("object_kind", String(32), nullable=False),
    Column("object_id", String(128), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("result", String(16), nullable=False),
    Column("entry_id", String(32), nullable=False, server_default=""),
    Column("proof", String(64), nullable=False, server_default=""),
    Column("via", String(16), nullable=False, server_default="command"),
)


def note(connection: Connection, entry: Entry) -> None:
    """Write the entry of the transaction that `connection` is in."""
    note_all(connection, [entry])


def note_all(connection: Connection, entries: Iterable[Entry]) -> None:
    """Write the entries of one transaction, in their order."""
    rows = [
        {
            "at": entry.at,
            "actor": entry.actor,
            "action": entry.action.value,
            "object_kind": entry.object_kind.value,
            "object_id": entry.object_id,
            "purpose": entry.purpose.value,
            "result": entry.result.value,
            "entry_id": secrets.token_hex(16),
            "proof": entry.proof,
            "via": entry.via.value,
        }
        for entry in entries
    ]
    if rows:
        connection.execute(insert(audit_outbox), rows)
