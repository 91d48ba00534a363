"""How good probabilities of default are: rating grades against outcomes, and what recalibration would do.

Grades and recalibrations are fitted on the rows that may choose; the test rows only say how they do.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from finxfer.evaluation.brier import brier_parts, cox_line
from finxfer.evaluation.grades import Scale, build_scale, herfindahl
from finxfer.evaluation.intervals import bootstrap, percentile_interval
from finxfer.evaluation.jeffreys import jeffreys_interval, jeffreys_p_values, verdicts
from finxfer.evaluation.metrics import FloatArray, IntArray, binary_metrics, ranking_metrics
from finxfer.evaluation.recalibration import ISOTONIC, PLATT, prior_shift, recalibrate, shifted

COMPARED = ("log_loss", "brier", "calibration_error", "auc")
_ANY_THRESHOLD = 0.5


def grade_report(
    choosing: tuple[IntArray, FloatArray],
    test: tuple[IntArray, FloatArray],
    method: str,
    grades: int,
    base_rate: float | None,
) -> dict[str, Any]:
    """The entry "grades" of calibration.json.

    choosing, test: labels (N,) of 0 and 1 and probabilities (N,); the test rows may be none. base_rate: of
    the portfolio; each grade's PD is also given there.
    """
    scale = build_scale(*choosing, method, grades)
    y, p = test
    number = scale.of(p)
    rows = np.bincount(number, minlength=len(scale))
    defaults = np.bincount(number, weights=y, minlength=len(scale))
    pairs = [jeffreys_p_values(*values) for values in zip(scale.pd, defaults, rows, strict=True)]
    words = verdicts(pairs)
    there = None if base_rate is None else _at_base_rate(scale, float(choosing[0].mean()), base_rate)
    bounds = [0.0, *scale.edges.tolist(), 1.0]
    table = [
        {
            "grade": at + 1,
            "from": bounds[at],
            "to": bounds[at + 1],
            "pd": float(scale.pd[at]),
            "pooled_pd": float(scale.pooled[at]),
            "pd_at_base_rate": None if there is None else float(there[at]),
            "choosing_rows": int(scale.rows[at]),
            "choosing_defaults": int(scale.defaults[at]),
            "share": float(rows[at] / len(y)) if len(y) else None,
            **_observed(int(defaults[at]), int(rows[at]), pairs[at], words[at]),
        }
        for at in range(len(scale))
    ]
    shares = rows / len(y) if len(y) else scale.rows / scale.rows.sum()
    concentration = herfindahl(shares)
    ranking = ranking_metrics(y, (number + 0.5) / len(scale))
    return {
        "asked": grades,
        "found": len(scale),
        "edges": scale.edges.tolist(),
        "table": table,
        "portfolio": _portfolio(y, p),
        "herfindahl": concentration,
        "effective_grades": 1 / concentration,
        "gini": ranking["gini"],
        "ks": ranking["ks"],
    }


def _at_base_rate(scale: Scale, rate: float, base_rate: float) -> FloatArray:
    return shifted(scale.pd, prior_shift(rate, base_rate))


def _observed(
    defaults: int, rows: int, pair: tuple[float, float] | tuple[None, None], verdict: str
) -> dict[str, Any]:
    return {
        "rows": rows,
        "defaults": defaults,
        "observed": defaults / rows if rows else None,
        "interval": jeffreys_interval(defaults, rows) if rows else None,
        "p_value": pair[0],
        "p_value_high": pair[1],
        "verdict": verdict,
    }


def _portfolio(y: IntArray, p: FloatArray) -> dict[str, Any] | None:
    """All test rows as one grade, its PD the mean of their own probabilities; None for no rows."""
    if len(y) == 0:
        return None
    pd, defaults = float(p.mean()), int(y.sum())
    pair = jeffreys_p_values(pd, defaults, len(y))
    return {"pd": pd, **_observed(defaults, len(y), pair, verdicts([pair])[0])}


def score_report(y: IntArray, p: FloatArray, draws: int, seed: int) -> dict[str, Any]:
    """The entries "brier" and "cox" of calibration.json, on labelled test rows (N,), N >= 1."""
    resampled = bootstrap(y, {"model": p}, {"model": _ANY_THRESHOLD}, draws, seed)
    interval = percentile_interval(resampled["model"]["brier"]) if resampled else None
    return {"brier": {**brier_parts(y, p), "interval": interval}, "cox": cox_line(y, p)}


def recalibration_report(
    choosing: tuple[IntArray, FloatArray], test: tuple[IntArray, FloatArray], draws: int, seed: int
) -> dict[str, Any]:
    """The entry "recalibrations" of calibration.json: metrics on test rows before and after.

    Differences are after minus before, on the same resamples; below 0 is better but for the AUC.
    """
    y, p = test
    fitted = {method: recalibrate(*choosing, method) for method in (PLATT, ISOTONIC)}
    probabilities = {"before": p} | {method: function(p) for method, function in fitted.items()}
    points = {name: binary_metrics(y, q, None) for name, q in probabilities.items()}
    resampled = bootstrap(y, probabilities, dict.fromkeys(probabilities, _ANY_THRESHOLD), draws, seed)
    found: dict[str, Any] = {"before": {"metrics": {name: points["before"][name] for name in COMPARED}}}
    for method, function in fitted.items():
        found[method] = {
            "metrics": {name: points[method][name] for name in COMPARED},
            "differences": {
                name: {
                    "value": _minus(points[method][name], points["before"][name]),
                    "interval": percentile_interval(resampled[method][name] - resampled["before"][name])
                    if resampled
                    else None,
                }
                for name in COMPARED
            },
        }
        if method == PLATT:
            found[method] |= {"intercept": function.x[0], "slope": function.y[0]}
        else:
            found[method] |= {"steps": len(set(function.y))}
    return found


def _minus(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before
