"""Metrics of a choice among several classes.

All functions take class codes ``y`` (N,) from 0 to C - 1 and probabilities ``p`` (N, C) that sum to 1.
*One-vs-rest* is each class against all others together; *macro* is the plain mean over the classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from finxfer.evaluation.intervals import Draws, counts_of_draws
from finxfer.evaluation.metrics import (
    CALIBRATION_BINS,
    FloatArray,
    IntArray,
    calibration_bin_of,
    ranking_from_groups,
    score_groups,
)

MULTICLASS_METRICS = (
    "auc",
    "average_precision",
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
    "log_loss",
    "brier",
    "calibration_error",
)
CLASS_METRICS = ("precision", "recall", "f1", "auc")
FEWEST_OF_A_CLASS = 2
"""A class with fewer rows is resampled as it is; with all classes like that there are no intervals."""
_CELLS_PER_CHUNK = 1_000_000


def as_codes(y: ArrayLike, classes: int) -> IntArray:
    """Class codes as int64 (N,), -1 where unknown (negative or NaN). ValueError for a code of no class."""
    raw = np.asarray(y, dtype=np.float64)
    codes = np.where(np.isnan(raw) | (raw < 0), -1, raw).astype(np.int64)
    if codes.size and codes.max() >= classes:
        raise ValueError(f"class codes must be below {classes}; found {int(codes.max())}")
    return codes


def as_class_probabilities(p: ArrayLike, rows: int, classes: int | None = None) -> FloatArray:
    """Probabilities as float64 (rows, C).

    Raises ValueError for another shape, values outside [0, 1] or rows that do not sum to 1 (within 1e-3).
    """
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 2 or len(values) != rows or (classes is not None and values.shape[1] != classes):
        raise ValueError(f"expected {rows} rows of {classes} probabilities, got shape {values.shape}")
    if not np.isfinite(values).all() or (values.size and (values.min() < 0 or values.max() > 1 + 1e-9)):
        raise ValueError("probabilities must lie in [0, 1]")
    if values.size and np.abs(values.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError("the probabilities of a row must sum to 1")
    return values


def class_log_loss(y: IntArray, p: FloatArray) -> FloatArray:
    """Log loss of each row in nats, (N,); probabilities clipped at float64's epsilon."""
    return -np.log(np.clip(p[np.arange(len(y)), y], np.finfo(np.float64).eps, 1.0))


def multiclass_metrics(y: ArrayLike, p: ArrayLike, classes: Sequence[str] | None = None) -> dict[str, Any]:
    """Every metric of one model in the key order of metrics.json; rows of unknown class are left out.

    AUC and average precision are one-vs-rest, macro over the classes that occur with others beside them.
    Balanced accuracy is the mean recall over the classes that occur. Macro F1 is over the classes that occur
    or are predicted, undefined parts counting 0 (as scikit-learn's). The Brier score is the sum over the
    classes of the squared errors, in [0, 2] (Brier 1950). The calibration error is of the predicted class's
    probability, in ten bins of equal mass. ``per_class`` holds precision, recall, F1, AUC and rows of each.
    """
    rows = np.asarray(y)
    scores = as_class_probabilities(p, len(rows))
    count = scores.shape[1]
    codes = as_codes(rows, count)
    scores, codes = scores[codes >= 0], codes[codes >= 0]
    names = list(classes) if classes is not None else [str(code) for code in range(count)]
    if len(codes) == 0:
        nothing = dict.fromkeys(CLASS_METRICS) | {"rows": 0}
        return dict.fromkeys(MULTICLASS_METRICS) | {"per_class": {name: dict(nothing) for name in names}}
    measure = WeightedClasses(codes, scores)
    found = {name: float(value[0]) for name, value in measure(np.ones((1, len(codes)))).items()}
    defined = {name: value if np.isfinite(value) else None for name, value in found.items()}
    occurs = np.bincount(codes, minlength=count)
    per_class = {
        name: {metric: defined[key(metric, code)] for metric in CLASS_METRICS} | {"rows": int(occurs[code])}
        for code, name in enumerate(names)
    }
    return {name: defined[name] for name in MULTICLASS_METRICS} | {"per_class": per_class}


def key(metric: str, code: int) -> str:
    """How a metric of one class is called among the draws: ``recall:2``."""
    return f"{metric}:{code}"


