"""The number by which a call is named on the telephone: day and minute of arrival, and which of that minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from compliance.ground.japan import civil
from compliance.inquiries.kept import KeptInquiry

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Receipt:
    """An inbound call as papers name it, with the number of its recordings, a message's among them."""

    number: str
    recordings: int


def receipts_of(
    connection: DuckDBPyConnection, first_day: date, last_day: date
) -> Mapping[str, Receipt]:
    """Every inbound call of those days, by its id."""
    rows = connection.execute(
        "select call_id, started_at_local, recording_count + cast(has_message as integer) "
        "from marts.fct_calls "
        "where direction = 'inbound' and call_date between ? and ? order by 2, 1",
        [first_day, last_day],
    ).fetchall()
    numbers = receipt_numbers([started_at for _, started_at, _ in rows])
    return {row[0]: Receipt(number, row[2]) for row, number in zip(rows, numbers, strict=True)}


def receipt_number(kept: KeptInquiry, calls: Mapping[str, Receipt]) -> str:
    """The number by which papers name a record: its call's, or day and minute where no call is known."""
    call = calls.get(kept.inquiry.call_id)
    return call.number if call else f"{civil(kept.inquiry.at):%m%d-%H%M}"


def receipt_numbers(arrivals: Sequence[datetime]) -> list[str]:
    """The number of each call, given in the order of arrival: 1120-0903, 1120-0903-2. Those of another year begin anew, so that
    a call has one number whatever days are looked at."""
    seen: dict[str, int] = {}
    numbers = []
    for at in arrivals:
        minute, number = f"{at:%Y%m%d-%H%M}", f"{at:%m%d-%H%M}"
        seen[minute] = seen.get(minute, 0) + 1
        numbers.append(number if seen[minute] == 1 else f"{number}-{seen[minute]}")
    return numbers
