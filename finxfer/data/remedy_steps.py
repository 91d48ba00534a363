"""What each remedy does to a column, given what it learned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from finxfer.data.encoding import spelled_numbers
from finxfer.data.spellings import NumberReader, read_date, read_truth, says_missing, spelling_key, tidy
from finxfer.data.values import map_values, value_text
from finxfer.records.remedy_spec import BLANK, CAP, DATE, FILL, MERGE, NUMBER, PARSE, STANDARDISE

Learned = Mapping[str, Any]


def as_floats(series: pd.Series) -> np.ndarray:
    """Float64 (N,) of a column of numbers, also where they are spelled out; NaN where missing or infinite."""
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return np.full(len(series), np.nan)
    if pd.api.types.is_numeric_dtype(series.dtype):
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        values = spelled_numbers(series)
    return np.where(np.isfinite(values), values, np.nan)


def is_written(series: pd.Series) -> np.ndarray:
    """bool (N,): the cell holds something, and not a word for missing."""
    return map_values(series, lambda value: not says_missing(value_text(value) or ""), False).astype(bool)


def _texts(series: pd.Series, function: Callable[[str], str | None], missing: str | None = None) -> pd.Series:
    """``function`` of every known cell's text; what it makes empty is ``missing`` too."""

    def one(value: object) -> str | None:
        text = value_text(value)
        return missing if text is None else function(text) or missing

    made = map_values(series, one, missing)
    return pd.Series(made, index=series.index, name=series.name, dtype="str")


def _parse(series: pd.Series, learned: Learned) -> pd.Series:
    if learned["as"] == DATE:
        return read_dates(series, bool(learned["day_first"]))
    if pd.api.types.is_numeric_dtype(series.dtype):
        values = as_floats(series)
        if learned["as"] != NUMBER:
            values = np.where(np.isin(values, (0.0, 1.0)), values, np.nan)
        return pd.Series(values, index=series.index, name=series.name)
    read = NumberReader(**learned["reader"]).read if learned["as"] == NUMBER else read_truth

    def number(value: object) -> float:
        text = value_text(value) or ""
        found = None if says_missing(text) else read(text)
        return np.nan if found is None else found

    values = map_values(series, number, np.nan).astype(np.float64)
    return pd.Series(values, index=series.index, name=series.name)


def read_dates(series: pd.Series, day_first: bool) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return series
    nothing = np.datetime64("NaT", "us")

    def date(value: object) -> np.datetime64:
        found = read_date(value_text(value) or "", day_first)
        return nothing if found is None else found

    values = map_values(series, date, nothing).astype("datetime64[us]")
    return pd.Series(values, index=series.index, name=series.name)


def _standardise(series: pd.Series, learned: Learned) -> pd.Series:
    spelling = learned["spelling"]
    return _texts(series, lambda text: spelling.get(spelling_key(text), tidy(text)))


def _blank(series: pd.Series, learned: Learned) -> pd.Series:
    if pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_bool_dtype(series.dtype):
        values = as_floats(series)
        numbers = np.array(learned["numbers"], dtype=np.float64)
        return pd.Series(
            np.where(np.isin(values, numbers), np.nan, values), index=series.index, name=series.name
        )
    keys = set(learned["keys"])
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        hit = map_values(series, lambda value: spelling_key(value_text(value) or "") in keys, False)
        return series.mask(hit.astype(bool))
    return _texts(series, lambda text: None if spelling_key(text) in keys else text)


def _fill(series: pd.Series, learned: Learned) -> pd.Series:
    value = learned["value"]
    if learned["as"] == "date":
        return read_dates(series, True).fillna(pd.Timestamp(value))
    if learned["as"] == "number":
        values = as_floats(series)
        return pd.Series(np.where(np.isnan(values), value, values), index=series.index, name=series.name)
    return _texts(series, lambda text: text, value)


def _cap(series: pd.Series, learned: Learned) -> pd.Series:
    low, high = learned["low"], learned["high"]
    return pd.Series(np.clip(as_floats(series), low, high), index=series.index, name=series.name)


def _merge(series: pd.Series, learned: Learned) -> pd.Series:
    kept = set(learned["kept"])
    return _texts(series, lambda text: text if text in kept else learned["label"])


STEPS: Mapping[str, Callable[[pd.Series, Learned], pd.Series]] = {
    PARSE: _parse,
    STANDARDISE: _standardise,
    BLANK: _blank,
    FILL: _fill,
    CAP: _cap,
    MERGE: _merge,
}
