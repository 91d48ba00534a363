"""Errors of a predicted number, such as a loss given default or an income.

All functions take actual values ``y`` (N,) and predictions ``p`` (N,) in the target's units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from finxfer.evaluation.intervals import Draws, counts_of_draws
from finxfer.evaluation.metrics import FloatArray

REGRESSION_METRICS = ("rmse", "mae", "r2", "median_absolute_error", "spearman", "bias")
IN_UNITS = frozenset({"rmse", "mae", "median_absolute_error", "bias"})
"""Metrics in the target's units; the others are plain numbers up to 1."""
ERRORS = ("rmse", "mae", "median_absolute_error")
"""The lower the better."""
FEWEST_ROWS = 5
"""With fewer rows a resample can hardly vary, and its interval would look too sure."""
_CELLS_PER_CHUNK = 1_000_000


def as_amounts(values: ArrayLike, rows: int | None = None) -> FloatArray:
    """float64 (N,), NaN where unknown.

    Raises ValueError for another length than ``rows``, for infinite values and, where ``rows`` is given (of
    predictions), for missing ones.
    """
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or (rows is not None and len(found) != rows):
        raise ValueError(f"expected {rows} numbers, got an array of shape {found.shape}")
    if np.isinf(found).any() or (rows is not None and np.isnan(found).any()):
        raise ValueError("predictions and targets must be finite numbers")
    return found


def regression_metrics(y: ArrayLike, p: ArrayLike) -> dict[str, float | None]:
    """Every metric of one model in the key order of metrics.json; rows with unknown target are left out.

    RMSE, mean and median absolute error and bias (mean of prediction minus actual: above 0 predicts too
    much) are in the target's units. R2 = 1 - squared error / that of the mean of these rows; None where all
    are equal. Spearman is the correlation of the ranks, None where either side does not vary.
    """
    actual = as_amounts(y)
    predicted = as_amounts(p, len(actual))[~np.isnan(actual)]
    actual = actual[~np.isnan(actual)]
    if len(actual) == 0:
        return dict.fromkeys(REGRESSION_METRICS)
    found = WeightedErrors(actual, predicted)(np.ones((1, len(actual))))
    return {
        name: float(found[name][0]) if np.isfinite(found[name][0]) else None for name in REGRESSION_METRICS
    }


@dataclass(frozen=True)
class _Ranks:
    """Rows by their distinct values, to give midranks under any counts of rows."""

    group: np.ndarray  # (N,) which distinct value a row has, ascending
    groups: int

    @classmethod
    def of(cls, values: FloatArray) -> _Ranks:
        distinct, group = np.unique(values, return_inverse=True)
        return cls(group.reshape(-1), len(distinct))

    def midranks(self, counts: FloatArray) -> FloatArray:
        """Mean rank (draws, N) of each row among rows that occur ``counts`` (draws, N) times."""
        offset = np.arange(len(counts))[:, None] * self.groups
        flat = (self.group[None, :] + offset).ravel()
        held = np.bincount(flat, weights=counts.ravel(), minlength=len(counts) * self.groups)
        held = held.reshape(len(counts), self.groups)
        return (np.cumsum(held, axis=1) - held / 2)[:, self.group]


class WeightedErrors:
    """All metrics of one model as functions of row counts (draws, N); what does not change is kept."""

    def __init__(self, y: FloatArray, p: FloatArray) -> None:
        error = p - y
        self._size = np.abs(error)
        self._order = np.argsort(self._size, kind="stable")
        # Around the middle: squares of large amounts would lose the variance between them.
        centred = y - y.mean()
        self._linear = np.stack([error, self._size, error**2, centred, centred**2], axis=1)
        self._ranks = _Ranks.of(y), _Ranks.of(p)

    def __call__(self, counts: FloatArray) -> dict[str, FloatArray]:
        rows = counts.sum(axis=1)
        bias, mae, square, mean, spread = (counts @ self._linear / rows[:, None]).T
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = spread - mean**2
            r2 = np.where(variance > 1e-12 * np.maximum(spread, 1e-300), 1 - square / variance, np.nan)
        return {
            "rmse": np.sqrt(square),
            "mae": mae,
            "r2": r2,
            "median_absolute_error": self._median(counts, rows),
            "spearman": self._spearman(counts, rows),
            "bias": bias,
        }

    def _median(self, counts: FloatArray, rows: FloatArray) -> FloatArray:
        below = np.cumsum(counts[:, self._order], axis=1)
        ordered = self._size[self._order]
        low, high = ((below > place[:, None]).argmax(axis=1) for place in ((rows - 1) // 2, rows // 2))
        return np.asarray((ordered[low] + ordered[high]) / 2)

    def _spearman(self, counts: FloatArray, rows: FloatArray) -> FloatArray:
        ours, theirs = (one.midranks(counts) - rows[:, None] / 2 for one in self._ranks)
        with np.errstate(invalid="ignore", divide="ignore"):
            both = (counts * ours * theirs).sum(axis=1)
            return np.asarray(both / np.sqrt((counts * ours**2).sum(1) * (counts * theirs**2).sum(1)))


def plain_counts(rows: int, draws: int, seed: int) -> Iterator[FloatArray]:
    """Chunks (<= draws, rows) of resample counts of all rows alike; chunked to bound the memory."""
    generator = np.random.default_rng([seed, 0xB007])
    chunk = max(1, _CELLS_PER_CHUNK // max(1, rows))
    for start in range(0, draws, chunk):
        yield counts_of_draws(rows, min(chunk, draws - start), generator)


def bootstrap_errors(y: FloatArray, predictions: Mapping[str, FloatArray], draws: int, seed: int) -> Draws:
    """Every metric of every model on the same resamples of the rows: model -> metric -> (draws,).

    Empty for fewer than :data:`FEWEST_ROWS` rows.
    """
    if len(y) < FEWEST_ROWS or draws < 1:
        return {}
    measures = {name: WeightedErrors(y, p) for name, p in predictions.items()}
    parts: dict[str, dict[str, list[FloatArray]]] = {
        name: {metric: [] for metric in REGRESSION_METRICS} for name in measures
    }
    for counts in plain_counts(len(y), draws, seed):
        for name, measure in measures.items():
            for metric, values in measure(counts).items():
                parts[name][metric].append(values)
    return {n: {m: np.concatenate(chunks) for m, chunks in by.items()} for n, by in parts.items()}
