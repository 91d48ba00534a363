"""What is measured in one slice, with its bootstrap draws.

*Selected* means predicted positive: flagged as a risk. Rates follow fairlearn's definitions. The rows of a
slice are resampled with replacement in the slice's own number, slices independently of each other; numpy on
counts per row replaces `MetricFrame`'s own bootstrap, which took minutes for what takes a second here
(measured by benchmarks/slice_bootstrap.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from finxfer.evaluation.calibration import wilson_interval
from finxfer.evaluation.intervals import counts_of_draws, percentile_interval
from finxfer.evaluation.metrics import FloatArray, IntArray, auc_from_groups, score_groups
from finxfer.evaluation.placements import Placements

RATES = ("selection_rate", "tpr", "fpr", "precision", "calibration", "auc")
# A ratio of two numbers that may be 0 or of either sign says nothing.
WITH_RATIO = frozenset(
    {"selection_rate", "tpr", "fpr", "precision", "auc", "accuracy", "macro_recall", "rmse"}
)
RATE = "rate:"
"""What the share of rows predicted as a class is called: ``rate:good``."""
MIN_ROWS = 30
MIN_CLASS_ROWS = 10
LINEAR_CLASS_ROWS = 100
"""From so many rows of both classes on an AUC is resampled by its placements: a mean of one number per row,
whose difference from the AUC of the resample is of the order of one over the rows of a class."""
_Z95 = 1.959963984540054
_CELLS_PER_CHUNK = 1_000_000


@dataclass(frozen=True)
class Measured:
    """One metric of one slice.

    Attributes:
        value: the metric; in [0, 1], calibration (mean predicted minus observed rate) in [-1, 1].
        interval: 95% bootstrap interval.
        draws: the metric in each resample (B,), NaN where undefined.
        variance_floor: lowest believable sampling variance. Resampling a slice in which nobody (or everybody)
            was flagged never varies; the floor stops that from passing for certainty.
        bounded: whether a difference of two such numbers lies in [-1, 1]; amounts have no bounds.
    """

    value: float
    interval: list[float] | None
    draws: FloatArray
    variance_floor: float
    bounded: bool = True


@dataclass(frozen=True)
class Slice:
    """Rows of one value; a metric is absent from `measured` where the rows are too few for it.

    flagged_positives, flagged_negatives: selected rows by their outcome, where it is known. names: what is
    measured at all, in order. known: rows with a known target, of another task than binary.
    """

    value: str
    rows: int
    positives: int
    negatives: int
    flagged: int
    flagged_positives: int
    flagged_negatives: int
    measured: dict[str, Measured]
    names: tuple[str, ...] = RATES
    known: int | None = None

    @classmethod
    def of_task(
        cls, value: str, rows: int, known: int, measured: dict[str, Measured], names: tuple[str, ...]
    ) -> Slice:
        """A slice of a task without positive class."""
        return cls(value, rows, 0, 0, 0, 0, 0, measured, names, known)


def measure_slice(
    value: str, y: IntArray, p: FloatArray, threshold: float, draws: int, generator: np.random.Generator
) -> Slice:
    """Measure one slice: labels (n,) of 0, 1 and -1 (unknown), probabilities (n,) in [0, 1].

    Below 30 rows nothing is measured; TPR needs 10 positive rows, FPR 10 negative ones, AUC both,
    precision 10 flagged rows with a known outcome, calibration 30 rows with one.
    """
    flagged = p >= threshold
    counts: dict[str, Any] = {
        "positives": int((y == 1).sum()),
        "negatives": int((y == 0).sum()),
        "flagged": int(flagged.sum()),
        "flagged_positives": int((flagged & (y == 1)).sum()),
        "flagged_negatives": int((flagged & (y == 0)).sum()),
    }
    if len(y) < MIN_ROWS:
        return Slice(value, len(y), **counts, measured={})
    return Slice(value, len(y), **counts, measured=_measured(y, p, flagged, counts, draws, generator))


def _measured(
    y: IntArray,
    p: FloatArray,
    flagged: np.ndarray,
    counts: dict[str, int],
    draws: int,
    generator: np.random.Generator,
) -> dict[str, Measured]:
    drawn = _resample(y, p, flagged, draws, generator)
    positives, negatives, caught = counts["positives"], counts["negatives"], counts["flagged_positives"]
    measured = {"selection_rate": _rate(counts["flagged"], len(y), drawn["selection_rate"])}
    if positives >= MIN_CLASS_ROWS:
        measured["tpr"] = _rate(caught, positives, drawn["tpr"])
    if negatives >= MIN_CLASS_ROWS:
        measured["fpr"] = _rate(counts["flagged_negatives"], negatives, drawn["fpr"])
    if caught + counts["flagged_negatives"] >= MIN_CLASS_ROWS:
        measured["precision"] = _rate(caught, caught + counts["flagged_negatives"], drawn["precision"])
    if positives + negatives >= MIN_ROWS:
        measured["calibration"] = _calibration(y, p, drawn["calibration"])
    if min(positives, negatives) >= MIN_CLASS_ROWS:
        measured["auc"] = _auc(y, p, positives, negatives, drawn["auc"])
    return measured


def _resample(
    y: IntArray, p: FloatArray, flagged: np.ndarray, draws: int, generator: np.random.Generator
) -> dict[str, FloatArray]:
    positive, negative = (y == 1).astype(float), (y == 0).astype(float)
    linear = min(positive.sum(), negative.sum()) >= LINEAR_CLASS_ROWS
    columns = [flagged, positive, negative, flagged * positive, flagged * negative, (p - y) * (y >= 0)]
    if linear:
        known = y >= 0
        places = np.zeros(len(y))
        places[known] = Placements.of(p[known], y[known], np.zeros(int(known.sum()), dtype=np.int64)).values
        columns += [places * positive, places * negative]
        middle = float((places * positive).sum() / positive.sum())
    else:
        groups = score_groups(p)
    matrix = np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)
    parts: dict[str, list[FloatArray]] = {name: [np.empty(0)] for name in RATES}
    chunk = max(1, _CELLS_PER_CHUNK // len(y))
    for start in range(0, draws, chunk):
        counts = counts_of_draws(len(y), min(chunk, draws - start), generator)
        sums = counts @ matrix
        with np.errstate(invalid="ignore", divide="ignore"):
            parts["selection_rate"].append(sums[:, 0] / len(y))
            parts["tpr"].append(sums[:, 3] / sums[:, 1])
            parts["fpr"].append(sums[:, 4] / sums[:, 2])
            parts["precision"].append(sums[:, 3] / (sums[:, 3] + sums[:, 4]))
            parts["calibration"].append(sums[:, 5] / (sums[:, 1] + sums[:, 2]))
            if linear:
                parts["auc"].append(sums[:, 6] / sums[:, 1] + sums[:, 7] / sums[:, 2] - middle)
        if not linear:
            pair = groups.sums(counts * positive), groups.sums(counts * negative)
            parts["auc"].append(auc_from_groups(*pair))
    return {name: np.concatenate(chunks) for name, chunks in parts.items()}


def _rate(hits: int, rows: int, draws: FloatArray) -> Measured:
    """A share; the variance floor is that of Agresti & Caffo (2000): one more hit and one more miss."""
    floor = share_variance(hits, rows)
    # A share of 0 or 1 does not vary under resampling: Wilson's interval stands in.
    interval = wilson_interval(hits, rows) if hits in (0, rows) else percentile_interval(draws)
    return Measured(hits / rows, interval if len(draws) else None, draws, floor)


def share_variance(hits: int, rows: int) -> float:
    """Variance of a share with one more hit and one more miss."""
    adjusted = (hits + 1) / (rows + 2)
    return adjusted * (1 - adjusted) / (rows + 2)


def _calibration(y: IntArray, p: FloatArray, draws: FloatArray) -> Measured:
    """Mean predicted minus observed rate: above 0 the slice's risk is overstated.

    The floor is what the labels would vary by if the scores were right; without any positive (or negative)
    row the interval is that of Wilson around the observed rate.
    """
    known = y >= 0
    rows, positives = int(known.sum()), int((y == 1).sum())
    predicted = float(p[known].mean())
    interval = percentile_interval(draws)
    if positives in (0, rows):
        low, high = wilson_interval(positives, rows)
        interval = [predicted - high, predicted - low]
    # A floor only: the draws vary at least as much unless all labels are alike.
    floor = share_variance(positives, rows) if positives in (0, rows) else 0.0
    return Measured(predicted - positives / rows, interval if len(draws) else None, draws, floor)


def _auc(y: IntArray, p: FloatArray, positives: int, negatives: int, draws: FloatArray) -> Measured:
    groups = score_groups(p)
    value = float(auc_from_groups(groups.sums((y == 1).astype(float)), groups.sums((y == 0).astype(float))))
    floor = _hanley_mcneil_variance(value, positives, negatives)
    interval = percentile_interval(draws)
    if interval is not None and interval[0] == interval[1]:
        half = _Z95 * math.sqrt(floor)
        interval = [max(0.0, value - half), min(1.0, value + half)]
    return Measured(value, interval, draws, floor)


def _hanley_mcneil_variance(auc: float, positives: int, negatives: int) -> float:
    """Variance of an AUC by Hanley & McNeil (1982), the AUC drawn towards 1/2 so as never to be 0."""
    fewer = min(positives, negatives)
    a = (auc * fewer + 0.5) / (fewer + 1)
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    spread = a * (1 - a) + (positives - 1) * (q1 - a * a) + (negatives - 1) * (q2 - a * a)
    return spread / (positives * negatives)
