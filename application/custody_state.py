"""The state of recordings, media, key copies and backups at one moment, for those who keep them without a shell; looked at, never changed.

Ids, counts, names of media and instants only: no path of the server, nothing secret. What nobody knows is null, never a zero. What needs a
hand is told with the same words and counts as the morning's duties (`application.backup_duties`) and the commands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from application.backup_duties import drill_due_on, drill_duties, renewal_duties
from application.duties import Urgency
from application.erasure_cases import TASK_TITLES
from application.home.session import Outlook
from compliance.backup.register import BackupDeed, BackupEvent, last_event
from compliance.erasure.case_file import Task, TaskKind
from compliance.erasure.register import open_tasks
from compliance.ground.clock import jumped_from
from compliance.ground.japan import civil_date
from compliance.keys.backups import KeyBackup, registered_backups
from compliance.keys.keyring import epochs
from compliance.people.rights import Right, Role, roles_with
from compliance.vault.catalogue import counts
from compliance.vault.media import Medium, registered_media
from compliance.vault.preservation import holds
from compliance.vault.rotation import COPIES, due_for_rotation, held_at_hand
from compliance.vault.states import RecordingState
from compliance.vault.whereabouts import PlaceCopies, copies_by_place, whereabouts


@dataclass(frozen=True, slots=True)
class RecordingsKept:
    """Recordings by their states, and where the sealed ones are: `at_hand`, `only_on_media`, or `nowhere`, of which no copy is known.
    `held` counts every hold, whatever the recording's state. `by_state` gives number and sealed bytes. `due` of those at hand ought to
    be on their media already; the first that nobody holds falls due on `next_due`, null where there is none."""

    by_state: Mapping[RecordingState, tuple[int, int]]
    at_hand: int
    only_on_media: int
    nowhere: int
    held: int
    oldest_at_hand: datetime | None
    due: int
    next_due: date | None

    def in_state(self, state: RecordingState) -> int:
        """How many are in a state."""
        return self.by_state.get(state, (0, 0))[0]


@dataclass(frozen=True, slots=True)
class MediumOwes:
    """Something that an erasure left on a medium, since when."""

    case_id: str
    title: str
    since: datetime


@dataclass(frozen=True, slots=True)
class MediumKept:
    """A registered medium: whether its marker is found now, how many recordings ought to lie on it. Instants are null where nothing
    lies on it: every copy was looked at since `verified_since`, the newest look was at `verified_at`."""

    medium_id: str
    serial: str
    kept_at: str
    is_reachable: bool
    recordings: int
    written_at: datetime | None
    verified_since: datetime | None
    verified_at: datetime | None
    owes: tuple[MediumOwes, ...]


class CopyCondition(StrEnum):
    """How a copy of the keys is, as far as it can be looked at now."""

    WHOLE = "whole"
    CHANGED = "changed"
    AWAY = "away"
    """It is not seen where no medium may be, or cannot be read: nothing is known."""


@dataclass(frozen=True, slots=True)
class KeyCopyKept:
    """A registered copy of the keys that was not destroyed; `label` is its medium's name, `is_current` whether it is of the present
    epoch, `is_owed` whether an erasure's task has it destroyed."""

    backup_id: int
    name: str
    label: str
    made_at: datetime
    is_current: bool
    condition: CopyCondition
    is_owed: bool


@dataclass(frozen=True, slots=True)
class BackupsKept:
    """The newest backup and the newest drill, null before the first; `drill_due` is null for a simulated home, which has none."""

    made: BackupEvent | None
    drill: BackupEvent | None
    drill_due: date | None


class HandKind(StrEnum):
    """What a hand is needed for."""

    BACKUP = "backup"
    ERASURE_TASKS = "erasure_tasks"
    ROTATION = "rotation"
    KEY_COPY = "key_copy"
    KEY_COPY_AGAIN = "key_copy_again"
    NO_KEY_COPY = "no_key_copy"
    OUTDATED_KEY_COPY = "outdated_key_copy"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Hand:
    """Something that somebody must do: one sentence, of how many things, who may, and by which commands or at which page of the desk."""

    kind: HandKind
    text_ja: str
    count: int
    roles: frozenset[Role]
    commands: tuple[str, ...]
    path: str = ""


