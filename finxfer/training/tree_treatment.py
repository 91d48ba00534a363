"""What is done about a rare class in LightGBM: weights, focal loss, other class shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from finxfer.backbones.imbalance import Treatment, focal_bend, focal_start
from finxfer.training.focal import tree_objective
from finxfer.training.guard import log_odds_of, row_losses

NAME = "corrected_log_loss"


@dataclass(frozen=True)
class TreeTreatment:
    """A treatment as trees take it. Without one, nothing differs from LightGBM's own ways.

    Rows are left out anew for each tree (LightGBM's bagging by class), so that all of them are used in the
    end; repeated rows are repeated. Where trees are not grown on the mean, they begin at `start`.
    """

    known: Treatment

    @property
    def leaves_out(self) -> bool:
        return self.known.samples and bool((self.known.drawn <= self.known.counts).all())

    def rows(self, y: np.ndarray, seed: int) -> np.ndarray:
        """Positions of the rows that the trees get."""
        if self.leaves_out:
            return np.arange(len(y))
        return self.known.rows(y, np.random.default_rng([seed, 0x1B]))

    def weights(self, y: np.ndarray) -> np.ndarray:
        """How much each row counts, float32 (N,)."""
        return self.known.row_weights(y)

    def labels(self, y: np.ndarray) -> np.ndarray:
        """What LightGBM is told: 0/1 as they are."""
        return y

    @property
    def start(self) -> float:
        """Log-odds that the trees are grown on, beside what LightGBM begins with itself."""
        if not self.known.gamma and not self.leaves_out:
            return 0.0
        return focal_start(self.known.rate, self.known.gamma)

    def starts(self, rows: int) -> np.ndarray | None:
        """The same for each of so many rows; None leaves it to LightGBM."""
        return np.full(rows, self.start) if self.known.gamma or self.leaves_out else None

    def options(self, y: np.ndarray, weights: np.ndarray) -> dict[str, Any]:
        """Parameters of LightGBM. y, weights: of the rows of `rows`."""
        found: dict[str, Any] = {}
        if self.known.gamma:
            found["objective"] = tree_objective(y, weights, self.known.gamma)
        if self.leaves_out:
            negative, positive = self.known.drawn / np.maximum(self.known.counts, 1)
            found |= {"bagging_freq": 1, "neg_bagging_fraction": negative, "pos_bagging_fraction": positive}
        if self.judge is not None:
            found["metric"] = "None"
        return found

    def corrected(self, raw: np.ndarray) -> np.ndarray:
        """Log-odds of the table's class shares, of the trees' summed leaves."""
        return focal_bend(raw + self.start, self.known.gamma) + self.known.shift

    @property
    def judge(self) -> Any:
        """Log loss of corrected log-odds, by which the trees are stopped: that of raw ones would ask for no
        trees at all. None without a treatment."""
        if not self.known.gamma and not self.known.shift:
            return None

        def measure(answer: np.ndarray, rows: Any) -> tuple[str, float, bool]:
            # Without a loss of ours LightGBM gives probabilities, with it log-odds; the start is in both.
            log_odds = answer if self.known.gamma else log_odds_of(answer)
            loss = row_losses(rows.get_label(), self.corrected(log_odds - self.start)).mean()
            return NAME, float(loss), False

        return measure
