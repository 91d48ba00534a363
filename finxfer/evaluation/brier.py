"""The Brier score taken apart, and how far log-odds are from calibrated ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from finxfer.evaluation.metrics import CALIBRATION_BINS, FloatArray, IntArray, calibration_bin_of
from finxfer.evaluation.recalibration import fit_line, log_odds

_Z95 = 1.959963984540054
_FLAT = 1e-9
"""A spread of log-odds below this holds no slope."""


def brier_parts(y: IntArray, p: FloatArray, bins: int = CALIBRATION_BINS) -> dict[str, float]:
    """Murphy's decomposition of the Brier score over bins of equal numbers of rows.

    value = reliability - resolution + uncertainty + within_variance - within_covariance, exactly: the last
    two are what bins hide (Murphy 1973; Stephenson, Coelho & Jolliffe 2008, "Two extra components in the
    Brier score decomposition"). y: 0/1 (N,), N >= 1. p: (N,) in [0, 1].
    """
    number = np.unique(calibration_bin_of(p, bins), return_inverse=True)[1]
    rows = np.bincount(number)
    forecast, outcome = np.bincount(number, weights=p) / rows, np.bincount(number, weights=y) / rows
    rate = float(y.mean())
    apart_p, apart_y = p - forecast[number], y - outcome[number]
    return {
        "value": float(np.mean((p - y) ** 2)),
        "reliability": float((rows * (forecast - outcome) ** 2).sum() / len(y)),
        "resolution": float((rows * (outcome - rate) ** 2).sum() / len(y)),
        "uncertainty": rate * (1 - rate),
        "within_variance": float(np.mean(apart_p**2)),
        "within_covariance": float(2 * np.mean(apart_p * apart_y)),
        "bins": len(rows),
    }


def cox_line(y: IntArray, p: FloatArray) -> dict[str, Any] | None:
    """Calibration slope and intercept: log-odds of the outcome = intercept + slope x log-odds of p.

    Calibrated probabilities have 1 and 0 (Cox 1958, "Two further applications of a model for binary
    regression"); a slope below 1 says that they are too extreme. in_the_large is the intercept at slope 1.
    Intervals are Wald's at 95%. None with one class, equal probabilities, or where the classes separate.
    """
    x = log_odds(p)
    if y.min() == y.max() or np.ptp(x) < _FLAT:
        return None
    line, shift = fit_line(x, y), fit_line(x, y, fixed_slope=1.0)
    if line is None or shift is None:
        return None
    return {
        "slope": line.slope,
        "slope_interval": _wald(line.slope, line.slope_error),
        "intercept": line.intercept,
        "intercept_interval": _wald(line.intercept, line.intercept_error),
        "in_the_large": shift.intercept,
        "in_the_large_interval": _wald(shift.intercept, shift.intercept_error),
    }


def _wald(value: float, error: float) -> list[float]:
    return [value - _Z95 * error, value + _Z95 * error]
