"""The callers' words as an erasure sees them: which records still hold any, and their removal once the keys are gone (別紙2-13).

Nothing here opens a text: an erasure counts and forgets what it cannot read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select, update

from compliance.inquiries.kept import inquiries
from compliance.registers.entries import INQUIRY_KEY, forget_words, sealed_about


@dataclass(frozen=True, slots=True)
class SealedTexts:
    """What is kept of one record's words, for an erasure: the id of its key, its day's instant, size and SHA-256 of all
    sealed texts of all revisions, in order."""

    key_id: str
    at: datetime
    size: int
    sha256: str


def sealed_texts(engine: Engine) -> list[SealedTexts]:
    """Every record that holds words, in any revision; those of entries about it are among them."""
    about = sealed_about(engine)
    query = select(inquiries).order_by(inquiries.c.inquiry_id, inquiries.c.revision)
    blobs: dict[str, tuple[datetime, list[bytes]]] = {}
    with engine.connect() as connection:
        for row in connection.execute(query):
            sealed = [text for text in (row.sealed_summary, row.sealed_contact) if text]
            if sealed or row.inquiry_id in about:
                blobs.setdefault(row.inquiry_id, (row.at, []))[1].extend(sealed)
    for one, (_, texts) in blobs.items():
        texts.extend(about.get(one, ()))
    return [
        SealedTexts(
            INQUIRY_KEY + one, at, sum(map(len, texts)), hashlib.sha256(b"".join(texts)).hexdigest()
        )
        for one, (at, texts) in blobs.items()
    ]


def forget_texts(connection: Connection, key_ids: Iterable[str]) -> None:
    """Remove the sealed texts of records whose keys were erased, and of entries about them; codes stay, and an empty
    text says that there was one: what papers tell of the record is the same as before."""
    forgotten = list(key_ids)
    forget_words(connection, (key_id.removeprefix(INQUIRY_KEY) for key_id in forgotten))
    for key_id in forgotten:
        for sealed in (inquiries.c.sealed_summary, inquiries.c.sealed_contact):
            connection.execute(
                update(inquiries)
                .where(
                    inquiries.c.inquiry_id == key_id.removeprefix(INQUIRY_KEY), sealed.is_not(None)
                )
                .values({sealed: b""})
            )
