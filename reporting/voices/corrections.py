"""What a later edition of the 別紙 says differently; words are named, never repeated."""

from __future__ import annotations

from collections.abc import Sequence

from reporting.paper.kind import Correction
from reporting.voices.value import Voice, VoicesReport

_LATE, _CHANGED = "提出後に届いた記録による", "記録の訂正による"


def corrections_between(before: VoicesReport, after: VoicesReport) -> tuple[Correction, ...]:
    """Everything printed that moved, by receipt number."""
    found = [
        *_voices("預かりメッセージ", before.messages, after.messages),
        *_voices("主な意見・要望", before.opinions, after.opinions),
    ]
    if before.reports != after.reports:
        was, now = f"{len(before.reports)}件", f"{len(after.reports)}件"
        found.append(Correction("市への報告・引継ぎ", was, now, _LATE))
    if (before.head, before.titles) != (after.head, after.titles):
        found.append(
            Correction(
                "頭書", "前版のとおり", "本版のとおり", "契約の設定（contract.toml）の変更による"
            )
        )
    return tuple(found)


def _voices(title: str, before: Sequence[Voice], after: Sequence[Voice]) -> list[Correction]:
    earlier = {one.inquiry_id: one for one in before}
    later = {one.inquiry_id: one for one in after}
    return [
        *(
            Correction(f"{title}　{one.receipt_number}", "―", one.subject, _LATE)
            for key, one in later.items()
            if key not in earlier
        ),
        *(
            Correction(f"{title}　{one.receipt_number}", one.subject, "取消し", _CHANGED)
            for key, one in earlier.items()
            if key not in later
        ),
        *(
            Correction(
                f"{title}　{one.receipt_number}",
                f"第{earlier[key].revision}版　{earlier[key].subject}",
                f"第{one.revision}版　{one.subject}",
                _CHANGED,
            )
            for key, one in later.items()
            if key in earlier and earlier[key] != one
        ),
    ]
