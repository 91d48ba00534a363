"""Which other feature a feature's contribution depends on, as far as explained customers show it.

Customers who share a feature's value would all have the same contribution of it if the model added features
up. What scatters at equal value is due to the others. For each other feature: the share of that scatter which
its groups explain (adjusted R², so that more groups alone explain nothing). It reads SHAP values that are
there already, in the manner of the shap library's approximate interactions, and is no SHAP interaction value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

FEWEST_ROWS = 30
CLEAR_SHARE = 0.05
_ROWS_A_BIN = 25
_MOST_BINS = 20
_GROUPS = 4


@dataclass(frozen=True)
class Interaction:
    """``share`` of the scatter of a contribution, at equal value of its feature, that ``feature`` explains:
    at most 1; 0 or below where it explains no more than chance does. ``clear`` where it is at least 5% and
    beyond three standard errors of what chance gives."""

    feature: str
    share: float
    clear: bool


def interactions(values: pd.DataFrame, contributions: pd.Series, feature: str) -> list[Interaction]:
    """The other features, the one that explains most of the scatter first.

    Args:
        values: raw values of every feature, N rows.
        contributions: SHAP values (N,) of ``feature``.
        feature: a column of ``values``.

    Returns:
        Empty where there are fewer than 30 rows or nothing scatters.
    """
    rows = len(values)
    if rows < FEWEST_ROWS:
        return []
    shap = contributions.to_numpy(dtype=np.float64)
    bins, slopes = _cells(values[feature], int(np.clip(rows // _ROWS_A_BIN, 2, _MOST_BINS)))
    scatter = _within(shap, bins, slopes)
    if (scatter**2).sum() <= 1e-12 * max((shap**2).sum(), 1e-300):
        return []
    found = []
    for other in values.columns:
        if other != feature:
            groups, _ = _cells(values[other], _GROUPS)
            found.append(Interaction(str(other), *_explained(scatter, bins, groups)))
    return sorted(found, key=lambda one: (-one.share, one.feature))


def _cells(series: pd.Series, wanted: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Group of every row (0, 1, …; missing values are one of them), and the numbers within the groups where
    it is a number of many values."""
    numeric = pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series)
    dates = pd.api.types.is_datetime64_any_dtype(series)
    if (numeric or dates) and series.nunique() > wanted:
        numbers = series.astype("int64").astype(float) if dates and not series.isna().any() else None
        numbers = pd.to_numeric(series, errors="coerce").astype(float) if numbers is None else numbers
        place = pd.qcut(numbers, wanted, labels=False, duplicates="drop")
        return place.fillna(-1).to_numpy(dtype=int) + 1, numbers.to_numpy()
    codes, _ = pd.factorize(series)
    counts = np.bincount(codes + 1)
    rank = np.argsort(np.argsort(-counts, kind="stable"), kind="stable")
    return np.minimum(rank[codes + 1], wanted), None


def _within(shap: np.ndarray, bins: np.ndarray, numbers: np.ndarray | None) -> np.ndarray:
    """What is left of each value after its bin's mean, or its bin's straight line over the numbers."""
    left = shap - _means(shap, bins)
    if numbers is None:
        return left
    known = np.where(np.isnan(numbers), 0.0, numbers)
    x = known - _means(known, bins)
    spread, shared = np.bincount(bins, x * x), np.bincount(bins, x * left)
    slope = np.divide(shared, spread, out=np.zeros_like(spread), where=spread > 0)
    return left - slope[bins] * x


def _means(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    counts = np.bincount(groups)
    sums = np.bincount(groups, values)
    return (sums / np.maximum(counts, 1))[groups]


def _explained(scatter: np.ndarray, bins: np.ndarray, groups: np.ndarray) -> tuple[float, bool]:
    """Adjusted R² of the means per bin and group, and whether chance does not explain it."""
    cells = np.unique(bins * (int(groups.max()) + 1) + groups, return_inverse=True)[1]
    rows, used = len(scatter), int(cells.max()) + 1 - len(np.unique(bins))
    free = rows - 1 - used
    if free <= 0 or used == 0:
        return 0.0, False
    left = scatter - _means(scatter, cells)
    share = float(1 - (left**2).sum() / (scatter**2).sum() * (rows - 1) / free)
    # R² of a chance grouping is about chi-squared with `used` degrees of freedom, over the rows.
    return share, share > max(CLEAR_SHARE, 3 * float(np.sqrt(2 * used)) / free)
