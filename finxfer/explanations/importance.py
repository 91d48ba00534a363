"""Global importance: mean |SHAP value| of each feature, with bootstrap intervals over the customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

LEVEL = 0.95


def importance(features: Sequence[str], values: np.ndarray, draws: int, seed: int) -> list[dict[str, Any]]:
    """Features by importance, largest first.

    Args:
        features: M names.
        values: (N, M) SHAP values.
        draws: bootstrap draws over the N rows; the interval is their 2.5% to 97.5% range (percentile
            bootstrap, Efron & Tibshirani 1993).
        seed: of the draws.

    Returns:
        ``{"feature", "mean_abs", "interval": [low, high]}`` each, in units of probability.
    """
    size = np.abs(values)
    rows = len(size)
    counts = np.random.default_rng(seed).multinomial(rows, np.full(rows, 1 / rows), size=draws)
    means = counts @ size / rows
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    mean = size.mean(axis=0)
    return [
        {"feature": features[at], "mean_abs": float(mean[at]), "interval": [float(low[at]), float(high[at])]}
        for at in np.argsort(-mean, kind="stable")
    ]
