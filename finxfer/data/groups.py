"""Rows that belong together: those with the same values in the group columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def group_labels(frame: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """A whole number per row, float64 (N,), the same for rows of one group; NaN where a cell is missing."""
    labels = np.zeros(len(frame), dtype=np.int64)
    lacking = np.zeros(len(frame), dtype=bool)
    for name in names:
        codes, values = pd.factorize(frame[name])
        lacking |= codes < 0
        labels = pd.factorize(labels * (len(values) + 1) + codes)[0]
    return np.where(lacking, np.nan, labels)


def group_units(frame: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Like :func:`group_labels`, int64 (N,); a row without a group is a group of its own."""
    labels = group_labels(frame, names)
    alone = np.isnan(labels)
    units = np.where(alone, 0, labels).astype(np.int64)
    units[alone] = units.max(initial=-1) + 1 + np.arange(int(alone.sum()))
    return units
