"""One spelling for every cell value, so that 1, 1.0 and "1" are the same category."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd


def value_text(value: object) -> str | None:
    """The text of one cell: whole floats lose their ".0", missing is None.

    >>> value_text(1.0), value_text("1"), value_text(True), value_text(float("nan"))
    ('1', '1', 'True', None)
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if math.isnan(number):
            return None
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    if isinstance(value, (pd.Timestamp, np.datetime64)):
        moment = pd.Timestamp(value)
        return moment.strftime("%Y-%m-%d") if moment == moment.normalize() else moment.isoformat(sep=" ")
    return str(value)


def map_values(series: pd.Series, function: Callable[[Any], Any], missing: Any) -> np.ndarray:
    """``function`` of every cell as an object array (N,), called once per distinct value."""
    codes, uniques = pd.factorize(series)
    table = np.empty(len(uniques) + 1, dtype=object)
    for index, value in enumerate(uniques):
        table[index] = function(value)
    table[-1] = missing
    return table[codes]


def text_values(series: pd.Series) -> np.ndarray:
    """:func:`value_text` of every cell: object array (N,) of str, None where missing."""
    return map_values(series, value_text, None)


def value_counts(series: pd.Series, least: int = 1, most: int | None = None) -> dict[str, int]:
    """Rows per value text, most frequent first, ties by text; missing is left out.

    Args:
        least: values in fewer rows are left out.
        most: only so many of the most frequent values.
    """
    codes, uniques = pd.factorize(series)
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
    if not (series.dtype == object or isinstance(series.dtype, pd.CategoricalDtype)):
        # No two of its values have the same text: what is left out needs none.
        kept = np.flatnonzero(counts >= least)
        if most is not None and len(kept) > most:
            # Of values that are equally frequent their texts decide, so all of these are looked at.
            limit = np.partition(counts[kept], len(kept) - most)[len(kept) - most]
            kept = kept[counts[kept] >= limit] if limit > 1 else _first(kept, counts, most)
        uniques, counts = uniques[kept], counts[kept]
    totals: dict[str, int] = {}
    for value, count in zip(uniques.tolist() if _texts(series) else uniques, counts.tolist(), strict=True):
        text = value_text(value)
        if text is not None:
            totals[text] = totals.get(text, 0) + count
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return {text: count for text, count in ranked[:most] if count >= least}


def _first(kept: np.ndarray, counts: np.ndarray, most: int) -> np.ndarray:
    """The repeated values and, of those in one row each, the first ones of the table."""
    repeated = kept[counts[kept] > 1]
    single = kept[counts[kept] == 1]
    return np.concatenate((repeated, single[: most - len(repeated)]))


def _texts(series: pd.Series) -> bool:
    return isinstance(series.dtype, pd.StringDtype)


def value_codes(series: pd.Series, known: Sequence[str]) -> np.ndarray:
    """Position of each cell's text in `known` plus one, int64 (N,); 0 where it is missing or not there."""
    if _texts(series):
        # Texts are what they are: no second look at each of perhaps a million different ones.
        places = pd.Index(pd.Series(list(known), dtype=series.dtype)).get_indexer(pd.Index(series))
        return places.astype(np.int64) + 1
    codes = {text: code for code, text in enumerate(known, start=1)}
    return map_values(series, lambda value: codes.get(value_text(value) or "", 0), 0).astype(np.int64)
