"""Recalibration: a monotone function of the probability, fitted on rows that the model has not learned from.

Platt's is a straight line on the log-odds, the isotonic one a staircase with slopes between its steps. The
prior correction moves the log-odds by one number, to another share of defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import expit, logit

from finxfer.evaluation.metrics import FloatArray, IntArray, score_groups

NONE, PLATT, ISOTONIC = "none", "platt", "isotonic"
FOLDS = 5
TINY = 1e-12
_STEPS, _DONE = 100, 1e-10


def log_odds(p: FloatArray) -> FloatArray:
    """Log-odds (N,), finite for probabilities of 0 and 1 too."""
    return np.asarray(logit(np.clip(p, TINY, 1 - TINY)))


@dataclass(frozen=True)
class Line:
    """Log-odds = intercept + slope x, with standard errors (0 for a slope that was fixed)."""

    intercept: float
    slope: float
    intercept_error: float
    slope_error: float


def fit_line(x: FloatArray, targets: Any, fixed_slope: float | None = None) -> Line | None:
    """The likeliest logistic line through targets in [0, 1] (N,), by Newton's method, or None.

    There is none where the targets separate along x: the slope grows without end.
    """
    y = np.asarray(targets, dtype=np.float64)
    slope_free = fixed_slope is None
    design = np.stack([np.ones_like(x), x], axis=1) if slope_free else np.ones((len(x), 1))
    offset = np.zeros_like(x) if fixed_slope is None else fixed_slope * x
    found = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        fitted = expit(design @ found + offset)
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1 / TINY:
            return None
        step = np.linalg.solve(information, design.T @ (y - fitted))
        # A long step on few rows would overshoot; a shorter one only takes longer.
        found = found + step * min(1.0, 2.0 / max(np.abs(step).max(), TINY))
        if np.abs(step).max() < _DONE:
            errors = np.sqrt(np.diag(np.linalg.inv(information)))
            slope, error = (found[1], errors[1]) if slope_free else (fixed_slope or 0.0, 0.0)
            return Line(float(found[0]), float(slope), float(errors[0]), float(error))
    return None


@dataclass(frozen=True)
class Recalibration:
    """A monotone function from probabilities to probabilities.

    Attributes:
        method: "platt" or "isotonic".
        x, y: for "platt" intercept and slope as (intercept,), (slope,); for "isotonic" the corners (K,) of
            the staircase, both ascending.
    """

    method: str
    x: tuple[float, ...]
    y: tuple[float, ...]

    def __call__(self, p: FloatArray) -> FloatArray:
        """Recalibrated probabilities (N,) of probabilities (N,)."""
        p = np.asarray(p, dtype=np.float64)
        if self.method == PLATT:
            return np.asarray(expit(self.x[0] + self.y[0] * log_odds(p)))
        return np.asarray(np.interp(p, self.x, self.y))

    def to_json(self) -> dict[str, Any]:
        return {"method": self.method, "x": list(self.x), "y": list(self.y)}


def recalibrate(y: IntArray, p: FloatArray, method: str) -> Recalibration:
    """Fit on labels y (N,) of 0 and 1 and probabilities p (N,); both classes occur."""
    return _platt(y, p) if method == PLATT else _isotonic(y, p)


def _platt(y: IntArray, p: FloatArray) -> Recalibration:
    """Platt 1999: logistic regression on the log-odds, its targets drawn in by the size of each class.

    Where the line would fall (the model ranks these rows the wrong way round) only the level is corrected.
    """
    positives, negatives = int((y == 1).sum()), int((y == 0).sum())
    targets = np.where(y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    x = log_odds(p)
    line = fit_line(x, targets) if np.ptp(x) > TINY else None
    if line is None or line.slope <= 0:
        line = fit_line(x, targets, fixed_slope=1.0)
    if line is None:
        return Recalibration(PLATT, (0.0,), (1.0,))
    return Recalibration(PLATT, (line.intercept,), (line.slope,))


def _isotonic(y: IntArray, p: FloatArray) -> Recalibration:
    """Pool adjacent violators (Zadrozny & Elkan 2002), straight between the ends of its blocks.

    A block of good or of bad customers only would claim a PD of 0 or 1; it gets (D + 1/2) / (N + 1) instead,
    never beyond its neighbour.
    """
    groups = score_groups(p)
    rows, defaults = groups.sums(np.ones(len(p))), groups.sums(y.astype(np.float64))
    found = isotonic_regression(defaults / rows, weights=rows)
    value, blocks = np.asarray(found.x), np.asarray(found.blocks)
    sizes = np.add.reduceat(rows, blocks[:-1])
    at_block = value[blocks[:-1]]
    eased = (at_block * sizes + 0.5) / (sizes + 1)
    good, bad = at_block <= 0, at_block >= 1
    inner = at_block[~good & ~bad]
    low, high = (inner.min(), inner.max()) if len(inner) else (1.0, 0.0)
    at_block = np.where(good, np.minimum(eased, low), np.where(bad, np.maximum(eased, high), at_block))
    ends = np.unique(np.r_[blocks[:-1], blocks[1:] - 1])
    corner = np.searchsorted(blocks, ends, side="right") - 1
    return Recalibration(
        ISOTONIC,
        tuple(float(score) for score in groups.scores[ends]),
        tuple(float(share) for share in at_block[corner]),
    )


def cross_fitted(y: IntArray, p: FloatArray, method: str, seed: int) -> FloatArray:
    """Recalibrated probabilities (N,) of the very rows that fit: each row's function is fitted on other rows.

    In `FOLDS` parts that hold both classes in like shares. What else these rows choose (thresholds, bands,
    grades) is chosen on these probabilities, so that no row has had a say in its own.
    """
    part = np.empty(len(y), dtype=np.int64)
    generator = np.random.default_rng([seed, 0xCA1])
    for value in (0, 1):
        places = generator.permutation(np.flatnonzero(y == value))
        part[places] = np.arange(len(places)) % FOLDS
    found = np.empty(len(p))
    for number in range(FOLDS):
        inside = part == number
        others = y[~inside]
        if inside.any():
            whole = len(others) == 0 or others.min() == others.max()
            fitted = recalibrate(y if whole else others, p if whole else p[~inside], method)
            found[inside] = fitted(p[inside])
    return found


def prior_shift(rate: float, base_rate: float) -> float:
    """What log-odds gain when the share of positives is `base_rate` and no longer `rate`, both in (0, 1).

    Elkan 2001, "The foundations of cost-sensitive learning", theorem 2; Saerens, Latinne & Decaestecker 2002.
    It holds where the customers of each class stay the same and only their shares differ.
    """
    return float(logit(base_rate) - logit(rate))


def shifted(p: FloatArray, shift: float) -> FloatArray:
    """Probabilities (N,) whose log-odds are moved by `shift`; 0 and 1 stay."""
    odds = np.exp(shift)
    return np.asarray(p * odds / (p * odds + (1 - p)))