@dataclass(frozen=True, slots=True)
class CustodyState:
    """Everything as it was at `at`. `epoch` is the keyring's, null before there is one."""

    at: datetime
    online_days: int
    recordings: RecordingsKept
    media: tuple[MediumKept, ...]
    epoch: int | None
    key_copies: tuple[KeyCopyKept, ...]
    backups: BackupsKept
    hands: tuple[Hand, ...]


def custody_state(place: Outlook) -> CustodyState:
    """The state of a home at its present time."""
    engine, tasks = place.engine, open_tasks(place.engine)
    present = epochs(place.home)
    epoch = present[-1].number if present else None
    copies = copies_by_place(engine)
    kept = _recordings(place)
    media = tuple(
        _medium(one, copies.get(one.medium_id), tasks) for one in registered_media(engine)
    )
    owed = {task.place for task in tasks if task.what is TaskKind.KEY_BACKUP}
    backups = registered_backups(engine)
    key_copies = tuple(
        _key_copy(made, epoch, is_owed=str(made.backup_id) in owed)
        for made in backups
        if not made.has_ended
    )
    made, drill = (last_event(engine, deed) for deed in (BackupDeed.MADE, BackupDeed.DRILLED))
    hands = (
        *_of_backups(place, has_backup=made is not None),
        *_of_tasks(len(tasks)),
        *_of_recordings(kept, media, has_jumped=jumped_from(engine) is not None),
        *_of_keys(epoch, key_copies),
        *_of_destroyed([made.name_ja for made in backups if _is_there_again(made)]),
    )
    return CustodyState(
        at=place.now,
        online_days=_online_days(place),
        recordings=kept,
        media=media,
        epoch=epoch,
        key_copies=key_copies,
        backups=BackupsKept(made, drill, drill_due_on(place)),
        hands=hands,
    )


def _online_days(place: Outlook) -> int:
    return place.settings.contract.retention.recordings_online_days


def _recordings(place: Outlook) -> RecordingsKept:
    engine, days = place.engine, _online_days(place)
    by_state = {RecordingState(state): found for state, found in counts(engine).items()}
    at_hand, held, where = held_at_hand(engine), holds(engine), whereabouts(engine)
    movable = [one.recorded_at for one in at_hand if one.recording_id not in held]
    return RecordingsKept(
        by_state=by_state,
        at_hand=where.at_hand,
        only_on_media=where.only_on_media,
        nowhere=where.nowhere,
        held=len(held),
        oldest_at_hand=min((one.recorded_at for one in at_hand), default=None),
        due=len(due_for_rotation(at_hand, days, held, civil_date(place.now))),
        next_due=civil_date(min(movable)) + timedelta(days=days) if movable else None,
    )


def _medium(medium: Medium, copies: PlaceCopies | None, tasks: Sequence[Task]) -> MediumKept:
    owes = tuple(
        MediumOwes(task.case_id, TASK_TITLES[task.what], task.opened_at)
        for task in tasks
        if task.what is TaskKind.MEDIUM and task.place == medium.medium_id
    )
    return MediumKept(
        medium_id=medium.medium_id,
        serial=medium.serial,
        kept_at=medium.kept_at,
        is_reachable=medium.is_mounted(),
        recordings=copies.number if copies else 0,
        written_at=copies.written_at if copies else None,
        verified_since=copies.looked_since if copies else None,
        verified_at=copies.looked_at if copies else None,
        owes=owes,
    )


def _key_copy(made: KeyBackup, epoch: int | None, *, is_owed: bool) -> KeyCopyKept:
    return KeyCopyKept(
        backup_id=made.backup_id,
        name=made.name_ja,
        label=made.medium.name,
        made_at=made.made_at,
        is_current=made.epoch == epoch,
        condition=_condition(made),
        is_owed=is_owed,
    )


def _condition(made: KeyBackup) -> CopyCondition:
    try:
        if not made.is_reachable() and not _is_medium_there(made):
            return CopyCondition.AWAY
        return CopyCondition.CHANGED if made.problems() else CopyCondition.WHOLE
    except OSError:
        return CopyCondition.AWAY


def _is_medium_there(made: KeyBackup) -> bool:
    """Whether the medium's folder holds anything: an empty one may be where nothing is mounted."""
    return made.medium.is_dir() and any(made.medium.iterdir())


def _is_there_again(made: KeyBackup) -> bool:
    try:
        return made.has_ended and bool(made.problems())
    except OSError:
        return False


