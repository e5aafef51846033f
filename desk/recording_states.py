"""What pages call the states of a recording. Pure."""

from __future__ import annotations

from compliance.vault.states import RecordingState

STATE_TITLES = {
    RecordingState.SPOOLED: "保管庫へ入れる前",
    RecordingState.SEALED: "暗号化して保管中",
    RecordingState.ERASED: "消去済み",
    RecordingState.UNUSABLE: "使えないファイル",
}
