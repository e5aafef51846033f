"""From one installed version to another, and back by itself: afterwards one of the two runs, never half of each.

Versions lie beside each other, `current` names one. What was done stands in a journal beside them before the next step begins, so that
a call that was killed is ended by the next one: back, as long as the link named the older version; onward, once it named the
newer one, since people may have worked with it. Steps on the home are commands of a version, run as the home's own account: the
backup by the older one, the migration and the way back by the newer (`application.migrating`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from application.errors import UpgradeFailed, UpgradeRefused
from compliance.ground import durable

WEB = "madoguchi-web.service"
UNITS = (WEB, "madoguchi-backup.timer", "madoguchi-drill.timer")
"""What works on a home, or begins to."""


class UpgradeStage(StrEnum):
    """What is done, in order."""

    BEGUN = "begun"
    BACKED_UP = "backed_up"
    MIGRATED = "migrated"
    SWITCHED = "switched"
    GOING_BACK = "going_back"
    SETTLING = "settling"
    """The newer version is current for good."""


class UpgradeEnd(StrEnum):
    """How an upgrade ended."""

    NOTHING = "nothing"
    """That version is current already."""
    DONE = "done"
    BACK = "back"
    """The older version runs, on the database as it was."""
    STAYS = "stays"
    """The newer version is current and does not answer; going back would have lost what was noted since."""


@dataclass(frozen=True, slots=True)
class UpgradeJournal:
    """An upgrade under way: from which version to which, what ran when it began, and the backup that was made first."""

    source: str
    target: str
    units: tuple[str, ...]
    stage: UpgradeStage
    backup: str = ""


@dataclass(frozen=True, slots=True)
class UpgradeReport:
    """How it ended; `why` is blank where it went well."""

    end: UpgradeEnd
    source: str
    target: str
    backup: str = ""
    why: str = ""


class Machine(Protocol):
    """What an upgrade asks of the server. Each may raise UpgradeFailed; each may be asked again."""

    def running(self) -> Sequence[str]:
        """Which of `UNITS` run."""

    def stop(self, units: Sequence[str]) -> None:
        """End them, and wait until they ended."""

    def furnish(self, version: str) -> None:
        """Put a version's units in place."""

    def start(self, units: Sequence[str]) -> None:
        """Start them, and wait until they say that they are ready."""

    def done(self, version: str, *words: str) -> str:
        """What a version's `madoguchi` says to a command, as the account that owns the home."""


@dataclass(frozen=True, slots=True)
class Programmes:
    """The folder in which versions lie beside each other."""

    root: Path

    @property
    def current(self) -> Path:
        """The link to the version in use."""
        return self.root / "current"

    @property
    def journal(self) -> Path:
        """Of an upgrade under way; not there otherwise."""
        return self.root / "upgrade.json"

    def is_whole(self, version: str) -> bool:
        """Whether that version was installed to its end."""
        return (self.root / version / ".whole").is_file()


def upgrade(place: Programmes, machine: Machine, target: str, medium: Path) -> UpgradeReport:
    """Make `target` the current version, or leave the one that is; ends what an earlier call left first.

    Raises:
        UpgradeRefused: no version is current, or the target is not whole; nothing was touched.
        UpgradeFailed: the machine does not do what is asked even on the way back; the next call takes it up.
    """
    with durable.held(place.root):
        left = _read(place)
        if left is not None:
            return _ended(place, machine, left)
        if not place.current.is_symlink() or not place.is_whole(target):
            raise UpgradeRefused(
                f"{place.root} has no current version, or {target} is not installed to its end: run its install.sh."
            )
        source = str(place.current.readlink())
        if source == target:
            return UpgradeReport(UpgradeEnd.NOTHING, source, target)
        begun = UpgradeJournal(source, target, tuple(machine.running()), UpgradeStage.BEGUN)
        _write(place, begun)
        try:
            ready = _prepared(place, machine, begun, medium)
        except UpgradeFailed as why:
            return _back(place, machine, _read(place) or begun, str(why))
        return _onward(place, machine, ready)


def end_left(place: Programmes, machine: Machine) -> UpgradeReport | None:
    """End what a call that was cut off left; null where nothing was left.

    Raises:
        UpgradeRefused, UpgradeFailed: as for `upgrade`.
    """
    with durable.held(place.root):
        left = _read(place)
        return None if left is None else _ended(place, machine, left)


