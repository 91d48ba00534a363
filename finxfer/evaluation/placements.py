"""Several ratings of the same rows, judged against each other: AUCs that share rows share their luck.

The AUC is a mean of *placements*: of a positive row, the share of the negative ones that are rated lower; of
a negative row, the share of the positive ones that are rated higher. What two ratings' placements have in
common says how sure their difference is: DeLong, DeLong and Clarke-Pearson 1988, "Comparing the areas under
two or more correlated receiver operating characteristic curves", Biometrics 44, 837-845.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from finxfer.evaluation.metrics import FloatArray, IntArray

NORMAL_95 = 1.959964


@dataclass(frozen=True)
class Placements:
    """A rating's placements, float64 (N,), among the rows of the same fold; NaN in a fold of one class.

    y: 0 or 1 (N,), at least one fold has both.
    """

    values: FloatArray
    y: IntArray

    @classmethod
    def of(cls, rating: FloatArray, y: IntArray, part: IntArray) -> Placements:
        """rating: the higher, the likelier positive (N,). part: fold of each row (N,).

        Raises ValueError where no fold has both classes.
        """
        labels, found = np.asarray(y, dtype=np.int64), np.full(len(y), np.nan)
        for fold in np.unique(part):
            positive, negative = ((part == fold) & (labels == value) for value in (1, 0))
            if positive.any() and negative.any():
                found[positive] = _lower(rating[negative], rating[positive])
                found[negative] = 1.0 - _lower(rating[positive], rating[negative])
        if np.isnan(found).all():
            raise ValueError("no fold holds both classes")
        return cls(found, labels)

    @cached_property
    def auc(self) -> float:
        """Mean over the positive rows."""
        return float(np.nanmean(self.values[self.y == 1]))

    @property
    def error(self) -> float | None:
        """Standard error of the AUC; None where a class has a single row."""
        variance = covariance([self])
        return None if variance is None else float(np.sqrt(variance[0, 0]))

    @property
    def interval(self) -> tuple[float, float] | None:
        """95% interval by the normal distribution, cut to 0..1."""
        if self.error is None:
            return None
        reach = NORMAL_95 * self.error
        return max(0.0, self.auc - reach), min(1.0, self.auc + reach)


def _lower(others: FloatArray, rating: FloatArray) -> FloatArray:
    """Share of the others rated lower than each, equal ones by half."""
    ordered = np.sort(others)
    below, upto = np.searchsorted(ordered, rating, "left"), np.searchsorted(ordered, rating, "right")
    return np.asarray((below + upto) / (2 * len(ordered)))


def covariance(ratings: Sequence[Placements]) -> FloatArray | None:
    """Of the AUCs of several ratings of the same rows (B, B); None where a class has a single row."""
    values = np.stack([rating.values for rating in ratings])
    counted = ~np.isnan(values).any(axis=0)
    total = np.zeros((len(ratings), len(ratings)))
    for value in (0, 1):
        rows = values[:, counted & (ratings[0].y == value)]
        if rows.shape[1] < 2:
            return None
        total += np.cov(rows).reshape(total.shape) / rows.shape[1]
    return total


def lead(first: Placements, second: Placements) -> dict[str, Any]:
    """By how much AUC the first leads on the same rows: {"value", "error", "interval", "clear"}.

    "clear": the whole 95% interval lies above zero. "error" and "interval": None where a class has one row.
    """
    value, both = first.auc - second.auc, covariance([first, second])
    if both is None:
        return {"value": value, "error": None, "interval": None, "clear": False}
    error = float(np.sqrt(max(both[0, 0] + both[1, 1] - 2 * both[0, 1], 0.0)))
    low, high = value - NORMAL_95 * error, value + NORMAL_95 * error
    return {"value": value, "error": error, "interval": [low, high], "clear": low > 0}


def shrunk(ratings: Sequence[Placements], expected: Sequence[float], spread: Sequence[float]) -> list[float]:
    """What the AUCs of several ratings come to once chance is taken off (B,).

    Each true AUC is taken to be a common level, which nothing is known about, plus what is `expected` of the
    rating, plus its own share, normal with standard deviation `spread`; the measured one adds the chance of
    the rows. This is the mean of the true AUCs given the measured ones (Efron and Morris 1975, "Data analysis
    using Stein's estimator and its generalizations", JASA 70, 311-319, with a known prior): the fewer rows,
    the closer to what is expected. Ratings that agree on most rows are told apart by fewer of them.

    expected: AUC against the others', any level (B,). spread: AUC, above 0 (B,).
    """
    measured, prior = np.array([rating.auc for rating in ratings]), np.asarray(expected, dtype=np.float64)
    chance, own = covariance(ratings), np.diag(np.square(np.asarray(spread, dtype=np.float64)))
    if chance is None:
        return [float(value) for value in prior - prior.mean() + measured.mean()]
    whole = np.linalg.inv(chance + own)
    level = float((whole @ (measured - prior)).sum() / whole.sum())
    return [float(value) for value in level + prior + own @ whole @ (measured - prior - level)]
