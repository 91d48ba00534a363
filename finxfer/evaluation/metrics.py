"""Point values of the binary metrics that every run reports.

All functions take labels ``y`` (N,) of 0 and 1 and probabilities ``p`` (N,) of the positive class in [0, 1],
and return a float, or None where the metric means nothing (for example AUC with one class only).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

RANKING = ("auc", "average_precision", "gini", "ks")
PROBABILITY = ("brier", "log_loss", "calibration_error")
DECISION = ("accuracy", "precision", "recall", "f1")
METRICS = (*RANKING, *PROBABILITY, *DECISION)
LOWER_IS_BETTER = frozenset(PROBABILITY)
CALIBRATION_BINS = 10


@dataclass(frozen=True)
class Confusion:
    """Counts of rows by actual class and decision; *flagged* means probability >= the threshold."""

    tp: int
    fp: int
    tn: int
    fn: int


def as_labels(y: ArrayLike) -> IntArray:
    """Labels as int64 with -1 for unknown; accepts None, NaN and pandas missing values for unknown.

    Raises ValueError for any value other than 0, 1, -1 or missing.
    """
    raw = np.asarray(y, dtype=object) if not isinstance(y, np.ndarray) else y
    if raw.dtype.kind not in "iufb":
        # `value != value` is True for NaN and ambiguous for pandas.NA, so NA is recognised by its name.
        unknown = np.array([v is None or type(v).__name__ == "NAType" or v != v for v in raw], dtype=bool)
        raw = np.where(unknown, -1, raw).astype(np.float64)
    values = np.where(np.isnan(raw.astype(np.float64)), -1.0, raw.astype(np.float64))
    if not np.isin(values, (-1.0, 0.0, 1.0)).all():
        strange = sorted(set(values.tolist()) - {-1.0, 0.0, 1.0})[:5]
        raise ValueError(f"labels must be 0, 1 or missing; found {strange}")
    return values.astype(np.int64)


def as_probabilities(p: ArrayLike, rows: int) -> FloatArray:
    """Probabilities as float64 (rows,).

    Raises ValueError for another length, for missing or infinite values, and for values outside [0, 1].
    """
    values = np.asarray(p, dtype=np.float64)
    if values.shape != (rows,):
        raise ValueError(f"expected {rows} probabilities, got an array of shape {values.shape}")
    if not np.isfinite(values).all():
        lacking = int((~np.isfinite(values)).sum())
        raise ValueError(f"{lacking} of {rows} probabilities are missing or infinite")
    if values.size and (values.min() < 0.0 or values.max() > 1.0):
        raise ValueError(f"probabilities must lie in [0, 1]; found {values.min():.6g} to {values.max():.6g}")
    return values


def has_both_classes(y: IntArray) -> bool:
    return bool((y == 1).any() and (y == 0).any())


@dataclass(frozen=True)
class ScoreGroups:
    """Rows in ascending order of score, with the places where the score changes.

    Ties are kept together so that no metric depends on the order of the rows.
    """

    order: IntArray  # (N,) row positions, ascending by score
    starts: IntArray  # (G,) where each distinct score begins in `order`
    scores: FloatArray  # (G,) the distinct scores

    def sums(self, weights: FloatArray) -> FloatArray:
        """Sums of row weights (..., N) per distinct score: (..., G)."""
        return np.add.reduceat(weights[..., self.order], self.starts, axis=-1)


def score_groups(p: FloatArray) -> ScoreGroups:
    order = np.argsort(p, kind="stable")
    ordered = p[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    return ScoreGroups(order, starts, ordered[starts])


def auc_from_groups(positive: FloatArray, negative: FloatArray) -> FloatArray:
    """AUC as the Mann-Whitney statistic, ties counting half, from weights per ascending score (..., G).

    NaN where a class has no weight.
    """
    below = np.cumsum(negative, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        pairs = positive.sum(-1) * below[..., -1]
        return np.asarray((positive * (below - negative / 2)).sum(-1) / pairs)


def ranking_from_groups(positive: FloatArray, negative: FloatArray) -> dict[str, FloatArray]:
    """AUC, average precision, Gini and KS from weights per distinct score, ascending: (..., G) each.

    Average precision is the step-wise sum of scikit-learn's `average_precision_score`; Gini = 2 AUC - 1; KS
    is the largest distance between the two cumulative distributions (scipy's two-sided `ks_2samp`
    statistic). NaN where a class has no weight.
    """
    positive_below = np.cumsum(positive, axis=-1)
    negative_below = np.cumsum(negative, axis=-1)
    positives, negatives = positive_below[..., -1:], negative_below[..., -1:]
    auc = auc_from_groups(positive, negative)
    with np.errstate(invalid="ignore", divide="ignore"):
        ks = np.abs(positive_below / positives - negative_below / negatives).max(-1)
        caught = positives - positive_below + positive
        flagged = caught + negatives - negative_below + negative
        average_precision = (positive * (caught / np.maximum(flagged, 1e-300))).sum(-1) / positives[..., 0]
    return {"auc": auc, "average_precision": average_precision, "gini": 2 * auc - 1, "ks": ks}


def row_log_loss(y: IntArray, p: FloatArray) -> FloatArray:
    """Log loss of each row in nats, probabilities clipped at float64's epsilon as scikit-learn does."""
    epsilon = np.finfo(np.float64).eps
    return -np.log(np.clip(np.where(y == 1, p, 1 - p), epsilon, 1 - epsilon))