def end_left_at_boot(place: Programmes, machine: Machine) -> UpgradeReport | None:
    """The same while the machine boots, before anything of ours runs: nothing is stopped or started, since the boot starts what is
    enabled after this. A newer version that is current already gets its units and is left to `end_left`, which sees it answer.
    Null where nothing was ended.

    Raises:
        UpgradeRefused, UpgradeFailed: as for `upgrade`.
    """
    with durable.held(place.root):
        left = _read(place)
        if left is None:
            return None
        if left.stage is UpgradeStage.SWITCHED:
            machine.furnish(left.target)
            return None
        return _ended(place, machine, replace(left, units=()))


def _ended(place: Programmes, machine: Machine, left: UpgradeJournal) -> UpgradeReport:
    """What a call that was cut off left: onward once the link named the newer version, else back."""
    match left.stage:
        case UpgradeStage.SETTLING:
            return _settled(place, machine, left, UpgradeEnd.DONE)
        case UpgradeStage.SWITCHED:
            return _onward(place, machine, left)
        case _:
            return _back(place, machine, left, "it was cut off")


def _prepared(
    place: Programmes, machine: Machine, journal: UpgradeJournal, medium: Path
) -> UpgradeJournal:
    machine.stop(journal.units)
    told = machine.done(journal.source, "backup", "--to", str(medium), "--json")
    journal = _write(
        place, replace(journal, stage=UpgradeStage.BACKED_UP, backup=json.loads(told)["backup"])
    )
    machine.done(journal.target, "service", "migrate")
    journal = _write(place, replace(journal, stage=UpgradeStage.MIGRATED))
    durable.point_durably(place.current, journal.target)
    return _write(place, replace(journal, stage=UpgradeStage.SWITCHED))


def _onward(place: Programmes, machine: Machine, journal: UpgradeJournal) -> UpgradeReport:
    """Start the newer version and see it answer; then the older database is let go."""
    try:
        machine.furnish(journal.target)
        machine.start(journal.units)
        _see_it_answer(machine, journal)
    except UpgradeFailed as why:
        return _back(place, machine, journal, str(why))
    return _settled(place, machine, journal, UpgradeEnd.DONE)


def _see_it_answer(machine: Machine, journal: UpgradeJournal) -> None:
    told = json.loads(machine.done(journal.target, "service", "status", "--json"))
    if WEB in journal.units and not told["is_served"]:
        raise UpgradeFailed(f"{WEB} was started and does not answer")


def _back(place: Programmes, machine: Machine, journal: UpgradeJournal, why: str) -> UpgradeReport:
    """The older version, the older database; the newer ones stay where going back would lose something.

    The link goes first: at a power cut between the two the older version refuses the newer database, while the newer one would
    migrate the older database at once.
    """
    journal = _write(place, replace(journal, stage=UpgradeStage.GOING_BACK))
    machine.stop(journal.units)
    durable.point_durably(place.current, journal.source)
    told = json.loads(machine.done(journal.target, "service", "migrate", "--back", "--json"))
    more = ""
    if told["noted_since"]:
        more = f"{told['noted_since']} entries were noted since, which going back would lose"
    elif journal.backup and not _opens(machine, journal.source):
        more = f"{journal.source} does not open the database, whose former self is gone"
    if more:
        durable.point_durably(place.current, journal.target)
        machine.furnish(journal.target)
        return _settled(place, machine, journal, UpgradeEnd.STAYS, f"{why}; {more}")
    machine.furnish(journal.source)
    machine.start(journal.units)
    durable.remove_durably(place.journal)
    return UpgradeReport(UpgradeEnd.BACK, journal.source, journal.target, journal.backup, why)


def _opens(machine: Machine, version: str) -> bool:
    """Whether a version, which made a backup of it before, opens the home: a database that is newer it refuses."""
    try:
        machine.done(version, "service", "status", "--json")
    except UpgradeFailed:
        return False
    return True


def _settled(
    place: Programmes, machine: Machine, journal: UpgradeJournal, end: UpgradeEnd, why: str = ""
) -> UpgradeReport:
    """From here on there is no way back: the older database is let go."""
    _write(place, replace(journal, stage=UpgradeStage.SETTLING))
    machine.done(journal.target, "service", "migrate", "--settle")
    durable.remove_durably(place.journal)
    return UpgradeReport(end, journal.source, journal.target, journal.backup, why)


def _write(place: Programmes, journal: UpgradeJournal) -> UpgradeJournal:
    durable.write_durably(place.journal, json.dumps(asdict(journal), indent=1).encode())
    return journal


def _read(place: Programmes) -> UpgradeJournal | None:
    if not place.journal.exists():
        return None
    try:
        told = json.loads(place.journal.read_bytes())
        stage = UpgradeStage(told["stage"])
        return UpgradeJournal(
            told["source"], told["target"], tuple(told["units"]), stage, told["backup"]
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UpgradeRefused(
            f"{place.journal} cannot be read ({type(error).__name__}): nothing was touched."
        ) from error
