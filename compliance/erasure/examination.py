"""The other person's look: are the keys and files gone everywhere that can be reached, and does the rest still open?

Nothing is taken from what the execution says of itself: the keyring is read anew from disk, the key folder and every
registered key copy are listed, every sealed file is looked for, and so is every sound on the exchange, by its digest. A sound
that is found there is no failure of the execution but a fact: its item ends 注意付完了, whatever the execution said.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from compliance.erasure import statement
from compliance.erasure.case_file import Act, Case, TaskKind
from compliance.erasure.conditions import is_newcomer
from compliance.erasure.entering import move, open_task, record_act, record_results
from compliance.erasure.exchange import SOUNDS, Exchange, Look, kinds_of, look, marked
from compliance.erasure.items import Item, root
from compliance.erasure.register import case_of, facts_of, items_of, open_tasks
from compliance.erasure.selection import INQUIRY_KIND
from compliance.erasure.states import CaseState, ItemResult, follow
from compliance.errors import ErasureRefused, KeyringDamaged, KeyUnavailable
from compliance.ground.acts import Action, Actor, ObjectKind, Result, note
from compliance.ground.home import Home
from compliance.keys.backups import registered_backups
from compliance.keys.keyring import Keyring
from compliance.keys.signing import SigningKey
from compliance.people.person_keys import keys_in_force
from compliance.people.rights import Right
from compliance.people.standing import Person
from compliance.vault.catalogue import recordings
from compliance.vault.custody import online_path
from compliance.vault.media import registered_media

OTHER = "other"
SURVIVING = ("call", "message", INQUIRY_KIND, OTHER)
"""The kinds of keys that go on: of recordings, of messages, of inquiries' words, and the rest (the pseudonym key)."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What was looked at, in numbers, and what is wrong; empty where nothing is."""

    keys_absent: int
    survivors: Mapping[str, int]
    """Of the keys that go on and open, how many of each kind (`call`, `message`, `inquiry`, `other`)."""
    files_absent: int
    sources: Look
    unseen: frozenset[int]
    """Sounds (numbers of items) that could not be looked for on the exchange."""
    media_looked_at: tuple[str, ...]
    key_copies: int
    problems: tuple[str, ...]

    def checks(self) -> dict[str, Any]:
        """The numbers as they are signed."""
        return {
            "files_absent": self.files_absent,
            "key_copies": self.key_copies,
            "keys_absent": self.keys_absent,
            "media": ",".join(self.media_looked_at),
            "sources_compared": self.sources.files,
            "sources_left": len(self.sources.left),
            "sources_unseen": len(self.unseen),
            **{f"survivors_{kind}": count for kind, count in sorted(self.survivors.items())},
        }

    @property
    def survivors_open(self) -> int:
        """All keys that go on and open."""
        return sum(self.survivors.values())


def examine(engine: Engine, home: Home, case_id: str, exchange: Exchange) -> Examination:
    """Look at what is there; nothing is written.

    Raises:
        KeyUnavailable, KeyringDamaged: the keyring cannot be read.
    """
    items = items_of(engine, case_id)
    erased = [item for item, result in items if result.is_erased]
    ring = Keyring.open(home)
    problems = [*_of_counts(case_of(engine, case_id), items), *_of_secrets(engine, home, ring)]
    absent = _keys_absent(ring, erased)
    if absent != len(erased):
        problems.append(f"{len(erased) - absent} keys of erased items are still in the keyring")
    kinds = _kinds(engine, ring.ids)
    survivors = dict.fromkeys(SURVIVING, 0)
    for key_id in ring.ids:
        survivors[kinds.get(key_id, OTHER)] += _opens(ring, key_id)
    if closed := len(ring.ids) - sum(survivors.values()):
        problems.append(f"{closed} keys that go on do not open")
    mounted = [m for m in registered_media(engine) if m.is_mounted()]
    owed = {t.place for t in open_tasks(engine, case_id) if t.what is TaskKind.MEDIUM}
    places = {m.medium_id for m in mounted} | {"online"}
    files, left = 0, 0
    for item in erased:
        for place, path in _paths(home, item, {m.medium_id: m.place_of(item.object_id) for m in mounted}):  # fmt: skip
            if path.exists() and place not in owed:
                left += 1
            else:
                files += 1
    if left:
        problems.append(f"{left} sealed files of erased items are still there")
    unseen = {p for item in erased for p in item.places} - places - owed
    if unseen:
        problems.append(f"media that had copies are not mounted: {', '.join(sorted(unseen))}")
    sources = look(engine, case_id, exchange, kinds_of(erased))
    sounds = frozenset(item.no for item in erased if item.kind in SOUNDS)
    return Examination(
        absent,
        survivors,
        files,
        sources,
        sounds - marked(engine, case_id) if sources.is_reachable else sounds,
        tuple(sorted(places)),
        sum(not made.has_ended for made in registered_backups(engine)),
        tuple(problems),
    )


