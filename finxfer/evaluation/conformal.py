"""Prediction intervals of a regression by split conformal prediction, apart for low and high predictions.

The errors of rows that the model has not learned from, as quantiles with the finite-sample correction
ceil((n + 1) q) (Vovk, Gammerman & Shafer 2005; Lei et al. 2018, arXiv:1604.04173): a new row of the same
population lies inside with at least the stated probability. Both ends have their own quantile, since losses
and incomes err further upwards than downwards, and rows are taken apart by the size of the prediction
(Mondrian conformal prediction), since large amounts err more.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from finxfer.evaluation.calibration import wilson_interval
from finxfer.evaluation.metrics import FloatArray

LEVEL = 0.9
MOST_PARTS = 5
ROWS_OF_A_PART = 60


def fit_conformal(y: FloatArray, p: FloatArray, level: float = LEVEL) -> dict[str, Any] | None:
    """What is added to a prediction: {"level", "edges", "low", "high", "rows"}, edges between the parts.

    None where the rows are too few for this level (under 19 for 90%).
    """
    tail = (1 - level) / 2
    if _rank(len(y), tail) > len(y):
        return None
    parts = max(1, min(MOST_PARTS, len(y) // ROWS_OF_A_PART))
    edges = np.unique(np.quantile(p, np.linspace(0, 1, parts + 1)[1:-1])) if parts > 1 else np.zeros(0)
    part = np.searchsorted(edges, p, side="right")
    if parts > 1 and np.bincount(part, minlength=len(edges) + 1).min() < ROWS_OF_A_PART // 2:
        edges, part = np.zeros(0), np.zeros(len(y), dtype=np.int64)  # many predictions are one number
    low, high = [], []
    for number in range(len(edges) + 1):
        error = np.sort(y[part == number] - p[part == number])
        rank = _rank(len(error), tail)
        high.append(float(error[rank - 1]))
        low.append(float(error[len(error) - rank]))
    return {"level": level, "edges": edges.tolist(), "low": low, "high": high, "rows": len(y)}


def _rank(rows: int, tail: float) -> int:
    """The place, from 1, of the error that so many rows give as the upper quantile."""
    return math.ceil((rows + 1) * (1 - tail) - 1e-9)


def conformal_interval(fitted: dict[str, Any], p: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Low and high end (N,) of each prediction's interval."""
    part = np.searchsorted(np.asarray(fitted["edges"]), p, side="right")
    return p + np.asarray(fitted["low"])[part], p + np.asarray(fitted["high"])[part]


def coverage(fitted: dict[str, Any] | None, y: FloatArray, p: FloatArray) -> dict[str, Any] | None:
    """How often the interval held the actual value on other rows, with Wilson's 95% interval.

    Returns:
        {"level", "value", "interval", "rows", "width"}; width is the mean one. None without intervals.
    """
    if fitted is None or len(y) == 0:
        return None
    low, high = conformal_interval(fitted, p)
    inside = int(((y >= low) & (y <= high)).sum())
    return {
        "level": fitted["level"],
        "value": inside / len(y),
        "interval": wilson_interval(inside, len(y)),
        "rows": len(y),
        "width": float((high - low).mean()),
    }
