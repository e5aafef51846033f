"""Which days of the warehouse must be built, and the building of them.

The warehouse is disposable: it is derived from landing and reference alone. `warehouse.json` beside it
says what it was derived from: a digest of the landed rows of each civil day, of the reference tables and
of the dbt project. A day whose digest differs is built again together with the day before (a call
belongs to the day on which it began, its last rows may lie on the next); when the reference tables or the
project changed, every day is. Before a build its days are struck out of that file, after it they are
entered, whoever asked for the build; so a build that was killed is done again.

Left out: how dbt runs (`dbt_build.py`), and what Dagster shows of it (`warehouse_assets.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from compliance.contract.terms import Unit
from compliance.ground import durable
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from orchestration.opening.journal import Finding
from orchestration.opening.workplace import Workplace
from orchestration.warehouse.build import NodeOutcome, build
from orchestration.warehouse.manifest import DBT_PROJECT, require_manifest
from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.landing.rejects import REJECTS

TIME_OF_ROW: Mapping[str, str] = {
    **{kind.value: kind.dataset.time_column for kind in SourceKind},
    REJECTS.name: REJECTS.time_column,
}
"""The column of each landing dataset that says on which day a row happened."""

_OF_BUILT_DAYS = ("stg_", "int_calls__")
"""How the models begin that hold the days last built and no others."""

TAGS: Mapping[Unit, str] = {Unit.WEEK: "weekly", Unit.MONTH: "monthly"}
"""dbt's tags of the models whose rows are longer periods than a day."""
LONGER = " ".join(f"tag:{tag}" for tag in TAGS.values())
"""dbt's selection of all of those."""


@dataclass(frozen=True, slots=True)
class DayRange:
    """Civil days in Asia/Tokyo, both ends included."""

    first: date
    last: date

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    def is_within(self, other: DayRange) -> bool:
        """Whether every day of it is among the other's."""
        return other.first <= self.first and self.last <= other.last

    def overlaps(self, other: DayRange) -> bool:
        """Whether they share a day."""
        return self.first <= other.last and other.first <= self.last

    def joined(self, other: DayRange) -> DayRange:
        """From the first day of both to the last."""
        return DayRange(min(self.first, other.first), max(self.last, other.last))


@dataclass(frozen=True, slots=True)
class Failing:
    """How many rows a dbt test found, and on which days it had looked; null where it looks at all."""

    rows: int
    days: DayRange | None


@dataclass(frozen=True, slots=True)
class BuildState:
    """What the warehouse was derived from; `days` holds a digest per civil day that has rows.

    `failing` holds the dbt tests that found rows, by name.
    """

    reference: str
    project: str
    as_of_date: date
    days: Mapping[date, str]
    failing: Mapping[str, Failing] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """As kept in `warehouse.json`."""
        return json.dumps(
            {
                "reference": self.reference,
                "project": self.project,
                "as_of_date": self.as_of_date.isoformat(),
                "days": {day.isoformat(): digest for day, digest in sorted(self.days.items())},
                "failing": {
                    name: [
                        found.rows,
                        *(
                            [found.days.first.isoformat(), found.days.last.isoformat()]
                            if found.days
                            else []
                        ),
                    ]
                    for name, found in sorted(self.failing.items())
                },
            },
            indent=1,
        ).encode()

    @staticmethod
    def from_json(raw: bytes) -> BuildState:
        """Read back.

        Raises:
            ValueError, KeyError, TypeError: the text is not a build state.
        """
        value = json.loads(raw)
        return BuildState(
            reference=value["reference"],
            project=value["project"],
            as_of_date=date.fromisoformat(value["as_of_date"]),
            days={date.fromisoformat(day): digest for day, digest in value["days"].items()},
            failing={
                name: Failing(rows, DayRange(*map(date.fromisoformat, days)) if days else None)
                for name, (rows, *days) in value.get("failing", {}).items()
            },
        )

    def with_days(self, days: DayRange, wanted: BuildState) -> BuildState:
        """After a build of those days from what `wanted` says; the other days are as they were.

        The date moves on only when every day that has passed since was among those built.
        """
        kept = {day: digest for day, digest in self.days.items() if day not in days}
        built = {day: digest for day, digest in wanted.days.items() if day in days}
        is_whole = all(day in days for day in wanted.days)
        source = wanted if is_whole else self
        has_passed = self.as_of_date in days and wanted.as_of_date in days
        as_of_date = wanted.as_of_date if has_passed else self.as_of_date
        return replace(source, as_of_date=as_of_date, days={**kept, **built}, failing=self.failing)

    def with_verdicts(
        self, outcomes: Iterable[NodeOutcome], days: DayRange, of_built_days: Collection[str]
    ) -> BuildState:
        """After those tests were asked in a build of `days`; what others found stands.

        Those `of_built_days` saw no other days, so what they had found elsewhere stands too.
        """
        failing = dict(self.failing)
        for outcome in outcomes:
            if outcome.resource_type != "test":
                continue
            rows, seen = outcome.failures or 0, days if outcome.name in of_built_days else None
            before = failing.pop(outcome.name, None)
            if before and before.days and seen and not before.days.is_within(seen):
                rows, seen = rows + before.rows, before.days.joined(seen) if rows else before.days
            if rows:
                failing[outcome.name] = Failing(rows, seen)
        return replace(self, failing=failing)

    def without_days(self, days: DayRange) -> BuildState:
        """While those days are being built: they count as never built."""
        kept = {day: digest for day, digest in self.days.items() if day not in days}
        return replace(self, days=kept)


