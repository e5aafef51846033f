"""Where the audit log and what is kept differ about what was held: each thing that only one of both knows, by its id. Pure.

The month's figures are counted from the log, so a difference is never inside them: it lies between the log and the catalogue of
recordings, or the records of inquiries. Ids and days only; what anybody said is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.audit.activity import LoggedAct
from compliance.ground.acts import Action
from compliance.ground.japan import civil_date
from reporting.paper.kind import Mismatch
from reporting.personal_information.holdings import CALL, INQUIRY, TITLES

_LOG_LACKS = "保管されていますが、監査記録に保管開始の記録がありません。"
_STORE_LACKS = "監査記録では保管を始めていますが、目録・対応記録にありません。"
_NOT_ERASED = "監査記録では消去済みですが、目録では保管中です。"
_MENDED = {
    _LOG_LACKS: "`madoguchi audit verify` で監査記録を確かめ、欠けていれば監査記録のフォルダー（audit）をバックアップから戻してください。"
    "欠けていなければ、目録が手で書き換えられたおそれがあります。",
    _STORE_LACKS: "operations.db が古いものに戻されたか、行が消されています。新しいバックアップから operations.db を戻してください。",
    _NOT_ERASED: "消去より前の operations.db に戻されています。消去より後のバックアップを戻し、戻せないときは改めて消去を申請してください。",
}
"""What to do about each, as the UI says it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing in the catalogue or among the records: its kind, since when it is kept (null: not yet), whether it was erased, and
    when it was made (null: when it was kept)."""

    kind: str
    since: datetime | None
    is_erased: bool = False
    made_at: datetime | None = None


def mismatches(
    acts: Iterable[LoggedAct],
    kept: Mapping[str, Compared],
    after: datetime,
    known_until: datetime | None = None,
) -> tuple[Mismatch, ...]:
    """What was held before an instant by the log or by the stores, and not by both, as was known at another (else the same); the
    oldest first. `kept` goes by id and holds all that the stores know, whatever its day."""
    until = known_until or after

    def is_held(one: str, at: datetime) -> bool:
        thing = kept.get(one)
        return at < until and ((thing and thing.made_at) or at) < after

    begun: dict[str, tuple[str, datetime]] = {}
    ended: dict[str, datetime] = {}
    for act in acts:
        match act.action:
            case Action.RECORDING_SEALED if is_held(act.object_id, act.at):
                kind = kept[act.object_id].kind if act.object_id in kept else CALL
                begun.setdefault(act.object_id, (kind, act.at))
            case Action.INQUIRY_ENTERED if is_held(act.object_id, act.at):
                begun.setdefault(act.object_id, (INQUIRY, act.at))
            case Action.RECORDING_ERASED if act.at < after:
                ended.setdefault(act.object_id, act.at)
    known = {
        one: thing.since
        for one, thing in kept.items()
        if thing.since is not None and is_held(one, thing.since)
    }
    found = [
        *((since, kept[one].kind, +1, one, _LOG_LACKS) for one, since in known.items() if one not in begun),
        *((at, kind, -1, one, _STORE_LACKS) for one, (kind, at) in begun.items() if one not in known),
        *((at, kept[one].kind, +1, one, _NOT_ERASED) for one, at in ended.items() if one in known and one in begun and not kept[one].is_erased),
    ]  # fmt: skip
    return tuple(
        Mismatch(TITLES[kind], difference, one, civil_date(at), what, _MENDED[what])
        for at, kind, difference, one, what in sorted(found)
    )


def by_kind(found: Sequence[Mismatch]) -> dict[str, str]:
    """How the paper prints the comparison, by kind: 一致, or by how many the stores hold more than the log."""
    said = {}
    for kind, title in TITLES.items():
        own = [one.difference for one in found if one.item == title]
        said[kind] = f"不一致（{sum(own):+,}）" if own else "一致"
    return said
