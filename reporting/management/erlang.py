"""Erlang's formulas: how many operators a load of calls needs (6(1)オ(ウ)). Pure.

Source: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic
telephone exchanges" (1917); Erlang B by its recursion B(0) = 1, B(n) = aB(n-1) / (n + aB(n-1)), Erlang C from it
as C = nB / (n - a(1 - B)), and the share answered within T as 1 - C exp(-(n - a)T / h) (the
delay system M/M/n, as in the ITU-D Teletraffic Engineering Handbook).
The model assumes that nobody gives up: where callers do, it asks for more operators than were needed.
"""

from __future__ import annotations

from math import exp, floor

MOST_OPERATORS = 1000
"""Beyond that the inputs are wrong rather than the centre that large."""


def offered_load(calls: float, seconds: float, talk_seconds: float) -> float:
    """The load in Erlang of that many calls in a span of `seconds`, each lasting `talk_seconds` on average."""
    return calls * talk_seconds / seconds


def blocking(operators: int, load: float) -> float:
    """Erlang B: the share of calls that find every one of so many lines busy, 0..1. `load` in Erlang."""
    share = 1.0
    for number in range(1, operators + 1):
        share = load * share / (number + load * share)
    return share


def waiting(operators: int, load: float) -> float:
    """Erlang C: the share of callers who must wait, 0..1; 1 where the load is as large as the operators."""
    if load <= 0:
        return 0.0
    if operators <= load:
        return 1.0
    blocked = blocking(operators, load)
    return operators * blocked / (operators - load * (1 - blocked))


def service_level(operators: int, load: float, talk_seconds: float, within_seconds: float) -> float:
    """The share of callers answered within so many seconds, 0..1; 0 where the queue grows without end."""
    if load <= 0:
        return 1.0
    if operators <= load:
        return 0.0
    gone = exp(-(operators - load) * within_seconds / talk_seconds)
    return 1.0 - waiting(operators, load) * gone


def operators_needed(
    load: float, talk_seconds: float, target: float, within_seconds: float
) -> int | None:
    """The fewest operators that answer the share `target` (0..1) within so many seconds; 0 without a load, null
    where even `MOST_OPERATORS` would not."""
    if load <= 0:
        return 0
    for operators in range(floor(load) + 1, MOST_OPERATORS + 1):
        if service_level(operators, load, talk_seconds, within_seconds) >= target:
            return operators
    return None
