"""How a regression or a choice among classes does period by period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import chdtrc

from finxfer.evaluation.intervals import percentile_interval
from finxfer.evaluation.metrics import FloatArray, IntArray
from finxfer.evaluation.multiclass import WeightedClasses
from finxfer.evaluation.regression import WeightedErrors, plain_counts
from finxfer.evaluation.stability import BASELINE, MODEL
from finxfer.records.spec import MULTICLASS, REGRESSION

ROWS_OF_A_PERIOD = 30
"""Rows without which a period's figures say nothing."""
FIGURE = {REGRESSION: "rmse", MULTICLASS: "accuracy"}
"""What is followed through the periods."""


def by_period_of_task(
    task: str,
    y: np.ndarray,
    predictions: Mapping[str, np.ndarray],
    codes: IntArray,
    names: Sequence[str],
    draws: int,
    seed: int,
) -> list[dict[str, Any]]:
    """RMSE or accuracy with intervals of the model and its baseline, for each period that has rows.

    Args:
        task: regression or multiclass.
        y: known targets (N,). predictions: "model", and "baseline" where there is one -> (N,) or (N, C).
        codes: period of each row (N,), a position in `names`; -1 = unknown.

    Returns:
        As :func:`finxfer.evaluation.stability.by_period`, with the keys of the task's figure in ``model`` and
        ``baseline``, ``mean_actual`` and ``mean_prediction`` of a regression, and ``error`` (the standard
        deviation of the figure's draws). The difference is model minus baseline.
    """
    found = []
    for code, name in enumerate(names):
        inside = codes == code
        if inside.any():
            parts = {model: p[inside] for model, p in predictions.items()}
            found.append(_period(task, y[inside], parts, name, draws, seed))
    return found


def _period(
    task: str, y: np.ndarray, parts: dict[str, np.ndarray], name: str, draws: int, seed: int
) -> dict[str, Any]:
    amounts = task == REGRESSION
    entry: dict[str, Any] = {
        "name": name,
        "rows": len(y),
        "positives": None,
        "positive_rate": None,
        "mean_probability": None,
        "mean_actual": float(y.mean()) if amounts else None,
        "mean_prediction": float(parts[MODEL].mean()) if amounts else None,
        "reason": f"Only {len(y)} row{'' if len(y) == 1 else 's'}." if len(y) < ROWS_OF_A_PERIOD else None,
        "model": None,
        "baseline": None,
        "difference": None,
    }
    if entry["reason"] is not None:
        return entry
    figure = FIGURE[task]
    drawn: dict[str, FloatArray] = {}
    for model, p in parts.items():
        measure = WeightedErrors(y, p) if amounts else WeightedClasses(np.asarray(y, dtype=np.int64), p)
        value = float(measure(np.ones((1, len(y))))[figure][0])
        chunks = [measure(counts)[figure] for counts in plain_counts(len(y), draws, seed)]
        drawn[model] = np.concatenate(chunks) if chunks else np.zeros(0)
        entry[model] = {figure: value, f"{figure}_interval": percentile_interval(drawn[model])}
    entry["error"] = float(drawn[MODEL].std()) if len(drawn[MODEL]) else None
    if BASELINE in parts:
        gap = entry[MODEL][figure] - entry[BASELINE][figure]
        entry["difference"] = {"value": gap, "interval": percentile_interval(drawn[MODEL] - drawn[BASELINE])}
    return entry


def homogeneity_of_task(task: str, periods: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Whether the model does equally well in all periods: Cochran's Q of the figure (see
    :func:`finxfer.evaluation.stability.homogeneity`), with the variances of its bootstrap draws.

    None with fewer than two periods that have figures.
    """
    told = [
        (one["model"][FIGURE[task]], one["error"]) for one in periods if one["model"] and one.get("error")
    ]
    if len(told) < 2:
        return None
    values, errors = (np.array(part) for part in zip(*told, strict=True))
    weights = 1 / errors**2
    q = float(weights @ (values - weights @ values / weights.sum()) ** 2)
    degrees = len(told) - 1
    return {"q": q, "degrees": degrees, "p_value": float(chdtrc(degrees, q))}
