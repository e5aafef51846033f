"""A contract that changes while it runs: what is new holds from its day on, and a paper prints the terms of its own period."""

from __future__ import annotations

import shutil
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from application.home.session import open_workplace
from application.home.settings import load_settings
from application.papers import due_papers, read_value
from compliance.contract.reference import terms_rows
from compliance.contract.terms import Contract
from compliance.ground.japan import TOKYO
from tests.homes import ROOT, HomeOnTrial

SHIPPED = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
CHANGES = """
[[changes]]  # 変更契約
valid_from = 2023-12-01
parties = { manager_name = "架空 次郎" }
capacity = { lines = 9 }

[[changes]]
valid_from = 2024-01-01
capacity = { operators = 4 }
"""


def of(**said: Any) -> Contract:
    terms = tomllib.loads(SHIPPED)
    del terms["pbx"]
    return Contract.model_validate({**terms, **said})


def test_what_is_new_holds_from_its_day_on_and_the_rest_stays() -> None:
    contract = of(**tomllib.loads(CHANGES))
    seen = [contract.on(day) for day in (date(2023, 11, 30), date(2023, 12, 1), date(2024, 1, 1))]
    assert [one.parties.manager_name for one in seen] == ["", "架空 次郎", "架空 次郎"]
    assert [(one.capacity.lines, one.capacity.operators) for one in seen] == [(5, 3), (9, 3), (9, 4)]  # fmt: skip
    assert seen[0].parties.work_name == seen[2].parties.work_name


@pytest.mark.parametrize(
    "change",
    [
        {"valid_from": date(2023, 12, 1), "hours": {}},
        {"valid_from": date(2023, 12, 1), "capacity": {"lines": 0}},
        {"valid_from": date(2023, 12, 1), "parties": {"work_name": "別の業務"}},
        {"parties": {"manager_name": "架空"}},
    ],
)
def test_what_no_change_can_say_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        of(changes=[change])


def test_two_changes_of_one_day_are_one() -> None:
    with pytest.raises(ValidationError, match="keep it once"):
        of(changes=[{"valid_from": date(2023, 12, 1)}, {"valid_from": date(2023, 12, 1)}])


def test_a_paper_prints_the_terms_of_its_own_period(
    finished_home: HomeOnTrial, tmp_path: Path
) -> None:
    config = tmp_path / "contract.toml"
    config.write_text(SHIPPED + CHANGES, "utf-8")
    shutil.copytree(finished_home.root, tmp_path / "copy")
    settings = load_settings(config, {"MADOGUCHI_HOME": str(tmp_path / "copy" / "home")})
    now = datetime(2023, 12, 25, 18, tzinfo=TOKYO)
    with open_workplace(settings, as_of=now, pbx=settings.pbx.at(tmp_path / "copy" / "pbx")) as place:  # fmt: skip
        printed = {
            (paper.period.starts_on, read_value(place, paper.owed, paper.period).head.manager_name)
            for paper in due_papers(place)
            if paper.owed.kind.kind == "weekly"
        }
    assert printed >= {
        (date(2023, 11, 20), ""),
        (date(2023, 11, 27), "架空 次郎"),  # its week ends in December
        (date(2023, 12, 11), "架空 次郎"),
    }


def test_days_are_held_against_the_lines_that_they_had() -> None:
    rows = list(terms_rows(of(**tomllib.loads(CHANGES))))
    assert [(row[0], row[1], row[4]) for row in rows] == [
        (None, date(2023, 12, 1), 5),
        (date(2023, 12, 1), date(2024, 1, 1), 9),
        (date(2024, 1, 1), None, 9),
    ]
