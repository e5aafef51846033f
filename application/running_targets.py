"""The contract's targets against the running day: what the queue log counts so far, by the definitions in force. Pure.

It is a look at the present, not the paper's figure: a call that still waits has no class yet, one that was cut off before a queue
stands in no queue's log, and whoever chose the mailbox counts as having left a message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from application.target_shares import Judged
from compliance.contract.targets import Target, targets_in_force
from compliance.contract.terms import Contract, Definition, Outcome
from telephony_ingest.asterisk.live_status import QueuedCall

_CLASSES = {
    "answered": Outcome.ANSWERED,
    "abandoned": Outcome.ABANDONED,
    "overflow": Outcome.OVERFLOW,
    "mailbox": Outcome.MESSAGE,
}


@dataclass(frozen=True, slots=True)
class TargetNow(Judged):
    """A target with the counts of the day so far. `title` is its definition's, `service` the service's label (blank: of all),
    `bound` in percent, the least where `is_least`, else the most."""

    title: str
    service: str
    bound: float
    is_least: bool


def running_targets(
    contract: Contract, day: date, calls: Sequence[QueuedCall]
) -> tuple[TargetNow, ...]:
    """The targets in force on a day, in the order of the contract, against its calls so far."""
    services = {queue.name: queue.menu_choice for queue in contract.queues}
    labels = {service.code: service.label for service in contract.services}
    found = []
    for target in targets_in_force(contract.targets, day):
        theirs = [one for one in calls if target.service in ("", services.get(one.queue))]
        found.append(_judged(contract, day, target, labels.get(target.service, ""), theirs))
    return tuple(found)


def _judged(
    contract: Contract, day: date, target: Target, service: str, calls: Iterable[QueuedCall]
) -> TargetNow:
    definition = contract.definition(target.definition, day)
    shortest = contract.definition("short_abandon", day).threshold_seconds or 0.0
    is_level = target.definition == "service_level"
    left = [one for one in calls if one.came and not (is_level and _is_short(one, shortest))]
    denominator = sum(_CLASSES[one.came] in definition.denominator for one in left)
    numerator = sum(_counts(one, definition) for one in left)
    return TargetNow(
        numerator=numerator,
        denominator=denominator,
        is_met=target.is_met(numerator, denominator),
        title=definition.title,
        service=service,
        bound=target.bound,
        is_least=target.is_least,
    )


def _counts(call: QueuedCall, definition: Definition) -> bool:
    if _CLASSES[call.came] not in definition.numerator:
        return False
    limit = definition.threshold_seconds
    return limit is None or (call.wait_seconds is not None and call.wait_seconds <= limit)


def _is_short(call: QueuedCall, shortest: float) -> bool:
    is_gone = _CLASSES[call.came] is Outcome.ABANDONED
    return is_gone and call.wait_seconds is not None and call.wait_seconds < shortest
