"""Every pair of several models of a regression or of several classes on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np

from finxfer.evaluation.intervals import percentile_interval
from finxfer.evaluation.multiclass import bootstrap_classes, multiclass_metrics
from finxfer.evaluation.pairs import compare_pairs
from finxfer.evaluation.regression import bootstrap_errors, regression_metrics
from finxfer.evaluation.tasks import SIGNED, TASKS
from finxfer.records.spec import BINARY, REGRESSION

NO_TEST = {"value": None, "interval": None, "p_value": None}
"""In the place of DeLong's test, which is of AUCs of two classes."""


def compare_of_task(
    task: str, y: np.ndarray, predictions: Mapping[str, np.ndarray], draws: int = 500, seed: int = 0
) -> dict[str, Any]:
    """Every model's figures, and of every pair the first minus the second, with paired bootstrap intervals.

    Args:
        task: binary is left to :func:`finxfer.evaluation.pairs.compare_pairs`.
        y: known targets (N,).
        predictions: name -> (N,), (N, C) or values (N,); two or more.
        draws: resamples of the rows, the same for all models; 0 for no intervals.

    Returns:
        {"task", "models": {name: {metric: value}}, "pairs": [{"first", "second", "delong" (empty), "p_holm"
        (None), "differences": {metric: {"value", "interval"}}}]}.
    """
    if task == BINARY:
        return compare_pairs(np.asarray(y, dtype=np.int64), predictions, draws, seed) | {"task": task}
    if task == REGRESSION:
        points = {name: regression_metrics(y, p) for name, p in predictions.items()}
        drawn = bootstrap_errors(np.asarray(y, dtype=np.float64), predictions, draws, seed)
    else:
        codes = np.asarray(y, dtype=np.int64)
        points = {name: multiclass_metrics(codes, p) for name, p in predictions.items()}
        drawn = bootstrap_classes(codes, predictions, draws, seed)
    metrics = TASKS[task].metrics
    pairs = []
    for first, second in combinations(predictions, 2):
        differences = {}
        for metric in metrics:
            ours, theirs = points[first][metric], points[second][metric]
            if metric == SIGNED:
                continue
            value = None if ours is None or theirs is None else float(ours) - float(theirs)
            interval = percentile_interval(drawn[first][metric] - drawn[second][metric]) if drawn else None
            differences[metric] = {"value": value, "interval": None if value is None else interval}
        pair = {"first": first, "second": second, "delong": dict(NO_TEST), "p_holm": None}
        pairs.append(pair | {"differences": differences})
    models = {name: {metric: one[metric] for metric in metrics} for name, one in points.items()}
    return {"task": task, "models": models, "pairs": pairs}
