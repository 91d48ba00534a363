"""Reweighing: weights of training rows that make group and outcome independent.

Kamiran & Calders 2012, "Data preprocessing techniques for classification without discrimination", Knowledge
and Information Systems 33: a row of group s and outcome y weighs P(s) P(y) / P(s, y).
"""

from __future__ import annotations

import numpy as np

from finxfer.evaluation.metrics import FloatArray


def reweighing(y: np.ndarray, groups: np.ndarray) -> FloatArray:
    """Weights (N,), mean 1, of rows with outcomes y of 0/1 (N,) in groups (N,) of any labels."""
    _, group = np.unique(groups, return_inverse=True)
    outcome = np.asarray(y, dtype=np.int64)
    together = np.zeros((int(group.max()) + 1, 2))
    np.add.at(together, (group, outcome), 1.0)
    expected = together.sum(axis=1, keepdims=True) * together.sum(axis=0) / len(outcome)
    weights = np.divide(expected, together, out=np.ones_like(together), where=together > 0)
    found = weights[group, outcome]
    return np.asarray(found / found.mean())
