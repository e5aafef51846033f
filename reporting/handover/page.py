"""The page's texts: the log's first key, the present one, each person's key; a line to sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.ground.japan import TOKYO
from reporting.paper import wareki
from reporting.paper.typesetting import typeset

LAYOUT = Path(__file__).with_name("handover.typ")
BLANK = "未記入"


@dataclass(frozen=True, slots=True)
class Handover:
    """What is handed over. `people` are (staff id, roles as printed, fingerprint); fingerprints are 64 hexadecimal
    digits; `checkpoint` is the log's, as papers print it."""

    work_name: str
    recipient: str
    contractor: str
    log_keys: Sequence[str]
    certificate_keys: Sequence[str]
    verifier_sha256: str
    people: Sequence[tuple[str, str, str]]
    checkpoint: str


def render(handover: Handover, printed_at: datetime) -> bytes:
    """The page as PDF bytes; `printed_at` is an aware instant.

    Raises:
        RenderingFailed: the typesetter refused it.
    """
    printed = printed_at.astimezone(TOKYO)
    return typeset(LAYOUT, texts(handover, printed), printed)


def texts(handover: Handover, printed: datetime) -> dict[str, Any]:
    """Everything that the page prints. Pure; `printed` is civil time in Japan."""
    return {
        "title": "署名鍵の指紋（手交用）",
        "date": wareki.full(printed.date()),
        "work_name": handover.work_name,
        "recipient": handover.recipient,
        "contractor": handover.contractor or BLANK,
        "log_keys": [
            (f"監査記録　第{number}号", grouped(fingerprint))
            for number, fingerprint in enumerate(handover.log_keys, start=1)
        ],
        "certificate_keys": [
            (f"消去証明書　第{number}号", grouped(fingerprint))
            for number, fingerprint in enumerate(handover.certificate_keys, start=1)
        ],
        "verifier": grouped(handover.verifier_sha256),
        "people": [
            (staff_id, roles, grouped(fingerprint))
            for staff_id, roles, fingerprint in handover.people
        ],
        "checkpoint": handover.checkpoint,
        "blank": BLANK,
    }


def grouped(fingerprint: str) -> str:
    """A fingerprint as two people read it to each other: sixteen groups of four digits in two lines."""
    groups = [fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4)]
    return f"{' '.join(groups[:8])}\n{' '.join(groups[8:])}"
