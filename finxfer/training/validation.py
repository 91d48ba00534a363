"""Judging a fitted model on the validation rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from finxfer.backbones.protocol import FittedModel, TrainingData
from finxfer.training.guard import TINY, Validation, log_odds_of, row_losses, validate


@dataclass(frozen=True)
class Judged:
    """A model's probabilities on all validation rows (N,), the log loss of each, and the figures."""

    probability: np.ndarray
    losses: np.ndarray
    validation: Validation


def judge(model: FittedModel, data: TrainingData) -> Judged:
    """How a model does on all validation rows."""
    probability = np.clip(model.predict(data.frame_validation), TINY, 1 - TINY)
    log_odds = log_odds_of(probability)
    losses = row_losses(data.y_validation, log_odds)
    return Judged(probability, losses, validate(data.y_validation, log_odds))
