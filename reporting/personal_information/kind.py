"""個人情報取扱状況報告書 as a kind of paper (8(3), 9(2)イ, 別紙1-10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reporting.paper.kind import Mismatch, Reading
from reporting.paper.table_kind import table_kind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from compliance.ground.home import Home
    from reporting.paper.tables import TablePaper

KIND = "personal_information"
"""The deliverable's kind in registers and in the outbox."""


def _read(reading: Reading) -> TablePaper:
    from reporting.personal_information.reader import read_handling

    return read_handling(reading)


def _mismatches(reading: Reading) -> Sequence[Mismatch]:
    from reporting.personal_information.reader import mismatches_of

    return mismatches_of(reading)


def _is_still_owed(engine: Engine, home: Home, first: datetime, until: datetime) -> bool:
    from reporting.personal_information.reader import is_anything_held

    return is_anything_held(engine, home, first, until)


def _headline(paper: TablePaper) -> tuple[tuple[str, int], ...]:
    held = paper.table("2　保有状況")
    at_end = held.headings.index("月末")
    return tuple((f"{row[0]}（月末）", int(row[at_end].replace(",", ""))) for row in held.rows)


PERSONAL_INFORMATION = table_kind(
    KIND,
    clause="personal_information",
    summary_ja=(
        "個人情報の保有・消去・返還の件数、体制、区域、研修、アクセス記録の点検などを、台帳と監査記録から毎月まとめます。"
        "台帳に記入のない欄は「未記入」です。"
    ),
    read=_read,
    headline=_headline,
    mismatches=_mismatches,
    is_still_owed=_is_still_owed,
)
