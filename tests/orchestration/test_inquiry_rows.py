"""The rows of inquiries answer their questions; a row that the register would never write is found and not shown."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from application.inquiry_rows import NAME, inquiry_rows
from telephony_ingest.quality.judge import judge

GOOD = {
    "inquiry_id": "Q-1", "inquired_at": datetime(2023, 11, 20, 1, tzinfo=UTC), "operator": "op1",
    "call_id": "1700438494.0", "category": "policy", "item": "limit", "voice": "", "stance": "against",
    "handling": "faq", "faq": "F-12", "ward": "chuo", "age_band": "", "channel": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ({}, set()),
        ({"inquiry_id": "Q-1"}, {"place_is_landed_once"}),
        ({"category": "架空 花子"}, {"category_is_known"}),
        ({"item": "x"}, {"item_is_known"}),
        ({"ward": "北1条"}, {"ward_is_known"}),
        ({"operator": "架空 花子"}, {"operator_is_shaped"}),
        ({"call_id": "011-000-0016"}, {"call_id_is_shaped"}),
        ({"faq": "0110000016"}, {"faq_is_shaped"}),
    ],
)
def test_each_question_finds_its_own(
    tmp_path: Path, wrong: dict[str, str], found: set[str]
) -> None:
    path = tmp_path / "inquiries.parquet"
    pq.write_table(pa.Table.from_pylist([GOOD, {**GOOD, "inquiry_id": "Q-2", **wrong}]), path)
    verdict = judge(tmp_path, [inquiry_rows()], elsewhere={NAME: [path]}, first_day=date(2023, 11, 20))[NAME]  # fmt: skip
    assert verdict.rows == 2
    assert {check.name for check in verdict.checks if not check.is_met} == found
    assert "花子" not in repr(verdict)
