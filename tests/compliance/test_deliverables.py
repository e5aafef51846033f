"""Editions of a paper: unchanged makes nothing, a draft is replaced, a delivered one gets a successor."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from compliance.deliverables.edition import Change, Deliverable, DeliverableFile, decide_edition
from compliance.deliverables.register import (
    delivered_files,
    editions,
    judged_inputs,
    note_judged,
    record_deliverable,
)
from compliance.ground.acts import audit_outbox

DUE = date(2023, 11, 27)
IN_THE_MORNING = datetime(2023, 11, 26, 21, 0, tzinfo=UTC)
"""06:00 of the due date in Japan."""
PAPER = Deliverable("weekly", "2023-11-20", 1, DUE, "a" * 64, "{}", IN_THE_MORNING)


def test_the_first_paper_is_edition_1() -> None:
    assert decide_edition(None, "x").edition == 1
    assert decide_edition(None, "x").change is Change.FIRST


@pytest.mark.parametrize(
    ("made_at", "counts"),
    [
        (IN_THE_MORNING, True),
        (datetime(2023, 11, 26, 14, 59, tzinfo=UTC), False),
        (datetime(2023, 11, 26, 15, 0, tzinfo=UTC), True),
    ],
)
def test_a_paper_counts_as_delivered_from_its_due_date_in_japan_on(
    made_at: datetime, counts: bool
) -> None:
    assert replace(PAPER, made_at=made_at).counts_as_delivered is counts


@given(st.booleans(), st.booleans(), st.integers(1, 9))
def test_each_case_of_data_and_delivery_has_one_answer(
    is_same: bool, is_delivered: bool, edition: int
) -> None:
    made_at = IN_THE_MORNING if is_delivered else IN_THE_MORNING - timedelta(days=2)
    latest = replace(PAPER, edition=edition, made_at=made_at)
    decision = decide_edition(latest, "a" * 64 if is_same else "b" * 64)
    if is_same:
        assert (decision.change, decision.edition) == (Change.UNCHANGED, edition)
    elif is_delivered:
        assert (decision.change, decision.edition) == (Change.NEW_EDITION, edition + 1)
    else:
        assert (decision.change, decision.edition) == (Change.REPLACE_DRAFT, edition)


def test_editions_and_their_files_come_back_as_they_were_recorded(engine: Engine) -> None:
    second = replace(PAPER, edition=2, data_sha256="b" * 64)
    record_deliverable(engine, PAPER, [DeliverableFile("a.pdf", "1" * 64, 10)])
    record_deliverable(engine, second, [DeliverableFile("a_r2.pdf", "2" * 64, 11)])
    assert editions(engine, "weekly", "2023-11-20") == (PAPER, second)
    assert delivered_files(engine, "weekly", "2023-11-20") == {
        "a.pdf": "1" * 64,
        "a_r2.pdf": "2" * 64,
    }
    assert editions(engine, "weekly", "2023-11-27") == ()


def test_a_replaced_draft_leaves_no_file_behind_in_the_register(engine: Engine) -> None:
    draft = replace(PAPER, made_at=IN_THE_MORNING - timedelta(days=2))
    record_deliverable(engine, draft, [DeliverableFile("a.pdf", "1" * 64, 10)])
    record_deliverable(engine, PAPER, [DeliverableFile("a.xlsx", "3" * 64, 12)])
    assert editions(engine, "weekly", "2023-11-20") == (PAPER,)
    assert set(delivered_files(engine, "weekly", "2023-11-20")) == {"a.xlsx"}


def test_files_of_a_draft_may_still_change(engine: Engine) -> None:
    draft = replace(PAPER, made_at=IN_THE_MORNING - timedelta(days=2))
    record_deliverable(engine, draft, [DeliverableFile("a.pdf", "1" * 64, 10)])
    assert delivered_files(engine, "weekly", "2023-11-20") == {}


def test_what_a_paper_was_judged_from_is_its_latest_editions(engine: Engine) -> None:
    record_deliverable(engine, replace(PAPER, inputs_sha256="one"), [])
    second = replace(PAPER, edition=2, inputs_sha256="two")
    record_deliverable(engine, second, [])
    assert judged_inputs(engine, "weekly") == {"2023-11-20": "two"}
    note_judged(engine, second, "three")
    assert judged_inputs(engine, "weekly") == {"2023-11-20": "three"}


def test_each_edition_made_is_noted_for_the_audit_log(engine: Engine) -> None:
    record_deliverable(engine, PAPER, [])
    with engine.connect() as connection:
        noted = connection.execute(select(audit_outbox.c.action, audit_outbox.c.object_id)).all()
    assert [tuple(row) for row in noted] == [("deliverable_made", "weekly/2023-11-20/r1")]
