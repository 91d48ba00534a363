"""When each transaction was, to the microsecond: what windows are counted by."""

from __future__ import annotations

import numpy as np
import pandas as pd

from finxfer.data.dates import compact_dates, parse_dates
from finxfer.data.values import value_text
from finxfer.errors import BadInput

UNKNOWN = np.iinfo(np.int64).min
"""The moment of a row whose time is not known."""
SECOND = 1_000_000
DAY = 86_400 * SECOND
_MILLISECONDS_FROM, _MICROSECONDS_FROM = 1e11, 1e14
"""Numbers above these are taken for milliseconds and microseconds since 1970, smaller ones for seconds."""
_LARGEST = 4e18


def read_moments(series: pd.Series) -> np.ndarray:
    """Microseconds of each row, int64 (N,), UNKNOWN where the time is not known.

    Dates and times, also where they are text or written as 20200318; other numbers are seconds (from 1e11
    on milliseconds, from 1e14 on microseconds).

    Raises:
        BadInput: the column holds words, yes and no, or nothing at all.
    """
    name = str(series.name)
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        stamps = pd.to_datetime(series, utc=True).dt.tz_localize(None).to_numpy()
        return _known(_stamps(stamps), name)
    if pd.api.types.is_bool_dtype(series.dtype):
        raise _no_time(name, "It holds yes and no.")
    if pd.api.types.is_numeric_dtype(series.dtype):
        return _known(_numbers(series.to_numpy(dtype=np.float64, na_value=np.nan)), name)
    codes, uniques = pd.factorize(series)
    texts = [(value_text(value) or "").strip() for value in uniques]
    dates = parse_dates(texts)
    if dates is None:
        if texts:
            raise _no_time(name, f"It holds text such as {texts[0][:40]!r}.")
        return _known(np.full(len(series), UNKNOWN), name)
    return _known(np.append(_stamps(dates.values), UNKNOWN)[codes], name)


def _stamps(values: np.ndarray) -> np.ndarray:
    moments = values.astype("datetime64[us]")
    return np.where(np.isnat(moments), UNKNOWN, moments.astype(np.int64))


def _numbers(values: np.ndarray) -> np.ndarray:
    values = np.where(np.isfinite(values), values, np.nan)
    compact = compact_dates(values) if _whole(values) else None
    if compact is not None:
        return _stamps(compact)
    largest = float(np.nanmax(np.abs(values))) if not np.isnan(values).all() else 0.0
    unit = SECOND if largest < _MILLISECONDS_FROM else 1000 if largest < _MICROSECONDS_FROM else 1
    moments = np.round(values * unit)
    good = np.abs(moments) < _LARGEST
    return np.where(good, np.where(good, moments, 0).astype(np.int64), UNKNOWN)


def _whole(values: np.ndarray) -> bool:
    known = values[~np.isnan(values)]
    return bool(len(known) and (known == np.floor(known)).all())


def _known(moments: np.ndarray, name: str) -> np.ndarray:
    if len(moments) and (moments == UNKNOWN).all():
        raise _no_time(name, "No row has a time in it.")
    return moments


def _no_time(name: str, why: str) -> BadInput:
    return BadInput(
        f"The column {name!r} does not say when a transaction was.",
        why,
        "Name a column of dates and times, or of seconds.",
    )
