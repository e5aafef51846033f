"""Checks of the log in a certificate: two signed checkpoints, one the beginning of the other, and the case's entries below.

Nothing is raised for what is wrong: it is a finding; an entry of another shape is `LogDamaged` (別紙2-13-5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from compliance.audit.checkpoint import Checkpoint, read_note, read_shown
from compliance.audit.tree import is_consistent, is_included, leaf_hash
from compliance.erasure import shape
from compliance.erasure.offline_findings import Level, Verification
from compliance.erasure.offline_signatures import from_base64, read_keys
from compliance.erasure.shape import read_shaped
from compliance.errors import LogDamaged

ENTRIES = ("erasure_begun", "erasure_done", "erasure_verified")


def check_log(v: Verification, name: str, d: Mapping[str, Any]) -> None:
    """Whether the log grew over the case without being rewritten, and holds its entries."""
    log = d["log"]
    keys = read_keys(v, name, "log keys", log["keys"])
    try:
        before = read_note(log["before"].encode("utf-8", "replace"), keys)[0]
        after = read_note(log["after"].encode("utf-8", "replace"), keys)[0]
    except LogDamaged:
        v.add(name, "log checkpoints", Level.RED, "監査記録の署名付き検証値が正しくありません。")
        return
    v.add(name, "log checkpoints", Level.GREEN, f"監査記録の検証値は署名どおり（{before.size}→{after.size}）。")  # fmt: skip
    proof = [from_base64(step) for step in log["consistency"]]
    v.judge(
        name, "log consistency",
        is_consistent(before.size, after.size, before.root, after.root, proof),
        "監査記録は書き換えられずに続いている。", "監査記録が、前の検証値の続きではありません。",
    )  # fmt: skip
    v.judge(
        name, "log entries", _has_entries(log["entries"], d["application"]["number"], before, after),
        "着手・完了・検証の記録が監査記録にある。", "着手・完了・検証の記録が監査記録にありません。",
    )  # fmt: skip


def _has_entries(
    entries: Sequence[Mapping[str, Any]], case: str, before: Checkpoint, after: Checkpoint
) -> bool:
    places = [one["index"] for one in entries]
    said = [read_shaped(one["entry"], shape.ENTRY) for one in entries]
    return (
        tuple(entry["action"] for entry in said) == ENTRIES
        and all(entry["object_id"] == case and entry["result"] == "done" for entry in said)
        and places == sorted(places)
        and all(
            before.size <= one["index"]
            and is_included(
                one["index"],
                after.size,
                leaf_hash(one["entry"].encode("utf-8", "replace")),
                [from_base64(step) for step in one["path"]],
                after.root,
            )
            for one in entries
        )
    )


def check_known_checkpoints(
    v: Verification, name: str, d: Mapping[str, Any], printed: Sequence[str]
) -> None:
    """Checkpoints that the reader has on papers: those of the same size must say the same."""
    said = {}
    for note in (d["log"]["before"], d["log"]["after"]):
        parts = note.split("\n")
        if len(parts) > 2:
            said[parts[1]] = parts[2]
    for shown in printed:
        try:
            one = read_shown(shown)
        except LogDamaged:
            v.add(shown, "printed checkpoint", Level.RED, "検証値の形ではありません（例 142:…）。")
            continue
        root_said = said.get(str(one.size))
        if root_said is None:
            what = f"{name}とは大きさが違うため、比べられません。"
            v.add(shown, "printed checkpoint", Level.YELLOW, what)
        else:
            v.judge(
                shown, "printed checkpoint", root_said == shown.partition(":")[2],
                f"{name}の検証値と一致。", f"{name}の検証値と違います。",
            )  # fmt: skip
