"""The datasets that an Asterisk PBX gives, each described once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from telephony_ingest.asterisk import uniqueids
from telephony_ingest.asterisk.formats import QUEUE_VERBS
from telephony_ingest.asterisk.manager_events import EVENTS
from telephony_ingest.landing.dataset import Asked, Dataset, Question, columns


class SourceKind(StrEnum):
    """The kinds of sources, each with a landing folder of its name."""

    QUEUE_LOG = "queue_log"
    CDR = "cdr"
    CEL = "cel"
    MANAGER_EVENTS = "manager_events"
    RECORDINGS = "recordings"
    VOICEMAIL = "voicemail"

    @property
    def dataset(self) -> Dataset:
        """What its rows are."""
        return DATASETS[self]

    @property
    def title_ja(self) -> str:
        """What screens call it."""
        return self.dataset.title_ja


_PSEUDONYM = r"^[0-9a-f]{32}$"
_UNIQUEID = r"^([A-Za-z0-9_.-]{1,64}-)?[0-9]{9,11}\.[0-9]{1,9}$"
_DAY = 24 * 3600.0


def _is_there(column: str, title_ja: str) -> Question:
    return Question(Asked.IS_THERE, column, title_ja)


def _is_known(column: str, values: Sequence[str], title_ja: str) -> Question:
    return Question(Asked.IS_KNOWN, column, title_ja, values=tuple(values))


def _is_shaped(column: str, pattern: str, title_ja: str) -> Question:
    return Question(Asked.IS_SHAPED, column, title_ja, pattern=pattern)


def _is_plausible(
    column: str, low: float | None, high: float | None, title_ja: str, named: str = ""
) -> Question:
    return Question(Asked.IS_PLAUSIBLE, column, title_ja, low=low, high=high, named=named)


DATASETS: Mapping[str, Dataset] = {
    SourceKind.QUEUE_LOG: Dataset(
        name="queue_log",
        title_ja="待ち行列の記録（queue_log）",
        grain_ja="1行＝待ち行列で起きた1つの出来事（着信待ち・応答・放棄・伝言・転送・着席・休憩）。",
        columns=columns(
            time="event_at",
            id="call_uniqueid operator_uniqueid bridge_id",
            name="queue agent exit_key transfer_target pause_reason caller_extension",
            pseudonym="caller_pseudonym transfer_target_pseudonym",
            fact="origin verb wait_seconds talk_seconds position entry_position ring_ms "
            "transfer_method logged_on_seconds starts_paused",
        ),
        time_column="event_at",
        questions=(
            _is_there("event_at", "時刻がある"),
            _is_known("verb", QUEUE_VERBS, "知られた出来事である"),
            _is_shaped("caller_pseudonym", _PSEUDONYM, "発信者は仮名IDである"),
            _is_plausible("wait_seconds", 0, _DAY, "待ち時間が0秒から1日の間にある"),
            _is_plausible("talk_seconds", 0, _DAY, "通話時間が0秒から1日の間にある"),
        ),
    ),
    SourceKind.CDR: Dataset(
        name="cdr",
        title_ja="通話明細（CDR）",
        grain_ja="1行＝電話交換機が書いた通話明細1件。1通話が数行になるため、件数はここでは数えません。",
        columns=columns(
            time="start_at answer_at end_at",
            id="uniqueid linkedid sequence",
            name="src_extension dst dcontext channel dstchannel app_queue accountcode peeraccount "
            "userfield",
            pseudonym="caller_pseudonym dst_pseudonym",
            fact="writer last_app hangup_cause duration_seconds billsec_seconds disposition",
        ),
        time_column="start_at",
        questions=(
            _is_there("linkedid", "通話番号がある"),
            _is_there("start_at", "開始時刻がある"),
            _is_there("disposition", "知られた結果である"),
            _is_shaped("caller_pseudonym", _PSEUDONYM, "発信者は仮名IDである"),
            _is_plausible("duration_seconds", 0, _DAY, "長さが0秒から1日の間にある"),
            _is_plausible(
                "span_seconds", -0.001, None, "終了が開始より前でない", "end_is_not_before_start"
            ),
            _is_plausible(
                "before_answer_seconds",
                -0.001,
                None,
                "通話時間が全体の長さを超えない",
                "talk_is_within_call",
            ),
        ),
        derived={
            "span_seconds": "epoch(end_at) - epoch(start_at)",
            "before_answer_seconds": "coalesce(duration_seconds - billsec_seconds, 0)",
        },
    ),
    SourceKind.CEL: Dataset(
        name="cel",
        title_ja="回線の出来事（CEL）",
        grain_ja="1行＝回線で起きた1つの出来事。待ち時間・通話時間を百万分の1秒まで知る根拠です。",
        columns=columns(
            time="event_at",
            id="uniqueid linkedid bridge_id transferee_uniqueid",
            name="context exten channel peer_channel app_queue accountcode peeraccount "
            "hangup_source transfer_target transfer_target_channel",
            pseudonym="exten_pseudonym caller_pseudonym transfer_target_pseudonym",
            fact="event_type app hangup_cause dial_status",
        ),
        time_column="event_at",
        questions=(
            _is_there("event_at", "時刻がある"),
            _is_there("linkedid", "通話番号がある"),
            _is_there("event_type", "出来事の名がある"),
            _is_shaped("uniqueid", uniqueids.SHAPE, "回線の番号の形が正しい"),
            _is_shaped("caller_pseudonym", _PSEUDONYM, "発信者は仮名IDである"),
        ),
    ),
    SourceKind.MANAGER_EVENTS: Dataset(
        name="manager_events",
        title_ja="保留と呼出しの出来事（AMI）",
        grain_ja="1行＝電話交換機が起きたそのときに知らせた回線の出来事1つ（保留・保留解除・呼出しなど）。保留時間の根拠で、"
        "接続が切れていた間のことは分かりません。",
        columns=columns(
            time="event_at",
            id="connection uniqueid linkedid other_uniqueid",
            fact="sequence event dial_status",
        ),
        time_column="event_at",
        questions=(
            _is_there("event_at", "時刻がある"),
            _is_known("event", tuple(EVENTS.values()), "知られた出来事である"),
            _is_shaped("uniqueid", uniqueids.SHAPE, "回線の番号の形が正しい"),
        ),
    ),
    SourceKind.RECORDINGS: Dataset(
        name="recordings",
        title_ja="録音ファイルの目録",
        grain_ja="1行＝録音ファイル1つ。音の有無と長さだけを記し、音声そのものは含みません。",
        columns=columns(
            time="recorded_at",
            id="call_uniqueid content_key",
            fact="duration_seconds channels sample_rate_hz bits size_bytes header_state is_audible peak",
        ),
        time_column="recorded_at",
        questions=(
            _is_shaped("call_uniqueid", _UNIQUEID, "通話に結び付く名である"),
            _is_known(
                "header_state", ("ok", "header_only", "unmeasured"), "録音ファイルが壊れていない"
            ),
            _is_plausible("duration_seconds", 0, _DAY, "長さが0秒から1日の間にある"),
            _is_plausible("sample_rate_hz", 8000, 48000, "標本化周波数が電話の音声のものである"),
        ),
    ),
    SourceKind.VOICEMAIL: Dataset(
        name="voicemail",
        title_ja="預かりメッセージの目録",
        grain_ja="1行＝預かった伝言の音声ファイル1つ。伝言1件が数形式で書かれれば数行になります。"
        "内容は含みません。",
        columns=columns(
            time="recorded_at",
            id="message_id",
            name="channel mailbox context",
            pseudonym="caller_pseudonym",
            fact="duration_seconds audio_duration_seconds size_bytes header_state is_audible peak",
        ),
        time_column="recorded_at",
        questions=(
            _is_there("recorded_at", "録音時刻がある"),
            _is_there("channel", "録音した回線が分かる"),
            _is_shaped("caller_pseudonym", _PSEUDONYM, "発信者は仮名IDである"),
            _is_plausible("duration_seconds", 0, 3600, "長さが0秒から1時間の間にある"),
        ),
    ),
}
"""What landing holds of this PBX, in the order in which it is taken in."""
