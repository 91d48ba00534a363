"""The shallowest training that cannot be told from the best: the one-standard-error rule, paired by row.

Breiman, Friedman, Olshen & Stone (1984, "Classification and Regression Trees", section 3.4.3) take the
simplest model whose cross-validated error is within one standard error of the smallest. Theirs is the error
of the best model's own mean; here every model has rated the same rows, so that the standard error is that of
the mean of the differences row by row, which is smaller and is the one that tells two models apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finxfer.evaluation.metrics import FloatArray


@dataclass(frozen=True)
class Behind:
    """How far a model is behind the best.

    Attributes:
        value: its mean loss minus the best's, 0 or more.
        error: standard error of that difference, 0 or more.
    """

    value: float
    error: float

    @property
    def within(self) -> bool:
        """Whether it is within one standard error of the best."""
        return self.value <= self.error


@dataclass(frozen=True)
class Ranked:
    """Positions of the best and of the recommended model, and how far each is behind the best."""

    best: int
    recommended: int
    behind: tuple[Behind, ...]


def one_standard_error(losses: Sequence[FloatArray]) -> Ranked:
    """The first model within one standard error of the best.

    Args:
        losses: for each model, the simplest first, its loss on each of the same rows (N,), rated without
            having learned from them. Rows with a loss that is not finite count against their model.

    Raises:
        ValueError: no model, no row, or different numbers of rows.
    """
    if not losses or len({len(one) for one in losses}) != 1 or not len(losses[0]):
        raise ValueError(f"losses of the same rows are needed; got {[len(one) for one in losses]}")
    table = np.stack([np.where(np.isfinite(one), one, np.inf) for one in losses])
    means = table.mean(axis=1)
    best = int(np.argmin(means))
    behind = tuple(_behind(one, table[best]) for one in table)
    recommended = next(number for number, one in enumerate(behind) if one.within)
    return Ranked(best, recommended, behind)


def _behind(losses: FloatArray, best: FloatArray) -> Behind:
    if losses is best or not np.isfinite(best).all():
        return Behind(0.0, 0.0)
    if not np.isfinite(losses).all():
        return Behind(float("inf"), 0.0)
    differences = losses - best
    rows = len(differences)
    error = float(differences.std(ddof=1) / np.sqrt(rows)) if rows > 1 else 0.0
    return Behind(max(0.0, float(differences.mean())), error)
