"""What the charts of a regression or multiclass run draw: curves.json."""

from __future__ import annotations

from typing import Any

import numpy as np

from finxfer.evaluation.calibration import wilson_interval
from finxfer.evaluation.curves import thin
from finxfer.evaluation.intervals import counts_of_draws
from finxfer.evaluation.metrics import FloatArray, IntArray, calibration_bin_of, score_groups

TENTHS = 10
GRID = 40
HISTOGRAM_BINS = 40
# The picture spans what 98 of 100 rows hold: one millionaire would press all others into a corner.
SPAN = (0.01, 0.99)
_DRAWS = 200


def regression_curves(y: FloatArray, p: FloatArray, seed: int) -> dict[str, Any]:
    """Tenths by prediction and by actual value, a grid of predicted against actual, the errors' histogram.

    Returns:
        ``tenths`` (by prediction: rows, low, high, predicted, actual and its 95% ``interval``, bias and its
        ``bias_interval``, mae, rmse), ``sizes`` (the same by actual value), ``grid`` (edges, counts [actual]
        [predicted], rows outside), ``errors`` (edges, counts, rows outside).
    """
    if len(y) == 0:
        return {"tenths": [], "sizes": [], "grid": None, "errors": None}
    generator = np.random.default_rng([seed, 0x7E27])
    return {
        "tenths": _tenths(y, p, p, generator),
        "sizes": _tenths(y, p, y, generator),
        "grid": _grid(y, p),
        "errors": _errors(p - y),
    }


def _tenths(y: FloatArray, p: FloatArray, by: FloatArray, generator: Any) -> list[dict[str, Any]]:
    """Up to ten parts of about equal size along ``by``; equal values share a part."""
    found = []
    number = calibration_bin_of(by, TENTHS)
    for part in np.unique(number):
        inside = number == part
        actual, error = y[inside], (p - y)[inside]
        counts = counts_of_draws(len(actual), _DRAWS, generator) / len(actual)
        found.append(
            {
                "rows": len(actual),
                "low": float(by[inside].min()),
                "high": float(by[inside].max()),
                "predicted": float(p[inside].mean()),
                "actual": float(actual.mean()),
                "interval": _ends(counts @ actual),
                "bias": float(error.mean()),
                "bias_interval": _ends(counts @ error),
                "mae": float(np.abs(error).mean()),
                "rmse": float(np.sqrt((error**2).mean())),
                "rmse_interval": _ends(np.sqrt(counts @ error**2)),
            }
        )
    return found


def _ends(draws: FloatArray) -> list[float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return [float(low), float(high)]


def _grid(y: FloatArray, p: FloatArray) -> dict[str, Any]:
    edges = _edges(np.concatenate([y, p]), GRID)
    counts = np.histogram2d(y, p, bins=[edges, edges])[0].astype(int)
    return {"edges": edges.tolist(), "counts": counts.tolist(), "outside": int(len(y) - counts.sum())}


def _errors(error: FloatArray) -> dict[str, Any]:
    edges = _edges(error, HISTOGRAM_BINS)
    counts = np.histogram(error, edges)[0]
    return {"edges": edges.tolist(), "counts": counts.tolist(), "outside": int(len(error) - counts.sum())}


def _edges(values: FloatArray, bins: int) -> FloatArray:
    low, high = np.quantile(values, SPAN)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


def multiclass_curves(y: IntArray, p: FloatArray) -> dict[str, Any]:
    """Confusion matrix, calibration of the predicted class and one-vs-rest ROC curves of one model.

    Returns:
        ``confusion`` (C, C) counts, actual class down, predicted across; ``calibration`` as of a binary task,
        of the predicted class's probability; ``roc``: one entry a class, None where it lacks rows.
    """
    classes = p.shape[1]
    if len(y) == 0:
        return {"confusion": None, "calibration": [], "roc": [None] * classes}
    top = p.argmax(axis=1)
    confusion = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(confusion, (y, top), 1)
    return {
        "confusion": confusion.tolist(),
        "calibration": _reliability((top == y).astype(np.float64), p[np.arange(len(y)), top]),
        "roc": [_roc(y == code, p[:, code]) for code in range(classes)],
    }


def _reliability(right: FloatArray, told: FloatArray) -> list[dict[str, Any]]:
    found = []
    number = calibration_bin_of(told)
    for part in np.unique(number):
        inside = number == part
        rows, hits = int(inside.sum()), float(right[inside].sum())
        entry = {"predicted": float(told[inside].mean()), "observed": hits / rows}
        found.append(entry | {"interval": wilson_interval(hits, rows), "rows": rows})
    return found


def _roc(positive: np.ndarray, p: FloatArray) -> dict[str, list[float]] | None:
    if positive.all() or not positive.any():
        return None
    groups = score_groups(p)
    tp = np.r_[0.0, np.cumsum(groups.sums(positive.astype(float))[::-1])]
    fp = np.r_[0.0, np.cumsum(groups.sums((~positive).astype(float))[::-1])]
    tpr, fpr = tp / tp[-1], fp / fp[-1]
    kept = thin(tpr + fpr, 100)
    return {"fpr": np.round(fpr[kept], 6).tolist(), "tpr": np.round(tpr[kept], 6).tolist()}
