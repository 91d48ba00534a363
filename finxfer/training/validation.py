"""Judging a fitted model on the validation rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from finxfer.backbones.protocol import FittedModel, TrainingData
from finxfer.records.spec import BINARY
from finxfer.training.guard import TINY, Validation, validate


@dataclass(frozen=True)
class Judged:
    """What a model says of all validation rows, (N,) or (N, C), the loss of each (N,), and the figures."""

    prediction: np.ndarray
    losses: np.ndarray
    validation: Validation


def judge(model: FittedModel, data: TrainingData) -> Judged:
    """How a model does on all validation rows."""
    prediction = model.predict(data.frame_validation)
    if data.task == BINARY:
        prediction = np.clip(prediction, TINY, 1 - TINY)
    raw = data.output.raw_of(prediction)
    losses = data.output.row_losses(data.y_validation, raw)
    return Judged(prediction, losses, validate(data.y_validation, raw, output=data.output))
