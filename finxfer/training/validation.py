"""Judging a fitted model on the validation rows."""

from __future__ import annotations

import numpy as np

from finxfer.backbones.protocol import FittedModel, TrainingData
from finxfer.training.guard import Validation, validate


def validate_model(model: FittedModel, data: TrainingData) -> Validation:
    """Log loss and AUC on all validation rows."""
    probability = np.clip(model.predict(data.frame_validation), 1e-12, 1 - 1e-12)
    return validate(data.y_validation, np.log(probability) - np.log1p(-probability))
