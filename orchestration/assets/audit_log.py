"""The asset `compliance/audit_log`: how far the log reaches, by which key it is signed, whether it is right."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import dagster as dg

from application.audit_log import checkpointed, verified
from application.home.session import Workplace
from compliance.audit.checkpoint import Checkpoint
from compliance.audit.log import AuditFolder, entries
from compliance.audit.verify import LogVerdict
from orchestration.assets.metadata import table
from orchestration.assets.pages import tell

AUDIT_LOG = dg.AssetKey(["compliance", "audit_log"])
IS_RIGHT = "log_is_right"
_SHOWN = 500
"""Of how many entries the screen counts the kinds: the last ones."""


@dg.asset(
    key=AUDIT_LOG,
    group_name="compliance",
    description=(
        "監査記録\n\n誰が、いつ、どの記録に、何の目的で、何をしたか。追記のみで、書き換えは"
        "検査で分かります。従事者番号と符号だけを含み、市民の情報は含みません。"
        "記録照合番号は提出書類にも印字されます。\n\n"
        "赤のとき：検査「log_is_right」に、どのファイルのどの記録が違うかが出ます。"
        "audit フォルダーをバックアップと比べ、保護管理者に連絡してください。"
    ),
    required_resource_keys={"workplace"},
    check_specs=[
        dg.AssetCheckSpec(
            IS_RIGHT,
            asset=AUDIT_LOG,
            description="監査記録が、署名した時点・書類に印字した時点のままか（毎晩）。",
        )
    ],
)
def audit_log(context: dg.AssetExecutionContext) -> Iterator[object]:
    """Moves what was noted into the log, signs it, and verifies it."""
    workplace: Workplace = context.resources.workplace
    checkpoint = checkpointed(workplace)
    verdict = verified(workplace)
    yield dg.MaterializeResult(metadata=metadata_of(workplace, checkpoint, verdict))
    yield check_of(verdict)


def report(instance: dg.DagsterInstance, workplace: Workplace) -> None:
    """The same, told to the instance without a run of its own: what a morning ends with."""
    checkpoint = checkpointed(workplace)
    verdict = verified(workplace)
    tell(instance, AUDIT_LOG, metadata_of(workplace, checkpoint, verdict), (check_of(verdict),))


def metadata_of(
    workplace: Workplace, checkpoint: Checkpoint, verdict: LogVerdict
) -> dict[str, Any]:
    """What a person sees: counts, codes and digests."""
    last = entries(AuditFolder(workplace.home.audit), last=_SHOWN)
    kinds = Counter((entry["action"], entry["result"]) for entry in last)
    return {
        "記録の件数": verdict.size,
        "記録照合番号": checkpoint.shown,
        "署名鍵の指紋（SHA-256）": ", ".join(verdict.fingerprints),
        "保存された照合番号": verdict.checkpoints,
        f"最近{len(last)}件の内訳": table(
            ("行為", "結果", "件数"), [(*kind, count) for kind, count in sorted(kinds.items())]
        ),
    }


def check_of(verdict: LogVerdict) -> dg.AssetCheckResult:
    """The verdict as a check; what is wrong is named by file and entry."""
    return dg.AssetCheckResult(
        asset_key=AUDIT_LOG,
        check_name=IS_RIGHT,
        passed=verdict.is_right,
        severity=dg.AssetCheckSeverity.ERROR,
        description=(
            f"{verdict.size}件の記録は、署名・印字した時点のままです。"
            if verdict.is_right
            else f"{len(verdict.problems)}箇所が違います。下の一覧を保護管理者に示してください。"
        ),
        metadata={
            "相違": table(
                ("場所", "内容"), [(problem.artefact, problem.what) for problem in verdict.problems]
            )
        },
    )
