"""What is measured in one slice of a regression or of several classes, with its bootstrap draws.

Regression: mean prediction, mean error (prediction minus actual) and RMSE, in the target's units.
Multiclass: accuracy, macro recall and the share of rows that each class is predicted for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from finxfer.evaluation.calibration import wilson_interval
from finxfer.evaluation.intervals import counts_of_draws, percentile_interval
from finxfer.evaluation.metrics import FloatArray, IntArray
from finxfer.fairness.rates import MIN_CLASS_ROWS, MIN_ROWS, RATE, Measured, Slice, share_variance

AMOUNT_RATES = ("mean_prediction", "bias", "rmse")
MOST_CLASSES_COMPARED = 10
_CELLS_PER_CHUNK = 1_000_000

Measure = Callable[[str, np.ndarray, np.random.Generator], Slice]


@dataclass(frozen=True)
class Numbers:
    """Actual values (N,), NaN where unknown, and predictions (N,), to be measured slice by slice."""

    y: FloatArray
    p: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        return AMOUNT_RATES

    def measurer(self, places: Sequence[np.ndarray], draws: int) -> Measure:
        """A function of (value, rows inside, generator) for one column, whose slices are ``places``."""
        known = ~np.isnan(self.y)
        error = self.p - self.y
        # A slice whose rows are all alike does not vary under resampling; one row more of the whole would.
        whole = float(self.p.var()), float(error[known].var()) if known.any() else 0.0

        def measure(value: str, inside: np.ndarray, generator: np.random.Generator) -> Slice:
            here = error[inside][known[inside]]
            measured: dict[str, Measured] = {}
            if inside.sum() >= MIN_ROWS:
                measured["mean_prediction"] = _mean(self.p[inside], draws, generator, whole[0])
            if len(here) >= MIN_ROWS:
                measured["bias"] = _mean(here, draws, generator, whole[1])
                measured["rmse"] = _root(here, draws, generator, whole[1])
            return Slice.of_task(value, int(inside.sum()), len(here), measured, AMOUNT_RATES)

        return measure


@dataclass(frozen=True)
class Classes:
    """Class codes (N,), -1 where unknown, and predicted codes (N,), to be measured slice by slice.

    classes: texts in the order of the codes. outcome: the class that matters; each in turn where empty, the
    ten that are predicted most where there are more.
    """

    y: IntArray
    predicted: IntArray
    classes: tuple[str, ...]
    outcome: str = ""

    @property
    def compared(self) -> list[int]:
        """Codes of the classes whose rates are compared, in order."""
        if self.outcome in self.classes:
            return [self.classes.index(self.outcome)]
        often = np.argsort(-np.bincount(self.predicted, minlength=len(self.classes)), kind="stable")
        return sorted(int(code) for code in often[:MOST_CLASSES_COMPARED])

    @property
    def names(self) -> tuple[str, ...]:
        return ("accuracy", "macro_recall", *(RATE + self.classes[code] for code in self.compared))

    def measurer(self, places: Sequence[np.ndarray], draws: int) -> Measure:
        """A function of (value, rows inside, generator) for one column, whose slices are ``places``.

        Macro recall is over the classes of which every slice with 30 rows has 10.
        """
        large = [np.bincount(self.y[at][self.y[at] >= 0], minlength=len(self.classes))
                 for at in places if at.sum() >= MIN_ROWS]  # fmt: skip
        enough = (np.stack(large) >= MIN_CLASS_ROWS).all(axis=0) if large else np.zeros(1, dtype=bool)
        shared, names = np.flatnonzero(enough), self.names

        def measure(value: str, inside: np.ndarray, generator: np.random.Generator) -> Slice:
            y, predicted = self.y[inside], self.predicted[inside]
            known = y >= 0
            measured: dict[str, Measured] = {}
            if len(y) >= MIN_ROWS:
                for code in self.compared:
                    measured[RATE + self.classes[code]] = _share(predicted == code, draws, generator)
            if known.sum() >= MIN_ROWS:
                measured["accuracy"] = _share((predicted == y)[known], draws, generator)
                if len(shared) > 1:
                    measured["macro_recall"] = _recall(y, predicted, shared, draws, generator)
            return Slice.of_task(value, len(y), int(known.sum()), measured, names)

        return measure


def _resampled(columns: FloatArray, draws: int, generator: np.random.Generator) -> FloatArray:
    """Means (draws, K) of columns (n, K) over resamples of the rows."""
    chunk, parts = max(1, _CELLS_PER_CHUNK // len(columns)), [np.empty((0, columns.shape[1]))]
    for start in range(0, draws, chunk):
        counts = counts_of_draws(len(columns), min(chunk, draws - start), generator)
        parts.append(counts @ columns / len(columns))
    return np.concatenate(parts)


def _mean(values: FloatArray, draws: int, generator: np.random.Generator, whole: float) -> Measured:
    drawn = _resampled(values[:, None], draws, generator)[:, 0]
    interval = percentile_interval(drawn)
    return Measured(float(values.mean()), interval, drawn, whole / len(values) ** 2, bounded=False)


def _root(error: FloatArray, draws: int, generator: np.random.Generator, whole: float) -> Measured:
    drawn = np.sqrt(_resampled(error[:, None] ** 2, draws, generator)[:, 0])
    value = float(np.sqrt((error**2).mean()))
    return Measured(value, percentile_interval(drawn), drawn, whole / len(error) ** 2, bounded=False)


def _share(hit: np.ndarray, draws: int, generator: np.random.Generator) -> Measured:
    drawn = _resampled(hit.astype(np.float64)[:, None], draws, generator)[:, 0]
    hits, rows = int(hit.sum()), len(hit)
    # A share of 0 or 1 does not vary under resampling: Wilson's interval stands in.
    interval = wilson_interval(hits, rows) if hits in (0, rows) else percentile_interval(drawn)
    return Measured(hits / rows, interval if draws else None, drawn, share_variance(hits, rows))


def _recall(
    y: IntArray, predicted: IntArray, shared: np.ndarray, draws: int, generator: np.random.Generator
) -> Measured:
    """Mean recall of some classes, each class's rows resampled in their own number."""
    found, floor = np.zeros(draws), 0.0
    values = []
    for code in shared:
        hit = (predicted == code)[y == code]
        found += _resampled(hit.astype(np.float64)[:, None], draws, generator)[:, 0]
        values.append(float(hit.mean()))
        floor += share_variance(int(hit.sum()), len(hit)) / len(shared) ** 2
    drawn = found / len(shared)
    return Measured(float(np.mean(values)), percentile_interval(drawn), drawn, floor)
