"""The population stability index (PSI): how far the customers of one sample differ from those of another.

PSI = sum over bins of (new share - old share) * ln(new share / old share). Below .10 two populations are
usually called alike, above .25 different: a rule of thumb (Siddiqi, Credit Risk Scorecards, 2006, chapter 8),
which no statistics stands behind. Chance alone makes a PSI too: without any change it is about chi-squared
with bins - 1 degrees of freedom, times 1/n + 1/m for samples of n and m rows (Yurdakul, Statistical
properties of population stability index, 2018). So a sample differs only where it exceeds both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import chdtri

BINS = 10
ALIKE, DIFFERENT = 0.10, 0.25
LEVEL = 0.95
MOST_CATEGORIES = 20
# A share of zero has no logarithm; half a row in a thousand stands in for it.
SMALLEST_SHARE = 0.0005


def quantile_edges(values: np.ndarray) -> np.ndarray:
    """Inner edges of tenths of the reference values, float64 (9 at most); NaN is missing."""
    present = values[~np.isnan(values)]
    if not len(present):
        return np.zeros(0)
    return np.unique(np.quantile(present, np.linspace(0, 1, BINS + 1)[1:-1]).astype(np.float64))


def number_shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Shares per bin (edges + 2,); the last one is the share of missing values."""
    missing = np.isnan(values)
    bins = np.searchsorted(edges, values[~missing], side="right")
    counts = np.bincount(bins, minlength=len(edges) + 1)
    return np.append(counts, missing.sum()) / max(1, len(values))


def code_shares(codes: np.ndarray) -> np.ndarray:
    """Shares of missing-or-unseen (code 0), of the commonest categories, and of all others together."""
    counts = np.bincount(np.minimum(codes, MOST_CATEGORIES + 1), minlength=MOST_CATEGORIES + 2)
    return counts / max(1, len(codes))


def psi(old: np.ndarray, new: np.ndarray, rows: int | None = None) -> float:
    """Population stability index of two vectors of shares of the same length.

    An empty bin among few new ``rows`` counts as half a row, so that it is not taken for a great change.
    """
    floor = SMALLEST_SHARE if not rows else min(max(SMALLEST_SHARE, 0.5 / rows), 0.05)
    a = np.maximum(old, SMALLEST_SHARE)
    # A bin that was empty and stayed empty has not changed.
    b = np.where((new == 0) & (old == 0), a, np.maximum(new, floor))
    return float(((b - a) * np.log(b / a)).sum())


def chance_mean(bins: int, rows: int, reference_rows: float = np.inf) -> float:
    """The PSI that two samples of one population show on average; `bins` that hold rows of either."""
    return max(bins - 1, 0) * _scale(rows, reference_rows)


def chance(bins: int, rows: int, reference_rows: float = np.inf, level: float = LEVEL) -> float:
    """The PSI that chance alone exceeds with probability 1 - `level`."""
    degrees = bins - 1
    return float(chdtri(degrees, 1 - level)) * _scale(rows, reference_rows) if degrees > 0 else 0.0


def _scale(rows: int, reference_rows: float) -> float:
    return 1 / max(rows, 1) + 1 / max(reference_rows, 1)


def compare_shares(
    old: np.ndarray, new: np.ndarray, reference_rows: int, rows: int, comparisons: int = 1
) -> dict[str, Any]:
    """A PSI with what of it may be chance, and how it reads.

    Args:
        old, new: shares of the same bins (B,).
        reference_rows, rows: how many rows they are shares of.
        comparisons: how many such PSIs are looked at together; the more, the higher chance reaches
            (Bonferroni).

    Returns:
        psi, chance_mean, chance_95 (of this one PSI), limit (of all that are looked at), bins,
        reference_rows, rows, reading: alike (below .10), within chance, shifted or different (above .25).
    """
    bins = int(((old > 0) | (new > 0)).sum())
    value = psi(old, new, rows)
    limit = chance(bins, rows, reference_rows, 1 - (1 - LEVEL) / max(comparisons, 1))
    return {
        "psi": round(value, 5),
        "chance_mean": round(chance_mean(bins, rows, reference_rows), 5),
        "chance_95": round(chance(bins, rows, reference_rows), 5),
        "limit": round(limit, 5),
        "bins": bins,
        "reference_rows": reference_rows,
        "rows": rows,
        "reading": reading(value, limit),
    }


def reading(value: float, limit: float) -> str:
    """In a word: alike, within chance, shifted or different."""
    if value < ALIKE:
        return "alike"
    if value <= limit:
        return "within chance"
    return "shifted" if value <= DIFFERENT else "different"
