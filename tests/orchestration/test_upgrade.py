"""From one version to the next on a released home: afterwards the old one or the new one runs, never half, whatever fails and whenever."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from application.backup import backed_up
from application.errors import UpgradeFailed, UpgradeRefused
from application.home.session import open_workplace, present_of_simulated_home, read_settings
from application.migrating import go_back, is_under_way, migrate, settle
from application.upgrade import (
    UNITS,
    WEB,
    Programmes,
    UpgradeEnd,
    UpgradeReport,
    end_left,
    end_left_at_boot,
    upgrade,
)
from compliance.audit.log import AuditFolder
from compliance.audit.verify import verify
from compliance.errors import ComplianceError
from compliance.ground import durable, operations
from compliance.ground.acts import Action, Actor, ObjectKind, note
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from tests.support.newer_versions import NEWER, brought_here, newer, revision
from tests.support.released import AT, CONTRACT, laid

OLD, NEW = "0.1.0", "0.2.0"


@dataclass
class Server:
    """A stand-in for systemd alone: its home, database, link, journal and backups are real. Each asking counts as a step."""

    home: Home
    place: Programmes
    medium: Path
    migrations: dict[str, Path]
    up: set[str] = field(default_factory=lambda: {WEB, "madoguchi-backup.timer"})
    units: str = OLD
    fails_at: str = ""
    notes: bool = False
    """Whether the newer version notes something before it fails."""

    def running(self) -> Sequence[str]:
        return [one for one in UNITS if one in self.up]

    def stop(self, units: Sequence[str]) -> None:
        durable._step("stop")
        self.up -= set(units)

    def furnish(self, version: str) -> None:
        durable._step("furnish")
        self.units = version

    def start(self, units: Sequence[str]) -> None:
        durable._step("start")
        assert revision(self.home) == self._schema_of(self.current), "half of each would be started"
        assert self.units == self.current
        if self.current == NEW and self.notes:
            self._note()
        if self.current == NEW and self.fails_at == "start":
            raise UpgradeFailed("start: it did not become ready")
        self.up |= set(units)

    def done(self, version: str, *words: str) -> str:
        name = "-".join(words[:3]).replace("---json", "").replace("--", "")
        durable._step(name)
        if version == NEW and self.fails_at == name:
            raise UpgradeFailed(f"{name}: it failed")
        try:
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(operations, "MIGRATIONS", self.migrations[version])
                return self._said(words)
        except ComplianceError as error:
            raise UpgradeFailed(str(error)) from error
        finally:
            durable._step(f"did {name}")

    def _said(self, words: Sequence[str]) -> str:
        match words:
            case ("backup", *_):
                settings = read_settings(CONTRACT, self.home.root, environment={})
                now = (present_of_simulated_home(settings) or AT) + timedelta(minutes=1)
                with open_workplace(settings, as_of=now) as place:
                    return json.dumps({"backup": str(backed_up(place, self.medium).folder)})
            case ("service", "status", *_):
                open_operations(self.home.operations_url).dispose()
                return json.dumps({"is_served": WEB in self.up and self.fails_at != "answer"})
            case ("service", "migrate", "--back", *_):
                return json.dumps({"noted_since": go_back(self.home)})
            case ("service", "migrate", "--settle"):
                settle(self.home)
            case _:
                migrate(self.home, self.home.operations_url)
        return ""

    def _note(self) -> None:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(operations, "MIGRATIONS", self.migrations[NEW])
            engine = open_operations(self.home.operations_url)
            with engine.begin() as connection:
                note(connection, Actor("mg1", AT).entry(Action.PAGE_CHANGE, ObjectKind.PAGE, "x"))
            engine.dispose()

    @property
    def current(self) -> str:
        return str(self.place.current.readlink())

    def _schema_of(self, version: str) -> str:
        return NEWER if version == NEW else operations.last_revision()

    def is_whole(self) -> bool:
        """Whether one version runs on its own schema, with nothing of an upgrade left."""
        return (
            revision(self.home) == self._schema_of(self.current)
            and self.units == self.current
            and self.up == {WEB, "madoguchi-backup.timer"}
            and not self.place.journal.exists()
            and not is_under_way(self.home)
            and verify(AuditFolder(self.home.audit)).is_right
        )

    def upgrade(self) -> UpgradeReport:
        return upgrade(self.place, self, NEW, self.medium)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return server_in(tmp_path)


def server_in(folder: Path) -> Server:
    place = Programmes(folder / "opt")
    for version in (OLD, NEW):
        (place.root / version).mkdir(parents=True)
        (place.root / version / ".whole").write_text("build")
    place.current.symlink_to(OLD)
    (folder / "medium").mkdir()
    migrations = {OLD: operations.MIGRATIONS, NEW: newer(folder)}
    return Server(brought_here(laid(OLD, folder)), place, folder / "medium", migrations)


def test_the_next_version_runs_on_the_migrated_home_and_a_second_call_changes_nothing(
    server: Server,
) -> None:
    done = server.upgrade()
    assert (done.end, done.source, done.target) == (UpgradeEnd.DONE, OLD, NEW)
    assert server.current == NEW and server.is_whole() and Path(done.backup).is_dir()
    assert server.upgrade().end is UpgradeEnd.NOTHING and server.is_whole()


@pytest.mark.parametrize("fails_at", ["service-migrate", "start", "answer", "service-status"])
def test_whatever_of_the_next_version_fails_the_old_one_runs_again(
    server: Server, fails_at: str
) -> None:
    server.fails_at = fails_at
    done = server.upgrade()
    assert done.end is UpgradeEnd.BACK and done.why
    assert server.current == OLD and server.is_whole()
    server.fails_at = ""
    assert server.upgrade().end is UpgradeEnd.DONE and server.is_whole()


def test_a_version_that_fails_after_something_was_noted_keeps_what_was_noted(
    server: Server,
) -> None:
    """Whoever keeps the server cannot make an upgrade fail in order to undo what people did in the newer version."""
    server.fails_at, server.notes = "start", True
    done = server.upgrade()
    assert done.end is UpgradeEnd.STAYS and "1 entries were noted" in done.why
    assert server.current == NEW and revision(server.home) == NEWER and done.backup
    assert not server.place.journal.exists() and not is_under_way(server.home)


def test_who_takes_the_former_database_away_midway_leaves_no_half(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older version on the newer database would not start: the newer one stays."""
    server.fails_at = "start"
    real = server.furnish

    def furnish(version: str) -> None:
        settle(server.home)
        real(version)

    monkeypatch.setattr(server, "furnish", furnish)
    done = server.upgrade()
    assert done.end is UpgradeEnd.STAYS and "does not open" in done.why
    assert (server.current, revision(server.home), server.units) == (NEW, NEWER, NEW)
    assert not server.place.journal.exists()


