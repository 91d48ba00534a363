"""When each row was: the column with the role time, and periods of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finxfer.data.dates import compact_dates, parse_dates
from finxfer.data.values import value_text
from finxfer.errors import BadInput

FEWEST_PERIODS, MOST_PERIODS = 3, 12
UNITS = ("day", "week", "month", "quarter", "year")
PARTS = 6
"""Periods of a time that is a mere number."""
_DAY = "datetime64[D]"
_YEARS = (1_800, 2_200)


@dataclass(frozen=True)
class Times:
    """Time of each row.

    Args:
        column: its name.
        values: float64 (N,): days since 1970 of a date, the number itself where it is none; NaN = unknown.
        dates: whether they are dates.
    """

    column: str
    values: np.ndarray
    dates: bool

    def text(self, value: float) -> str:
        """A time as people read it."""
        return str(np.datetime64(int(value), "D")) if self.dates else f"{value:,.6g}"

    def span(self, rows: np.ndarray) -> list[str]:
        """First and last known time of these rows; empty where none is known."""
        known = self.values[rows][~np.isnan(self.values[rows])]
        return [self.text(known.min()), self.text(known.max())] if len(known) else []


@dataclass(frozen=True)
class Periods:
    """Rows by period.

    Args:
        unit: day, week, month, quarter, year, "2 years" ..., or part (of a time that is no date).
        codes: int64 (N,): position in names; -1 where the time is unknown.
        names: of the periods in which there are rows, earliest first.
    """

    unit: str
    codes: np.ndarray
    names: tuple[str, ...]


def read_times(series: pd.Series) -> Times:
    """The time of each row of a column with the role time.

    Dates are read as dates, also where they are text or written as 20200318, 202003 or 2020; other numbers
    order the rows as they are. The clock is left off a date.

    Raises:
        BadInput: the column holds words, or nothing at all.
    """
    name = str(series.name)
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        moments = pd.to_datetime(series, utc=True).dt.tz_localize(None).to_numpy()
        return _known(Times(name, _days(moments), True))
    if pd.api.types.is_bool_dtype(series.dtype):
        raise _no_time(name, "it holds yes and no")
    if pd.api.types.is_numeric_dtype(series.dtype):
        numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
        numbers = np.where(np.isfinite(numbers), numbers, np.nan)
        found = _compact(numbers)
        return _known(Times(name, numbers if found is None else _days(found), found is not None))
    return _known(Times(name, _days(_texts(series, name)), True))


def _texts(series: pd.Series, name: str) -> np.ndarray:
    """Dates of a column of text."""
    known = series.notna().to_numpy()
    texts = [(value_text(value) or "").strip() for value in series[known]]
    distinct = list(dict.fromkeys(texts))
    dates = parse_dates(distinct)
    if distinct and dates is None:
        odd = next((text for text in distinct if parse_dates([text]) is None), distinct[0])
        raise _no_time(name, f"it holds text such as {odd[:40]!r}")
    found = np.full(len(series), np.datetime64("NaT"), dtype="datetime64[us]")
    if dates is not None:
        place = {text: position for position, text in enumerate(distinct)}
        found[known] = dates.values[[place[text] for text in texts]]
    return found


def _compact(numbers: np.ndarray) -> np.ndarray | None:
    """Dates written as 20200318, 202003 or 2020; None where the numbers are no such dates."""
    known = numbers[~np.isnan(numbers)]
    if not len(known) or (known != np.floor(known)).any():
        return None
    if _YEARS[0] <= known.min() and known.max() <= _YEARS[1]:
        return compact_dates(numbers * 10_000 + 101)
    if _YEARS[0] * 100 < known.min() and known.max() < _YEARS[1] * 100:
        return compact_dates(numbers * 100 + 1)
    return compact_dates(numbers)


def _days(moments: np.ndarray) -> np.ndarray:
    """Days since 1970, NaN for NaT."""
    days = moments.astype(_DAY)
    return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))


def _known(times: Times) -> Times:
    if np.isnan(times.values).all():
        raise _no_time(times.column, "no row has a value in it")
    return times


def _no_time(name: str, why: str) -> BadInput:
    return BadInput(
        f"The column {name!r} cannot order the rows in time.",
        f"Its role is time, but {why}.",
        "Give the role time to a column of dates or of growing numbers, or split the rows at random.",
    )


def periods(times: Times, rows: np.ndarray) -> Periods:
    """All rows by period, in the unit that gives `rows` (positions) 3 to 12 periods where one does.

    Of months, quarters and years the shortest; weeks and days where those are too long. A time that is a
    mere number is cut into six parts of about as many of these rows.
    """
    asked = times.values[rows][~np.isnan(times.values[rows])]
    if not times.dates:
        return _parts(times, asked)
    unit = _unit(asked)
    codes, names = _calendar(times.values, unit)
    return Periods(unit, codes, tuple(names))


def _unit(days: np.ndarray) -> str:
    counts = {
        unit: len(np.unique(_starts(days, unit))) for unit in ("day", "week", "month", "quarter", "year")
    }
    for unit in ("month", "quarter", "year", "week", "day"):
        if FEWEST_PERIODS <= counts[unit] <= MOST_PERIODS:
            return unit
    if counts["year"] > MOST_PERIODS:
        step = 2
        while len(np.unique(_starts(days, f"{step} years"))) > MOST_PERIODS:
            step += 1
        return f"{step} years"
    # One or two periods by any unit that does not give a crowd.
    return next(unit for unit in UNITS if counts[unit] <= MOST_PERIODS)


def _starts(days: np.ndarray, unit: str) -> np.ndarray:
    """Number of the period that each day is in, growing with time."""
    dates = days.astype(np.int64).astype(_DAY)
    if unit == "day":
        return dates.astype(np.int64)
    if unit == "week":  # weeks begin on Mondays; 1970-01-01 was a Thursday
        return (dates.astype(np.int64) + 3) // 7
    if unit in ("month", "quarter"):
        return dates.astype("datetime64[M]").astype(np.int64) // (1 if unit == "month" else 3)
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    return years // (1 if unit == "year" else int(unit.split()[0]))


def _calendar(values: np.ndarray, unit: str) -> tuple[np.ndarray, list[str]]:
    known = ~np.isnan(values)
    numbers, place = np.unique(_starts(values[known], unit), return_inverse=True)
    codes = np.full(len(values), -1, dtype=np.int64)
    codes[known] = place
    return codes, [_name(int(number), unit) for number in numbers]


def _name(number: int, unit: str) -> str:
    if unit == "day":
        return str(np.datetime64(number, "D"))
    if unit == "week":
        return f"week of {np.datetime64(number * 7 - 3, 'D')}"
    if unit == "month":
        return str(np.datetime64(number, "M"))
    if unit == "quarter":
        return f"{1970 + number // 4} Q{number % 4 + 1}"
    if unit == "year":
        return str(number)
    step = int(unit.split()[0])
    return f"{number * step}–{number * step + step - 1}"


def _parts(times: Times, asked: np.ndarray) -> Periods:
    """Parts of about as many rows; equal times stay together."""
    inner = np.unique(np.quantile(asked, np.linspace(0, 1, PARTS + 1)[1:-1])) if len(asked) else np.zeros(0)
    raw = np.searchsorted(inner, times.values, side="right")
    known = ~np.isnan(times.values)
    numbers, place = np.unique(raw[known], return_inverse=True)
    codes = np.full(len(raw), -1, dtype=np.int64)
    codes[known] = place
    return Periods("part", codes, tuple(_part_name(inner, int(number)) for number in numbers))


def _part_name(inner: Sequence[float] | np.ndarray, number: int) -> str:
    if number == 0:
        return f"below {inner[0]:,.6g}" if len(inner) else "all"
    if number == len(inner):
        return f"from {inner[-1]:,.6g}"
    return f"{inner[number - 1]:,.6g} to {inner[number]:,.6g}"
