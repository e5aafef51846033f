"""What every test may stand on: the shipped samples, never anything outside the project."""

from __future__ import annotations

import fcntl
import os
import shutil
from functools import cache
from pathlib import Path

import hypothesis
import pytest
import typer.testing

from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.terms import Contract
from tests.homes import ROOT, HomeOnTrial

SAMPLES = Path(__file__).parent / "samples"

IN_CI = os.environ.get("MADOGUCHI_CI") == "1"
for _name in [n for n in os.environ if n.startswith(("MADOGUCHI_", "DAGSTER_"))]:
    if _name != "MADOGUCHI_CI":
        del os.environ[_name]
os.environ["PYTHONWARNINGS"] = "ignore"
hypothesis.settings.register_profile(
    "unhurried", deadline=None
)  # a shared machine's clock tells nothing
hypothesis.settings.load_profile("unhurried")


os.fsync = (
    lambda file: None
)  # nobody cuts the power here; what is written, and in which order, is told by faults between the steps
typer.testing._get_command = cache(typer.main.get_command)  # made once, not at each call: 20 ms
_LONGEST_FIRST = (
    "test_simulation_moments", "test_dagster_on_postgresql", "test_nobody_alone", "test_spoilt_logs", "test_bundle", "test_run",
    "test_warm_launcher", "test_tables_interrupted", "test_tables_and_files", "test_editions_of_a_contract", "test_alone",
    "test_desk_under_load", "test_flood", "test_damaged_logs", "test_simulated_voices",
    "test_verdicts", "test_tables", "test_network", "test_definitions", "test_landing",
    "test_execution", "test_hostile_files", "test_evidence", "test_second_kind", "test_doctor",
    "test_other_contracts_lived", "test_serve", "test_whole_day_in_browser", "test_csv_lines",
)  # fmt: skip
"""Files that take long, the longest first, so that no worker is left alone with one at the end (`--no-loadscope-reorder`)."""


_SERVERS = ("mariadb", "postgresql")
"""A case of a server that a user's machine does not have: named so among its parameters, and left to `.ci/run`."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files begin first; within a file tests keep their order. What needs a server is slow."""
    for item in items:
        call = getattr(item, "callspec", None)
        if call and any(server in call.id for server in _SERVERS):
            item.add_marker(pytest.mark.slow)
    places = {name: place for place, name in enumerate(_LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of shipped samples: `pbx/` laid out as the PBX writes, and its truth beside it."""
    return SAMPLES


@pytest.fixture(scope="session")
def pbx_dir(samples: Path) -> Path:
    """The recorded PBX, read only."""
    return samples / "pbx"


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The contract as shipped."""
    from application.home.session import read_settings

    return read_settings(ROOT / "contracts/sapporo-2023/contract.toml", environment={}).contract


@pytest.fixture(scope="session")
def calendar(contract: Contract) -> BusinessCalendar:
    """The shipped contract's calendar."""
    return BusinessCalendar(contract)


@pytest.fixture(scope="session")
def finished_home(tmp_path_factory: pytest.TempPathFactory, pbx_dir: Path) -> HomeOnTrial:
    """The recorded weeks, run once up to 2023-12-25 18:00, for all workers together. Look, do not touch."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    with (shared / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder, is_made = shared / "finished", shared / "finished.made"
        if is_made.exists():
            return HomeOnTrial(folder, folder / "pbx")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        home = HomeOnTrial.in_folder(folder, pbx_dir)
        done = home.run()
        assert done.returncode == 0, done.stderr
        is_made.touch()
    return home


@pytest.fixture
def new_home(tmp_path: Path, pbx_dir: Path) -> HomeOnTrial:
    """A home in which nothing has run."""
    return HomeOnTrial.in_folder(tmp_path, pbx_dir)
