"""The floor of a home's present, handed to the desk: the queue log as it is written now, with the contract's queues and staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from compliance.contract.business_calendar import BusinessCalendar
from compliance.ground.japan import TOKYO
from desk.floor import Board, OperatorNow, QueueNow
from orchestration.opening.settings import Settings
from telephony_ingest.asterisk.floor import floor_of
from telephony_ingest.asterisk.live import tail_of_log


def board_of(
    settings: Settings, now: Callable[[], datetime], operators: dict[str, str]
) -> Callable[[], Board]:
    """The board of a home; `operators` are staff ids by the spellings of the log. On a closed day counts begin at midnight."""
    calendar = BusinessCalendar(settings.contract)

    def board() -> Board:
        local = now().astimezone(TOKYO)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        opened_at = calendar.opens_at(local.date()) or midnight
        lines = tail_of_log(Path(settings.pbx.root), settings.pbx.sources.queue_log)
        floor = floor_of(lines, operators, opened_at)
        waiting = [
            (queue, [one.since for one in floor.waiting if one.queue == queue.name])
            for queue in settings.contract.queues
        ]
        return Board(
            queues=tuple(
                QueueNow(queue.label, len(since), min(since, default=None))
                for queue, since in waiting
            ),
            operators=tuple(
                OperatorNow(one.operator, one.doing.value, one.since, one.reason)
                for one in floor.operators
            ),
            incoming=floor.incoming,
            answered=floor.answered,
            abandoned=floor.abandoned,
            overflow=floor.overflow,
            mailbox=floor.mailbox,
        )

    return board
