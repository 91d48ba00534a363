"""Calibration table: predicted probability against observed rate, in bins of equal numbers of rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from finxfer.evaluation.metrics import CALIBRATION_BINS, FloatArray, IntArray, calibration_bin_of

_Z95 = 1.959963984540054


def wilson_interval(successes: float, rows: float, z: float = _Z95) -> list[float]:
    """Wilson's score interval of a share (Wilson 1927): [low, high] in [0, 1]; [0, 1] for no rows."""
    if rows <= 0:
        return [0.0, 1.0]
    share = successes / rows
    centre = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows)) / (1 + z * z / rows)
    return [max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))]


def chance_calibration_errors(p: FloatArray, draws: int, seed: int) -> FloatArray:
    """Calibration errors (draws,) that a perfectly calibrated model with these scores would show by chance.

    The null of Vaicenavicius et al. 2019 (arXiv:1902.06977), labels drawn from the scores themselves; here by
    the normal approximation of each bin's sum, since a bin holds many rows.
    """
    if len(p) == 0:
        return np.zeros(draws)
    spread = np.sqrt(np.bincount(calibration_bin_of(p), weights=p * (1 - p), minlength=CALIBRATION_BINS))
    noise = np.random.default_rng([seed, 0xCA11]).normal(size=(draws, CALIBRATION_BINS))
    return np.asarray(np.abs(noise * spread).sum(axis=1) / len(p))


def calibration_table(y: IntArray, p: FloatArray, bins: int = CALIBRATION_BINS) -> list[dict[str, Any]]:
    """One entry per occupied bin, ascending: mean predicted, observed rate with Wilson interval, rows."""
    if len(y) == 0:
        return []
    number = calibration_bin_of(p, bins)
    table = []
    for bin_number in np.unique(number):
        inside = number == bin_number
        rows, positives = int(inside.sum()), int(y[inside].sum())
        table.append(
            {
                "predicted": float(p[inside].mean()),
                "observed": positives / rows,
                "interval": wilson_interval(positives, rows),
                "rows": rows,
            }
        )
    return table
