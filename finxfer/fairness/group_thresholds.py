"""Thresholds of their own for each group, on the run's scores: an analysis, not a way to decide.

They use the protected attribute at the moment of the decision, which many laws forbid. What they show is how
much of a gap lies in where the line is drawn, and how much in how the customers are ranked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from finxfer.evaluation.metrics import FloatArray, IntArray
from finxfer.fairness.rates import MIN_CLASS_ROWS, MIN_ROWS

EQUAL_SHARE, EQUAL_TPR = "demographic_parity", "true_positive_rate_parity"
TINY = 1e-9


@dataclass(frozen=True)
class GroupThresholds:
    """Group -> threshold; `common` for every other row."""

    common: float
    of: Mapping[str, float]

    def of_rows(self, groups: np.ndarray) -> FloatArray:
        """The threshold of each row (N,)."""
        return np.array([self.of.get(str(group), self.common) for group in groups], dtype=np.float64)

    def flagged(self, p: FloatArray, groups: np.ndarray) -> FloatArray:
        """Decisions (N,) of 0 and 1."""
        return (p >= self.of_rows(groups)).astype(np.float64)

    def score(self, p: FloatArray, groups: np.ndarray) -> FloatArray:
        """The one score (N,) whose common threshold gives the same decisions: the log-odds moved by as much
        as the group's threshold lies away from the common one."""
        moved = _log_odds(p) - _log_odds(self.of_rows(groups)) + _log_odds(np.array(self.common))
        return np.asarray(1.0 / (1.0 + np.exp(-moved)))


def group_thresholds(
    rule: str, y: IntArray, p: FloatArray, groups: np.ndarray, threshold: float
) -> GroupThresholds:
    """Thresholds at which every group has the share flagged (or the TPR) of all rows at `threshold`.

    rule: EQUAL_SHARE or EQUAL_TPR. y, p, groups: rows that may choose (N,). Groups of fewer than 30 rows, or
    of fewer than 10 positive ones for the TPR, keep the common threshold.
    """
    counted = np.ones(len(y), dtype=bool) if rule == EQUAL_SHARE else y == 1
    wanted = float((p[counted] >= threshold).mean()) if counted.any() else 0.0
    enough = MIN_ROWS if rule == EQUAL_SHARE else MIN_CLASS_ROWS
    found = {}
    for group in np.unique(groups):
        inside = p[counted & (groups == group)]
        if len(inside) >= enough:
            found[str(group)] = threshold_for_share(inside, wanted)
    return GroupThresholds(threshold, found)


def threshold_for_share(p: FloatArray, share: float) -> float:
    """The threshold above which (inclusive) as near as possible to `share` of the scores lie, half-way
    between two scores."""
    ordered = np.sort(p)[::-1]
    most = round(share * len(ordered))
    if most == 0:
        return float(min(1.0, ordered[0] + 1e-6))
    if most == len(ordered):
        return float(ordered[-1])
    return float((ordered[most - 1] + ordered[most]) / 2)


def _log_odds(p: FloatArray) -> FloatArray:
    clipped = np.clip(p, TINY, 1 - TINY)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))