def test_a_medium_that_is_missing_ends_it_before_anything_is_changed(server: Server) -> None:
    server.medium.rmdir()
    done = server.upgrade()
    assert done.end is UpgradeEnd.BACK and "先に媒体をマウント" in done.why and server.is_whole()


def test_a_version_that_is_not_whole_is_refused(server: Server) -> None:
    (server.place.root / NEW / ".whole").unlink()
    with pytest.raises(UpgradeRefused):
        server.upgrade()
    assert server.is_whole() and server.current == OLD


def test_an_older_version_is_not_put_upon_a_newer_home(server: Server) -> None:
    server.upgrade()
    done = upgrade(server.place, server, OLD, server.medium)
    assert done.end is UpgradeEnd.BACK and "newer" in done.why
    assert server.current == NEW and server.is_whole()


def _steps(folder: Path, fails_at: str) -> int:
    counted = server_in(folder)
    counted.fails_at = fails_at
    with durable.failing_at(10**9) as steps:
        counted.upgrade()
    return len(steps)


@pytest.mark.slow
@pytest.mark.parametrize("fails_at", ["", "start"], ids=["onward", "and on the way back"])
def test_cut_off_at_every_step_the_next_call_ends_it_whole_or_back(
    tmp_path: Path, fails_at: str
) -> None:
    (tmp_path / "counted").mkdir()
    ends = set()
    count = _steps(tmp_path / "counted", fails_at)
    assert count > 30
    for nth in range(count):
        folder = tmp_path / str(nth)
        folder.mkdir()
        server = server_in(folder)
        server.fails_at = fails_at
        with pytest.raises(durable.InjectedFault), durable.failing_at(nth):
            server.upgrade()
        done = server.upgrade()
        ends.add(done.end)
        assert server.is_whole(), (nth, done)
        server.fails_at = ""
        server.upgrade()
        assert server.current == NEW and server.is_whole(), nth
    assert UpgradeEnd.BACK in ends and (fails_at or UpgradeEnd.DONE in ends)


def booted(server: Server) -> UpgradeReport | None:
    """The machine after its power came back: the first unit, what the boot starts, then the second; the last one's end."""
    wanted, server.up = set(server.up) | {WEB, "madoguchi-backup.timer"}, set()
    first = end_left_at_boot(server.place, server)
    assert server.up == set(), "the boot starts what is enabled, and waits for this"
    try:
        server.start(sorted(wanted))
    except UpgradeFailed:
        assert server.current == NEW
    return end_left(server.place, server) or first


@pytest.mark.slow
@pytest.mark.parametrize("fails_at", ["", "start"], ids=["onward", "and on the way back"])
def test_a_power_cut_at_every_step_is_ended_by_the_next_boot(tmp_path: Path, fails_at: str) -> None:
    """Nobody types anything: one of the two versions runs, on its own schema, and nothing of an upgrade is left."""
    (tmp_path / "counted").mkdir()
    ends = set()
    for nth in range(_steps(tmp_path / "counted", fails_at)):
        folder = tmp_path / str(nth)
        folder.mkdir()
        server = server_in(folder)
        server.fails_at = fails_at
        with pytest.raises(durable.InjectedFault), durable.failing_at(nth):
            server.upgrade()
        done = booted(server)
        ends.add(done and done.end)
        assert server.is_whole(), (nth, done)
        assert server.current == OLD or not fails_at, nth
    assert UpgradeEnd.BACK in ends and (fails_at or UpgradeEnd.DONE in ends)


def test_a_boot_that_is_cut_off_itself_is_ended_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "counted").mkdir()
    counted = server_in(tmp_path / "counted")
    with durable.failing_at(10**9) as steps:
        counted.upgrade()
    migrated = steps.index("did service-migrate")
    for nth in range(0, 16, 3):
        folder = tmp_path / str(nth)
        folder.mkdir()
        server = server_in(folder)
        with pytest.raises(durable.InjectedFault), durable.failing_at(migrated):
            server.upgrade()
        server.up = set()
        with pytest.raises(durable.InjectedFault), durable.failing_at(nth):
            end_left_at_boot(server.place, server)
            raise durable.InjectedFault("cut off after it")
        booted(server)
        assert server.is_whole() and server.current == OLD, nth


def test_a_boot_with_nothing_to_end_does_nothing(server: Server) -> None:
    with durable.failing_at(10**9) as steps:
        assert end_left_at_boot(server.place, server) is None
        assert end_left(server.place, server) is None
    assert steps == [] and server.is_whole() and server.current == OLD
