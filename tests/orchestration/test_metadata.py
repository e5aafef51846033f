"""What MG sees in the UI: aligned, short enough to stand open, nothing that breaks a table."""

from __future__ import annotations

from orchestration.assets.deliverables import page_of
from orchestration.assets.metadata import bars, table

OPEN_WITHOUT_A_CLICK = 1000
"""Characters of Markdown that the Dagster UI shows without a click."""


def test_numbers_are_right_aligned_and_missing_ones_do_not_change_that() -> None:
    text = table(("日", "入電"), [("12/19", 16), ("12/20", "―"), ("12/21", None)]).value
    assert text.splitlines()[1] == "|---|---:|"
    assert text.splitlines()[-1] == "| 12/21 | ― |"


def test_a_bar_in_a_cell_cannot_end_the_cell() -> None:
    assert "a\\|b" in table(("x",), [("a|b",)]).value


def test_twelve_days_of_bars_stand_open() -> None:
    days = [f"12/{n:02d}(月)" for n in range(1, 13)]
    text = bars(
        days, [(name, [90] * 12) for name in ("応答", "あふれ", "放棄", "預かり", "その他")]
    ).value
    assert len(text) < OPEN_WITHOUT_A_CLICK


def test_bars_keep_their_proportion_and_small_days_their_count() -> None:
    lines = bars(["a", "b", "c"], [("応答", [40, 10, 0]), ("放棄", [0, 10, 0])]).value.splitlines()
    assert lines[2] == f"| a | `{'█' * 20}` 40 |"
    assert lines[3] == f"| b | `{'█' * 5}{'▓' * 5}` 20 |"
    assert lines[4] == "| c | ― |"
    few = bars(["a"], [("応答", [3])]).value.splitlines()
    assert few[2] == "| a | `███` 3 |"


def test_a_paper_s_page_names_the_partition_of_its_period() -> None:
    week, month = page_of("weekly", "2023-11-20"), page_of("completion", "2023-12")
    assert week == "/assets/deliverables/weekly_report?partition=2023-11-20"
    assert month == "/assets/deliverables/completion_report?partition=2023-12-01"
