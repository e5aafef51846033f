"""The state of what is kept at one moment, with something of everything, as the page is handed it."""

from __future__ import annotations

from datetime import date, timedelta

from application.custody_state import (
    BackupsKept,
    CopyCondition,
    CustodyState,
    Hand,
    HandKind,
    KeyCopyKept,
    MediumKept,
    MediumOwes,
    RecordingsKept,
)
from compliance.backup.register import BackupEvent
from compliance.people.rights import Role
from compliance.vault.states import RecordingState
from tests.desk.conftest import AT

_OWES = MediumOwes("E-0001", "媒体の写しの削除", AT - timedelta(days=3))
CUSTODY = CustodyState(
    AT, 60,
    RecordingsKept(
        {RecordingState.SEALED: (12345, 9_876_543_210), RecordingState.ERASED: (67, 0)},
        2000, 10344, 1, 3, AT - timedelta(days=61), 8, date(2023, 11, 19),
    ),
    (
        MediumKept("m-a", "S-" + "a" * 30, "金庫（上段）", True, 10344, AT, AT - timedelta(days=9), AT, ()),
        MediumKept("m-b", "S-b", "", False, 0, None, None, None, (_OWES,)),
    ),
    2,
    (
        KeyCopyKept(1, "控え1（第1期）", "keys-a", AT - timedelta(days=40), False, CopyCondition.AWAY, True),
        KeyCopyKept(2, "控え2（第2期）", "keys-b", AT, True, CopyCondition.CHANGED, False),
    ),
    BackupsKept(
        BackupEvent("made", AT, "madoguchi-20231120T003000Z", "done", 2, 1234, 9_876_543_210),
        BackupEvent("drilled", AT, "madoguchi-20231120T003000Z", "failed", 2, 1234, 9_876_543_210),
        date(2023, 11, 19),
    ),
    (
        Hand(HandKind.ERASURE_TASKS, "消去の残務が2件あります。媒体を接続し、署名してから破棄します。", 2,
             frozenset({Role.OFFICER, Role.ADMINISTRATOR}), ("madoguchi erasure tasks",), "/erasures"),
        Hand(HandKind.BACKUP, "バックアップの復元訓練が失敗しています（期限超過　2023-11-19）", 1, frozenset({Role.ADMINISTRATOR}),
             ("madoguchi backup --to FOLDER", "madoguchi backup --to FOLDER --drill")),
    ),
)  # fmt: skip
