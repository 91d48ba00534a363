"""Drawing rows by class, and weighing them by it. numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np


def class_weights(y: np.ndarray, weighting: str) -> np.ndarray:
    """float32 (N,), mean 1: ones, or with "balanced" the inverse of each class's share."""
    if weighting == "none":
        return np.ones(len(y), dtype=np.float32)
    positives = max(float(y.sum()), 1.0)
    negatives = max(len(y) - positives, 1.0)
    return np.where(y > 0, len(y) / (2 * positives), len(y) / (2 * negatives)).astype(np.float32)


def stratified_parts(y: np.ndarray, sizes: Sequence[int], seed: int) -> list[np.ndarray]:
    """Disjoint sorted row positions, `sizes[i]` of them, each with the classes in the table's proportion.

    y: 0/1 (N,); the sizes sum up to at most N.
    """
    y = np.asarray(y)
    generator = np.random.default_rng(seed)
    # Each class spread evenly over [0, 1): any stretch of the order has the table's class shares.
    place = np.empty(len(y))
    for value in (0, 1):
        members = generator.permutation(np.flatnonzero(y == value))
        place[members] = (np.arange(len(members)) + generator.random()) / max(len(members), 1)
    order = np.argsort(place, kind="stable")
    ends = np.cumsum([0, *sizes])
    return [np.sort(order[start:end]) for start, end in pairwise(ends)]
