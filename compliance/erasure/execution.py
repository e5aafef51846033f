"""The destruction, in the one order that survives a crash at any point (NIST SP 800-88, cryptographic erase).

INTENT is entered; the next epoch's secret is durable and the keys that go on are wrapped under it and read back
(`keyring.next_epoch`); the new secret is copied to the key media and those copies are read back; the old secret is
destroyed here and in every registered copy that can be reached; then the old keyring, then the sealed files wherever a
medium is mounted; then the results. Each step looks at what is there, so that whatever was cut off goes on. What could
not be reached becomes a task, and its items 注意付完了: it can never appear as done. Before any of that the exchange's own
copies are looked for by digest (`exchange`), and removed where that is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Engine, delete, update

from compliance.erasure.case_file import Act, Case, TaskKind, authorisations
from compliance.erasure.conditions import Situation, batch
from compliance.erasure.entering import close_task, move, open_task, record_act, record_results
from compliance.erasure.exchange import (
    SOUNDS,
    Exchange,
    Look,
    forget_marks,
    kinds_of,
    look,
    mark,
    marked,
)
from compliance.erasure.items import Item
from compliance.erasure.register import (
    case_of,
    consent_of,
    executing_case,
    facts_of,
    items_of,
    open_tasks,
)
from compliance.erasure.selection import INQUIRY_KIND, PSEUDONYM_KIND
from compliance.erasure.states import CaseState, ItemResult
from compliance.errors import EntryRefused, KeyringDamaged, KeyUnavailable
from compliance.ground import durable
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.home import Home
from compliance.inquiries.sealed_texts import forget_texts
from compliance.keys.backups import (
    KeyBackup,
    back_up,
    destroy_backup,
    outdated_backups,
    registered_backups,
)
from compliance.keys.keyring import Keyring, epochs, settle
from compliance.people.orders import Order, use
from compliance.vault.catalogue import ONLINE, recording_copies, recordings
from compliance.vault.custody import online_path
from compliance.vault.listening import exports_of
from compliance.vault.media import Medium, registered_media
from compliance.vault.preservation import holds_within, keep_holds_as_they_are
from compliance.vault.states import RecordingState

_GROUP = 500
_ERASED = {
    PSEUDONYM_KIND: (Action.PSEUDONYM_KEY_ERASED, ObjectKind.KEY),
    INQUIRY_KIND: (Action.INQUIRY_ERASED, ObjectKind.INQUIRY),
}
"""What the log says of what is no recording."""


@dataclass(frozen=True, slots=True)
class Executed:
    """What an execution did: how many items ended how."""

    case_id: str
    done: int
    caution: int
    held: int
    tasks: int


def begin(engine: Engine, actor: Actor, situation: Situation, log_size: int) -> None:
    """INTENT: the case is begun, the authorisation and the executor's order used up, what is held left out. From here on it
    is finished. `log_size` is that of the audit log's last signed checkpoint.

    The caller has found no obstacle in the same situation, and holds the home. A hold that was set since then counts; one that is set
    while this begins waits and finds it begun.

    Raises:
        EntryRefused: the city's consent was recorded anew since then: the signatures are not over it.
        TransitionRefused: the case was moved on since then.
    """
    case, given, order = situation.case, situation.authorisation, situation.order
    assert given is not None and order is not None  # noqa: S101 - obstacles otherwise
    with engine.begin() as connection:
        move(connection, case, CaseState.EXECUTING)
        if consent_of(engine, case.case_id) != situation.consent:
            raise EntryRefused(
                "確認の後に市の承諾が記録し直されました。授権の署名からやり直してください。"
            )
        use(connection, actor, order)
        keep_holds_as_they_are(connection, [item.object_id for item in situation.items])
        left = batch(replace(situation, holds=holds_within(connection)))
        going = {item.no for item in left}
        held = {i.no: ItemResult.HELD for i in situation.items if i.no not in going}
        connection.execute(
            update(authorisations)
            .where(authorisations.c.case_id == case.case_id, authorisations.c.round == given.round)
            .values(is_used=True)
        )
        record_results(connection, case.case_id, held)
        facts = {
            "epoch": situation.epoch,
            "witness": situation.witness.strip(),
            "log_size": log_size,
            "remove_sources": situation.may_remove,
            "order": {
                "statement": order.statement,
                "fingerprint": order.fingerprint,
                "signature": order.signature,
                "signed_at": order.signed_at.isoformat(),
            },
        }
        record_act(connection, case.case_id, Act.BEGUN, actor.at, order.staff_id, facts)
        note(connection, actor.entry(Action.ERASURE_BEGUN, ObjectKind.ERASURE, case.case_id))


def carry_out(
    engine: Engine, home: Home, actor: Actor, case_id: str, exchange: Exchange
) -> Executed:
    """Destroy what the case was begun for; what was cut off goes on where it was. The caller holds the home, and says what the
    exchange still keeps.

    Raises:
        KeyUnavailable: the key medium is gone; nothing more was destroyed.
        KeyringDamaged: what was written does not read back.
        OSError: a disk is full or fails.
    """
    case = case_of(engine, case_id)
    items = [i for i, result in items_of(engine, case_id) if result is ItemResult.PENDING]
    begun = facts_of(engine, case_id, Act.BEGUN)
    assert begun is not None  # noqa: S101 - the case is executing
    present = Keyring.open(home)
    media = {medium.medium_id: medium for medium in registered_media(engine)}
    if present.epoch.number == int(begun["epoch"]):
        mark(engine, home, present, media, case_id, items)
    seen = look(engine, case_id, exchange, kinds_of(items), remove=bool(begun["remove_sources"]))
    ring = leave_behind(home, int(begun["epoch"]), {item.object_id for item in items})
    unreached = _renew_backups(engine, home, actor, ring.epoch.number)
    _destroy_old_secrets(home, ring)
    gone = [made for made in unreached if not destroy_backup(engine, actor, made)]
    missed = _remove_sealed(home, media, items)
    return _finish(engine, actor, case, items, gone, missed, seen)


def settle_unless_begun(engine: Engine, home: Home) -> int:
    """Finish leaving earlier epochs (`keyring.settle`), but never while an erasure is begun: that one has its own
    order, in which the new secret is copied before the old one goes."""
    return settle(home) if executing_case(engine) is None else 0


def work_off_tasks(
    engine: Engine, home: Home, actor: Actor, exchange: Exchange, order: Order, *, may_remove: bool
) -> int:
    """Destroy what could not be reached before and is reachable now, by the actor's order, which is used up; returns how many
    tasks that closed. Of a case's items only the erased ones go: what somebody held was left out, and keeps its copies.

    Raises:
        NotOrdered: the order was used meanwhile, or ran out.
    """
    with engine.begin() as connection:
        use(connection, actor, order)
    closed = 0
    media = {medium.medium_id: medium for medium in registered_media(engine)}
    backups = {str(made.backup_id): made for made in registered_backups(engine)}
    for task in open_tasks(engine):
        if task.what is TaskKind.KEY_BACKUP:
            made = backups.get(task.place)
            if made is None or not (made.has_ended or destroy_backup(engine, actor, made)):
                continue
        elif task.what is TaskKind.EXCHANGE:
            if not _is_clean(engine, task.case_id, exchange, may_remove=may_remove):
                continue
        else:
            medium = media.get(task.place)
            if medium is None or not medium.is_mounted():
                continue
            for item, result in items_of(engine, task.case_id):
                if result.is_erased:
                    durable.remove_durably(medium.place_of(item.object_id))
        with engine.begin() as connection:
            close_task(connection, task.task_id, actor.at, actor.staff_id)
            if (
                task.what is TaskKind.EXCHANGE
                and case_of(engine, task.case_id).state is CaseState.CERTIFIED
            ):
                forget_marks(connection, task.case_id)
        closed += 1
    return closed


def _is_clean(engine: Engine, case_id: str, exchange: Exchange, *, may_remove: bool) -> bool:
    """Whether every sound of a case was looked for on the exchange, and none is there any more."""
    items = [item for item, _ in items_of(engine, case_id)]
    seen = look(engine, case_id, exchange, kinds_of(items), remove=may_remove)
    erased = {
        i.no for i, result in items_of(engine, case_id) if i.kind in SOUNDS and result.is_erased
    }
    return seen.is_reachable and not seen.left and erased <= marked(engine, case_id)


def leave_behind(home: Home, epoch: int, erased: set[str]) -> Keyring:
    """The keyring of the epoch after `epoch`, without the keys of what is erased."""
    ring = Keyring.open(home)
    if ring.epoch.number == epoch:
        old = ring
        ring = old.next_epoch(home, erased)
        if ring.shares_a_record(old):
            raise KeyringDamaged(
                "The new keyring holds a record of the old one: nothing was destroyed."
            )
    if ring.holds_any(erased):
        raise KeyringDamaged("The keyring still holds a key of what is to be erased.")
    return ring


def _renew_backups(engine: Engine, home: Home, actor: Actor, epoch: int) -> list[KeyBackup]:
    """Copy the new secret to every key medium that is there; returns the copies of earlier secrets.

    Raises:
        KeyUnavailable: no copy of the new secret can be made, so the old one stays.
    """
    old = outdated_backups(engine, epoch)
    current = {
        made.medium
        for made in registered_backups(engine)
        if not made.has_ended and made.epoch == epoch and not made.problems()
    }
    for medium in sorted({made.medium for made in old} - current):
        if medium.is_dir():
            current.add(back_up(engine, home, actor, medium).medium)
    if not current:
        raise KeyUnavailable(
            "No copy of the new epoch's secret could be made: mount a key medium that has a registered copy. The "
            "erasure is begun and goes on then."
        )
    return old


def _destroy_old_secrets(home: Home, ring: Keyring) -> None:
    settle(home)
    left = [epoch for epoch in epochs(home) if epoch.number != ring.epoch.number]
    stray = [path for path in home.keys.glob("epoch-*.secret") if path != ring.epoch.secret]
    for path in stray:
        durable.overwrite_durably(path, bytes(path.stat().st_size))
        durable.remove_durably(path)
    if left:
        raise KeyringDamaged("An earlier epoch is still there.")


def _remove_sealed(
    home: Home, media: dict[str, Medium], items: Sequence[Item]
) -> dict[str, list[Item]]:
    """Remove the sealed files; returns by place those that could not be reached."""
    missed: dict[str, list[Item]] = {}
    mounted = {name for name, medium in media.items() if medium.is_mounted()}
    for item in items:
        for place in sorted({*item.places, ONLINE}):
            if place == ONLINE:
                path = online_path(home, item.object_id)
            elif place in mounted:
                path = media[place].place_of(item.object_id)
            else:
                missed.setdefault(place, []).append(item)
                continue
            if path.exists():
                durable.remove_durably(path)
    return missed


def _finish(
    engine: Engine,
    actor: Actor,
    case: Case,
    items: Sequence[Item],
    backups: Sequence[KeyBackup],
    missed: dict[str, list[Item]],
    seen: Look,
) -> Executed:
    """OUTCOME of the destruction: results, catalogue, tasks, in one transaction."""
    doubtful = {item.no for place in missed.values() for item in place}
    sounds = {item.no for item in items if item.kind in SOUNDS}
    unseen = sounds - marked(engine, case.case_id) if seen.is_reachable else sounds
    doubtful |= unseen | set(seen.left)
    exported = exports_of(engine, [item.object_id for item in items])
    doubtful |= {item.no for item in items if item.object_id in exported}
    if backups:
        doubtful = {item.no for item in items}
    results = {
        item.no: ItemResult.CAUTION if item.no in doubtful else ItemResult.DONE for item in items
    }
    with engine.begin() as connection:
        for group in _groups([item.object_id for item in items]):
            connection.execute(
                update(recordings)
                .where(recordings.c.recording_id.in_(group))
                .values(state=RecordingState.ERASED.value)
            )
            connection.execute(
                delete(recording_copies).where(recording_copies.c.recording_id.in_(group))
            )
        for item in items:
            action, kind = _ERASED.get(item.kind, (Action.RECORDING_ERASED, ObjectKind.RECORDING))
            note(connection, actor.entry(action, kind, item.object_id))
        forget_texts(connection, [i.object_id for i in items if i.kind == INQUIRY_KIND])
        record_results(connection, case.case_id, results)
        for made in backups:
            open_task(connection, case.case_id, TaskKind.KEY_BACKUP, str(made.backup_id), actor.at)
        for place in sorted(missed):
            open_task(connection, case.case_id, TaskKind.MEDIUM, place, actor.at)
        if unseen or seen.left:
            open_task(connection, case.case_id, TaskKind.EXCHANGE, "", actor.at)
        facts = {
            "backups_unreached": [made.backup_id for made in backups],
            "media_unreached": {place: len(found) for place, found in sorted(missed.items())},
            "exported": len(exported),
            "sources": {
                "left": len(seen.left),
                "looked": len(sounds) - len(unseen),
                "removed": seen.removed,
                "unseen": len(unseen),
            },
        }
        record_act(connection, case.case_id, Act.DESTROYED, actor.at, actor.staff_id, facts)
        move(connection, case, CaseState.EXECUTED)
        note(connection, actor.entry(Action.ERASURE_DONE, ObjectKind.ERASURE, case.case_id))
    held = sum(r is ItemResult.HELD for _, r in items_of(engine, case.case_id))
    caution = sum(result is ItemResult.CAUTION for result in results.values())
    return Executed(
        case.case_id,
        len(results) - caution,
        caution,
        held,
        len(open_tasks(engine, case.case_id)),
    )


def _groups(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _GROUP):
        yield ids[start : start + _GROUP]
