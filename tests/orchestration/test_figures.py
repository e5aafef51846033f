"""`madoguchi papers figures`: by the manager alone, in the log, for any period, from a warehouse that is there."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
from openpyxl import load_workbook

from application.figures import month_of
from application.home.session import read_settings
from compliance.audit.log import AuditLog
from compliance.audit.log import entries as logged
from compliance.errors import NotAllowed
from orchestration.assets.figures import FiguresPeriod, show_figures
from orchestration.command.exit_codes import ExitCode
from reporting.errors import FiguresNotBuilt
from reporting.management.load import LOAD
from reporting.management.reader import HALF_HOURS, OPERATORS, OVERVIEW
from tests.compliance.erasure.stage import Stage
from tests.homes import HomeOnTrial
from tests.support.inquiry_commands import say, stage

__all__ = ["stage"]


@pytest.fixture
def built(stage: Stage, finished_home: HomeOnTrial) -> Stage:
    shutil.copy(finished_home.path / "warehouse.duckdb", stage.home.warehouse)
    return stage


def test_the_manager_gets_both_files_and_the_log_says_so(built: Stage, tmp_path: Path) -> None:
    out = tmp_path / "out"
    say(built, "papers", "figures", "--month", "2023-12", "--to", str(out))
    names = sorted(path.name for path in out.iterdir())
    assert names == [
        f"運営状況報告（管理者用）_2023-12-01_2023-12-31.{form}" for form in ("pdf", "xlsx")
    ]
    assert (out / names[0]).read_bytes().startswith(b"%PDF")
    assert load_workbook(out / names[1])[OVERVIEW].max_row == 1 + 31 + 1
    told = [
        entry
        for entry in logged(AuditLog(built.home).folder)
        if entry["object_id"].startswith("figures/")
    ]
    assert [(e["actor"], e["action"], e["object_id"]) for e in told] == [
        ("mg1", "paper_opened", "figures/2023-12-01/2023-12-31")
    ]
    days = ("--from", "2023-11-20", "--until", "2023-11-24")
    said = say(built, "papers", "figures", *days, "--to", str(out))
    assert "_2023-11-20_2023-11-24.pdf" in said


def test_an_administrator_does_not_see_how_somebody_works(built: Stage, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        say(
            built, "papers", "figures", "--month", "2023-12", "--to", str(tmp_path / "no"), by="ad1"
        )
    assert not (tmp_path / "no").exists()


def test_without_a_warehouse_it_says_what_to_do(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(FiguresNotBuilt, match="madoguchi run"):
        say(stage, "papers", "figures", "--month", "2023-12", "--to", str(tmp_path / "no"))
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--from", "2023-12-01"),
        ("--from", "2023-12-02", "--until", "2023-12-01"),
        ("--month", "2023-12", "--from", "2023-12-01"),
        ("--month", "2023-13"),
        ("--month", "12月"),
    ],
)
def test_a_period_that_is_none_is_a_mistyped_command(
    stage: Stage, tmp_path: Path, words: tuple[str, ...]
) -> None:
    say(stage, "papers", "figures", *words, "--to", str(tmp_path / "no"), expected=ExitCode.USAGE)


def test_a_page_shows_the_figures_and_no_operator(built: Stage) -> None:
    place = SimpleNamespace(
        settings=read_settings(None, built.home.root, environment={}),
        home=built.home,
        engine=built.engine,
        now=datetime(2023, 12, 25, 9, tzinfo=UTC),
        by=None,
    )
    context = dg.build_op_context(resources={"workplace": place})
    show_figures(context, FiguresPeriod(初日="2023-11-20", 末日="2023-11-30"))
    shown = context.get_output_metadata("result")
    assert shown is not None and {OVERVIEW, HALF_HOURS, LOAD} <= shown.keys()
    assert OPERATORS not in shown
    assert "papers figures --from 2023-11-20" in str(shown["PDF・Excelを作るには"])
    with pytest.raises(dg.Failure, match="2023-12-01 の形"):
        show_figures(
            dg.build_op_context(resources={"workplace": place}),
            FiguresPeriod(初日="12月", 末日="2023-12-01"),
        )


def test_a_month_ends_where_the_calendar_says() -> None:
    assert month_of(date(2024, 2, 9)) == (date(2024, 2, 1), date(2024, 2, 29))
    assert month_of(date(2023, 12, 1)) == (date(2023, 12, 1), date(2023, 12, 31))