class WeightedClasses:
    """All metrics of one model as functions of row counts (draws, N); what does not change is kept."""

    def __init__(self, y: IntArray, p: FloatArray) -> None:
        rows, self._count = p.shape
        self._own = np.eye(self._count)[y]
        top = p.argmax(axis=1)
        self._groups = [score_groups(p[:, code]) for code in range(self._count)]
        right = (top == y).astype(np.float64)
        brier = ((p - self._own) ** 2).sum(axis=1)
        bins = calibration_bin_of(p[np.arange(rows), top])
        gap = np.zeros((rows, CALIBRATION_BINS))
        gap[np.arange(rows), bins] = right - p[np.arange(rows), top]
        called = np.eye(self._count)[top]
        self._linear = np.concatenate(
            [self._own, called, self._own * called, right[:, None], brier[:, None],
             class_log_loss(y, p)[:, None], gap],
            axis=1,
        )  # fmt: skip

    def __call__(self, counts: FloatArray) -> dict[str, FloatArray]:
        sums, classes = counts @ self._linear, self._count
        rows = counts.sum(axis=1)
        actual, called, hits = (sums[:, at * classes : (at + 1) * classes] for at in range(3))
        right, brier, loss = sums[:, 3 * classes : 3 * classes + 3].T
        gaps = sums[:, 3 * classes + 3 :]
        with np.errstate(invalid="ignore", divide="ignore"):
            recall, precision = hits / actual, hits / called
            f1 = 2 * hits / (actual + called)
        auc, average = self._ranking(counts)
        found = {
            "auc": _mean(auc),
            "average_precision": _mean(average),
            "accuracy": right / rows,
            "balanced_accuracy": _mean(recall),
            "macro_f1": _mean(f1),
            "log_loss": loss / rows,
            "brier": brier / rows,
            "calibration_error": np.abs(gaps).sum(axis=1) / rows,
        }
        for metric, values in (("precision", precision), ("recall", recall), ("f1", f1), ("auc", auc)):
            found |= {key(metric, code): values[:, code] for code in range(classes)}
        return found

    def _ranking(self, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
        """AUC and average precision of each class against the others, (draws, C); NaN where undefined."""
        auc, average = np.empty((len(counts), self._count)), np.empty((len(counts), self._count))
        for code, groups in enumerate(self._groups):
            positive = groups.sums(counts * self._own[:, code])
            found = ranking_from_groups(positive, groups.sums(counts) - positive)
            auc[:, code] = found["auc"]
            average[:, code] = np.where(np.isfinite(found["auc"]), found["average_precision"], np.nan)
        return auc, average


def _mean(values: FloatArray) -> FloatArray:
    """Mean over the classes (draws,), leaving out undefined ones; NaN where all are."""
    known = np.isfinite(values)
    number = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def class_counts(y: IntArray, draws: int, seed: int) -> Iterator[FloatArray]:
    """Chunks (<= draws, N) of resample counts, each class in its own number."""
    generator = np.random.default_rng([seed, 0xB007])
    places = [np.flatnonzero(y == code) for code in np.unique(y)]
    chunk = max(1, _CELLS_PER_CHUNK // max(1, len(y)))
    for start in range(0, draws, chunk):
        size = min(chunk, draws - start)
        counts = np.zeros((size, len(y)))
        for place in places:
            counts[:, place] = counts_of_draws(len(place), size, generator)
        yield counts


def bootstrap_classes(y: IntArray, p: Mapping[str, FloatArray], draws: int, seed: int) -> Draws:
    """Every metric of every model on the same resamples: model -> metric -> (draws,).

    Metrics of one class are under :func:`key`. Empty with fewer than two classes of at least two rows.
    """
    if draws < 1 or (np.bincount(y) >= FEWEST_OF_A_CLASS).sum() < 2:
        return {}
    measures = {name: WeightedClasses(y, one) for name, one in p.items()}
    parts: dict[str, dict[str, list[FloatArray]]] = {name: {} for name in measures}
    for counts in class_counts(y, draws, seed):
        for name, measure in measures.items():
            for metric, values in measure(counts).items():
                parts[name].setdefault(metric, []).append(values)
    return {n: {m: np.concatenate(chunks) for m, chunks in by.items()} for n, by in parts.items()}
