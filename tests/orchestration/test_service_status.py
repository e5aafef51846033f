"""`madoguchi service status`: what it says of a home that nobody serves, and of one that is served; what needs a hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from application import service_state as state_module
from application import today as today_module
from application.home.run_report import Journal
from application.home.session import open_workplace, outlook, read_settings
from application.machine import DiskRoom
from application.migrating import kept_database
from application.service_state import ServiceState, service_state
from application.today import brief_of
from compliance.ground.home import Home
from compliance.ground.run_lock import service_lock
from orchestration.cli import app

AT = datetime(2023, 11, 21, 1, tzinfo=UTC)
CHRONY = "C0A80001,192.0.2.1,3,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,64.0,Normal"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    settings = read_settings(None, tmp_path / "home", environment={})
    with open_workplace(settings, as_of=AT, journal=Journal()):
        pass
    return tmp_path / "home"


def state_of(home: Path, **told: str) -> ServiceState:
    settings = read_settings(None, home, environment={})
    with outlook(settings, AT) as place:
        return service_state(place, datetime.now(UTC), lambda command: told.get(command[0]))


def test_a_home_that_nobody_serves_needs_a_hand_and_one_that_is_does_not_for_that(
    made: Path,
) -> None:
    alone = state_of(made)
    assert not alone.is_served and any("no service answers" in one for one in alone.problems)
    settings = read_settings(None, made, environment={})
    with outlook(settings, AT) as place, service_lock(place.home):
        served = state_of(made)
    assert served.is_served and not any("no service" in one for one in served.problems)
    assert not any("nothing was noted" in one for one in served.problems)
    silent = replace(served, at=served.at + timedelta(hours=27))
    assert any("nothing was noted" in one for one in silent.problems)


@pytest.mark.parametrize(
    ("told", "clock", "is_right"),
    [
        ({"chronyc": CHRONY}, "chrony: 192.0.2.1", True),
        ({"chronyc": CHRONY.replace("Normal", "Not synchronised")}, "chrony: 192.0.2.1", False),
        ({"timedatectl": "NTP=yes\nNTPSynchronized=yes\n"}, "systemd-timesyncd", True),
        ({"timedatectl": "NTP=no\nNTPSynchronized=no\n"}, "systemd-timesyncd", False),
        ({}, "not known", None),
    ],
)
def test_by_what_the_clock_is_set(
    made: Path, told: dict[str, str], clock: str, is_right: bool | None
) -> None:
    found = state_of(made, **told)
    assert found.clock.startswith(clock) and found.is_clock_right is is_right
    assert any("clock" in one for one in found.problems) is (is_right is False)


def test_a_disk_that_fills_is_told_before_it_is_full(made: Path) -> None:
    found = state_of(made)
    assert found.rooms and found.rooms[0].place == "home"
    full = replace(found, rooms=(DiskRoom("home", 100 * 2**30, 9 * 2**30),))
    assert any("home: 9.0 GiB left" in one for one in full.problems)
    assert not any(
        "GiB left" in one for one in replace(found, rooms=(DiskRoom("home", 100, 10),)).problems
    )


def test_the_command_says_it_on_one_screen_and_to_a_program(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_module, "asked", lambda command: None)
    done = CliRunner().invoke(app, ["service", "status", "--home", str(made)])
    assert done.exit_code == 3
    assert (
        len(done.stdout.splitlines()) <= 24
        and "does not answer" in done.stdout
        and "never" in done.stdout
    )
    told = json.loads(
        CliRunner().invoke(app, ["service", "status", "--home", str(made), "--json"]).stdout
    )
    assert told["is_served"] is False and told["problems"] and told["backup_at"] is None


def test_an_upgrade_that_was_not_ended_needs_a_hand(made: Path) -> None:
    assert not any("upgrade" in one for one in state_of(made).problems)
    kept_database(Home.at(made)).write_bytes(b"")
    assert any("upgrade" in one for one in state_of(made).problems)


@pytest.mark.parametrize("is_real", [True, False])
def test_the_morning_says_a_disk_that_fills_and_a_clock_that_nothing_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_real: bool
) -> None:
    """Of a real home; a simulated one lives on whatever machine."""
    settings = read_settings(None, tmp_path / "home", environment={})
    with open_workplace(settings, as_of=None if is_real else AT, journal=Journal()):
        pass
    monkeypatch.setattr(today_module, "rooms_of", lambda home: (DiskRoom("keys", 100, 9),))
    monkeypatch.setattr(
        today_module, "asked", {("timedatectl", "show"): "NTPSynchronized=no\n"}.get
    )
    with outlook(settings, datetime.now(UTC) if is_real else AT) as place:
        found = {one.ref for one in brief_of(place).pressing}
    assert ({"disk", "clock"} <= found) is is_real
