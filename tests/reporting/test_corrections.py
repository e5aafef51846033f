"""A later edition names every figure that moved: no change of the data goes unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from reporting.weekly import wording
from reporting.weekly.corrections import corrections_between
from reporting.weekly.follow_ups import FollowUps, RecordRow
from reporting.weekly.kind import WEEKLY
from reporting.weekly.off_hours import OffHours
from reporting.weekly.value import PrintedDefinition, WeeklyReport
from tests.reporting.reports import MONDAY, call, counts, report

UNPRINTED = {"edition", "corrections", "checkpoint"}
FULL = replace(
    report(),
    previous=counts(answered=2),
    off_hours=(OffHours(MONDAY, True, True, 3, 1, 1, 0, 1, 0, 12.0),),
)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Paths to every plain value in a report."""
    if is_dataclass(value):
        for field in fields(value):
            if not (path == () and field.name in UNPRINTED):
                yield from leaves(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, tuple):
        for n, item in enumerate(value):
            yield from leaves(item, (*path, n))
    else:
        yield path


def moved(value: Any, path: tuple[str | int, ...]) -> Any:
    """The same tree with the value at the path changed to another one of its type."""
    if not path:
        return other(value)
    first, rest = path[0], path[1:]
    if isinstance(value, tuple):
        return tuple(moved(item, rest) if n == first else item for n, item in enumerate(value))
    return replace(value, **{str(first): moved(getattr(value, str(first)), rest)})


def other(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case datetime() | date():
            return value + timedelta(days=1)
        case time():
            return value.replace(minute=(value.minute + 15) % 60)
        case None:
            return None
        case "answered":
            return "abandoned"
        case str() if value in wording.OUTCOMES:
            return "answered"
        case str():
            return value + "x" if value not in {"survey", "cdr"} else "opinion"
    raise TypeError(type(value))


PATHS = [path for path in leaves(FULL) if moved(FULL, path) != FULL]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_whatever_moved_is_said(path: tuple[str | int, ...]) -> None:
    after = moved(FULL, path)
    assert WEEKLY.digest(after) != WEEKLY.digest(FULL)
    said = corrections_between(FULL, after)
    assert said
    assert all(item.before != item.after for item in said)


def test_nothing_moved_says_nothing() -> None:
    assert corrections_between(FULL, FULL) == ()


def reasons(before: WeeklyReport, after: WeeklyReport, item: str) -> set[str]:
    return {c.reason for c in corrections_between(before, after) if c.item == item}


def test_a_call_that_came_late_is_the_reason_given() -> None:
    before = report()
    after = replace(
        before, calls=(*before.calls, call(40, "answered")), total=counts(incoming=10, answered=4)
    )
    assert reasons(before, after, "入電件数（業務時間内）（週計）") == {"提出後に届いた記録による"}
    assert reasons(before, after, "通話 1700438494.40") == {"提出後に届いた記録による"}


def test_a_call_that_changed_its_class_is_the_reason_given() -> None:
    before = report()
    calls = (replace(before.calls[0], outcome="message"), *before.calls[1:])
    after = replace(before, calls=calls, total=counts(answered=2, message=2))
    assert reasons(before, after, "応答件数（週計）") == {"記録の追加により区分が変わった"}
    (moved_call,) = [c for c in corrections_between(before, after) if c.item == "通話 1700438494.0"]
    assert (moved_call.before, moved_call.after) == ("応答", "預かりメッセージ")


def test_a_new_definition_is_the_reason_given() -> None:
    before = report()
    terms = (PrintedDefinition("answer_rate", "2", "応答率", "別の算出方法"),)
    after = replace(before, definitions=terms, total=counts(answer_rate=0.5))
    assert reasons(before, after, "応答率（週計）") == {"用語の定義の変更による"}


RECORD = RecordRow("Q-1", datetime(2023, 11, 20, 9, 1), "1700438494.0", "新たな施策／上限額", "質問", "", "案内", "", False, False)  # noqa: DTZ001  # fmt: skip
NONE = FollowUps((), (), 0, (), (), None, ())


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ((RECORD, replace(RECORD, inquiry_id="Q-2")), "提出後に記入された対応記録による"),
        ((replace(RECORD, handling="市へ"),), "対応記録の訂正による"),
        ((), "対応記録の訂正による"),
        ((replace(RECORD, handling="市へ"), replace(RECORD, inquiry_id="Q-2")), "対応記録の記入・訂正による"),
    ],
)  # fmt: skip
def test_a_record_that_came_late_is_told_from_one_that_was_corrected(
    records: tuple[RecordRow, ...], reason: str
) -> None:
    before = replace(report(), follow_ups=replace(NONE, records=(RECORD,)))
    after = replace(before, follow_ups=replace(NONE, records=records, callbacks_asked=1))
    told = {c.reason for c in corrections_between(before, after)}
    assert told == {reason}
