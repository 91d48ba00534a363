"""Every pair of several models on the same rows: paired differences, DeLong's test, Holm's correction."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np

from finxfer.evaluation.delong import delong, holm, placements_of
from finxfer.evaluation.intervals import ROWS_PER_CLASS_FOR_INTERVALS, percentile_interval, stratified_counts
from finxfer.evaluation.metrics import (
    FloatArray,
    IntArray,
    ranking_from_groups,
    ranking_metrics,
    row_log_loss,
    score_groups,
)

PAIRED = ("gini", "ks", "brier", "log_loss")


def compare_pairs(
    y: IntArray, probabilities: Mapping[str, FloatArray], draws: int = 500, seed: int = 0
) -> dict[str, Any]:
    """Every model's figures, and of every pair the first minus the second.

    Args:
        y: labels (N,) of 0 and 1.
        probabilities: name -> probability of the positive class (N,); two or more.
        draws: resamples of the rows, the same for all models; 0 for no bootstrap intervals.

    Returns:
        {"models": {name: {metric: value}}, "pairs": [{"first", "second", "delong": {...}, "p_holm",
        "differences": {metric: {"value", "interval"}}}]}. A value is None where a class has no row, an
        interval where one has fewer than five.
    """
    points = {name: _points(y, p) for name, p in probabilities.items()}
    drawn = _draws(y, probabilities, draws, seed)
    placed = placements_of(y, probabilities)
    pairs = []
    for first, second in combinations(probabilities, 2):
        differences: dict[str, dict[str, Any]] = {}
        for metric in PAIRED:
            ours, theirs = points[first][metric], points[second][metric]
            value = None if ours is None or theirs is None else ours - theirs
            interval = percentile_interval(drawn[first][metric] - drawn[second][metric]) if drawn else None
            differences[metric] = {"value": value, "interval": interval}
        tested = delong(placed.get(first), placed.get(second))
        pairs.append((first, second, tested, differences))
    adjusted = holm([tested["p_value"] for _, _, tested, _ in pairs])
    names = ("first", "second", "delong", "differences")
    return {
        "models": points,
        "pairs": [
            dict(zip(names, pair, strict=True)) | {"p_holm": p}
            for pair, p in zip(pairs, adjusted, strict=True)
        ],
    }


def _points(y: IntArray, p: FloatArray) -> dict[str, float | None]:
    ranking = ranking_metrics(y, p)
    losses = {"brier": float(np.mean((p - y) ** 2)), "log_loss": float(row_log_loss(y, p).mean())}
    return {name: ranking[name] for name in ("auc", "gini", "ks")} | (losses if len(y) else {})


def _draws(
    y: IntArray, probabilities: Mapping[str, FloatArray], draws: int, seed: int
) -> dict[str, dict[str, FloatArray]]:
    """Metrics of all models on the same resamples; empty where a class has too few rows."""
    if draws < 1 or min(int((y == 1).sum()), int((y == 0).sum())) < ROWS_PER_CLASS_FOR_INTERVALS:
        return {}
    positive = y == 1
    ranks = {name: score_groups(p) for name, p in probabilities.items()}
    linear = {name: np.stack([(p - y) ** 2, row_log_loss(y, p)], axis=1) for name, p in probabilities.items()}
    parts: dict[str, dict[str, list[FloatArray]]] = {n: {m: [] for m in PAIRED} for n in probabilities}
    for counts in stratified_counts(y, draws, seed):
        for name, groups in ranks.items():
            ups = groups.sums(counts * positive)
            ranking = ranking_from_groups(ups, groups.sums(counts) - ups)
            sums = counts @ linear[name] / len(y)
            found = {
                "gini": ranking["gini"],
                "ks": ranking["ks"],
                "brier": sums[:, 0],
                "log_loss": sums[:, 1],
            }
            for metric, values in found.items():
                parts[name][metric].append(values)
    return {n: {m: np.concatenate(chunks) for m, chunks in by.items()} for n, by in parts.items()}
