"""Amounts in the target's units as people write them: no more digits than their uncertainty supports."""

from __future__ import annotations

import math
from collections.abc import Sequence

MOST_DECIMALS = 6


def decimals_for(value: float, interval: Sequence[float] | None = None) -> int:
    """Digits after the point (negative: whole tens, hundreds …).

    Two significant digits of the interval's width, three of a value without one.
    """
    if interval is not None and interval[1] > interval[0]:
        return _within(1 - math.floor(math.log10(interval[1] - interval[0])))
    return _within(2 - math.floor(math.log10(abs(value)))) if value else 0


def amount(value: float, decimals: int | None = None) -> str:
    """``1,240``, ``−0.031``: with thousands separators and a true minus sign."""
    places = decimals_for(value) if decimals is None else decimals
    text = f"{round(abs(value), places):,.{max(places, 0)}f}"
    return text if value >= 0 or not text.strip("0.,") else f"−{text}"


def signed(value: float, decimals: int | None = None) -> str:
    """An amount with its sign, also a plus; none on what rounds to zero."""
    text = amount(value, decimals)
    return text if text.startswith("−") or not text.strip("0.,") else f"+{text}"


def with_ends(value: float, interval: Sequence[float] | None, sign: bool = False) -> str:
    """``1,240 [1,180, 1,310]``, all three to the same digit."""
    places, write = decimals_for(value, interval), signed if sign else amount
    if interval is None:
        return write(value, places)
    return f"{write(value, places)} [{write(interval[0], places)}, {write(interval[1], places)}]"


def _within(decimals: int) -> int:
    return max(-12, min(MOST_DECIMALS, decimals))
