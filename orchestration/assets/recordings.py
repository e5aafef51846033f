"""Assets of the group `recordings`: what is in custody, and whether it is whole."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from application.custody import due_recordings, room_left, rotated, sampled_media
from application.home.session import Workplace
from compliance.ground.japan import TOKYO
from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import counts
from compliance.vault.custody import verify_vault
from compliance.vault.media import registered_media
from compliance.vault.preservation import holds
from compliance.vault.rotation import held_at_hand
from orchestration.assets.metadata import table
from orchestration.assets.pages import tell

GROUP = "recordings"
SEALED = dg.AssetKey([GROUP, "sealed"])
ARCHIVED = dg.AssetKey([GROUP, "archived"])
OPENS = "every_copy_opens"
IN_TIME = "rotated_in_time"
NOTHING_IN_CLEAR = "nothing_left_in_clear"
ROOM = "room_for_sixty_days"
SAMPLE_READS = "media_sample_reads"
DAYS_AHEAD = 60
"""Days of room that there should be: as long as recordings stay at hand (6(3)カ)."""
_STATES = {
    "spooled": "未封緘（交換機に平文）",
    "sealed": "封緘済み",
    "erased": "消去済み",
    "unusable": "封緘できない",
}


@dg.asset(
    key=ARCHIVED,
    group_name=GROUP,
    deps=[SEALED],
    description=(
        "保管媒体へ移した録音\n\n手元に置く日数を過ぎた録音を、登録した2つの媒体へ写し、照合してから"
        "手元の写しを外します（毎晩3時30分）。消去ではありません。消去には市の承諾が必要です。\n\n"
        "赤のとき：媒体が接続されているかを `madoguchi vault media` で確かめてください。"
    ),
    required_resource_keys={"workplace"},
    check_specs=[
        dg.AssetCheckSpec(
            IN_TIME,
            asset=ARCHIVED,
            description="日数を過ぎて手元に残る録音がないか（保全中を除く）。",
        )
    ],
)
def archived_recordings(context: dg.AssetExecutionContext) -> Iterator[object]:
    """Rotates what is due, and says what is left."""
    workplace: Workplace = context.resources.workplace
    report = rotated(workplace)
    yield dg.MaterializeResult(metadata=_archived_metadata(workplace, report.rotated))
    yield _rotated_in_time(workplace)


@dg.asset(
    key=SEALED,
    group_name=GROUP,
    deps=[dg.AssetKey(["pbx", "recordings"])],
    description=(
        "封緘された録音\n\n録音ごとの鍵で暗号化し、開き直して照合してから目録に載せます。"
        "取込みのたびに封緘されます。音声はここからは聞けません。\n\n"
        "赤のとき：検査の一覧にある録音の番号を保護管理者に示してください。元の録音は消えていません。"
    ),
    required_resource_keys={"workplace"},
    check_specs=[
        dg.AssetCheckSpec(
            OPENS,
            asset=SEALED,
            description="手元の写しがすべて、目録どおりに開くか（週1回）。",
        ),
        dg.AssetCheckSpec(
            NOTHING_IN_CLEAR,
            asset=SEALED,
            description="取り込んだ録音がすべて封緘されたか。",
        ),
        dg.AssetCheckSpec(
            ROOM,
            asset=SEALED,
            description=f"今の増え方で{DAYS_AHEAD}日分の空きがあるか。",
        ),
        dg.AssetCheckSpec(
            SAMPLE_READS,
            asset=SEALED,
            description="接続中の媒体から抽出した写しが、封緘したときのままか（週1回、順に替わります）。",
        ),
    ],
)
def sealed_recordings(context: dg.AssetExecutionContext) -> Iterator[object]:
    """Counts what is in custody and opens every copy."""
    workplace: Workplace = context.resources.workplace
    opened, problems = verify_vault(workplace.engine, workplace.home, Keyring.open(workplace.home))
    yield dg.MaterializeResult(
        metadata={**_sealed_metadata(workplace), "開いて照合した件数": opened}
    )
    yield dg.AssetCheckResult(
        asset_key=SEALED,
        check_name=OPENS,
        passed=not problems,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{opened}件を開き、{len(problems)}件が目録と違います。",
        metadata={"相違": table(("録音", "内容"), [(p.recording_id, p.what) for p in problems])},
    )
    yield _nothing_in_clear(workplace)
    yield _room(workplace)
    looked = sampled_media(workplace)
    wrong = [(one.medium_id, recording_id) for one in looked for recording_id in one.wrong]
    yield dg.AssetCheckResult(
        asset_key=SEALED,
        check_name=SAMPLE_READS,
        passed=not wrong,
        severity=dg.AssetCheckSeverity.ERROR,
        description=(
            f"{len(looked)}つの媒体から{sum(one.read for one in looked)}件を読み、{len(wrong)}件が違います。"
            + (
                "もう一方の媒体から `madoguchi vault restore` で戻し、媒体を交換してください。"
                if wrong
                else ""
            )
        ),
        metadata={"相違": table(("媒体", "録音"), wrong)},
    )


def report(instance: dg.DagsterInstance, workplace: Workplace) -> None:
    """What a morning sealed and moved, told to the instance without a run of its own."""
    tell(
        instance,
        SEALED,
        _sealed_metadata(workplace),
        (_nothing_in_clear(workplace), _room(workplace)),
    )
    moved = workplace.journal.recordings_rotated
    metadata = _archived_metadata(workplace, moved)
    tell(instance, ARCHIVED, metadata, (_rotated_in_time(workplace),))


def _sealed_metadata(workplace: Workplace) -> dict[str, Any]:
    by_state = sorted(counts(workplace.engine).items())
    rows = [(_STATES[state], *numbers) for state, numbers in by_state]
    return {"目録": table(("状態", "件数", "封緘後のバイト数"), rows)}


def _room(workplace: Workplace) -> dg.AssetCheckResult:
    room = room_left(workplace)
    told = (
        "最近の封緘がないため、見込みは出せません。"
        if room.days is None
        else f"今の増え方（1日{room.bytes_per_day / 1e6:,.1f} MB）で、あと{room.days:,}日分の空きがあります。"
    )
    return dg.AssetCheckResult(
        asset_key=SEALED,
        check_name=ROOM,
        passed=room.days is None or room.days >= DAYS_AHEAD,
        severity=dg.AssetCheckSeverity.WARN,
        description=told + f"（空き {room.free_bytes / 1e9:,.1f} GB）",
    )


def _nothing_in_clear(workplace: Workplace) -> dg.AssetCheckResult:
    left = counts(workplace.engine).get("spooled", (0, 0))[0]
    return dg.AssetCheckResult(
        asset_key=SEALED,
        check_name=NOTHING_IN_CLEAR,
        passed=left == 0,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"未封緘の録音は{left}件です。",
    )


def _archived_metadata(workplace: Workplace, moved: int) -> dict[str, Any]:
    at_hand = held_at_hand(workplace.engine)
    oldest = min((held.recorded_at for held in at_hand), default=None)
    media = [
        (m.medium_id, m.serial, "接続中" if m.is_mounted() else "未接続")
        for m in registered_media(workplace.engine)
    ]
    return {
        "今回移した件数": moved,
        "手元の件数": len(at_hand),
        "手元で最も古い録音": f"{oldest.astimezone(TOKYO):%Y-%m-%d}" if oldest else "なし",
        "保全中": len(holds(workplace.engine)),
        "媒体": table(("媒体", "製造番号", "接続"), media),
    }


def _rotated_in_time(workplace: Workplace) -> dg.AssetCheckResult:
    left = len(due_recordings(workplace))
    return dg.AssetCheckResult(
        asset_key=ARCHIVED,
        check_name=IN_TIME,
        passed=left == 0,
        severity=dg.AssetCheckSeverity.ERROR,
        description=(
            "日数を過ぎた録音は手元にありません。"
            if left == 0
            else f"{left}件が日数を過ぎて手元に残っています。何も消していません。媒体を接続してください。"
        ),
    )
