"""How wrong a model is about each row, by the task: what the search for the worst slices goes by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from finxfer.evaluation.metrics import FloatArray, as_labels, row_log_loss
from finxfer.evaluation.multiclass import as_codes, class_log_loss
from finxfer.records.spec import BINARY, MULTICLASS, REGRESSION


@dataclass(frozen=True)
class RowErrors:
    """The loss of every row and what was to be expected of it.

    Attributes:
        metric: log_loss, or absolute_error in the target's units.
        loss: (N,), NaN where the target is unknown.
        expected: the loss (N,) if the probabilities were right; None where a model says no probabilities.
        observed, predicted: (N,) what is averaged beside it: the label and its probability, the actual value
            and its prediction; of several classes whether the likeliest is right and its probability.
    """

    metric: str
    loss: FloatArray
    expected: FloatArray | None
    observed: FloatArray
    predicted: FloatArray

    @property
    def known(self) -> np.ndarray:
        """Positions of the rows with a known target."""
        return np.flatnonzero(~np.isnan(self.loss))


def binary_errors(y: np.ndarray, p: np.ndarray) -> RowErrors:
    """Log loss; y (N,) of 0, 1 and -1, p probabilities (N,)."""
    labels = as_labels(y)
    kept = np.clip(p, 1e-12, 1 - 1e-12)
    entropy = -(kept * np.log(kept) + (1 - kept) * np.log1p(-kept))
    loss = np.where(labels >= 0, row_log_loss(np.maximum(labels, 0), p), np.nan)
    return RowErrors("log_loss", loss, entropy, labels.astype(np.float64), np.asarray(p, dtype=np.float64))


def class_errors(y: np.ndarray, p: np.ndarray) -> RowErrors:
    """Log loss; y class codes (N,), -1 unknown, p probabilities (N, C)."""
    codes = as_codes(y, p.shape[1])
    kept = np.clip(p, 1e-12, 1.0)
    top = p.argmax(axis=1)
    loss = np.where(codes >= 0, class_log_loss(np.maximum(codes, 0), p), np.nan)
    right = (top == codes).astype(np.float64)
    return RowErrors("log_loss", loss, -(kept * np.log(kept)).sum(axis=1), right, p.max(axis=1))


def amount_errors(y: np.ndarray, p: np.ndarray) -> RowErrors:
    """Absolute error; y (N,) with NaN for unknown, p predictions (N,), in the target's units."""
    return RowErrors("absolute_error", np.abs(p - y), None, np.asarray(y), np.asarray(p))


LOSSES: dict[str, Callable[[np.ndarray, np.ndarray], RowErrors]] = {
    BINARY: binary_errors,
    MULTICLASS: class_errors,
    REGRESSION: amount_errors,
}