def verify(
    engine: Engine,
    home: Home,
    actor: Actor,
    key: SigningKey,
    case_id: str,
    exchange: Exchange,
    people_then: Mapping[str, Person],
) -> Examination:
    """Another person's verification: looked at, signed, entered; the certificate may be made then. `people_then` are the
    registers as they stood when the case was applied for.

    Raises:
        ErasureRefused: they applied for it, executed it, or came after it was applied for, or something is wrong.
        TransitionRefused: it is not executed, or was verified before.
    """
    case = case_of(engine, case_id)
    follow(case.state, CaseState.VERIFIED, case_id)
    _refuse_the_same(engine, actor, case, people_then)
    found = examine(engine, home, case_id, exchange)
    if found.problems:
        told = "\n".join(f"  {problem}" for problem in found.problems)
        raise _refused(engine, actor, case_id, f"{case_id}の検証で不一致がありました。\n{told}")
    doubtful = found.unseen | set(found.sources.left)
    seen = {
        item.no: ItemResult.CAUTION
        for item, result in items_of(engine, case_id)
        if item.no in doubtful and result is ItemResult.DONE
    }
    results_root = root(result_lines(engine, case_id, seen)).hex()
    text = statement.examination(case, results_root, actor.at, found.checks())
    with engine.begin() as connection:
        move(connection, case, CaseState.VERIFIED)
        record_results(connection, case_id, seen)
        if doubtful:
            open_task(connection, case_id, TaskKind.EXCHANGE, "", actor.at)
        facts = {
            "checks": found.checks(),
            "statement": text.decode("ascii"),
            "fingerprint": key.public.fingerprint,
            "signature": base64.b64encode(key.sign(text)).decode("ascii"),
        }
        record_act(connection, case_id, Act.EXAMINED, actor.at, actor.staff_id, facts)
        note(connection, actor.entry(Action.ERASURE_VERIFIED, ObjectKind.ERASURE, case_id))
    return found


def result_lines(
    engine: Engine, case_id: str, seen: Mapping[int, ItemResult] | None = None
) -> list[bytes]:
    """The certificate's list: each item with how it ended; `seen` is what is about to be entered instead, by number."""
    now = seen or {}
    return [item.line(now.get(item.no, result).value) for item, result in items_of(engine, case_id)]


def _kinds(engine: Engine, ids: Collection[str]) -> dict[str, str]:
    """Of what kind each key is, as the catalogue and the ids themselves say."""
    with engine.connect() as connection:
        rows = connection.execute(select(recordings.c.recording_id, recordings.c.kind))
        known = {row.recording_id: row.kind for row in rows}
    return {
        one: INQUIRY_KIND if one.startswith(f"{INQUIRY_KIND}:") else known.get(one, OTHER)
        for one in ids
    }


def _refuse_the_same(
    engine: Engine, actor: Actor, case: Case, people_then: Mapping[str, Person]
) -> None:
    begun = facts_of(engine, case.case_id, Act.BEGUN) or {}
    done = facts_of(engine, case.case_id, Act.DESTROYED) or {}
    if actor.staff_id in {case.applied_by, begun.get("by"), done.get("by")}:
        raise _refused(
            engine,
            actor,
            case.case_id,
            f"{actor.staff_id}は申請者又は実施者です。検証は別の人が行います。",
        )
    keys = keys_in_force(engine)
    if is_newcomer(actor.staff_id, Right.VERIFY_ERASURE, people_then, keys, case.applied_at):
        raise _refused(
            engine,
            actor,
            case.case_id,
            f"{actor.staff_id}の役割又は署名鍵は、申請より後に登録されています。検証は申請の時からの者が行います。",
        )


def _refused(engine: Engine, actor: Actor, case_id: str, told: str) -> ErasureRefused:
    with engine.begin() as connection:
        entry = actor.entry(
            Action.ERASURE_VERIFIED, ObjectKind.ERASURE, case_id, result=Result.REFUSED
        )
        note(connection, entry)
    return ErasureRefused(told)


def _of_counts(case: Case, items: list[tuple[Item, ItemResult]]) -> Iterator[str]:
    if any(result is ItemResult.PENDING for _, result in items):
        yield "an item has no result"
    if len(items) != case.items_count:
        yield f"{len(items)} items instead of {case.items_count}"
    if root([item.line() for item, _ in items]).hex() != case.items_root:
        yield "the items are not those that the city consented to"


def _of_secrets(engine: Engine, home: Home, ring: Keyring) -> Iterator[str]:
    """Secrets and keyrings of earlier epochs that are still somewhere."""
    here = [path for path in home.keys.glob("epoch-*.secret") if path != ring.epoch.secret]
    here += [path for path in home.keyrings.glob("*.keyring") if path != ring.epoch.keyring]
    if here:
        yield f"{len(here)} secrets or keyrings of an earlier epoch are still here"
    for made in registered_backups(engine):
        folder = Path(made.path)
        names = {p.name for p in folder.rglob("*") if p.is_file()} if folder.is_dir() else set()
        if made.has_ended and names:
            yield f"key copy {made.backup_id} is there though it was destroyed"
        elif not made.has_ended and made.epoch == ring.epoch.number:
            if {n for n in names if n.startswith("epoch-")} - {ring.epoch.secret.name}:
                yield f"key copy {made.backup_id} holds the secret of another epoch"
            if made.is_reachable() and made.problems():
                yield f"key copy {made.backup_id} is not as it was made"


def _keys_absent(ring: Keyring, erased: list[Item]) -> int:
    absent = 0
    for item in erased:
        try:
            ring.key(item.object_id)
        except KeyUnavailable:
            absent += 1
        except KeyringDamaged:
            continue
    return absent


def _opens(ring: Keyring, key_id: str) -> bool:
    try:
        ring.key(key_id)
    except (KeyUnavailable, KeyringDamaged):
        return False
    return True


def _paths(home: Home, item: Item, mounted: dict[str, Path]) -> Iterator[tuple[str, Path]]:
    yield "online", online_path(home, item.object_id)
    for place in item.places:
        if place in mounted:
            yield place, mounted[place]
