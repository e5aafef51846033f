"""The morning's targets: the newest counted day and its month so far, judged as the papers judge them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from application.home.settings import load_settings
from application.target_shares import Judged, judged_on, lines_of, target_shares
from compliance.contract.targets import JUDGED
from compliance.contract.terms import Contract
from compliance.ground.home import Home
from desk.morning import _target
from tests.homes import ROOT

DAY = date(2024, 4, 8)
COLUMNS = ", ".join(f"{name}_numerator integer, {name}_denominator integer" for name in JUDGED)


@pytest.fixture(scope="module")
def contract() -> Contract:
    """Targets: 応答率 90% of general, サービスレベル 80% of general, 応答率 85% of waste, 放棄率 at most 5% of all."""
    return load_settings(ROOT / "contracts/general-centre", {}).contract


def counted(tmp_path: Path, rows: list[tuple[date, str, int, int, int]]) -> Home:
    """A home whose warehouse holds of a day and service: answered, abandoned, offered."""
    home = Home.at(tmp_path / "home")
    home.create()
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create schema reports")
        connection.execute(f"create table reports.rpt_service_daily (call_date date, service varchar, {COLUMNS})")  # fmt: skip
        for day, service, answered, abandoned, offered in rows:
            shares = [answered, offered, abandoned, offered, 0, offered, answered, offered]
            told = ", ".join(str(one) for one in shares)
            connection.execute(f"insert into reports.rpt_service_daily values ('{day}', '{service}', {told})")  # fmt: skip
    return home


ROWS = [
    (date(2024, 3, 31), "general", 0, 50, 50),  # of the month before: left out
    (date(2024, 4, 1), "general", 99, 1, 100),
    (date(2024, 4, 1), "", 0, 7, 7),  # chose no service: of all alone
    (DAY, "general", 8, 2, 10),
    (date(2024, 4, 9), "general", 0, 50, 50),  # after the day
]


def test_each_target_has_the_day_s_and_the_month_s_share(tmp_path: Path, contract: Contract) -> None:  # fmt: skip
    found = target_shares(counted(tmp_path, ROWS), contract, DAY)
    assert [(one.of_ja, one.of_day, one.of_month) for one in found] == [
        ("応答率（総合案内）90%以上", Judged(8, 10, False), Judged(107, 110, True)),
        ("サービスレベル（総合案内）80%以上", Judged(8, 10, True), Judged(107, 110, True)),
        ("応答率（粗大ごみ受付）85%以上", Judged(0, 0, None), Judged(0, 0, None)),
        ("放棄率（全業務）5%以下", Judged(2, 10, False), Judged(10, 117, False)),
    ]
    assert lines_of(found)[0] == "目標：応答率（総合案内）90%以上　前営業日 80.0% 未達成　4月 97.3% 達成"  # fmt: skip
    assert "前営業日 対象なし　4月 対象なし" in lines_of(found)[2]


def test_a_share_is_judged_before_it_is_rounded(contract: Contract) -> None:
    shares = {(DAY, "general", "answer_rate"): (8999, 10_000)}
    (general, *_) = judged_on(contract, DAY, shares)
    assert general.of_day.text_ja == "90.0% 未達成"


def test_a_target_holds_from_its_day(contract: Contract) -> None:
    later = replace_target(contract, valid_from=date(2024, 4, 9))
    assert "応答率（総合案内）90%以上" not in [one.of_ja for one in judged_on(later, DAY, {})]
    assert "応答率（総合案内）90%以上" in [one.of_ja for one in judged_on(later, date(2024, 4, 9), {})]  # fmt: skip


def replace_target(contract: Contract, valid_from: date) -> Contract:
    first, *others = contract.targets
    moved = first.model_copy(update={"valid_from": valid_from})
    return contract.model_copy(update={"targets": (moved, *others)})


def test_a_contract_without_targets_asks_nothing(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    shipped = load_settings(ROOT / "contracts/sapporo-2023", {}).contract
    assert target_shares(home, shipped, DAY) == ()


def test_without_a_warehouse_there_is_nothing_to_judge(tmp_path: Path, contract: Contract) -> None:
    home = Home.at(tmp_path / "home")
    home.create()
    assert {one.of_month.is_met for one in target_shares(home, contract, DAY)} == {None}


@pytest.mark.parametrize(
    ("definition", "which"),
    [("answer_rate", "inbound"), ("abandon_rate", "abandoned"), ("overflow_rate", "overflow"), ("service_level", "answered")],
)  # fmt: skip
def test_a_row_leads_to_the_calls_of_its_day(
    contract: Contract, definition: str, which: str
) -> None:
    one = replace(judged_on(contract, DAY, {})[0], definition=definition)
    assert _target(one)["path"] == f"/calls?on=2024-04-08&which={which}"
