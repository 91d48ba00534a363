"""One spelling for every cell value, so that 1, 1.0 and "1" are the same category."""

from __future__ import annotations

import math
from collections.abc import Callable
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


def value_counts(series: pd.Series) -> dict[str, int]:
    """Rows per value text, most frequent first, ties by text; missing is left out."""
    codes, uniques = pd.factorize(series)
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
    totals: dict[str, int] = {}
    for value, count in zip(uniques, counts, strict=True):
        text = value_text(value)
        if text is not None:
            totals[text] = totals.get(text, 0) + int(count)
    return dict(sorted(totals.items(), key=lambda item: (-item[1], item[0])))
