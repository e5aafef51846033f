"""What is held of the register in memory is always what the store says, whatever was entered, corrected, struck out or blanked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update

from compliance.ground.operations import open_operations
from compliance.inquiries import in_clear
from compliance.inquiries.in_clear import HeldRecords, records_in_clear
from compliance.inquiries.kept import inquiries

BEGAN = datetime(2024, 1, 5, 9, tzinfo=UTC)
ROW = {
    "form_version": 1, "operator": "op1", "category": "survey", "item": "how", "voice": "question", "stance": "",
    "handling": "guided", "faq": "", "is_complaint": False, "is_urgent": False, "needs_care": False, "is_message": False,
    "ward": "", "age_band": "", "channel": "", "sealed_contact": None, "recorded_by": "op1",
}  # fmt: skip


def row(one: int, revision: int, minute: int, *, is_void: bool = False, late: int = 0, words: bytes | None = b"x" * 40) -> dict[str, object]:  # fmt: skip
    return {
        **ROW, "inquiry_id": f"Q-{one:024d}", "revision": revision, "call_id": f"1700438494.{one // 2}", "number": one % 2 + 1,
        "at": BEGAN + timedelta(minutes=minute), "is_void": is_void, "sealed_summary": words,
        "recorded_at": BEGAN + timedelta(hours=3 * late, minutes=revision),
    }  # fmt: skip


entered = st.lists(
    st.tuples(st.integers(0, 6), st.integers(1, 4), st.integers(0, 3), st.booleans()),
    unique_by=lambda one: one[:2],
    max_size=16,
)


@given(batches=st.lists(entered, max_size=5))
def test_batch_by_batch_is_what_it_is_at_once(
    batches: list[list[tuple[int, int, int, bool]]],
) -> None:
    def rows(batch: list[tuple[int, int, int, bool]]) -> list[SimpleNamespace]:
        return [SimpleNamespace(**row(n, r, m, is_void=v)) for n, r, m, v in batch]

    known: dict[tuple[int, int], tuple[int, int, int, bool]] = {}
    stepwise = HeldRecords()
    for batch in batches:
        for one in batch:
            known.setdefault(one[:2], one)
        stepwise.put(rows(batch))
    whole = HeldRecords()
    whole.put(rows(list(known.values())))
    assert stepwise.size == whole.size
    assert sorted(stepwise.ordered, key=str) == sorted(whole.ordered, key=str)
    places = [in_clear._place(one) for one in stepwise.ordered]
    assert places == sorted(places)


def test_only_what_was_added_lately_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_operations(f"sqlite:///{tmp_path / 'operations.db'}")
    with engine.begin() as connection:
        connection.execute(insert(inquiries), [row(n, 1, n) for n in range(50)])
    assert len(records_in_clear(engine)) == 50
    read = []
    kept_of = in_clear.kept_of
    monkeypatch.setattr(in_clear, "kept_of", lambda *given: read.append(1) or kept_of(*given))
    with engine.begin() as connection:
        connection.execute(insert(inquiries), [row(60, 1, 60, late=2), row(3, 2, 3, late=2)])
    assert next(one.revision for one in records_in_clear(engine) if one.inquiry_id.endswith("3")) == 2  # fmt: skip
    assert len(records_in_clear(engine)) == 51
    assert len(read) == 2
    with engine.begin() as connection:
        connection.execute(insert(inquiries), [row(60, 2, 60, is_void=True, late=2)])
    assert len(records_in_clear(engine)) == 50
    engine.dispose()


def test_words_that_were_blanked_and_rows_that_came_very_late_are_noticed(tmp_path: Path) -> None:
    engine = open_operations(f"sqlite:///{tmp_path / 'operations.db'}")
    with engine.begin() as connection:
        connection.execute(insert(inquiries), [row(n, 1, n, late=5) for n in range(5)])
    assert all(one.has_summary for one in records_in_clear(engine))
    with engine.begin() as connection:
        connection.execute(update(inquiries).where(inquiries.c.revision == 1).values(sealed_summary=b""))  # fmt: skip
    assert not any(one.has_summary for one in records_in_clear(engine))
    with engine.begin() as connection:
        connection.execute(insert(inquiries), [row(9, 1, 9, late=0)])  # of a clock that was behind
    assert len(records_in_clear(engine)) == 6
    engine.dispose()
