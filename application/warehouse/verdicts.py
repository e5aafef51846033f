"""What dbt's tests say of the warehouse: findings that somebody should look at, identities that must hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from application.home.run_report import Finding
from application.warehouse.asking import known_tests, unit_of
from application.warehouse.state import DayRange, present_state
from compliance.contract.due_terms import Unit
from compliance.ground.home import Home

_SHORTEST_MONTH = 28
_OF_BUILT_DAYS = ("stg_", "int_calls__")
"""How the models begin that hold the days last built and no others."""


def findings(home: Home) -> tuple[Finding, ...]:
    """What the tests found when they were last asked, by name; a test that is no more says nothing."""
    present = present_state(home)
    if present is None or not present.failing:
        return ()
    tests = {test["name"]: test for test in known_tests()}
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
    """Every identity and how many rows it found on those days when it was last asked, in the order of titles. A month's row lies
    on its first day and is a fact of papers about whole months alone.

    What somebody should look at in the calls (`marts.fct_findings`) is no identity: it is counted there.
    """
    present = present_state(home)
    failing = present.failing if present else {}
    found = []
    for test in known_tests():
        if finding_of(test):
            continue
        broken = failing.get(test["name"])
        is_theirs = unit_of(test) is not Unit.MONTH or len(days) >= _SHORTEST_MONTH
        title = (test.get("description") or test["name"]).split("。")[0]
        found.append(Identity(title, broken.rows_in(days) if broken and is_theirs else 0))
    return tuple(sorted(found, key=lambda identity: identity.title))


def finding_of(test: Mapping[str, Any]) -> str | None:
    """The kind of finding that a dbt test (as the manifest has it) asks for; null for an identity."""
    kwargs = test.get("test_metadata", {}).get("kwargs", {})
    found: str | None = kwargs.get("finding")
    return found


def is_notice(test: Mapping[str, Any]) -> bool:
    """Whether what a dbt test (as the manifest has it) finds is a gap to know of, and no error."""
    return bool(test["config"].get("meta", {}).get("notice"))


def tests_of_built_days() -> set[str]:
    """Tests that look at a model which holds the days last built alone."""
    return {
        test["name"]
        for test in known_tests()
        if any(
            name.split(".")[2].startswith(_OF_BUILT_DAYS) for name in test["depends_on"]["nodes"]
        )
    }
