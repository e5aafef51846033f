"""消去証明書の台帳: the certificates that were made, one for each case, numbered from 1 (別紙2-13-5).

Of each the digests of its document and of its PDF in hexadecimal; the files themselves lie in the outbox. An entry is made
once they are in place, with its case's last step and its entry of the log; `TransitionRefused` where the case has not come
so far.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    String,
    insert,
    select,
)

from compliance.erasure.case_file import TaskKind
from compliance.erasure.entering import move
from compliance.erasure.exchange import forget_marks
from compliance.erasure.register import case_of, open_tasks
from compliance.erasure.states import CaseState
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.operations import Instant, row_as, table
from compliance.ground.stores import Kept

certificates = table(
    "erasure_certificates",
    Kept("消去証明書の台帳"),
    Column("number", Integer, primary_key=True),
    Column("case_id", String(16), nullable=False, unique=True),
    Column("json_sha256", String(64), nullable=False),
    Column("pdf_sha256", String(64), nullable=False),
    Column("issued_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate that was made; digests in hexadecimal."""

    number: int
    case_id: str
    json_sha256: str
    pdf_sha256: str
    issued_at: datetime

    @property
    def name(self) -> str:
        """As it is called."""
        return f"C-{self.number:04d}"


def certificates_made(engine: Engine) -> list[Certificate]:
    """Every certificate, the first first."""
    with engine.connect() as connection:
        rows = connection.execute(select(certificates).order_by(certificates.c.number))
        return [row_as(Certificate, row) for row in rows]


def register_certificate(
    engine: Engine, actor: Actor, case_id: str, json_sha256: str, pdf: bytes, issued_at: datetime
) -> Certificate:
    """Enter the certificate of a case once its files are in place; there is one for each.

    Raises:
        TransitionRefused: the case is not verified, or has one.
    """
    case, number = case_of(engine, case_id), len(certificates_made(engine)) + 1
    with engine.begin() as connection:
        move(connection, case, CaseState.CERTIFIED)
        if not any(t.what is TaskKind.EXCHANGE for t in open_tasks(engine, case_id)):
            forget_marks(connection, case_id)
        connection.execute(
            insert(certificates).values(
                number=number,
                case_id=case_id,
                json_sha256=json_sha256,
                pdf_sha256=hashlib.sha256(pdf).hexdigest(),
                issued_at=issued_at,
            )
        )
        entry = actor.entry(Action.CERTIFICATE_MADE, ObjectKind.CERTIFICATE, f"C-{number:04d}")
        note(connection, entry)
    return certificates_made(engine)[-1]
