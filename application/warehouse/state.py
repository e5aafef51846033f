"""What the warehouse was derived from, as `warehouse.json` keeps it beside it.

A digest of the landed rows of each civil day, of the reference tables and of the dbt project; and the tests
that found rows when they were last asked. Pure but for reading and writing that one file.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from application.home.settings import WarehouseEngine
from application.warehouse.outcome import NodeOutcome
from compliance.ground import durable
from compliance.ground.home import Home


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
    """How many rows a dbt test found, and on which days it had looked; null where it looks at all. `by_day` says on which of
    them the rows lie, as far as that is known."""

    rows: int
    days: DayRange | None
    by_day: Mapping[date, int] = field(default_factory=dict)

    def rows_in(self, days: DayRange) -> int:
        """How many of the rows lie on those days."""
        return sum(rows for day, rows in self.by_day.items() if day in days)


@dataclass(frozen=True, slots=True)
class BuildState:
    """What the warehouse was derived from; `days` holds a digest per civil day that has rows.

    `failing` holds the dbt tests that found rows, by name. `early` is the digest of each day's rows before six
    in the morning, when the calls of the day before have ended; it is asked, never kept. `engine` built it, or is to.
    """

    reference: str
    project: str
    as_of_date: date
    days: Mapping[date, str]
    failing: Mapping[str, Failing] = field(default_factory=dict)
    early: Mapping[date, str] = field(default_factory=dict, compare=False)
    engine: WarehouseEngine = WarehouseEngine.HOME

    def to_json(self) -> bytes:
        """As kept in `warehouse.json`."""
        return json.dumps(
            {
                "reference": self.reference,
                "project": self.project,
                "engine": self.engine,
                "as_of_date": self.as_of_date.isoformat(),
                "days": {day.isoformat(): digest for day, digest in sorted(self.days.items())},
                "failing": {
                    name: {
                        "rows": found.rows,
                        "days": found.days
                        and [found.days.first.isoformat(), found.days.last.isoformat()],
                        "by_day": {day.isoformat(): n for day, n in sorted(found.by_day.items())},
                    }
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
            engine=WarehouseEngine(value.get("engine", WarehouseEngine.HOME)),
            as_of_date=date.fromisoformat(value["as_of_date"]),
            days={date.fromisoformat(day): digest for day, digest in value["days"].items()},
            failing={
                name: Failing(
                    rows=found["rows"],
                    days=DayRange(*map(date.fromisoformat, found["days"]))
                    if found["days"]
                    else None,
                    by_day={date.fromisoformat(day): n for day, n in found["by_day"].items()},
                )
                for name, found in value.get("failing", {}).items()
            },
        )

    def with_days(self, days: DayRange, wanted: BuildState) -> BuildState:
        """After a build of those days from what `wanted` says; the other days are as they were.

        The date moves on only when every day that has passed since was among those built; the day that it moves
        on to is not over yet, and its rows are known by their own digest.
        """
        kept = {day: digest for day, digest in self.days.items() if day not in days}
        built = {day: digest for day, digest in wanted.days.items() if day in days}
        is_whole = all(day in days for day in wanted.days)
        source = wanted if is_whole else self
        last_passed = max(self.as_of_date, wanted.as_of_date - timedelta(days=1))
        has_passed = self.as_of_date in days and last_passed in days
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
            by_day = dict(outcome.by_day)
            if seen:  # of days that were not built such a test knows nothing
                unbuilt = [day for day in by_day if day not in seen]
                rows -= sum(by_day.pop(day) for day in unbuilt)
            before = failing.pop(outcome.name, None)
            if before and seen:
                by_day |= {day: n for day, n in before.by_day.items() if day not in seen}
            if before and before.days and seen and not before.days.is_within(seen):
                rows, seen = rows + before.rows, before.days.joined(seen) if rows else before.days
            if rows:
                failing[outcome.name] = Failing(rows, seen, by_day)
        return replace(self, failing=failing)

    def without_days(self, days: DayRange) -> BuildState:
        """While those days are being built: they count as never built."""
        kept = {day: digest for day, digest in self.days.items() if day not in days}
        return replace(self, days=kept)


def present_state(home: Home) -> BuildState | None:
    """What the warehouse was derived from; null where there is none, a build was cut short, or Spark's own tables are gone."""
    if not home.warehouse.is_file():
        return None
    try:
        state = BuildState.from_json(home.build_state.read_bytes())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    is_whole = state.engine is WarehouseEngine.HOME or home.spark.is_dir()
    return state if is_whole else None


def remember(home: Home, state: BuildState) -> None:
    durable.write_durably(home.build_state, state.to_json())
