"""A report survives being stored, and its digest tells apart what a reader could tell apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reporting.errors import ReportUnreadable
from reporting.paper.kind import Correction
from reporting.weekly.kind import WEEKLY
from tests.reporting.reports import report


def test_a_report_comes_back_as_it_was() -> None:
    assert WEEKLY.from_json(WEEKLY.to_json(report())) == report()


def test_the_same_data_as_another_edition_have_the_same_digest() -> None:
    again = replace(
        report(), edition=2, corrections=(Correction("a", "1", "2", "x"),), checkpoint="c"
    )
    assert WEEKLY.digest(again) == WEEKLY.digest(report())


def test_text_of_another_format_is_refused_without_being_shown() -> None:
    with pytest.raises(ReportUnreadable, match="another version") as refused:
        WEEKLY.from_json('{"head": "secret"}')
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None
