"""What is measured in one slice, with its bootstrap draws.

*Selected* means predicted positive: flagged as a risk. Rates follow fairlearn's definitions. The rows of a
slice are resampled with replacement in the slice's own number, slices independently of each other; numpy on
counts per row replaces `MetricFrame`'s own bootstrap, which took minutes for what takes a second here
(measured by benchmarks/slice_bootstrap.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from finxfer.evaluation.calibration import wilson_interval
from finxfer.evaluation.intervals import counts_of_draws, percentile_interval
from finxfer.evaluation.metrics import FloatArray, IntArray, auc_from_groups, score_groups

RATES = ("selection_rate", "tpr", "fpr", "auc")
MIN_ROWS = 30
MIN_CLASS_ROWS = 10
_Z95 = 1.959963984540054
_CELLS_PER_CHUNK = 1_000_000


@dataclass(frozen=True)
class Measured:
    """One metric of one slice.

    Attributes:
        value: the metric in [0, 1].
        interval: 95% bootstrap interval.
        draws: the metric in each resample (B,), NaN where undefined.
        variance_floor: lowest believable sampling variance. Resampling a slice in which nobody (or everybody)
            was flagged never varies; the floor stops that from passing for certainty.
    """

    value: float
    interval: list[float] | None
    draws: FloatArray
    variance_floor: float


@dataclass(frozen=True)
class Slice:
    """Rows of one value; a metric is absent from `measured` where the rows are too few for it."""

    value: str
    rows: int
    positives: int
    negatives: int
    measured: dict[str, Measured]


def measure_slice(
    value: str, y: IntArray, p: FloatArray, threshold: float, draws: int, generator: np.random.Generator
) -> Slice:
    """Measure one slice: labels (n,) of 0, 1 and -1 (unknown), probabilities (n,) in [0, 1].

    Below 30 rows nothing is measured; TPR needs 10 positive rows, FPR 10 negative ones, AUC both.
    """
    positives, negatives = int((y == 1).sum()), int((y == 0).sum())
    if len(y) < MIN_ROWS:
        return Slice(value, len(y), positives, negatives, {})
    flagged = p >= threshold
    resampled = _resample(y, p, flagged, draws, generator)
    measured = {"selection_rate": _rate(int(flagged.sum()), len(y), resampled["selection_rate"])}
    if positives >= MIN_CLASS_ROWS:
        measured["tpr"] = _rate(int((flagged & (y == 1)).sum()), positives, resampled["tpr"])
    if negatives >= MIN_CLASS_ROWS:
        measured["fpr"] = _rate(int((flagged & (y == 0)).sum()), negatives, resampled["fpr"])
    if min(positives, negatives) >= MIN_CLASS_ROWS:
        measured["auc"] = _auc(y, p, positives, negatives, resampled["auc"])
    return Slice(value, len(y), positives, negatives, measured)


def _resample(
    y: IntArray, p: FloatArray, flagged: np.ndarray, draws: int, generator: np.random.Generator
) -> dict[str, FloatArray]:
    groups = score_groups(p)
    positive, negative = (y == 1).astype(float), (y == 0).astype(float)
    columns = np.stack([flagged, positive, negative, flagged * positive, flagged * negative], axis=1)
    parts: dict[str, list[FloatArray]] = {name: [np.empty(0)] for name in RATES}
    chunk = max(1, _CELLS_PER_CHUNK // len(y))
    for start in range(0, draws, chunk):
        counts = counts_of_draws(len(y), min(chunk, draws - start), generator)
        sums = counts @ columns.astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            parts["selection_rate"].append(sums[:, 0] / len(y))
            parts["tpr"].append(sums[:, 3] / sums[:, 1])
            parts["fpr"].append(sums[:, 4] / sums[:, 2])
        parts["auc"].append(auc_from_groups(groups.sums(counts * positive), groups.sums(counts * negative)))
    return {name: np.concatenate(chunks) for name, chunks in parts.items()}


def _rate(hits: int, rows: int, draws: FloatArray) -> Measured:
    """A share; the variance floor is that of Agresti & Caffo (2000): one more hit and one more miss."""
    adjusted = (hits + 1) / (rows + 2)
    floor = adjusted * (1 - adjusted) / (rows + 2)
    # A share of 0 or 1 does not vary under resampling: Wilson's interval stands in.
    interval = wilson_interval(hits, rows) if hits in (0, rows) else percentile_interval(draws)
    return Measured(hits / rows, interval if len(draws) else None, draws, floor)


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
