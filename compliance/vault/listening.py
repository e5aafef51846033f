"""Listening and export: a recording leaves the vault for a named person with a purpose, and the log says so.

The plaintext is given piece by piece and kept nowhere here. An export is a ZIP under AES-256 (WinZip AE-2) whose password
is shown once; what left, for what and to whom stands in the register of exports.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, Integer, String, func, insert, select

from compliance.errors import EntryRefused
from compliance.ground import durable
from compliance.ground.acts import Action, Actor, ObjectKind, Purpose, note
from compliance.ground.home import Home
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Holds, Kept
from compliance.keys.keyring import Keyring
from compliance.registers.gate import need_area
from compliance.registers.standing import SERVER
from compliance.vault.reach import reachable
from compliance.vault.sealed import associated_data, unseal

PURPOSES: Mapping[Purpose, str] = {
    Purpose.MESSAGE: "伝言の書き起こし",
    Purpose.COMPLAINT: "苦情の確認",
    Purpose.INCIDENT: "事故の確認",
    Purpose.CITY_REQUEST: "市の求め",
    Purpose.QUALITY: "応対の確認",
}
"""What a recording may be heard for, as pages and papers call it."""
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LETTERS_OF_A_PASSWORD = 20

exports = table(
    "exports",
    Kept("録音の持出台帳", Holds.CALL_FACTS),
    Column("export_id", Integer, primary_key=True),
    Column("recording_id", String(64), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("exported_at", Instant, nullable=False),
    Column("exported_by", String(32), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Exported:
    """One export. `password` is shown once and kept nowhere."""

    export_id: int
    file_sha256: str
    password: str


def listen(
    engine: Engine, home: Home, actor: Actor, recording_id: str, purpose: Purpose
) -> Iterator[bytes]:
    """The recording's bytes; the entry of the log is written before the first one is given.

    Raises:
        EntryRefused: no copy can be reached, or it may not be heard for that purpose.
        SealBroken: the copy is not what was sealed.
    """
    path = _reachable(engine, home, recording_id, purpose)
    key = Keyring.open(home).key(recording_id)
    note_heard(engine, actor, recording_id, purpose)
    with path.open("rb") as file:
        yield from unseal(file, key, associated_data(recording_id))


def export(
    engine: Engine,
    home: Home,
    actor: Actor,
    recording_id: str,
    purpose: Purpose,
    target: Path,
) -> Exported:
    """Write a recording as a password-protected ZIP, once it was read to its end.

    Raises:
        EntryRefused: no copy can be reached, it may not leave for that purpose, or the file is there already.
        NotInForce: areas were entered, and none for servers is in force (別紙2-4).
        SealBroken: the copy is not what was sealed; nothing was written.
    """
    import pyzipper

    if target.exists():
        raise EntryRefused(f"{target} は、すでにあります。別の名前を指定してください。")
    need_area(engine, actor, SERVER)
    path = _reachable(engine, home, recording_id, purpose)
    key = Keyring.open(home).key(recording_id)
    with path.open("rb") as file:
        content = b"".join(unseal(file, key, associated_data(recording_id)))
    password = "".join(secrets.choice(LETTERS) for _ in range(LETTERS_OF_A_PASSWORD))
    packed = io.BytesIO()
    with pyzipper.AESZipFile(packed, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        archive.writestr(f"{recording_id[:12]}.wav", content)
    digest = hashlib.sha256(packed.getvalue()).hexdigest()
    with engine.begin() as connection:
        export_id = note_exports(connection, actor, [recording_id], purpose, digest)
    durable.write_durably(target, packed.getvalue())
    return Exported(export_id, digest, password)


def note_exports(
    connection: Connection,
    actor: Actor,
    recording_ids: Sequence[str],
    purpose: Purpose,
    file_sha256: str,
) -> int:
    """Enter that recordings left in a file, each in register and log; returns the last entry's number."""
    last = connection.execute(select(func.coalesce(func.max(exports.c.export_id), 0)))
    export_id = int(last.scalar_one())
    acting = replace(actor, purpose=purpose)
    for recording_id in recording_ids:
        export_id += 1
        connection.execute(
            insert(exports).values(
                export_id=export_id,
                recording_id=recording_id,
                purpose=purpose.value,
                file_sha256=file_sha256,
                exported_at=actor.at,
                exported_by=actor.staff_id,
            )
        )
        entry = acting.entry(Action.RECORDING_EXPORTED, ObjectKind.RECORDING, recording_id)
        note(connection, entry)
    return export_id


def _reachable(engine: Engine, home: Home, recording_id: str, purpose: Purpose) -> Path:
    if purpose not in PURPOSES:
        raise EntryRefused(f"録音を聴く目的は、次のどれかです：{', '.join(sorted(PURPOSES))}")
    return reachable(engine, home, recording_id)[1]


def note_heard(engine: Engine, actor: Actor, recording_id: str, purpose: Purpose) -> None:
    """Write the entry of whoever hears a recording; before the first byte is given."""
    with engine.begin() as connection:
        acting = replace(actor, purpose=purpose)
        note(
            connection,
            acting.entry(Action.RECORDING_HEARD, ObjectKind.RECORDING, recording_id),
        )


def exports_of(engine: Engine, recording_ids: Collection[str]) -> frozenset[str]:
    """Which of those recordings ever left as an export that did not go back to the city."""
    query = select(exports.c.recording_id).where(exports.c.purpose != Purpose.RETURN.value)
    with engine.connect() as connection:
        known = connection.execute(query).scalars()
        return frozenset(known) & frozenset(recording_ids)
