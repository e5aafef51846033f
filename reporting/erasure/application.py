"""消去・廃棄申請書: the five items of 別紙2-13-2, filled from the catalogue, with copies and the wish for a witness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from compliance.ground.japan import TOKYO
from reporting.paper import wareki
from reporting.paper.typesetting import typeset

TITLE = "個人情報消去・廃棄申請書"
LAYOUT = Path(__file__).with_name("application.typ")
BLANK = "未記入"
KINDS = {
    "call": "通話録音",
    "message": "預かりメッセージ",
    "inquiry": "対応記録の要旨・連絡先",
    "pseudonym_key": "仮名化の鍵",
}
ON_THE_SERVER = {"inquiry": "サーバー（対応記録の台帳）", "pseudonym_key": "サーバー（鍵束）"}
"""Where that lies which is no file on a medium."""


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of item on one set of media. `media` as printed, blank for what is no file; days are civil days; `size` in bytes."""

    kind: str
    media: str
    count: int
    size: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Application:
    """What is applied for. `applicant` as printed, `copies` one sentence for each; `grounds` as `ContractWords.grounds`;
    `floor_days`: for how many civil days the contract keeps a recording at hand."""

    number: str
    applied_on: date
    work_name: str
    recipient: str
    contractor: str
    address: str
    representative: str
    applicant: str
    lines: Sequence[Line]
    method: str
    planned_on: date
    wants_witness: bool
    is_contract_end: bool
    floor_days: int
    copies: Sequence[str]
    items_root: str
    checkpoint: str
    grounds: str


def render(application: Application, printed_at: datetime) -> bytes:
    """The application as PDF bytes; `printed_at` is an aware instant.

    Raises:
        RenderingFailed: the typesetter refused it.
    """
    return typeset(LAYOUT, texts(application), printed_at.astimezone(TOKYO))


def texts(a: Application) -> dict[str, Any]:
    """Everything that the page prints. Pure."""
    total = sum(line.count for line in a.lines)
    size = sum(line.size for line in a.lines)
    return {
        "title": TITLE,
        "number": a.number,
        "date": wareki.plain(a.applied_on),
        "recipient": a.recipient,
        "address": a.address or BLANK,
        "contractor": a.contractor or BLANK,
        "representative": a.representative or BLANK,
        "work_name": a.work_name,
        "applicant": a.applicant,
        "rows": [
            (
                str(number),
                KINDS[line.kind],
                days(line.first_day, line.last_day),
                line.media or ON_THE_SERVER.get(line.kind, BLANK),
                f"{line.count:,}件",
                volume(line.size) if line.size else "",
            )
            for number, line in enumerate(a.lines, start=1)
        ],
        "total": (f"{total:,}件", volume(size)),
        "method": a.method,
        "planned": wareki.full(a.planned_on),
        "witness": "希望する" if a.wants_witness else "市の指示に従う",
        "scope": "契約終了に伴う消去（手元の録音を含む）"
        if a.is_contract_end
        else f"保存日数（{a.floor_days}日、暦日）を過ぎ、媒体へ移した録音",
        "copies": list(a.copies) or ["なし"],
        "items_root": grouped(a.items_root),
        "checkpoint": a.checkpoint,
        "grounds": a.grounds,
    }


def days(first: date, last: date) -> str:
    """A span as the tables print it."""
    if first == last:
        return wareki.plain(first)
    return f"{wareki.plain(first)}から{wareki.plain(last)}まで"


def amount(count: int, size: int) -> str:
    """A number of items with their size, as the tables print it; what has no size of its own is only counted."""
    if not size:
        return f"{count:,}件"
    return f"{count:,}件（{volume(size)}）"


def volume(size: int) -> str:
    """A size as the tables print it."""
    if size < 1_000:
        return f"{size} バイト"
    return f"{size / 1_000_000:,.1f} MB" if size >= 100_000 else f"{size / 1_000:,.1f} KB"


def grouped(digest: str) -> str:
    """A digest in groups of eight, as two people compare it."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))
