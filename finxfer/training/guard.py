"""The guard: training never returns weights that validate worse than where it started."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from finxfer.evaluation.metrics import as_labels, ranking_metrics

RATE_STEPS = 60
TINY = 1e-12


@dataclass(frozen=True)
class Validation:
    """How a model does on the validation rows.

    log_loss decides (it judges ranking and calibration at once and is steadier on few rows than
    AUC); auc is noted beside it, NaN where only one class is there. logit_shift: what was added to
    the log-odds (class weighting inflates them).
    """

    log_loss: float
    auc: float
    logit_shift: float = 0.0

    def better_than(self, other: Validation) -> bool:
        """Whether the log loss is smaller; one that is not finite never is."""
        return bool(np.isfinite(self.log_loss) and not self.log_loss >= other.log_loss)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def validate(y: np.ndarray, logits: np.ndarray, restore_rate: bool = False) -> Validation:
    """Log loss and AUC of log-odds.

    y: 0/1 (N,). logits: float64 (N,). restore_rate: after training with class weights, shift the
    log-odds by the one number that brings their mean probability to the default rate of these rows.
    """
    if not np.isfinite(logits).all():
        return Validation(float("inf"), float("nan"))
    shift = rate_shift(logits, float(np.mean(y))) if restore_rate else 0.0
    loss = float(np.mean(row_losses(y, logits + shift)))
    auc = ranking_metrics(as_labels(y), logits)["auc"]
    return Validation(loss, float("nan") if auc is None else float(auc), shift)


def rate_shift(logits: np.ndarray, rate: float) -> float:
    """The number to add to `logits` so that the mean probability is `rate` (bisection on -30..30)."""
    low, high = -30.0, 30.0
    for _ in range(RATE_STEPS):
        middle = (low + high) / 2
        if np.mean(1.0 / (1.0 + np.exp(-(logits + middle)))) < rate:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def row_losses(y: np.ndarray, log_odds: np.ndarray) -> np.ndarray:
    """Log loss of each row: log_odds (..., N), y 0/1 (N,)."""
    return np.asarray(np.logaddexp(0.0, np.where(np.asarray(y) > 0, -log_odds, log_odds)))


def log_odds_of(probability: np.ndarray) -> np.ndarray:
    """Log-odds, finite for probabilities of 0 and 1 too."""
    kept = np.clip(probability, TINY, 1 - TINY)
    return np.asarray(np.log(kept) - np.log1p(-kept))
