"""A paper holds its own period's facts: what a test found in another week, what broke later, and terms that changed for the
whole contract make no other edition of it, unless somebody asks; and a correction says why."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from application.home.session import Workplace, open_workplace, parse_as_of, read_settings
from application.papers import (
    DuePaper,
    due_papers,
    inputs_of,
    issue_paper,
    papers_to_judge,
)
from application.warehouse.asking import ask, known_tests
from application.warehouse.days import wanted_state
from application.warehouse.state import BuildState, DayRange, present_state, remember
from application.warehouse.verdicts import identities
from compliance.deliverables.register import editions
from compliance.ground.source_states import record_states
from reporting.kinds import KINDS
from reporting.paper.inputs import (
    BOTH_MOVED,
    PROGRAMME_MOVED,
    TERMS_MOVED,
    Inputs,
    reasoned,
    under_the_terms_of,
)
from reporting.paper.kind import Correction
from tests.homes import AS_OF, ROOT, HomeOnTrial

THIRD = DayRange(date(2023, 12, 4), date(2023, 12, 10))
FOURTH = DayRange(date(2023, 12, 11), date(2023, 12, 17))
MONTH = DayRange(date(2023, 12, 1), date(2023, 12, 31))


@pytest.fixture
def copied(finished_home: HomeOnTrial, tmp_path: Path) -> Path:
    for name in ("home", "home-keys"):
        shutil.copytree(finished_home.root / name, tmp_path / name)
    return tmp_path


@contextmanager
def opened(folder: Path, *changes: tuple[str, str]) -> Iterator[Workplace]:
    """The copied home under the contract with those places written anew."""
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    for was, becomes in changes:
        assert text.count(was) == 1, was
        text = text.replace(was, becomes)
    (folder / "contract.toml").write_text(text, "utf-8")
    settings = read_settings(folder / "contract.toml", folder / "home", environment={})
    with open_workplace(settings, as_of=parse_as_of(AS_OF)) as workplace:
        yield workplace


def weekly(workplace: Workplace, week: int) -> DuePaper:
    return [p for p in due_papers(workplace) if p.owed.kind.kind == "weekly"][week]


# ---- verdicts


def found(workplace: Workplace, days: DayRange) -> dict[str, int]:
    return {one.title: one.rows for one in identities(workplace.home, days) if one.rows}


@pytest.mark.parametrize(
    ("harm", "test"),
    [
        ("insert into marts.fct_calls select * from marts.fct_calls where call_date = '2023-12-13' limit 1", "unique_fct_calls_call_id"),
        ("update reports.rpt_daily_kpi set answered_count = answered_count + 1 where call_date = '2023-12-13'", "classes_add_up_to_incoming"),
        ("update marts.fct_calls set outcome = 'lost' where call_date = '2023-12-13'", "outcomes_are_known"),
        ("update reports.rpt_weekly_kpi set message_count = 99 where week_start_date = '2023-12-11'", "weeks_are_the_sum_of_their_days"),
        ("update marts.fct_calls set call_id = call_id || 'x' where call_date = '2023-12-13'", "every_leg_belongs_to_a_call"),
    ],
)  # fmt: skip
def test_what_a_test_found_is_told_by_the_papers_of_those_days_alone(
    copied: Path, harm: str, test: str
) -> None:
    with opened(copied) as workplace:
        with duckdb.connect(str(workplace.home.warehouse)) as connection:
            connection.execute(harm)
        (asked,) = (one for one in known_tests() if one["name"] == test)
        outcomes = ask(workplace.home, [asked])
        state = present_state(workplace.home)
        assert state is not None
        everything = DayRange(date.min, date.max)
        remember(workplace.home, state.with_verdicts(outcomes, everything, ()))
        title = str(asked["description"]).split("。")[0]
        assert found(workplace, FOURTH)[title] > 0
        assert title not in found(workplace, THIRD)
        assert found(workplace, MONTH)[title] == found(workplace, FOURTH)[title]


def test_rows_of_built_days_stay_on_their_days() -> None:
    from application.warehouse.outcome import NodeOutcome

    def outcome(rows: int, **by_day: int) -> NodeOutcome:
        days = {date(2023, 12, int(day[1:])): n for day, n in by_day.items()}
        return NodeOutcome("test.madoguchi.t", "test", "fail", 0.1, rows, "", days)

    state = BuildState("", "", THIRD.last, {}).with_verdicts([outcome(3, d4=1, d5=2)], THIRD, {"t"})
    state = state.with_verdicts([outcome(4, d12=4)], FOURTH, {"t"})
    tuesday = DayRange(date(2023, 12, 5), date(2023, 12, 5))
    state = state.with_verdicts([outcome(0)], tuesday, {"t"})
    state = state.with_verdicts([outcome(7, d12=7)], tuesday, {"t"})
    failing = BuildState.from_json(state.to_json()).failing["t"]
    assert (failing.rows_in(THIRD), failing.rows_in(FOURTH)) == (1, 4)


# ---- what asks for another edition

PARTIES = ('contractor_name = ""', 'contractor_name = "株式会社見本"')
HOURS = ("closes_at = 18:00:00", "closes_at = 17:00:00")
LINES = ("lines = 5", "lines = 4")
EXTENSION = ("end_date = 2024-02-29", "end_date = 2024-03-15")


@pytest.mark.parametrize("change", [PARTIES, HOURS, LINES, EXTENSION], ids=lambda c: c[1][:14])
def test_a_change_of_the_whole_contract_makes_no_paper_anew(
    copied: Path, change: tuple[str, str]
) -> None:
    with opened(copied, change) as workplace:
        assert papers_to_judge(workplace) == []


def test_a_definition_in_force_on_the_period_asks_and_one_of_later_days_does_not(
    copied: Path,
) -> None:
    def second(day: str) -> tuple[str, str]:
        return (
            "[retention]",
            f'[[definitions]]\nname = "overflow_rate"\nversion = "2"\nvalid_from = {day}\ntitle = "あふれ率"\n'
            'formula = "別の算出方法"\nnumerator = ["overflow"]\ndenominator = ["answered", "overflow"]\n\n[retention]',
        )

    with opened(copied, second("2023-12-18")) as workplace:
        asked = [p.period.key for p in papers_to_judge(workplace)]
    assert asked == ["2023-12-18"]


def test_whoever_asks_gets_the_paper_under_the_new_terms_and_its_reason(copied: Path) -> None:
    with opened(copied, PARTIES) as workplace:
        paper = weekly(workplace, 2)
        issued = issue_paper(workplace, paper.owed, paper.period)
        assert (issued.edition, issued.is_written) == (2, True)
        first, second = editions(workplace.engine, "weekly", paper.period.key)
        moved = KINDS["weekly"].from_json(second.data_json).corrections
        assert [(c.item, c.after, c.reason) for c in moved] == [
            ("頭書：受託者の名称", "株式会社見本", TERMS_MOVED)
        ]
        assert json.loads(first.data_json)["head"]["contractor_name"] == ""
        assert papers_to_judge(workplace) == []


def test_a_source_that_breaks_after_a_paper_was_made_is_no_fact_of_it(copied: Path) -> None:
    class Gone:
        name, state, detail = "voicemail/*", "missing", "no such file"

    with opened(copied) as workplace:
        record_states(workplace.engine, "voicemail", [Gone()], workplace.now + timedelta(days=1))
        assert papers_to_judge(workplace) == []
        state = wanted_state(workplace.home, workplace.now)
        paper = weekly(workplace, 2)
        before = inputs_of(workplace, paper.owed, paper.period, state)
        record_states(workplace.engine, "voicemail", [], workplace.now)
        made_at = editions(workplace.engine, "weekly", paper.period.key)[0].made_at
        record_states(workplace.engine, "voicemail", [Gone()], made_at - timedelta(hours=1))
        assert inputs_of(workplace, paper.owed, paper.period, state).facts != before.facts


def test_papers_of_an_earlier_version_are_looked_at_once_and_stay_as_they_are(
    copied: Path,
) -> None:
    """Their inputs are one digest, their values lack a field that has nothing to say of them."""
    from sqlalchemy import update

    from compliance.deliverables.edition import deliverables

    with opened(copied) as workplace:
        paper = weekly(workplace, 0)
        kept = json.loads(editions(workplace.engine, "weekly", paper.period.key)[0].data_json)
        del kept["off_hours"]
        with workplace.engine.begin() as connection:
            connection.execute(
                update(deliverables)
                .where(deliverables.c.period == paper.period.key)
                .values(inputs_sha256="0" * 64, data_json=json.dumps(kept), data_sha256="f" * 64)
            )
        assert paper.period.key in [p.period.key for p in papers_to_judge(workplace)]
        issued = issue_paper(workplace, paper.owed, paper.period)
        assert (issued.edition, issued.is_written) == (1, False)
        assert papers_to_judge(workplace) == []


# ---- the reason of a correction

ONE = (Correction("入電件数（週計）", "9", "10", "提出後に届いた記録による"),)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (("f2", "e", "t", "p"), ONE[0].reason),
        (("f", "e2", "t", "p"), ONE[0].reason),
        (("f", "e", "t2", "p"), TERMS_MOVED),
        (("f", "e", "t", "p2"), PROGRAMME_MOVED),
        (("f", "e", "t2", "p2"), BOTH_MOVED),
        (
            ("f2", "e", "t2", "p"),
            "提出後に届いた記録による（契約の設定（contract.toml）の変更を含む）",
        ),
    ],
)
def test_a_correction_names_what_moved(now: tuple[str, str, str], reason: str) -> None:
    def written(*parts: str) -> str:
        return Inputs(*(part.ljust(64, "0") for part in parts)).written()

    assert [c.reason for c in reasoned(ONE, written("f", "e", "t", "p"), written(*now))] == [reason]
    assert len(written(*now)) == 64
    assert reasoned(ONE, "0" * 64, written(*now)) == ONE, "nobody knows what an earlier version saw"


@pytest.mark.parametrize(
    ("now", "is_kept"),
    [
        (("f", "e2", "t2", "p"), True),
        (("f", "e2", "t", "p2"), True),
        (("f", "e2", "t", "p"), False),
        (("f2", "e2", "t2", "p"), False),
        (("f", "e", "t2", "p"), False),
    ],
)
def test_earlier_days_under_other_terms_are_judged_under_the_old_ones(
    now: tuple[str, str, str, str], is_kept: bool
) -> None:
    def written(*parts: str) -> str:
        return Inputs(*(part.ljust(64, "0") for part in parts)).written()

    before = written("f", "e", "t", "p")
    kept = under_the_terms_of(before, written(*now))
    assert kept == (written("f", "e2", "t", "p") if is_kept else None)
    assert kept is None or not Inputs.read(written(*now)).asks_again(kept), "asked once"  # type: ignore[union-attr]