_RUNS, _KEYS, _EXECUTES = (
    roles_with(right) for right in (Right.RUN_JOBS, Right.MANAGE_KEYS, Right.EXECUTE_ERASURE)
)
_BACKUP = "madoguchi backup --to FOLDER"
_VERIFY_KEYS = "madoguchi keys verify-backup"


def _of_backups(place: Outlook, *, has_backup: bool) -> Iterable[Hand]:
    """The morning's pressing duties about the second copy, in its words."""
    today = civil_date(place.now)
    trial = f"{_BACKUP} --drill"
    for duties, commands in (
        (drill_duties(place, today), (trial,) if has_backup else (_BACKUP, trial)),
        (renewal_duties(place, today), (_BACKUP,)),
    ):
        for duty in duties:
            if duty.urgency is not Urgency.SOON:
                of = f"　{duty.name}" if duty.name else ""
                text = f"{duty.title}{of}（{duty.urgency.title_ja}　{duty.day}）"
                yield Hand(HandKind.BACKUP, text, 1, _RUNS, commands)


def _of_tasks(number: int) -> Iterable[Hand]:
    if number:
        text = f"消去の残務が{number}件あります。媒体を接続し、署名してから破棄します。"
        commands = ("madoguchi erasure tasks",)
        yield Hand(HandKind.ERASURE_TASKS, text, number, _EXECUTES, commands, "/erasures")


def _of_recordings(
    kept: RecordingsKept, media: Sequence[MediumKept], *, has_jumped: bool
) -> Iterable[Hand]:
    """What the next run does not do by itself."""
    away = [one.medium_id for one in media if not one.is_reachable]
    lacking = COPIES - (len(media) - len(away))
    if kept.due and has_jumped:
        text = f"手元の日数を過ぎた録音が{kept.due:,}件ありますが、時計が先へ飛んだため移せません。時計を確かめます。"
        yield Hand(HandKind.ROTATION, text, kept.due, _KEYS, ("madoguchi clock confirm",))
    elif kept.due and lacking > 0:
        text = (
            f"手元の日数を過ぎた録音が{kept.due:,}件ありますが、媒体が{lacking}つ足りず移せません。"
        )
        commands: tuple[str, ...] = ("madoguchi vault rotate --go",)
        roles = _RUNS
        if len(media) < COPIES:
            text += "媒体を登録します。"
            commands = ("madoguchi vault add-medium", *commands)
            roles = _KEYS | _RUNS
        else:
            text += f"媒体（{'、'.join(away)}）を接続します。"
        yield Hand(HandKind.ROTATION, text, kept.due, roles, commands)
    if kept.nowhere:
        text = f"写しの所在が分からない録音が{kept.nowhere:,}件あります。保管庫を確かめます。"
        yield Hand(HandKind.NOWHERE, text, kept.nowhere, _RUNS, ("madoguchi vault verify",))


def _of_keys(epoch: int | None, copies: Sequence[KeyCopyKept]) -> Iterable[Hand]:
    if epoch is None:
        return
    back_up, of_change = "madoguchi keys backup FOLDER", CopyCondition.CHANGED
    current = [one for one in copies if one.is_current]
    if not current:
        text = f"いまの鍵（第{epoch}期）の控えがありません。鍵の媒体に作ります。"
        yield Hand(HandKind.NO_KEY_COPY, text, 1, _KEYS, (back_up,))
    if changed := [one for one in current if one.condition is of_change]:
        text = f"{_names(changed)}が、写したときのものと違います。確かめて、作り直します。"
        mending = (_VERIFY_KEYS, back_up)
        yield Hand(HandKind.KEY_COPY, text, len(changed), _KEYS, mending)
    if old := [one for one in copies if not one.is_current and not one.is_owed]:
        text = f"{_names(old)}は、以前の時期の鍵の控えです。新しい控えを確かめてから破棄します。"
        commands = tuple(f"madoguchi keys destroy {one.backup_id} --go" for one in old)
        yield Hand(HandKind.OUTDATED_KEY_COPY, text, len(old), _KEYS, commands)


def _of_destroyed(again: Sequence[str]) -> Iterable[Hand]:
    if again:
        text = (
            f"{'、'.join(again)}は破棄したのに、ファイルがまたあります。場所を確かめて、消します。"
        )
        yield Hand(HandKind.KEY_COPY_AGAIN, text, len(again), _KEYS, (_VERIFY_KEYS,))


def _names(copies: Iterable[KeyCopyKept]) -> str:
    return "、".join(one.name for one in copies)
