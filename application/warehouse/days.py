"""Which days of the warehouse must be built, and the building of them.

The warehouse is disposable: it is derived from landing and reference alone. `warehouse.json` beside it
says what it was derived from: a digest of the landed rows of each civil day, of the reference tables and
of the dbt project. A day whose digest differs is built again together with the day before (a call
belongs to the day on which it began, its last rows may lie on the next); when the reference tables or the
project changed, or another engine is to build, every day is. Before a build its days are struck out of that file, after it they are
entered, whoever asked for the build; so a build that was killed is done again.

Left out: what that file holds (`state`), what tests say (`verdicts`), how dbt runs (`build`, `on_spark`), and what Dagster
shows of it (`orchestration.assets.warehouse`).
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from application.home.session import Workplace
from application.home.settings import WarehouseEngine
from application.warehouse.asking import TAGS, ask, known_tests, unit_of
from application.warehouse.build import build
from application.warehouse.landed import files_of_days, keep_landed, landed_days
from application.warehouse.manifest import project_files
from application.warehouse.on_spark import build_on_spark, require_buildable, require_ended
from application.warehouse.outcome import NodeOutcome
from application.warehouse.spark_place import require_permitted
from application.warehouse.state import BuildState, DayRange, present_state, remember
from application.warehouse.verdicts import tests_of_built_days
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due_terms import Unit
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.inquiries.extract import path_of
from compliance.registers.entries import entries
from compliance.registers.handling import PERMITS

LONGER = " ".join(f"tag:{tag}" for tag in TAGS.values())
"""dbt's selection of all of those."""


def wanted_state(
    home: Home, now: datetime, engine: WarehouseEngine = WarehouseEngine.HOME
) -> BuildState:
    """What the warehouse ought to be derived from now; who asks about rows alone names no engine."""
    rows = landed_days(home.landing, path_of(home), home.landed)
    return BuildState(
        reference=digest_of_reference(home),
        project=_digest_of_files(project_files()),
        as_of_date=civil_date(now),
        days={day: landed.whole for day, landed in rows.items()},
        early={day: landed.early for day, landed in rows.items()},
        engine=engine,
    )


def digest_of_reference(home: Home) -> str:
    """SHA-256 over the contract's tables."""
    return _digest_of_files(sorted(home.reference.glob("[!.]*.parquet")))  # none half written


def days_to_build(
    present: BuildState | None,
    wanted: BuildState,
    first_day: date,
    is_open: Callable[[date], bool],
) -> tuple[DayRange, ...]:
    """The days whose rows must be derived again, as ranges in order. Pure.

    `first_day` is where the calendar of the reports begins. Days that passed are derived once an open one is
    among them: a closed day without rows changes nothing that anybody prints.
    """
    everything = DayRange(
        min([first_day, *wanted.days]), max([first_day, wanted.as_of_date, *wanted.days])
    )
    if (
        present is None
        or present.reference != wanted.reference
        or present.project != wanted.project
        or present.engine != wanted.engine
    ):
        return (everything,)
    touched = {
        day
        for day in present.days.keys() | wanted.days.keys()
        if present.days.get(day) != wanted.days.get(day)
    }
    touched |= {day - timedelta(days=1) for day in touched}
    passed = [
        present.as_of_date + timedelta(days=n)
        for n in range((wanted.as_of_date - present.as_of_date).days)
    ]
    if any(is_open(day) for day in passed):
        touched |= {*passed, wanted.as_of_date}
    return _ranges(touched)


def pending_days(
    home: Home, wanted: BuildState, calendar: BusinessCalendar
) -> tuple[DayRange, ...]:
    """The days whose rows moved since the warehouse was built from them."""
    return days_to_build(present_state(home), wanted, calendar.first_day, calendar.is_business_day)