def wanted_state(home: Home, now: datetime) -> BuildState:
    """What the warehouse ought to be derived from now."""
    return BuildState(
        reference=digest_of_reference(home),
        project=_digest_of_files(
            sorted(
                p for p in DBT_PROJECT.rglob("*") if p.suffix in {".sql", ".yml"} and _is_source(p)
            )
        ),
        as_of_date=now.astimezone(TOKYO).date(),
        days=landed_days(home.landing),
    )


def digest_of_reference(home: Home) -> str:
    """SHA-256 over the contract's tables."""
    return _digest_of_files(sorted(home.reference.glob("*.parquet")))


def present_state(home: Home) -> BuildState | None:
    """What the warehouse was derived from; null where there is none, or a build was cut short."""
    if not home.warehouse.is_file():
        return None
    try:
        return BuildState.from_json(home.build_state.read_bytes())
    except (OSError, ValueError, KeyError, TypeError):
        return None


def landed_days(landing: Path) -> dict[date, str]:
    """A digest of the rows that lie on each civil day, over every landing dataset."""
    import duckdb

    selects = [
        f"select timezone('Asia/Tokyo', {column})::date as day, row_key "
        f"from read_parquet('{landing / kind}/*.parquet')"
        for kind, column in TIME_OF_ROW.items()
        if kind != REJECTS.name
    ]
    selects.append(
        "select timezone('Asia/Tokyo', near_at)::date as day, line_hmac as row_key "
        f"from read_parquet('{landing / 'rejects'}/*.parquet')"
    )
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select day, count(*) || '-' || (sum(hash(row_key))::varchar) "
            f"from ({' union all '.join(selects)}) where day is not null group by day"
        ).fetchall()
    return dict(rows)


def days_to_build(
    present: BuildState | None, wanted: BuildState, first_day: date
) -> tuple[DayRange, ...]:
    """The days whose rows must be derived again, as ranges in order. Pure.

    `first_day` is where the calendar of the reports begins.
    """
    everything = DayRange(
        min([first_day, *wanted.days]), max([first_day, wanted.as_of_date, *wanted.days])
    )
    if (
        present is None
        or present.reference != wanted.reference
        or present.project != wanted.project
    ):
        return (everything,)
    touched = {
        day
        for day in present.days.keys() | wanted.days.keys()
        if present.days.get(day) != wanted.days.get(day)
    }
    touched |= {day - timedelta(days=1) for day in touched}
    passed = (wanted.as_of_date - present.as_of_date).days
    touched |= {present.as_of_date + timedelta(days=n) for n in range(passed + 1) if passed > 0}
    return _ranges(touched)


def pending_days(home: Home, now: datetime, first_day: date) -> tuple[DayRange, ...]:
    """The days whose rows moved since the warehouse was built from them."""
    return days_to_build(present_state(home), wanted_state(home, now), first_day)


def build_days(
    workplace: Workplace,
    from_date: date | None,
    to_date: date | None,
    on_node: Callable[[NodeOutcome], None],
) -> None:
    """Derive the rows of those days again (both included, null is open); other days stay.

    A warehouse of which nothing is known, or that other models made (it has other columns), is thrown away,
    and every day is derived.

    Raises:
        ModelFailed: a model could not be built; those days count as unbuilt.
    """
    home = workplace.home
    present, wanted = present_state(home), wanted_state(home, workplace.now)
    if present is None or present.project != wanted.project:
        for path in (home.warehouse, home.warehouse.with_name(home.warehouse.name + ".wal")):
            path.unlink(missing_ok=True)
        present, from_date, to_date = None, None, None
    days = DayRange(from_date or date.min, to_date or date.max)
    if present is None:
        home.build_state.unlink(missing_ok=True)
    else:
        _remember(home, present.without_days(days))
    outcomes = build(
        home,
        {
            "as_of": workplace.now.isoformat(),
            "from_date": None if from_date is None else from_date.isoformat(),
            "to_date": None if to_date is None else to_date.isoformat(),
        },
        exclude=None if present is None else LONGER,  # one made from nothing is made whole
        on_node=on_node,
    )
    unbuilt = BuildState("", "", wanted.as_of_date, {})
    built = (present or unbuilt).with_days(days, wanted)
    _remember(home, built.with_verdicts(outcomes, days, _tests_of_built_days()))


