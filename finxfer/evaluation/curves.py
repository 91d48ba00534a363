"""What the charts of a run draw, thinned to at most 200 points: curves.json.

Points are thinned, never smoothed: each is a point of the full curve, both ends are kept, and the curves'
areas stay within 1e-3 of the full ones on real tables.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from finxfer.evaluation.calibration import calibration_table
from finxfer.evaluation.metrics import FloatArray, IntArray, has_both_classes, score_groups

POINTS = 200
_HISTOGRAM_BINS = 40


def thin(position: FloatArray, points: int = POINTS) -> IntArray:
    """Indices of at most `points` entries, evenly spread along the ascending `position`, ends included."""
    if len(position) <= points:
        return np.arange(len(position), dtype=np.int64)
    wanted = np.linspace(position[0], position[-1], points)
    found = np.searchsorted(position, wanted, side="left").clip(0, len(position) - 1)
    found[0], found[-1] = 0, len(position) - 1
    return np.unique(found).astype(np.int64)


def curves(y: IntArray, p: FloatArray, threshold: float) -> dict[str, Any]:
    """All curves of one model on labelled rows; those that need both classes are None without them.

    `thresholds` counts decisions at each listed threshold ("flag when p >= threshold"), the run's own too.
    """
    return {
        **_ranking_curves(y, p),
        "calibration": calibration_table(y, p),
        "lift": _lift(y, p) if len(y) and y.any() else None,
        "histogram": _histogram(y, p),
        "thresholds": _threshold_counts(y, p, threshold),
    }


def _ranking_curves(y: IntArray, p: FloatArray) -> dict[str, Any]:
    if not has_both_classes(y):
        return {"roc": None, "precision_recall": None, "ks": None}
    groups = score_groups(p)
    positive, negative = groups.sums((y == 1).astype(float)), groups.sums((y == 0).astype(float))
    positives, negatives = positive.sum(), negative.sum()
    # From the highest score downwards; the first point flags nobody.
    tp = np.r_[0.0, np.cumsum(positive[::-1])]
    fp = np.r_[0.0, np.cumsum(negative[::-1])]
    tpr, fpr = tp / positives, fp / negatives
    kept = thin(tpr + fpr)
    # Along recall and along rows flagged: the curve moves fast where few rows are flagged.
    precise = thin(tpr[1:] + np.sqrt((tp[1:] + fp[1:]) / (positives + negatives))) + 1
    cdf_positive, cdf_negative = np.cumsum(positive) / positives, np.cumsum(negative) / negatives
    distance = np.abs(cdf_negative - cdf_positive)
    widest = int(np.argmax(distance))
    drawn = np.union1d(thin(cdf_positive + cdf_negative, POINTS - 1), [widest])
    return {
        "roc": {"fpr": _list(fpr[kept]), "tpr": _list(tpr[kept])},
        "precision_recall": {
            "recall": _list(tpr[precise]),
            "precision": _list(tp[precise] / (tp[precise] + fp[precise])),
        },
        "ks": {
            "score": _list(groups.scores[drawn]),
            "cdf_positive": _list(cdf_positive[drawn]),
            "cdf_negative": _list(cdf_negative[drawn]),
            "at": float(groups.scores[widest]),
            "value": float(distance[widest]),
        },
    }


def _lift(y: IntArray, p: FloatArray) -> list[dict[str, Any]]:
    """Ten parts of (nearly) equal size from the highest scores down; decile 1 holds the highest.

    Rows with equal scores share their mean label, so that the table does not depend on the order of the rows;
    positives can then be fractional.
    """
    groups = score_groups(p)
    sizes = np.diff(np.r_[groups.starts, len(p)])
    share = np.repeat(groups.sums(y.astype(float)) / sizes, sizes)[::-1]
    total, rate = float(y.sum()), float(y.mean())
    table, gained = [], 0.0
    for number, part in enumerate(np.array_split(share, min(10, len(share))), start=1):
        found = float(part.sum())
        gained += found
        table.append(
            {
                "decile": number,
                "rows": len(part),
                "positives": round(found, 6),
                "rate": found / len(part),
                "lift": found / len(part) / rate,
                "cumulative_gain": min(1.0, gained / total),
            }
        )
    return table


def _histogram(y: IntArray, p: FloatArray) -> dict[str, list[float]]:
    """Counts of both classes in 40 bins from 0 to the highest score, rounded up to a twentieth."""
    top = min(1.0, math.ceil(float(p.max()) * 20 + 1e-9) / 20) if len(p) else 1.0
    edges = np.linspace(0.0, max(top, 0.05), _HISTOGRAM_BINS + 1)
    return {
        "edges": _list(edges),
        "positive": np.histogram(p[y == 1], edges)[0].tolist(),
        "negative": np.histogram(p[y == 0], edges)[0].tolist(),
    }


def _threshold_counts(y: IntArray, p: FloatArray, threshold: float) -> dict[str, list[Any]]:
    """Decisions at up to 200 thresholds spread over the scores."""
    spread = np.quantile(p, np.linspace(0, 1, POINTS - 2)) if len(p) else np.array([])
    grid = np.unique(np.r_[0.0, spread, threshold])
    positive, negative = np.sort(p[y == 1]), np.sort(p[y == 0])
    fn, tn = np.searchsorted(positive, grid, side="left"), np.searchsorted(negative, grid, side="left")
    return {
        "threshold": _list(grid),
        "tp": (len(positive) - fn).tolist(),
        "fp": (len(negative) - tn).tolist(),
        "tn": tn.tolist(),
        "fn": fn.tolist(),
    }


def _list(values: FloatArray) -> list[float]:
    return [float(value) for value in np.round(values, 9)]