def build_days(
    workplace: Workplace,
    from_date: date | None,
    to_date: date | None,
    on_node: Callable[[NodeOutcome], None],
) -> None:
    """Derive the rows of those days again (both included, null is open); other days stay.

    A warehouse of which nothing is known, or that other models made (it has other columns) or another engine, is thrown away,
    and every day is derived.

    Raises:
        ModelFailed: a model could not be built; those days count as unbuilt.
    """
    home, engine = workplace.home, workplace.settings.built_by
    _require_buildable(workplace)
    present, wanted = present_state(home), wanted_state(home, workplace.now, engine)
    if present is None or (present.project, present.engine) != (wanted.project, engine):
        _throw_away(home, engine)
        present, from_date, to_date = None, None, None
    keep_landed(home.landing, home.landed)
    days = DayRange(from_date or date.min, to_date or date.max)
    if present is None:
        home.build_state.unlink(missing_ok=True)
    else:
        remember(home, present.without_days(days))
    _derive(
        workplace,
        {
            "as_of": workplace.now.isoformat(),
            "from_date": None if from_date is None else from_date.isoformat(),
            "to_date": None if to_date is None else to_date.isoformat(),
        },
        exclude=None if present is None else LONGER,  # one made from nothing is made whole
        files=_files_read(home, from_date, to_date),
        on_node=on_node,
    )
    tests = [one for one in known_tests() if present is None or unit_of(one) is Unit.DAY]
    outcomes = ask(home, tests, on_node)
    unbuilt = BuildState("", "", wanted.as_of_date, {}, engine=engine)
    built = (present or unbuilt).with_days(days, wanted)
    remember(home, built.with_verdicts(outcomes, days, tests_of_built_days()))


def _require_buildable(workplace: Workplace) -> None:
    """Before anything is thrown away: whether the engine can build here, and may where it works."""
    if workplace.settings.built_by is WarehouseEngine.SPARK:
        require_permitted(os.environ, entries(workplace.engine, PERMITS), civil_date(workplace.now))
        require_buildable(workplace.home)


def _throw_away(home: Home, engine: WarehouseEngine) -> None:
    """What was built before; the file that papers read stays where Spark will put another in its place."""
    if home.spark.is_dir():
        require_ended(home)
        shutil.rmtree(home.spark)
    if engine is WarehouseEngine.HOME:
        for path in (home.warehouse, home.warehouse.with_name(home.warehouse.name + ".wal")):
            path.unlink(missing_ok=True)


def _derive(
    workplace: Workplace,
    variables: Mapping[str, str | None],
    on_node: Callable[[NodeOutcome], None],
    *,
    select: str | None = None,
    exclude: str | None = None,
    files: Mapping[str, Sequence[Path]] | None = None,
) -> None:
    """By the engine that this place builds with."""
    _require_buildable(workplace)
    chosen = {WarehouseEngine.HOME: build, WarehouseEngine.SPARK: build_on_spark}
    builds = chosen[workplace.settings.built_by]
    builds(workplace.home, variables, select=select, exclude=exclude, files=files, on_node=on_node)


def _files_read(home: Home, first: date | None, last: date | None) -> dict[str, list[Path]]:
    """The landing files that a build of those days reads: a call's last rows may lie on the next one. None are named
    where all are read."""
    if first is None and last is None:
        return {}
    until = date.max if last is None else last + timedelta(days=1)
    return files_of_days(home.landing, first or date.min, until, home.landed)


def build_periods(workplace: Workplace, unit: Unit, on_node: Callable[[NodeOutcome], None]) -> None:
    """Derive the rows of every week, or of every month, again from the daily ones; every row, where another engine derived those, or
    nothing is known of them."""
    present = present_state(workplace.home)
    if present is None or present.engine != workplace.settings.built_by:
        build_days(workplace, None, None, on_node)
        return
    _derive(
        workplace,
        {"as_of": workplace.now.isoformat(), "from_date": None, "to_date": None},
        select=f"tag:{TAGS[unit]}",
        on_node=on_node,
    )
    tests = [one for one in known_tests() if unit_of(one) is unit]
    outcomes = ask(workplace.home, tests, on_node)
    everything = DayRange(date.min, date.max)
    remember(workplace.home, present.with_verdicts(outcomes, everything, ()))


def ask_tests(
    workplace: Workplace, names: Collection[str], on_node: Callable[[NodeOutcome], None]
) -> None:
    """Ask those dbt tests of the warehouse as it is, and derive nothing."""
    outcomes = ask(workplace.home, [one for one in known_tests() if one["name"] in names], on_node)
    if present := present_state(workplace.home):
        partial = tests_of_built_days()  # what these see is not all that they had found
        whole = [outcome for outcome in outcomes if outcome.name not in partial]
        everything = DayRange(date.min, date.max)
        remember(workplace.home, present.with_verdicts(whole, everything, ()))


def _ranges(days: Iterable[date]) -> tuple[DayRange, ...]:
    ranges: list[DayRange] = []
    for day in sorted(days):
        if ranges and day - ranges[-1].last <= timedelta(days=1):
            ranges[-1] = DayRange(ranges[-1].first, day)
        else:
            ranges.append(DayRange(day, day))
    return tuple(ranges)


def _digest_of_files(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
