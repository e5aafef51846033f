"""The store of all registers: an entry is known by its register and id, every change is a new revision."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    String,
    Text,
    func,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.exc import IntegrityError

from compliance.errors import EntryRefused, Outdated
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.operations import Instant, table
from compliance.ground.stores import CONTRACT_END, Holds, Kept
from compliance.keys.keyring import Keyring
from compliance.keys.texts import open_text, seal_text
from compliance.registers.authorship import (
    is_like,
    require_confirmable,
    require_happened,
    require_theirs,
    require_unfixed,
)
from compliance.registers.check import problems
from compliance.registers.description import Register

INQUIRY_KEY = "inquiry:"
"""What the id of an inquiry's key begins with."""

register_entries = table(
    "register_entries",
    Kept(
        "台帳の記入（市民・相手の言葉は対応記録ごとの鍵で暗号化）", Holds.CALL_FACTS, CONTRACT_END
    ),
    Column("register", String(32), primary_key=True),
    Column("entry_id", String(32), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("about", String(32), nullable=False, index=True),
    Column("values_json", Text, nullable=False),
    Column("sealed_words", LargeBinary),
    Column("is_void", Boolean, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(32), nullable=False),
)


class Saved(StrEnum):
    """What became of an entry."""

    NEW = "new"
    CORRECTED = "corrected"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry as it is handed in; `revision` is the one that was seen (0: none, or one that was struck out), null where nobody
    looked."""

    about: str
    values: Mapping[str, str]
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An entry in its latest revision. `values` hold the words only where a keyring was given that opens them."""

    register: str
    entry_id: str
    revision: int
    about: str
    values: Mapping[str, str]
    recorded_at: datetime
    recorded_by: str
    has_words: bool

    def get(self, name: str) -> str:
        """A value, blank where there is none."""
        return self.values.get(name, "")

    def moment(self, name: str) -> datetime | None:
        """A moment, null where it is blank."""
        return datetime.fromisoformat(value) if (value := self.get(name)) else None


def entry_id(register: Register, about: str, values: Mapping[str, str]) -> str:
    """The id of an entry, from what makes it the one it is."""
    parts = [register.name, about, *(values.get(name, "") for name in register.identity)]
    return (
        f"{register.name[:1].upper()}-{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:16]}"
    )


def save(
    engine: Engine,
    ring: Keyring,
    register: Register,
    actor: Actor,
    drafts: Sequence[Draft],
    *,
    oversees: bool = False,
    confirms: bool = False,
) -> list[Saved]:
    """Save entries; one that stands there already in the same words changes nothing. Of a register of one's `own` entries nobody
    writes another's but whoever `oversees` it; none begins confirmed, and
    none is by whoever wrote what stands, but by whoever `confirms`.

    Raises:
        EntryRefused: one of them cannot be kept or is not theirs to write, or what it is about was erased; nothing was saved.
        Outdated: somebody saved one of them since it was seen; nothing was saved.
    """
    for draft in drafts:
        if found := list(problems(register, draft.about, _filled(draft.values))):
            raise EntryRefused(" ".join(found))
        if register.is_about_inquiry and not ring.holds_any((INQUIRY_KEY + draft.about,)):
            raise EntryRefused("その対応記録はないか、消去済みです。")
    try:
        with engine.begin() as connection:
            return [
                _save(
                    connection, ring, register, actor, draft, oversees=oversees, confirms=confirms
                )
                for draft in drafts
            ]
    except IntegrityError as error:
        raise Outdated("同じ記入を、別の人が同時に保存しました。開き直してください。") from error


def draft_upon(
    engine: Engine, ring: Keyring, register: Register, about: str, values: Mapping[str, str]
) -> Draft:
    """Values upon those of the entry that they correct, where there is one: what they leave out stays."""
    one = entry_id(register, about, values)
    before = next((e for e in entries(engine, register, ring) if e.entry_id == one), None)
    if before is None:
        return Draft(about, values)
    return Draft(about, {**before.values, **values}, before.revision)


def void(
    engine: Engine, register: Register, actor: Actor, one: str, *, oversees: bool = False
) -> None:
    """Strike an entry out; it stays, and counts no more.

    Raises:
        EntryRefused: there is none, it is struck out, or it is not theirs to strike out.
    """
    with engine.begin() as connection:
        before = _latest(connection, register, one)
        if before is None or before.is_void:
            raise EntryRefused(f"{register.title}の {one} はないか、取り消し済みです。")
        if not oversees:
            require_theirs(register, actor, _kept(before, None))
        values = {**before._mapping, "revision": before.revision + 1, "is_void": True,
                  "recorded_at": actor.at, "recorded_by": actor.staff_id}  # fmt: skip
        connection.execute(insert(register_entries).values(**values))
        note(
            connection, actor.entry(Action.ENTRY_VOIDED, ObjectKind.REGISTER, _name(register, one))
        )


def entries(
    engine: Engine,
    register: Register,
    ring: Keyring | None = None,
    until: datetime | None = None,
) -> list[KeptEntry]:
    """Every entry in force in its latest revision, or as it stood at an instant, in the order of their first entering."""
    newest = (
        select(
            register_entries.c.entry_id,
            func.max(register_entries.c.revision).label("revision"),
            func.min(register_entries.c.recorded_at).label("first"),
        )
        .where(
            register_entries.c.register == register.name,
            true() if until is None else register_entries.c.recorded_at <= until,
        )
        .group_by(register_entries.c.entry_id)
        .subquery()
    )
    query = (
        select(register_entries)
        .join(
            newest,
            (register_entries.c.entry_id == newest.c.entry_id)
            & (register_entries.c.revision == newest.c.revision),
        )
        .where(register_entries.c.register == register.name, register_entries.c.is_void.is_(False))
        .order_by(newest.c.first, register_entries.c.entry_id)
    )
    with engine.connect() as connection:
        return [_kept(row, ring) for row in connection.execute(query)]


def words_of(
    engine: Engine, ring: Keyring, register: str, one: str, revision: int
) -> Mapping[str, str]:
    """The words of one revision of an entry, by field; none where there are none or they were erased."""
    query = select(register_entries).where(
        register_entries.c.register == register,
        register_entries.c.entry_id == one,
        register_entries.c.revision == revision,
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return {} if row is None else _kept(row, ring).values


def count_of_rows(engine: Engine) -> int:
    """How many revisions there are in all registers: it grows with every change."""
    with engine.connect() as connection:
        return int(
            connection.execute(select(func.count()).select_from(register_entries)).scalar_one()
        )


def digest_until(engine: Engine, until: datetime) -> str:
    """SHA-256 over the revisions of all entries as they stood at an instant."""
    with engine.connect() as connection:
        return revisions_digest(connection, register_entries.c.recorded_at <= until)


def revisions_digest(connection: Connection, which: ColumnElement[bool]) -> str:
    """SHA-256 over register, id and latest revision of the entries that `which` selects."""
    query = (
        select(
            register_entries.c.register,
            register_entries.c.entry_id,
            func.max(register_entries.c.revision),
        )
        .where(which)
        .group_by(register_entries.c.register, register_entries.c.entry_id)
        .order_by(register_entries.c.register, register_entries.c.entry_id)
    )
    rows = [tuple(row) for row in connection.execute(query)]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def sealed_about(engine: Engine) -> dict[str, list[bytes]]:
    """The sealed words of every revision, by the inquiry that they are about, in order."""
    query = select(register_entries).order_by(
        register_entries.c.register, register_entries.c.entry_id, register_entries.c.revision
    )
    found: dict[str, list[bytes]] = {}
    with engine.connect() as connection:
        for row in connection.execute(query):
            if row.sealed_words:
                found.setdefault(row.about, []).append(row.sealed_words)
    return found


def forget_words(connection: Connection, abouts: Iterable[str]) -> None:
    """Remove the sealed words about inquiries whose keys were erased; what lies in clear stays."""
    for about in abouts:
        connection.execute(
            update(register_entries)
            .where(register_entries.c.about == about, register_entries.c.sealed_words.is_not(None))
            .values(sealed_words=b"")
        )


def _save(
    connection: Connection,
    ring: Keyring,
    register: Register,
    actor: Actor,
    draft: Draft,
    *,
    oversees: bool,
    confirms: bool,
) -> Saved:
    values = _filled(draft.values)
    one = entry_id(register, draft.about, values)
    before = _latest(connection, register, one)
    if before is not None and not before.is_void and _kept(before, ring).values == values:
        return Saved.KNOWN
    seen = 0 if before is None or before.is_void else before.revision
    if draft.revision is not None and draft.revision != seen:
        raise Outdated("同じ記入を、別の人が先に保存しました。開き直してください。")
    standing = None if before is None or before.is_void else _kept(before, ring)
    if not oversees:
        was_struck = standing is None and _was_struck(connection, register, draft.about, values)
        require_theirs(register, actor, standing, values, was_struck=was_struck)
    require_happened(register, actor, values)
    if before is not None:
        require_unfixed(register, _kept(before, ring).values, values)
    if not confirms:
        require_confirmable(register, actor, standing, values)
    revision = 1 if before is None else before.revision + 1
    plain = {field.name: values[field.name] for field in register.plain if field.name in values}
    words = {field.name: values[field.name] for field in register.words if field.name in values}
    sealed = None
    if words:
        place = f"{register.name}/{one}/{revision}"
        sealed = seal_text(ring.key(INQUIRY_KEY + draft.about), _json(words), place)
    connection.execute(
        insert(register_entries).values(
            register=register.name,
            entry_id=one,
            revision=revision,
            about=draft.about,
            values_json=_json(plain),
            sealed_words=sealed,
            is_void=False,
            recorded_at=actor.at,
            recorded_by=actor.staff_id,
        )
    )
    note(connection, actor.entry(Action.ENTRY_SAVED, ObjectKind.REGISTER, _name(register, one)))
    return Saved.NEW if before is None else Saved.CORRECTED


def _was_struck(
    connection: Connection, register: Register, about: str, values: Mapping[str, str]
) -> bool:
    """Whether an entry like the values was struck out and is so still; asked of a register of one's own entries alone."""
    if not register.own:
        return False
    query = select(register_entries.c.entry_id).where(
        register_entries.c.register == register.name,
        register_entries.c.about == about,
        register_entries.c.is_void.is_(True),
    )
    rows = (_latest(connection, register, one) for one in connection.execute(query).scalars().all())
    return any(
        row.is_void and is_like(register, json.loads(row.values_json), values) for row in rows
    )


def _latest(connection: Connection, register: Register, one: str) -> Any:
    query = (
        select(register_entries)
        .where(register_entries.c.register == register.name, register_entries.c.entry_id == one)
        .order_by(register_entries.c.revision.desc())
    )
    return connection.execute(query).first()


def _kept(row: Any, ring: Keyring | None) -> KeptEntry:
    values = json.loads(row.values_json)
    key_id = INQUIRY_KEY + row.about
    if row.sealed_words and ring is not None and ring.holds_any((key_id,)):
        # a row that was struck out repeats the words of the revision before it, sealed at that place
        place = f"{row.register}/{row.entry_id}/{row.revision - int(row.is_void)}"
        values |= json.loads(open_text(ring.key(key_id), row.sealed_words, place))
    return KeptEntry(
        row.register,
        row.entry_id,
        row.revision,
        row.about,
        values,
        row.recorded_at,
        row.recorded_by,
        bool(row.sealed_words),
    )


def _filled(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _json(values: Mapping[str, str]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def _name(register: Register, one: str) -> str:
    return f"{register.name}/{one}"
