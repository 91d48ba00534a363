"""Rating grades: cut points on the probability, chosen by rows that may choose, reported on others.

Grade 1 holds the lowest risk. Whatever the method, adjacent grades are merged until the default rates that
the choosing rows show ascend strictly (pool adjacent violators, Barlow et al. 1972).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from finxfer.evaluation.metrics import FloatArray, IntArray, score_groups

PRE_BINS = 60
"""Cuts at quantiles that the optimum is sought among."""
LEAST_SHARE = 0.03
"""Of the choosing rows that a grade of the optimum holds."""


@dataclass(frozen=True)
class Scale:
    """Rating grades as the choosing rows made them.

    Attributes:
        edges: inner cut points (G - 1,), ascending; a probability on an edge belongs to the grade above it.
        pd: mean probability of each grade's choosing rows (G,).
        pooled: share of defaults among them (G,).
        rows, defaults: how many there are (G,).
    """

    edges: FloatArray
    pd: FloatArray
    pooled: FloatArray
    rows: IntArray
    defaults: IntArray

    def __len__(self) -> int:
        return len(self.pd)

    def of(self, p: FloatArray) -> IntArray:
        """The grade, from 0, of each probability."""
        return np.searchsorted(self.edges, p, side="right").astype(np.int64)


def build_scale(y: IntArray, p: FloatArray, method: str, grades: int) -> Scale:
    """Grades from labels y (N,) of 0 and 1 and probabilities p (N,), N >= 1; equal probabilities share one.

    method: "count" cuts into equal numbers of rows, "optimum" where the labels' likelihood is greatest, with
    as many grades as the Bayesian information criterion supports. grades: at most so many come of it.
    """
    edges = _equal_counts(p, grades) if method == "count" else _optimum(y, p, grades)
    edges = _ascending(y, p, edges)
    number = np.searchsorted(edges, p, side="right")
    rows = np.bincount(number, minlength=len(edges) + 1)
    defaults = np.bincount(number, weights=y, minlength=len(edges) + 1)
    means = np.bincount(number, weights=p, minlength=len(edges) + 1) / rows
    return Scale(edges, means, defaults / rows, rows.astype(np.int64), np.round(defaults).astype(np.int64))


def _equal_counts(p: FloatArray, grades: int) -> FloatArray:
    """Inner cut points between distinct probabilities, as near to equal numbers of rows as ties allow."""
    groups = score_groups(p)
    if len(groups.scores) < 2:
        return np.empty(0)
    below = groups.starts[1:]
    wanted = np.arange(1, grades) * len(p) / grades
    places = np.unique(np.abs(below[:, None] - wanted[None, :]).argmin(axis=0))
    return _between(groups.scores, places)


def _between(scores: FloatArray, places: IntArray) -> FloatArray:
    """Half-way between each distinct score and the next; the upper one where there is no number between."""
    low, high = scores[places], scores[places + 1]
    middle = low + (high - low) / 2
    return np.asarray(np.where(middle > low, middle, high))


def _ascending(y: IntArray, p: FloatArray, edges: FloatArray) -> FloatArray:
    """Only those edges that separate strictly ascending default rates."""
    number = np.searchsorted(edges, p, side="right")
    rows = np.bincount(number, minlength=len(edges) + 1)
    rates = np.bincount(number, weights=y, minlength=len(edges) + 1) / rows
    fitted = isotonic_regression(rates, weights=rows).x
    return edges[np.diff(fitted) > 1e-12]


def _optimum(y: IntArray, p: FloatArray, grades: int) -> FloatArray:
    """Cut points of the likeliest monotone grades, by dynamic programming over `PRE_BINS` quantile bins."""
    fine = _ascending(y, p, _equal_counts(p, PRE_BINS))
    number = np.searchsorted(fine, p, side="right")
    bins = len(fine) + 1
    rows = np.r_[0, np.cumsum(np.bincount(number, minlength=bins))]
    bad = np.r_[0, np.cumsum(np.bincount(number, weights=y, minlength=bins))]
    # Between monotone fine bins every grouping of neighbours is monotone too: no other constraint is needed.
    n, d = rows[None, :] - rows[:, None], bad[None, :] - bad[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.nan_to_num(d * np.log(d / n)) + np.nan_to_num((n - d) * np.log((n - d) / n))
    gain = np.where(n >= max(1.0, LEAST_SHARE * len(p)), gain, -np.inf)
    best, came_from = [gain[0]], []
    for _ in range(1, grades):
        choices = best[-1][:, None] + gain
        came_from.append(choices.argmax(axis=0))
        best.append(choices.max(axis=0))
    scores = [value[bins] - 0.5 * np.log(len(p)) * number for number, value in enumerate(best)]
    count, place, cuts = int(np.argmax(scores)), bins, []
    for step in range(count - 1, -1, -1):
        place = int(came_from[step][place])
        cuts.append(place)
    return fine[np.asarray(cuts[::-1], dtype=np.int64) - 1]


def herfindahl(shares: FloatArray) -> float:
    """Sum of squared shares (G,): 1/G where all grades are equally full, 1 where one holds everybody."""
    return float((np.asarray(shares) ** 2).sum())
