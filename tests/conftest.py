"""What every test may stand on: the shipped samples, never anything outside the project."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

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
    """The recorded weeks, run once up to 2023-12-25 18:00. Look, do not touch."""
    home = HomeOnTrial.in_folder(tmp_path_factory.mktemp("finished"), pbx_dir)
    done = home.run()
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def new_home(tmp_path: Path, pbx_dir: Path) -> HomeOnTrial:
    """A home in which nothing has run."""
    return HomeOnTrial.in_folder(tmp_path, pbx_dir)
