"""返還・引渡書（預り証付き）: what goes back to the city on a medium, and the lines on which it is received (別紙2-12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from compliance.ground.japan import TOKYO
from reporting.erasure.application import BLANK, amount, days, grouped
from reporting.paper import wareki
from reporting.paper.typesetting import typeset

TITLE = "個人情報返還・引渡書"
LAYOUT = Path(__file__).with_name("returning.typ")


@dataclass(frozen=True, slots=True)
class Return:
    """What is handed over. Digests in hexadecimal, `size` in bytes of the sealed files; `grounds` as `ContractWords.grounds`."""

    number: str
    made_on: date
    work_name: str
    recipient: str
    contractor: str
    made_by: str
    count: int
    size: int
    first_day: date
    last_day: date
    archive: str
    archive_sha256: str
    items_root: str
    checkpoint: str
    grounds: str


def render(given: Return, printed_at: datetime) -> bytes:
    """The paper as PDF bytes; `printed_at` is an aware instant.

    Raises:
        RenderingFailed: the typesetter refused it.
    """
    return typeset(LAYOUT, texts(given), printed_at.astimezone(TOKYO))


def texts(r: Return) -> dict[str, Any]:
    """Everything that the page prints. Pure."""
    return {
        "title": TITLE,
        "number": r.number,
        "date": wareki.plain(r.made_on),
        "recipient": r.recipient,
        "contractor": r.contractor or BLANK,
        "work_name": r.work_name,
        "rows": [
            ("内容", "録音（通話・預かりメッセージ）の音声ファイルと一覧"),
            ("対象期間", days(r.first_day, r.last_day)),
            ("数量", amount(r.count, r.size)),
            ("手段・媒体", f"{r.archive}（AES-256で暗号化。パスワードは別の手段で渡す）"),
            ("ファイルの照合値", grouped(r.archive_sha256)),
            ("一覧の照合値", grouped(r.items_root)),
            ("渡した担当者", r.made_by),
        ],
        "checkpoint": r.checkpoint,
        "grounds": r.grounds,
    }
