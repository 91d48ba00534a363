"""Two groups of explained customers: what moves the prediction of one more than that of the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

FEW_ROWS = 30
"""Customers of a group below which its figures are uncertain beyond what the intervals show."""
FEWEST_ROWS = 5
"""Customers of a group below which nothing is compared."""
LEVEL = 0.95
_CHUNK = 2_000_000  # cells of weights drawn at a time


@dataclass(frozen=True)
class Cohorts:
    """The comparison.

    Args:
        sizes: customers of the first and of the second group, and those in both.
        table: one row a feature, largest difference first: feature, mean_a, mean_b, difference, low, high
            (of the difference), clear (whether its interval leaves out zero); all on the probability scale.
        probability: (mean of the first, of the second, difference, low, high) of the predicted probability.
    """

    sizes: tuple[int, int, int]
    table: pd.DataFrame
    probability: tuple[float, float, float, float, float]


def compare_cohorts(
    shap: pd.DataFrame,
    probability: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    draws: int = 500,
    seed: int = 0,
) -> Cohorts | None:
    """Mean SHAP value of every feature in each group and the difference, first minus second.

    Intervals are 95% percentile-bootstrap intervals: all customers are drawn anew with replacement, so that
    groups that overlap are treated rightly. None where a group has fewer than five customers.

    Args:
        shap: (N, M) SHAP values on the probability scale.
        probability: (N,) predictions.
        first, second: bool (N,): who belongs to which group.
    """
    sizes = int(first.sum()), int(second.sum()), int((first & second).sum())
    if min(sizes[:2]) < FEWEST_ROWS:
        return None
    used = first | second
    cells = np.column_stack([shap.to_numpy(dtype=np.float64), probability])[used]
    a, b = first[used], second[used]
    means = cells[a].mean(axis=0), cells[b].mean(axis=0)
    drawn = _draws(cells, a, b, draws, seed)
    edge = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(drawn, [edge, 100 - edge], axis=0)
    difference = means[0] - means[1]
    table = pd.DataFrame(
        {
            "feature": list(shap.columns),
            "mean_a": means[0][:-1],
            "mean_b": means[1][:-1],
            "difference": difference[:-1],
            "low": low[:-1],
            "high": high[:-1],
        }
    )
    table["clear"] = (table["low"] > 0) | (table["high"] < 0)
    order = table["difference"].abs().sort_values(ascending=False, kind="stable").index
    overall: Any = tuple(float(one[-1]) for one in (*means, difference, low, high))
    return Cohorts(sizes, table.loc[order].reset_index(drop=True), overall)


def _draws(cells: np.ndarray, a: np.ndarray, b: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Differences of the weighted means (draws, columns); a draw in which a group is empty is left out."""
    generator = np.random.default_rng(seed)
    rows = len(cells)
    sums = np.column_stack([cells * a[:, None], a, cells * b[:, None], b])
    step = max(1, _CHUNK // rows)
    found = []
    for start in range(0, draws, step):
        wanted = min(step, draws - start)
        picked = generator.integers(0, rows, (wanted, rows)) + np.arange(wanted)[:, None] * rows
        weights = np.bincount(picked.ravel(), minlength=wanted * rows).reshape(wanted, rows)
        found.append(weights.astype(np.float64) @ sums)
    totals = np.concatenate(found)
    columns = cells.shape[1]
    totals = totals[(totals[:, columns] > 0) & (totals[:, -1] > 0)]
    first = totals[:, :columns] / totals[:, [columns]]
    return first - totals[:, columns + 1 : -1] / totals[:, [-1]]
