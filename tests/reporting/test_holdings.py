"""Holdings by when a thing came to be held: every month begins with what the one before ended with, and ends with what the
catalogue held at that moment, until nothing is held any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from application.home.session import open_workplace, outlook, parse_as_of, read_settings
from application.papers import due_papers, look_after_papers, papers_to_judge
from compliance.audit.activity import LoggedAct
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import months_after
from compliance.contract.terms import Contract
from compliance.ground.acts import SYSTEM, Action, Entry, ObjectKind, note
from compliance.ground.japan import TOKYO
from compliance.vault.catalogue import (
    Sealed,
    SpooledRecording,
    record_sealed,
    recordings,
    register_recordings,
)
from reporting.paper.tables import TablePaper
from reporting.personal_information.agreement import Compared, mismatches
from reporting.personal_information.holdings import CALL, Span, holdings
from reporting.personal_information.kind import PERSONAL_INFORMATION
from tests.support.month_office import Office, contract, months, office

__all__ = ["contract", "office"]

HELD = "2　保有状況"


def take_in(engine: Engine, name: str, made: datetime, sealed: datetime, kind: str = CALL) -> None:
    """One recording: when it was made on the exchange, and when it came into custody."""
    seen = SpooledRecording(name, "1700438494.0", 44, 1.0, "ok", True, made, kind)
    register_recordings(engine, [seen], sealed)
    record_sealed(engine, [Sealed(name, "0" * 64, 44)], sealed)


def erase(engine: Engine, name: str, at: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(
            update(recordings).where(recordings.c.recording_id == name).values(state="erased")
        )
        note(connection, Entry(at, SYSTEM, Action.RECORDING_ERASED, ObjectKind.RECORDING, name))


def tokyo(month: int, day: int, hour: int = 12, year: int = 2023) -> datetime:
    return datetime(year, month, day, hour, tzinfo=TOKYO).astimezone(UTC)


def calls(paper: TablePaper) -> dict[str, str]:
    table = paper.table(HELD)
    return dict(zip(table.headings, table.rows[0], strict=True))


def test_what_was_recorded_on_the_last_day_is_of_that_month_though_taken_in_the_next_morning(
    office: Office,
) -> None:
    take_in(office.engine, "r1", tokyo(11, 29), tokyo(11, 30, 1))
    take_in(office.engine, "r2", tokyo(11, 30, 17), tokyo(12, 1, 1))
    november, december = (office.read(PERSONAL_INFORMATION, m) for m in ("2023-11", "2023-12"))
    assert calls(november) == {"種別": "通話録音", "月初": "0", "増": "2", "消去": "0", "月末": "2", "照合": "一致"}  # fmt: skip
    assert calls(december) == {"種別": "通話録音", "月初": "2", "増": "0", "消去": "0", "月末": "2", "照合": "一致"}  # fmt: skip


def test_what_was_taken_in_after_the_paper_is_added_by_the_next_one_and_named(
    office: Office,
) -> None:
    take_in(office.engine, "r1", tokyo(11, 29), tokyo(11, 30, 1))
    before = office.read(PERSONAL_INFORMATION, "2023-11")
    take_in(office.engine, "r2", tokyo(11, 30, 17), tokyo(12, 2, 1))
    take_in(office.engine, "r3", tokyo(12, 1), tokyo(12, 2, 1))
    assert office.read(PERSONAL_INFORMATION, "2023-11") == before, "its day is over"
    december = office.read(PERSONAL_INFORMATION, "2023-12")
    assert calls(december) == {
        "種別": "通話録音", "月初": "1", "前月分の追加": "1", "増": "1", "消去": "0", "月末": "3", "照合": "一致",
    }  # fmt: skip
    assert "前月の報告の後に取り込んだもの" in december.table(HELD).note
    assert PERSONAL_INFORMATION.headline(december)[0] == ("通話録音（月末）", 3)


@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.integers(0, 12), st.none() | st.integers(1, 60)),
        max_size=25,
    )
)
def test_months_follow_each_other_and_close_with_what_the_catalogue_held(
    told: list[tuple[int, int, int | None]],
) -> None:
    """Whatever was made, taken in and erased when."""
    begins = tokyo(11, 1, 0)
    bounds = [tokyo(11, 1, 0), tokyo(12, 1, 0), tokyo(1, 1, 0, 2024), tokyo(2, 1, 0, 2024), tokyo(3, 1, 0, 2024)]  # fmt: skip
    untils = [one + timedelta(days=2) for one in bounds]
    acts, made_at, taken, gone = [], {}, {}, {}
    for number, (made, delay, kept) in enumerate(told):
        name = f"r{number}"
        made_at[name] = begins + timedelta(days=made)
        taken[name] = made_at[name] + timedelta(days=delay)
        acts.append(
            LoggedAct(taken[name], "system", "recording_sealed", "recording", name, "done", "")
        )
        if kept is not None:
            gone[name] = taken[name] + timedelta(days=13 + kept)
            acts.append(LoggedAct(gone[name], "system", "recording_erased", "recording", name, "done", ""))  # fmt: skip
    stored = {n: Compared(CALL, taken[n], n in gone, made_at[n]) for n in made_at}
    before = None
    for n, (first, after) in enumerate(pairwise(bounds)):
        span = Span(first, after, untils[n], untils[n + 1])
        (found, *_) = holdings(acts, {}, (), first, after, made_at=made_at, span=span)
        assert found.at_end == found.at_start + found.late + found.added - found.erased
        assert before is None or found.at_start == before
        before = found.at_end
        held = [
            one for one in made_at
            if made_at[one] < after and taken[one] < untils[n + 1] and not gone.get(one, after) < after
        ]  # fmt: skip
        assert found.at_end == len(held)
        assert mismatches(acts, stored, after, untils[n + 1]) == ()


# ---- after the service


def test_months_after_the_service_are_whole_and_due_on_a_working_day(contract: Contract) -> None:
    found = list(months_after(BusinessCalendar(contract), date(2024, 5, 1)))
    assert [(one.key, one.first_day, one.last_day, one.due_date) for one in found] == [
        ("2024-03", date(2024, 3, 1), date(2024, 3, 31), date(2024, 4, 1)),
        ("2024-04", date(2024, 4, 1), date(2024, 4, 30), date(2024, 5, 1)),
        ("2024-05", date(2024, 5, 1), date(2024, 5, 31), date(2024, 6, 3)),
    ]
    assert list(months_after(BusinessCalendar(contract), date(2024, 2, 29))) == []
    assert months(contract)[-1].key == "2024-02"


@contextmanager
def due_at(folder: Path, moment: str) -> Iterator[list[str]]:
    settings = read_settings(None, folder / "home", environment={})
    with outlook(settings, parse_as_of(moment)) as place:
        yield [p.period.key for p in due_papers(place) if p.owed.kind.kind == "personal_information"]  # fmt: skip


def test_months_are_owed_until_everything_is_erased(tmp_path: Path, contract: Contract) -> None:
    """Of the last calls, taken in after the last paper of the service was made, a paper tells too."""
    settings = read_settings(None, tmp_path / "home", environment={})
    with open_workplace(settings, as_of=parse_as_of("2024-03-04T06:00+09:00")) as workplace:
        take_in(workplace.engine, "r1", tokyo(2, 29, 17, 2024), tokyo(3, 4, 6, 2024))
    in_service = ["2023-11", "2023-12", "2024-01", "2024-02"]
    with due_at(tmp_path, "2024-04-01T05:59+09:00") as due:
        assert due == in_service
    with due_at(tmp_path, "2024-05-01T06:00+09:00") as due:
        assert due == [*in_service, "2024-03", "2024-04"]
    with open_workplace(settings, as_of=parse_as_of("2024-04-10T06:00+09:00")) as workplace:
        erase(workplace.engine, "r1", workplace.now)
    with due_at(tmp_path, "2024-07-01T06:00+09:00") as due:
        assert due == [*in_service, "2024-03", "2024-04"], "nothing was held when May began"


def test_papers_after_the_service_are_made_by_a_run_and_once(tmp_path: Path) -> None:
    settings = read_settings(None, tmp_path / "home", environment={})
    with open_workplace(settings, as_of=parse_as_of("2024-03-04T06:00+09:00")) as workplace:
        take_in(workplace.engine, "r1", tokyo(2, 29, 17, 2024), tokyo(3, 4, 6, 2024))
    with open_workplace(settings, as_of=parse_as_of("2024-04-01T06:00+09:00")) as workplace:
        import duckdb

        duckdb.connect(str(workplace.home.warehouse)).close()
        assert "2024-03" not in [p.period.key for p in papers_to_judge(workplace)]
        look_after_papers(workplace)
        (made,) = workplace.journal.papers
        assert (made.period, made.edition, made.is_written) == ("2024-03", 1, True)
        assert dict(made.headline)["通話録音（月末）"] == 1
        look_after_papers(workplace)
        assert len(workplace.journal.papers) == 1
    paper = next((tmp_path / "home" / "outbox" / "personal_information" / "2024-03").glob("*.pdf"))
    assert paper.stat().st_size > 10_000


def test_what_is_taken_in_on_the_due_day_asks_for_the_paper_again(tmp_path: Path) -> None:
    settings = read_settings(None, tmp_path / "home", environment={})
    with open_workplace(settings, as_of=parse_as_of("2023-12-01T20:00+09:00")) as workplace:
        from application.papers import inputs_of
        from application.warehouse.days import wanted_state

        (paper,) = [p for p in due_papers(workplace) if p.owed.kind.kind == "personal_information"]
        state = wanted_state(workplace.home, workplace.now)

        def facts() -> str:
            return inputs_of(workplace, paper.owed, paper.period, state).facts

        before = facts()
        take_in(workplace.engine, "r2", tokyo(12, 1), tokyo(12, 1, 19))
        assert facts() == before, "made in December"
        take_in(workplace.engine, "r1", tokyo(11, 30), tokyo(12, 1, 19))
        asked = facts()
        assert asked != before
        take_in(workplace.engine, "r3", tokyo(11, 30), tokyo(12, 2, 1))
        assert facts() == asked, "of the next month's paper"
        with workplace.engine.connect() as connection:
            assert len(connection.execute(select(recordings)).fetchall()) == 3