def calibration_bin_of(p: FloatArray, bins: int = CALIBRATION_BINS) -> IntArray:
    """Bin number of each row, bins of equal numbers of rows; equal scores always share a bin."""
    edges = np.quantile(p, np.linspace(0, 1, bins + 1))
    return np.searchsorted(edges[1:-1], p).astype(np.int64)


def calibration_error(y: IntArray, p: FloatArray, bins: int = CALIBRATION_BINS) -> float | None:
    """Expected calibration error with ten bins of equal mass (Nixon et al. 2019, arXiv:1904.01685).

    The mean over rows of |mean probability - observed rate| of the row's bin, in [0, 1]. On few rows it is
    biased upwards: even a perfectly calibrated model shows more than 0.
    """
    if len(y) == 0:
        return None
    gap = np.bincount(calibration_bin_of(p, bins), weights=y - p, minlength=bins)
    return float(np.abs(gap).sum() / len(y))


def confusion(y: IntArray, p: FloatArray, threshold: float) -> Confusion:
    flagged, positive = p >= threshold, y == 1
    return Confusion(
        tp=int((flagged & positive).sum()),
        fp=int((flagged & ~positive).sum()),
        tn=int((~flagged & ~positive).sum()),
        fn=int((~flagged & positive).sum()),
    )


def decision_metrics(counts: Confusion) -> dict[str, float | None]:
    """Accuracy, precision, recall and F1; None where the denominator is empty."""
    rows = counts.tp + counts.fp + counts.tn + counts.fn
    flagged, positives = counts.tp + counts.fp, counts.tp + counts.fn
    return {
        "accuracy": (counts.tp + counts.tn) / rows if rows else None,
        "precision": counts.tp / flagged if flagged else None,
        "recall": counts.tp / positives if positives else None,
        "f1": 2 * counts.tp / (flagged + positives) if positives else None,
    }


def ranking_metrics(y: IntArray, p: FloatArray) -> dict[str, float | None]:
    """AUC, average precision, Gini and KS; None each unless both classes are there."""
    if not has_both_classes(y):
        return dict.fromkeys(RANKING)
    groups = score_groups(p)
    values = ranking_from_groups(groups.sums((y == 1).astype(float)), groups.sums((y == 0).astype(float)))
    return {name: float(value) for name, value in values.items()}


def binary_metrics(y: ArrayLike, p: ArrayLike, threshold: float | None) -> dict[str, Any]:
    """Every metric of one model, in the key order of metrics.json. Rows with unknown label are left out.

    Probability metrics need one labelled row, ranking metrics both classes, recall and F1 a positive row.
    Precision, recall and F1 are those of the positive class.
    """
    labels = as_labels(y)
    scores = as_probabilities(p, len(labels))[labels >= 0]
    labels = labels[labels >= 0]
    values: dict[str, float | None] = ranking_metrics(labels, scores)
    values["brier"] = float(np.mean((scores - labels) ** 2)) if len(labels) else None
    values["log_loss"] = float(row_log_loss(labels, scores).mean()) if len(labels) else None
    values["calibration_error"] = calibration_error(labels, scores)
    values["threshold"] = threshold
    if threshold is None:
        return {**values, **dict.fromkeys(DECISION)}
    return {**values, **decision_metrics(confusion(labels, scores, threshold))}
