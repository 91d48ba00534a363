"""Dates as they are written in tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

ENOUGH = 0.99
PROBE = 50
_CLOCK = (
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?" + _CLOCK)
_YEAR_LAST = re.compile(
    r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second_>\d{1,2})(?P=mark)(?P<year>\d{4})" + _CLOCK
)
_NAMED = re.compile(r"(?P<day>\d{1,2})[-. ]?(?P<name>[A-Za-z]{3,9})[-., ]*(?P<year>\d{4})" + _CLOCK)
_NAME_FIRST = re.compile(r"(?P<name>[A-Za-z]{3,9})[. ]+(?P<day>\d{1,2}),? +(?P<year>\d{4})" + _CLOCK)
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}


@dataclass(frozen=True)
class Dates:
    """Parsed dates.

    Args:
        values: datetime64[us] (N,), NaT where a text is no date.
        order: ``day first``, ``month first`` or an empty string where the texts say it themselves.
        guessed: whether the order could not be told from the texts.
        zones: whether time zones were turned to UTC.
    """

    values: np.ndarray
    order: str = ""
    guessed: bool = False
    zones: bool = False


def parse_dates(texts: Sequence[str], day_first: bool = True) -> Dates | None:
    """Parse distinct texts, or None when fewer than 99% of them are dates of one shape.

    Args:
        texts: trimmed texts, no missing ones.
        day_first: which order 03/04/2020 has where no text tells.
    """
    if not texts or sum(letter.isdigit() for letter in texts[0]) < 5:
        return None
    for pattern in _fitting(texts[:: max(1, len(texts) // PROBE)]):
        found = [pattern.fullmatch(text) for text in texts]
        dates = _assemble(
            [match.groupdict() if match else {} for match in found], pattern is _YEAR_LAST, day_first
        )
        if (~np.isnat(dates.values)).sum() >= ENOUGH * len(texts):
            return dates
    return None


def may_be_dates(texts: pa.Array) -> bool:
    """Whether :func:`parse_dates` would look further than at some of these strings (no nulls)."""
    if not len(texts) or sum(letter.isdigit() for letter in texts[0].as_py()) < 5:
        return False
    places = np.arange(0, len(texts), max(1, len(texts) // PROBE))
    return bool(_fitting(texts.take(pa.array(places)).to_pylist()))


def _fitting(probe: Sequence[str]) -> list[re.Pattern[str]]:
    """The shapes that nearly all of these texts have."""
    return [
        pattern
        for pattern in (_YEAR_FIRST, _YEAR_LAST, _NAMED, _NAME_FIRST)
        if sum(pattern.fullmatch(text) is not None for text in probe) >= ENOUGH * len(probe)
    ]


def _assemble(parts: list[dict[str, str | None]], year_last: bool, day_first: bool) -> Dates:
    def numbers(key: str) -> np.ndarray:
        return np.array([int(part.get(key) or 0) for part in parts], dtype=np.int64)

    clock = numbers("hour") * 3600 + numbers("minute") * 60 + numbers("second")
    zones = [_offset(part.get("zone")) for part in parts]
    seconds = clock - np.array([zone or 0 for zone in zones], dtype=np.int64)
    zoned = any(zone is not None for zone in zones)
    if year_last:
        return year_last_dates(
            numbers("first"), numbers("second_"), numbers("year"), seconds, day_first, zoned
        )
    if parts and any("name" in part for part in parts):
        months = np.array(
            [_MONTHS.get((part.get("name") or "")[:3].lower(), 0) for part in parts], dtype=np.int64
        )
    else:
        months = numbers("month")
    return Dates(moments(compose(numbers("year"), months, numbers("day")), seconds), zones=zoned)


def year_last_dates(
    first: np.ndarray,
    second: np.ndarray,
    years: np.ndarray,
    seconds: np.ndarray,
    day_first: bool,
    zones: bool = False,
) -> Dates:
    """Dates such as 03/04/2020 from their parts, each int64 (N,); a part above 12 tells which is the day."""
    guessed = bool((first > 12).any() == (second > 12).any())
    if not guessed:
        day_first = bool((first > 12).any())
    days, months = (first, second) if day_first else (second, first)
    order = "day first" if day_first else "month first"
    return Dates(moments(compose(years, months, days), seconds), order, guessed, zones)


def moments(days: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Datetime64[us] (N,) of days and seconds after midnight."""
    return days + (seconds * 1_000_000).astype("timedelta64[us]")


def _offset(zone: str | None) -> int | None:
    """Seconds east of UTC."""
    if not zone:
        return None
    if zone == "Z":
        return 0
    digits = zone[1:].replace(":", "")
    return (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * (-1 if zone[0] == "-" else 1)


def compose(years: np.ndarray, months: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Datetime64[us] (N,) of year, month and day; NaT where there is no such day."""
    good = (years >= 1) & (years <= 9999) & (months >= 1) & (months <= 12) & (days >= 1) & (days <= 31)
    month = np.where(good, (years - 1970) * 12 + months - 1, 0).astype("datetime64[M]")
    day = month.astype("datetime64[D]") + np.where(good, days - 1, 0)
    good &= day.astype("datetime64[M]") == month
    return np.where(good, day, np.datetime64("NaT")).astype("datetime64[us]")


def compact_dates(numbers: np.ndarray) -> np.ndarray | None:
    """Dates written as the number 20200318: datetime64[us] (N,), or None when any is no date.

    Args:
        numbers: float64 (N,), NaN for missing.
    """
    known = ~np.isnan(numbers)
    whole = np.where(known, numbers, 0).astype(np.int64)
    if not known.any() or ((whole < 18_000_101) | (whole > 22_001_231))[known].any():
        return None
    values = compose(whole // 10_000, whole // 100 % 100, whole % 100)
    return values if not np.isnat(values[known]).any() else None
