"""A contract is rehearsed before it begins: how far, into which folder, and what is shown of it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from application.home.settings import load_settings
from compliance.contract.due_terms import DueTerms, Unit
from compliance.ground.japan import TOKYO
from orchestration.cli import app
from simulation.rehearsal import first_month, rehearsed_papers, rehearsed_until
from tests.homes import ROOT, HomeOnTrial

CONTRACTS = ROOT / "contracts"


@pytest.mark.parametrize(
    ("name", "last", "until"),
    [
        ("card-centre", date(2024, 4, 30), "2024-05-10T06:01"),
        ("general-centre", date(2024, 4, 30), "2024-05-10T06:01"),
        ("sapporo-2023", date(2023, 12, 31), "2024-01-04T06:01"),
    ],
)
def test_it_goes_to_the_last_paper_of_the_first_month(name: str, last: date, until: str) -> None:
    settings = load_settings(CONTRACTS / name, {})
    assert first_month(settings) == last
    assert rehearsed_until(settings) == datetime.fromisoformat(until).replace(tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("kind", "unit"), [("figures_quarter", Unit.QUARTER), ("figures_year", Unit.YEAR)]
)
def test_a_contract_that_owes_no_paper_of_the_month_is_rehearsed_to_the_morning_after_it(
    kind: str, unit: Unit
) -> None:
    settings = load_settings(CONTRACTS / "general-centre", {})
    yearly = settings.contract.deliverable("figures_year")
    owed = yearly.model_copy(update={"kind": kind, "due": DueTerms(after=unit, day=10)})
    contract = settings.contract.model_copy(update={"deliverables": (owed,)})
    until = rehearsed_until(replace(settings, contract=contract))
    assert until == datetime(2024, 5, 1, 6, 1, tzinfo=TOKYO)


def test_a_home_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "operations.db").write_text("somebody's")
    done = CliRunner().invoke(
        app, ["rehearse", "--config", str(CONTRACTS / "card-centre"), "--home", str(tmp_path)]
    )
    assert done.exit_code == 2
    assert [one.name for one in tmp_path.iterdir()] == ["operations.db"]


@pytest.mark.slow  # a month is lived
def test_a_month_is_lived_and_its_papers_are_shown(tmp_path: Path) -> None:
    home = HomeOnTrial(tmp_path, tmp_path / "none")
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", "rehearse", "--config", str(CONTRACTS / "card-centre"), "--home", str(home.path)],
        cwd=ROOT, env=home.environment(), capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    shown = done.stdout.split("Rehearsed papers")[1]
    settings = load_settings(CONTRACTS / "card-centre", {"MADOGUCHI_HOME": str(home.path)})
    papers = rehearsed_papers(settings)
    assert {one.kind: one.made for one in papers} == {
        "figures_month": 1, "completion": 1, "personal_information": 1,
    }  # fmt: skip
    assert all(one.title in shown and str(one.newest) in shown for one in papers)
