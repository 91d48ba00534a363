"""DeLong's test of the difference of two AUCs on the same rows, and Holm's correction for many tests.

DeLong, DeLong and Clarke-Pearson 1988, "Comparing the areas under two or more correlated receiver operating
characteristic curves", Biometrics 44, 837-845: the AUC is a mean over rows, so the covariance of those rows'
placements says how sure a difference is (see :mod:`finxfer.evaluation.placements`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from finxfer.evaluation.metrics import FloatArray, IntArray, has_both_classes
from finxfer.evaluation.placements import Placements, lead

_NOTHING = {"value": None, "error": None, "z": None, "p_value": None, "interval": None}


def placements_of(y: IntArray, probabilities: Mapping[str, FloatArray]) -> dict[str, Placements]:
    """Placements of every model; empty where a class has no row."""
    if not has_both_classes(y):
        return {}
    return {name: Placements.of(p, y, np.zeros(len(y), dtype=np.int64)) for name, p in probabilities.items()}


def delong(first: Placements | None, second: Placements | None) -> dict[str, Any]:
    """First minus second AUC: value, error (standard error), z, p_value (two-sided), interval (95%).

    None each where it cannot be computed: one class only; with a single row of a class, or where the rows
    leave no chance at all for a difference (two perfect rankings), value alone is known. Equal rankings
    have p_value 1.
    """
    if first is None or second is None:
        return dict(_NOTHING)
    found = lead(first, second)
    value, error = found["value"], found["error"]
    if error is None:
        return _NOTHING | {"value": value}
    if error < 1e-12:
        same = abs(value) < 1e-12
        alike = {"error": 0.0, "p_value": 1.0, "interval": [0.0, 0.0]}
        return _NOTHING | {"value": value} | (alike if same else {})
    z = value / error
    return {
        "value": value,
        "error": error,
        "z": z,
        "p_value": math.erfc(abs(z) / math.sqrt(2)),
        "interval": found["interval"],
    }


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjusted p-values by Holm (1979), at most 1; None stays None and does not count as a test."""
    known = sorted((p, position) for position, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    reached = 0.0
    for rank, (p, position) in enumerate(known):
        reached = max(reached, min(1.0, p * (len(known) - rank)))
        adjusted[position] = reached
    return adjusted
