"""The units of the services: what systemd itself says of them, without running them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from compliance.keys.master import CREDENTIAL
from orchestration.gateway.liveness import ASKED_SECONDS
from tests.homes import ROOT

UNITS = sorted((ROOT / "deploy" / "systemd").glob("madoguchi-*.service"))
MOST_EXPOSURE = 2.0


@pytest.fixture(autouse=True)
def _asked() -> None:
    if shutil.which("systemd-analyze") is None:
        assert os.environ.get("MADOGUCHI_CI") != "1", "systemd-analyze is required here"
        pytest.skip("systemd-analyze is not installed")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_leaves_little_exposed(unit: Path) -> None:
    shown = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", shown)
    assert level and float(level[1]) <= MOST_EXPOSURE, shown[-400:]


def test_the_units_are_well_formed(tmp_path: Path) -> None:
    """Verified where the programme that they start is there."""
    assert len(UNITS) == 5
    for unit in (ROOT / "deploy" / "systemd").iterdir():
        text = unit.read_text("utf-8").replace("/opt/madoguchi/current/bin/madoguchi", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        timeout=60,
    )
    ours = [line for line in done.stderr.splitlines() if "madoguchi-" in line]
    assert done.returncode == 0 and ours == [], done.stderr


def test_the_web_service_says_itself_that_it_answers_and_is_started_anew_when_it_hangs() -> None:
    text = (ROOT / "deploy/systemd/madoguchi-web.service").read_text("utf-8")
    for line in ("Type=notify", "NotifyAccess=main", "Restart=on-failure"):
        assert line in text.splitlines(), line
    seconds = int(re.findall(r"^WatchdogSec=([0-9]+)$", text, flags=re.MULTILINE)[0])
    assert seconds / 3 > 2 * ASKED_SECONDS, "one slow answer is no hanging"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_who_works_on_the_home_is_given_the_master_secret_under_its_name_and_root_is_not(
    unit: Path,
) -> None:
    lines = unit.read_text("utf-8").splitlines()
    works_on_the_home = "User=madoguchi" in lines
    assert (f"LoadCredentialEncrypted={CREDENTIAL}" in lines) == works_on_the_home
    assert works_on_the_home == ("upgrade" not in unit.stem)


def test_an_upgrade_that_was_cut_off_is_ended_at_boot_before_the_services_and_waits_for_none() -> (
    None
):
    """What starts services may not be ordered before them, or each would wait for the other."""
    first, then = (
        (ROOT / f"deploy/systemd/madoguchi-{name}.service").read_text("utf-8").splitlines()
        for name in ("upgrade", "upgraded")
    )
    (before,) = (line.removeprefix("Before=").split() for line in first if line[:7] == "Before=")
    assert set(before) == {one.name for one in UNITS if "upgrade" not in one.stem}
    assert first[-1] == then[-1] == "WantedBy=multi-user.target"
    assert not any(line.startswith("Before=") for line in then)
    assert "After=madoguchi-upgrade.service madoguchi-web.service" in then
    for lines, option in ((first, "--at-boot"), (then, "--left")):
        assert (
            "Type=oneshot" in lines and "ConditionPathExists=/opt/madoguchi/upgrade.json" in lines
        )
        (command,) = (line for line in lines if line.startswith("ExecStart="))
        assert command.endswith(f" service upgrade {option}")
