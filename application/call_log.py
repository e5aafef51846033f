"""Calls as people look them up: a day's, and one with all that is known of it (6(2), 6(3)イ). Read from the warehouse; no number is in it:
whoever called before is known by the pseudonym, which is not told. A number that somebody asks for becomes its pseudonym as at the
landing, and is kept nowhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from application.warehouse.reading import rows_of, warehouse_to_read
from compliance.contract.terms import Contract
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring
from compliance.keys.pseudonym_key import KEY_ID
from compliance.vault.lookup import catalogued
from compliance.vault.states import RecordingState
from reporting.weekly.wording import CALLBACKS, OUTCOMES
from telephony_ingest.landing.pseudonyms import Pseudonyms, normalise

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_EARLIER, MOST_OF_A_NUMBER = 5, 100
_TITLES = {**OUTCOMES, **CALLBACKS}
_COLUMNS = """
    call_id, epoch_us(started_at), queue, direction, outcome,
    (select list(distinct operator order by operator) from marts.fct_operator_legs legs where legs.call_id = calls.call_id),
    wait_seconds, talk_seconds, caller_pseudonym, outcome_evidence
"""


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """A call as a list shows it: `outcome` the class's code and `title` what papers call it; seconds are null where nothing tells."""

    call_id: str
    at: datetime
    queue: str
    direction: str
    outcome: str
    title: str
    operators: tuple[str, ...]
    wait_seconds: float | None
    talk_seconds: float | None


@dataclass(frozen=True, slots=True)
class Stay:
    """An operator with the caller; `left_at` is null where nothing tells."""

    operator: str
    joined_at: datetime | None
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallRecording:
    """A recording of a call and what became of it (null: the catalogue does not know it yet)."""

    recording_id: str
    seconds: float | None
    state: RecordingState | None


@dataclass(frozen=True, slots=True)
class CallView:
    """One call with who spoke, its recordings, the newest calls of the same caller before it (of `earlier_count`), and what its class was
    decided by."""

    call: LoggedCall
    stays: tuple[Stay, ...]
    recordings: tuple[CallRecording, ...]
    earlier: tuple[LoggedCall, ...]
    evidence: str
    earlier_count: int = 0


@dataclass(frozen=True, slots=True)
class CallsOfNumber:
    """The newest calls from one number, of `count`."""

    calls: tuple[LoggedCall, ...]
    count: int


def _of_none(_: str) -> CallsOfNumber | None:
    return None


@dataclass(frozen=True, slots=True)
class CallLog:
    """`days` gives the first and the last day that is counted, null before there is one; `of_day` the calls of one, the newest first;
    `one` a call by its id, null where there is none. Each raises `HomeBusy` while the warehouse is built. `of_number` gives the calls
    from a telephone number in any spelling, null where the text is none; it also raises `KeyUnavailable` once the key of pseudonyms
    was erased."""

    days: Callable[[], tuple[date, date] | None]
    of_day: Callable[[date], Sequence[LoggedCall]]
    one: Callable[[str], CallView | None]
    of_number: Callable[[str], CallsOfNumber | None] = _of_none


def call_log_of(home: Home, engine: Engine, contract: Contract) -> CallLog:
    """The calls of a home."""
    queues = {queue.name: queue.label for queue in contract.queues}

    def days() -> tuple[date, date] | None:
        with warehouse_to_read(home) as connection:
            rows = rows_of(
                connection, "select min(call_date), max(call_date) from reports.rpt_daily_kpi"
            )
        return (rows[0][0], rows[0][1]) if rows and rows[0][0] else None

    def of_day(day: date) -> Sequence[LoggedCall]:
        with warehouse_to_read(home) as connection:
            rows = rows_of(
                connection,
                f"select {_COLUMNS} from marts.fct_calls calls where call_date = ? order by started_at desc, call_id",
                [day],
            )
        return [_call(row, queues) for row in rows]

    def one(call_id: str) -> CallView | None:
        with warehouse_to_read(home) as connection:
            rows = rows_of(
                connection,
                f"select {_COLUMNS} from marts.fct_calls calls where call_id = ?",
                [call_id],
            )
            if not rows:
                return None
            (row,) = rows
            stays = rows_of(
                connection,
                "select operator, epoch_us(joined_at), epoch_us(left_at) from marts.fct_operator_legs "
                "where call_id = ? order by leg_number",
                [call_id],
            )
            recorded = rows_of(
                connection,
                "select recording_id, duration_seconds from marts.fct_recordings where call_id = ? order by recorded_at",
                [call_id],
            )
            before = (
                "from marts.fct_calls calls where caller_pseudonym = ? and call_id <> ? "
                "and started_at <= (select started_at from marts.fct_calls where call_id = ?)"
            )
            of_them = [row[8], call_id, call_id]
            earlier = rows_of(
                connection,
                f"select {_COLUMNS} {before} order by started_at desc limit {MOST_EARLIER}",
                of_them,
            )
            counted = rows_of(connection, f"select count(*) {before}", of_them)
        known = catalogued(engine, [recording_id for recording_id, _ in recorded])
        return CallView(
            _call(row, queues),
            tuple(Stay(who, _at(joined), _at(left)) for who, joined, left in stays),
            tuple(
                CallRecording(one, seconds, known[one].state if one in known else None)
                for one, seconds in recorded
            ),
            tuple(_call(each, queues) for each in earlier),
            row[9] or "",
            counted[0][0] if counted else 0,
        )

    def of_number(number: str) -> CallsOfNumber | None:
        if normalise(number) is None:
            return None
        key = Keyring.open(home).key(KEY_ID)
        pseudonym = Pseudonyms.from_key(key).number(number)
        theirs = "from marts.fct_calls calls where caller_pseudonym = ?"
        with warehouse_to_read(home) as connection:
            rows = rows_of(
                connection,
                f"select {_COLUMNS} {theirs} order by started_at desc, call_id limit {MOST_OF_A_NUMBER}",
                [pseudonym],
            )
            counted = rows_of(connection, f"select count(*) {theirs}", [pseudonym])
        return CallsOfNumber(
            tuple(_call(row, queues) for row in rows), counted[0][0] if counted else 0
        )

    return CallLog(days, of_day, one, of_number)


def _call(row: Sequence[Any], queues: dict[str, str]) -> LoggedCall:
    call_id, at, queue, direction, outcome, operators, wait, talk = row[:8]
    return LoggedCall(
        call_id,
        _EPOCH + timedelta(microseconds=at),
        queues.get(queue or "", queue or ""),
        direction,
        outcome,
        _TITLES.get(outcome, outcome),
        tuple(operators or ()),
        wait,
        talk,
    )


def _at(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)
