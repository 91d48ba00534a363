"""Crossings of protected columns: which are worth measuring, and the label of every row in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from finxfer.evaluation.metrics import IntArray
from finxfer.fairness.rates import MIN_CLASS_ROWS, MIN_ROWS

BETWEEN = " × "
MOST_PAIRS = 15
"""Of the pairs that are crossed unasked: all of six columns."""
ENOUGH_CELLS, ENOUGH_ROWS = 3, 0.5
"""A pair is crossed unasked where so many cells can be measured in full, and these hold so many rows."""


@dataclass(frozen=True)
class Crossing:
    """Columns to cross; `cells` are the labels of the rows (N,), `values` the columns' values of a label."""

    columns: tuple[str, ...]
    cells: np.ndarray
    values: dict[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        return BETWEEN.join(self.columns)


def cross(labels: pd.DataFrame, columns: Sequence[str]) -> Crossing:
    """The cells of some columns of slice labels (N, columns).

    Raises:
        KeyError: a column has no labels.
    """
    parts = [labels[name].astype(str).to_numpy() for name in columns]
    codes = np.zeros(len(labels), dtype=np.int64)
    for part in parts:
        _, code = np.unique(part, return_inverse=True)
        codes = codes * (int(code.max(initial=0)) + 1) + code
    _, first, place = np.unique(codes, return_index=True, return_inverse=True)
    values = [tuple(str(part[row]) for part in parts) for row in first]
    names = np.array([BETWEEN.join(value) for value in values], dtype=object)
    return Crossing(tuple(columns), names[place], dict(zip(names.tolist(), values, strict=True)))


def worthwhile_pairs(
    labels: pd.DataFrame, y: IntArray | None
) -> tuple[list[Crossing], list[dict[str, object]]]:
    """Every pair of columns whose cells are large enough, and why the others were left out.

    y: labels of 0 and 1, of which every cell needs some; None where only its rows count.

    Returns (crossings, [{"columns", "reason"}]).
    """
    found: list[Crossing] = []
    left_out: list[dict[str, object]] = []
    for pair in combinations(labels.columns, 2):
        crossing = cross(labels, pair)
        reason = _too_sparse(crossing, y)
        if reason is None and len(found) == MOST_PAIRS:
            reason = f"{MOST_PAIRS} pairs are crossed unless the settings name them."
        if reason is None:
            found.append(crossing)
        else:
            left_out.append({"columns": list(pair), "reason": reason})
    return found, left_out


def _too_sparse(crossing: Crossing, y: IntArray | None) -> str | None:
    names, code = np.unique(crossing.cells, return_inverse=True)
    rows = np.bincount(code, minlength=len(names))
    full = rows >= MIN_ROWS
    for value in (0, 1) if y is not None else ():
        full &= np.bincount(code[y == value], minlength=len(names)) >= MIN_CLASS_ROWS
    if full.sum() >= ENOUGH_CELLS and rows[full].sum() >= ENOUGH_ROWS * rows.sum():
        return None
    measured = f"{full.sum()} have enough rows, with {rows[full].sum():,} of {len(code):,}"
    return f"Of {len(names)} cells only {measured}."
