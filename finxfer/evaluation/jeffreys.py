"""Jeffreys' interval and test of a default rate, as the ECB asks for them in the validation of PD models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Of scipy.special: pages read this module, and scipy.stats takes most of a second to import.
from scipy.special import betainc, betaincc, betaincinv

LEVEL = 0.05
"""From which p-value on a difference is named."""
IN_LINE, TOO_LOW, TOO_HIGH, TOO_LITTLE = "in line", "PD too low", "PD looks too high", "too little data"


def jeffreys_interval(defaults: float, rows: float, level: float = 0.95) -> list[float]:
    """Equal-tailed interval of a default rate from Beta(D + 1/2, N - D + 1/2): [low, high] in [0, 1].

    Low is 0 without a default and high is 1 without a survivor (Brown, Cai & DasGupta 2001, "Interval
    estimation for a binomial proportion"); [0, 1] for no rows.
    """
    if rows <= 0:
        return [0.0, 1.0]
    tail = (1 - level) / 2
    low, high = betaincinv(defaults + 0.5, rows - defaults + 0.5, [tail, 1 - tail])
    return [0.0 if defaults <= 0 else float(low), 1.0 if defaults >= rows else float(high)]


def jeffreys_p_values(pd: float, defaults: float, rows: float) -> tuple[float, float] | tuple[None, None]:
    """One-sided p-values of a PD (0..1): (small where it is too low, small where it is too high).

    The first is the posterior probability that the true rate is at most the PD, Beta(D + 1/2, N - D + 1/2)
    at the PD: the test of "the PD is not underestimated" in the ECB's "Instructions for reporting the
    validation results of internal models" (2019, 2.5.3.1). The second is 1 minus it. Both None for no rows.
    """
    if rows <= 0:
        return None, None
    low = float(betainc(defaults + 0.5, rows - defaults + 0.5, pd))
    return low, float(betaincc(defaults + 0.5, rows - defaults + 0.5, pd))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted so that naming any of them below 5% is wrong at most once in 20 (Holm 1979)."""
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    steps = np.maximum.accumulate(values[order] * (len(values) - np.arange(len(values))))
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(steps, 1.0)
    return [float(value) for value in adjusted]


def verdicts(pairs: Sequence[tuple[float | None, float | None]]) -> list[str]:
    """A word for each pair of `jeffreys_p_values`, both sides of every grade counted in Holm's adjustment."""
    known = [pair for pair in pairs if pair[0] is not None]
    adjusted = iter(holm([float(p) for pair in known for p in pair if p is not None]))
    words = []
    for pair in pairs:
        if pair[0] is None:
            words.append(TOO_LITTLE)
            continue
        too_low, too_high = next(adjusted), next(adjusted)
        words.append(TOO_LOW if too_low < LEVEL else TOO_HIGH if too_high < LEVEL else IN_LINE)
    return words
