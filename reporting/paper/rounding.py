"""四捨五入 in decimal: the one place where a printed figure is rounded.

A binary fraction is rounded as the decimal number that it is written as (0.8125 is 81.3 %, as on paper),
once, from the value itself. PDF, workbook and corrections all print what comes out here.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def rounded(value: float, digits: int = 0) -> float:
    """The value rounded half up (away from 0) to that many decimals."""
    step = Decimal(1).scaleb(-digits)
    return float(Decimal(repr(value)).quantize(step, ROUND_HALF_UP))


def rounded_share(value: float) -> float:
    """A share 0..1 rounded so that its percentage has one decimal."""
    return rounded(value, 3)


def points(now: float, before: float) -> float:
    """By how many points of a percentage a share moved, with one decimal, from the exact shares."""
    exact = (Decimal(repr(now)) - Decimal(repr(before))) * 100
    return float(exact.quantize(Decimal("0.1"), ROUND_HALF_UP))