def build_periods(workplace: Workplace, unit: Unit, on_node: Callable[[NodeOutcome], None]) -> None:
    """Derive the rows of every week, or of every month, again from the daily ones."""
    outcomes = build(
        workplace.home,
        {"as_of": workplace.now.isoformat(), "from_date": None, "to_date": None},
        select=f"tag:{TAGS[unit]}",
        on_node=on_node,
    )
    if present := present_state(workplace.home):
        everything = DayRange(date.min, date.max)
        _remember(workplace.home, present.with_verdicts(outcomes, everything, ()))


def ask_tests(
    workplace: Workplace, names: Collection[str], on_node: Callable[[NodeOutcome], None]
) -> None:
    """Ask those dbt tests of the warehouse as it is, and derive nothing."""
    variables = {"as_of": workplace.now.isoformat(), "from_date": None, "to_date": None}
    outcomes = build(workplace.home, variables, select=" ".join(sorted(names)), on_node=on_node)
    if present := present_state(workplace.home):
        partial = _tests_of_built_days()  # what these see is not all that they had found
        whole = [outcome for outcome in outcomes if outcome.name not in partial]
        everything = DayRange(date.min, date.max)
        _remember(workplace.home, present.with_verdicts(whole, everything, ()))


def findings(home: Home) -> tuple[Finding, ...]:
    """What the tests found when they were last asked, by name; a test that is no more says nothing."""
    present = present_state(home)
    if present is None or not present.failing:
        return ()
    tests = {test["name"]: test for test in _tests()}
    return tuple(
        Finding(
            test=name,
            title=(tests[name].get("description") or "").split("。")[0],
            rows=found.rows,
            is_notice=is_notice(tests[name]),
        )
        for name, found in sorted(present.failing.items())
        if name in tests
    )


@dataclass(frozen=True, slots=True)
class Identity:
    """A sum or a key of the warehouse that must hold, as asked in Japanese, and the rows that break it."""

    title: str
    rows: int


def identities(home: Home, days: DayRange) -> tuple[Identity, ...]:
    """Every identity and what it found when last asked over any of those days, in the order of titles.

    What somebody should look at in the calls (`marts.fct_findings`) is no identity: it is counted there.
    """
    present = present_state(home)
    failing = present.failing if present else {}
    found = []
    for test in _tests():
        if finding_of(test):
            continue
        broken = failing.get(test["name"])
        is_theirs = broken and (broken.days is None or broken.days.overlaps(days))
        title = (test.get("description") or test["name"]).split("。")[0]
        found.append(Identity(title, broken.rows if broken and is_theirs else 0))
    return tuple(sorted(found, key=lambda identity: identity.title))


def finding_of(test: Mapping[str, Any]) -> str | None:
    """The kind of finding that a dbt test (as the manifest has it) asks for; null for an identity."""
    kwargs = test.get("test_metadata", {}).get("kwargs", {})
    found: str | None = kwargs.get("finding")
    return found


def is_notice(test: Mapping[str, Any]) -> bool:
    """Whether what a dbt test (as the manifest has it) finds is a gap to know of, and no error."""
    return bool(test["config"].get("meta", {}).get("notice"))


def _tests() -> list[dict[str, Any]]:
    nodes = json.loads(require_manifest().read_bytes())["nodes"].values()
    return [node for node in nodes if node["resource_type"] == "test"]


def _tests_of_built_days() -> set[str]:
    """Tests that look at a model which holds the days last built alone."""
    return {
        test["name"]
        for test in _tests()
        if any(
            name.split(".")[2].startswith(_OF_BUILT_DAYS) for name in test["depends_on"]["nodes"]
        )
    }


def _remember(home: Home, state: BuildState) -> None:
    durable.write_durably(home.build_state, state.to_json())


def _ranges(days: Iterable[date]) -> tuple[DayRange, ...]:
    ranges: list[DayRange] = []
    for day in sorted(days):
        if ranges and day - ranges[-1].last <= timedelta(days=1):
            ranges[-1] = DayRange(ranges[-1].first, day)
        else:
            ranges.append(DayRange(day, day))
    return tuple(ranges)


def _is_source(path: Path) -> bool:
    return "target" not in path.relative_to(DBT_PROJECT).parts


def _digest_of_files(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
