"""The other person's look: are the keys and files gone everywhere that can be reached, and does the rest still open?

Nothing is taken from what the execution says of itself: the keyring is read anew from disk, the key folder and every
registered key copy are listed, every sealed file is looked for.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from compliance.erasure import statement
from compliance.erasure.items import Item, root
from compliance.erasure.register import (
    Act,
    Case,
    TaskKind,
    case_of,
    facts_of,
    items_of,
    move,
    open_tasks,
    record_act,
)
from compliance.erasure.states import CaseState, ItemResult, follow
from compliance.errors import ErasureRefused, KeyringDamaged, KeyUnavailable
from compliance.ground.acts import Action, Actor, ObjectKind, Result, note
from compliance.ground.home import Home
from compliance.keys.backups import registered_backups
from compliance.keys.keyring import Keyring
from compliance.keys.signing import SigningKey
from compliance.vault.custody import online_path
from compliance.vault.media import registered_media


@dataclass(frozen=True, slots=True)
class Examination:
    """What was looked at, in numbers, and what is wrong; empty where nothing is."""

    keys_absent: int
    survivors_open: int
    files_absent: int
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
            "survivors_open": self.survivors_open,
        }


def examine(engine: Engine, home: Home, case_id: str) -> Examination:
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
    survivors = sum(_opens(ring, key_id) for key_id in ring.ids)
    if survivors != len(ring.ids):
        problems.append(f"{len(ring.ids) - survivors} keys that go on do not open")
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
    return Examination(
        absent,
        survivors,
        files,
        tuple(sorted(places)),
        sum(not made.has_ended for made in registered_backups(engine)),
        tuple(problems),
    )


def verify(engine: Engine, home: Home, actor: Actor, key: SigningKey, case_id: str) -> Examination:
    """Another person's verification: looked at, signed, entered; the certificate may be made then.

    Raises:
        ErasureRefused: they applied for it or executed it, or something is wrong.
        TransitionRefused: it is not executed, or was verified before.
    """
    case = case_of(engine, case_id)
    follow(case.state, CaseState.VERIFIED, case_id)
    _refuse_the_same(engine, actor, case)
    found = examine(engine, home, case_id)
    if found.problems:
        told = "\n".join(f"  {problem}" for problem in found.problems)
        raise _refused(engine, actor, case_id, f"{case_id}の検証で不一致がありました。\n{told}")
    results_root = root(result_lines(engine, case_id)).hex()
    text = statement.examination(case, results_root, actor.at, found.checks())
    with engine.begin() as connection:
        move(connection, case, CaseState.VERIFIED)
        facts = {
            "checks": found.checks(),
            "statement": text.decode("ascii"),
            "fingerprint": key.public.fingerprint,
            "signature": base64.b64encode(key.sign(text)).decode("ascii"),
        }
        record_act(connection, case_id, Act.EXAMINED, actor.at, actor.staff_id, facts)
        note(connection, actor.entry(Action.ERASURE_VERIFIED, ObjectKind.ERASURE, case_id))
    return found


def result_lines(engine: Engine, case_id: str) -> list[bytes]:
    """The certificate's list: each item with how it ended."""
    return [item.line(result.value) for item, result in items_of(engine, case_id)]


def _refuse_the_same(engine: Engine, actor: Actor, case: Case) -> None:
    begun = facts_of(engine, case.case_id, Act.BEGUN) or {}
    done = facts_of(engine, case.case_id, Act.DESTROYED) or {}
    if actor.staff_id in {case.applied_by, begun.get("by"), done.get("by")}:
        raise _refused(
            engine,
            actor,
            case.case_id,
            f"{actor.staff_id}は申請者又は実施者です。検証は別の人が行います。",
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
