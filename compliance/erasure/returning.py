"""返還・引渡し: recordings go to the city on a medium, encrypted, against a receipt (別紙2-13-1, 別紙2-12, 6(3)ウ).

The city names 返還 as the method first. What goes out is one ZIP under AES-256 (WinZip AE-2) whose password is shown once and
travels apart, beside a list of items with the digest of each sound. Nothing is erased by it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Engine,
    Integer,
    String,
    func,
    insert,
    select,
    update,
)

from compliance.erasure.items import Item, root
from compliance.erasure.register import is_designated
from compliance.errors import EntryRefused
from compliance.ground import durable
from compliance.ground.acts import Action, Actor, ObjectKind, Purpose, note
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.ground.one_form import one_form
from compliance.ground.operations import Instant, row_as, table
from compliance.ground.stores import Kept
from compliance.keys.keyring import Keyring
from compliance.registers.gate import need_area
from compliance.registers.standing import SERVER
from compliance.vault.listening import LETTERS, LETTERS_OF_A_PASSWORD, note_exports
from compliance.vault.reach import reachable
from compliance.vault.sealed import associated_data, unseal

METHOD = "return"

returns = table(
    "returns",
    Kept("返還・引渡しの台帳"),
    Column("number", String(16), primary_key=True),
    Column("items_count", Integer, nullable=False),
    Column("items_bytes", BigInteger, nullable=False),
    Column("items_root", String(64), nullable=False),
    Column("archive_sha256", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(32), nullable=False),
    Column("received_on", Date),
    Column("received_by", String(64), nullable=False, server_default=""),
    Column("receipt_sha256", String(64), nullable=False, server_default=""),
)


@dataclass(frozen=True, slots=True)
class Returned:
    """One return. `received_on` is null until the city's receipt is recorded."""

    number: str
    items_count: int
    items_bytes: int
    items_root: str
    archive_sha256: str
    made_at: datetime
    made_by: str
    received_on: date | None
    received_by: str


def hand_over(
    engine: Engine, home: Home, actor: Actor, items: Sequence[Item], folder: Path
) -> tuple[Returned, str]:
    """Write the archive and its list into a folder of the medium and enter the return; the password is given once.

    Raises:
        EntryRefused: the city has not named 返還, the folder is none, holds such a file, or a copy cannot be reached.
        NotInForce: areas were entered, and none for servers is in force (別紙2-4).
        SealBroken: a copy is not what was sealed; no archive is left.
    """
    today = civil_date(actor.at)
    if not is_designated(engine, METHOD, today):
        raise EntryRefused(
            "返還について市の指定が記録されていません（`madoguchi erasure designate --method return`）。"
        )
    if not folder.is_dir() or not items:
        raise EntryRefused(f"媒体のフォルダー {folder} がないか、対象がありません。")
    need_area(engine, actor, SERVER)
    number = _next_number(engine)
    archive, listing = folder / f"{number}.zip", folder / f"{number}.jsonl"
    if archive.exists() or listing.exists():
        raise EntryRefused(f"{archive.name} は既にあります。別のフォルダーを指定してください。")
    password = "".join(secrets.choice(LETTERS) for _ in range(LETTERS_OF_A_PASSWORD))
    lines = _archive(engine, home, items, archive, password)
    durable.write_durably(listing, b"".join(line + b"\n" for line in lines))
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with engine.begin() as connection:
        connection.execute(
            insert(returns).values(
                number=number,
                items_count=len(items),
                items_bytes=sum(item.size for item in items),
                items_root=root(lines).hex(),
                archive_sha256=digest,
                made_at=actor.at,
                made_by=actor.staff_id,
            )
        )
        ids = [item.object_id for item in items]
        note_exports(connection, actor, ids, Purpose.RETURN, digest)
        note(connection, actor.entry(Action.RECORDINGS_RETURNED, ObjectKind.ERASURE, number))
    return return_of(engine, number), password


def record_receipt(
    engine: Engine, actor: Actor, number: str, received_on: date, received_by: str, sha256: str
) -> None:
    """Enter the city's 預り証.

    Raises:
        EntryRefused: there is no such return, it has a receipt, or the receipt is dated wrongly or names nobody.
    """
    made = return_of(engine, number)
    if made.received_on is not None:
        raise EntryRefused(f"{number}の預り証は記録済みです。")
    day = civil_date(made.made_at)
    if not day <= received_on <= civil_date(actor.at) or not received_by.strip():
        raise EntryRefused("受領の日付と部署を確かめてください。")
    with engine.begin() as connection:
        connection.execute(
            update(returns)
            .where(returns.c.number == number)
            .values(received_on=received_on, received_by=received_by, receipt_sha256=sha256)
        )
        note(connection, actor.entry(Action.RETURN_RECEIVED, ObjectKind.ERASURE, number))


def return_of(engine: Engine, number: str) -> Returned:
    """A return by its number.

    Raises:
        EntryRefused: there is none.
    """
    with engine.connect() as connection:
        row = connection.execute(select(returns).where(returns.c.number == number)).first()
    if row is None:
        raise EntryRefused(f"返還 {number} はありません。")
    return row_as(Returned, row)


def _archive(
    engine: Engine, home: Home, items: Sequence[Item], target: Path, password: str
) -> list[bytes]:
    """Write the ZIP, piece by piece; the list's lines, each with the sound's own digest."""
    import pyzipper

    ring, lines = Keyring.open(home), []
    temporary = durable.temporary_beside(target)
    try:
        with pyzipper.AESZipFile(temporary, "w", encryption=pyzipper.WZ_AES) as archive:
            archive.setpassword(password.encode())
            archive.setencryption(pyzipper.WZ_AES, nbits=256)
            for item in items:
                name, digest, size = f"{item.no:06d}_{item.object_id[:12]}.wav", hashlib.sha256(), 0
                path = reachable(engine, home, item.object_id)[1]
                key, bound = ring.key(item.object_id), associated_data(item.object_id)
                with path.open("rb") as sealed, archive.open(name, "w", force_zip64=True) as out:
                    for piece in unseal(sealed, key, bound):
                        digest.update(piece)
                        size += len(piece)
                        out.write(piece)
                lines.append(
                    one_form(
                        {
                            "bytes": size,
                            "id": item.object_id,
                            "kind": item.kind,
                            "name": name,
                            "no": item.no,
                            "recorded_on": item.recorded_on,
                            "sha256": digest.hexdigest(),
                        }
                    )
                )
        durable.publish(temporary, target)
    except Exception:
        temporary.unlink(missing_ok=True)
        raise
    return lines


def _next_number(engine: Engine) -> str:
    with engine.connect() as connection:
        count = connection.execute(select(func.count()).select_from(returns)).scalar_one()
    return f"R-{int(count) + 1:04d}"
