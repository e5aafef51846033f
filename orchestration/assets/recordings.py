"""Assets of the group `recordings`: what is in custody, and whether it is whole."""

from collections.abc import Iterator

import dagster as dg

from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import counts
from compliance.vault.custody import verify_vault
from orchestration.assets.metadata import table
from orchestration.opening.workplace import Workplace

GROUP = "recordings"
SEALED = dg.AssetKey([GROUP, "sealed"])
OPENS = "every_copy_opens"
NOTHING_IN_CLEAR = "nothing_left_in_clear"
_STATES = {
    "spooled": "未封緘（交換機に平文）",
    "sealed": "封緘済み",
    "erased": "消去済み",
    "unusable": "封緘できない",
}


@dg.asset(
    key=SEALED,
    group_name=GROUP,
    deps=[dg.AssetKey(["pbx", "recordings"])],
    description=(
        "封緘された録音（仕様書6(3)カ、別紙1-5(6)）\n\n録音ごとの鍵で暗号化し、開き直して照合してから目録に載せます。"
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
    ],
)
def sealed_recordings(context: dg.AssetExecutionContext) -> Iterator[object]:
    """Counts what is in custody and opens every copy."""
    workplace: Workplace = context.resources.workplace
    opened, problems = verify_vault(workplace.engine, workplace.home, Keyring.open(workplace.home))
    by_state = counts(workplace.engine)
    yield dg.MaterializeResult(
        metadata={
            "目録": table(
                ("状態", "件数", "封緘後のバイト数"),
                [(_STATES[state], *numbers) for state, numbers in sorted(by_state.items())],
            ),
            "開いて照合した件数": opened,
        }
    )
    yield dg.AssetCheckResult(
        asset_key=SEALED,
        check_name=OPENS,
        passed=not problems,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{opened}件を開き、{len(problems)}件が目録と違います。",
        metadata={"相違": table(("録音", "内容"), [(p.recording_id, p.what) for p in problems])},
    )
    left = by_state.get("spooled", (0, 0))[0]
    yield dg.AssetCheckResult(
        asset_key=SEALED,
        check_name=NOTHING_IN_CLEAR,
        passed=left == 0,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"未封緘の録音は{left}件です。",
    )
