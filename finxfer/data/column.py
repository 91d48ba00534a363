"""A column as read: what every reader of cells hands back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from finxfer.data.dates import compact_dates
from finxfer.data.lexicon import name_tokens

EXACT = 2**53
_DATE_WORDS = {"date", "dt", "datum", "fecha", "data", "datetime", "dob", "birthdate"}


@dataclass(frozen=True)
class Habits:
    """How a file writes what a column itself does not tell.

    Args:
        decimal: decimal sign, "." or ",".
        day_first: whether 03/04/2020 is in April.
    """

    decimal: str = "."
    day_first: bool = True


@dataclass(frozen=True)
class Column:
    """A parsed column.

    Args:
        values: float64, int64, bool, timestamp[us] or string; null is missing, and no number is NaN.
        repairs: sentences on what was changed, for the analyst.
        decimal: ``,`` when decimal commas were read.
    """

    values: pa.ChunkedArray
    repairs: tuple[str, ...] = ()
    decimal: str = ""


def from_numpy(values: np.ndarray) -> pa.ChunkedArray:
    """Float64, int64, bool or datetime64[us] (N,) as an arrow column; NaN and NaT become null."""
    return pa.chunked_array([pa.array(values, from_pandas=True)])


def cells_missing(name: str, count: int, example: str, why: str) -> str:
    """The sentence on cells that were read as missing."""
    cells = f"{count:,} cell{'s' if count > 1 else ''}"
    shown = "a blank" if not example.strip() else repr(example[:40])
    return f"{name}: {cells} (such as {shown}) {why}, read as missing."


def is_date_name(name: str) -> bool:
    """Whether a column of numbers may hold dates such as 20200318 by its name."""
    return bool(set(name_tokens(name)) & _DATE_WORDS)


def finish_numbers(values: np.ndarray, name: str, repairs: list[str], decimal: str = "") -> Column:
    """Infinities become missing, and 20200318 in a date column a date."""
    if values.dtype.kind == "f":
        infinite = np.isinf(values)
        if infinite.any():
            values = np.where(infinite, np.nan, values)
            count = int(infinite.sum())
            repairs.append(f"{name}: {count:,} infinite value{'s' if count > 1 else ''} read as missing.")
    if is_date_name(name):
        dates = compact_dates(values.astype(np.float64))
        if dates is not None:
            return Column(from_numpy(dates), tuple(repairs))
    return Column(from_numpy(values), tuple(repairs), decimal)
