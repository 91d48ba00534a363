"""What approving and declining customers is worth: approval curves, and policies on the same customers.

A policy approves from the lowest risk upwards, either every customer below a threshold or a quota of them.
Customers of equal risk share the last places of a quota in equal parts, so that two policies approve exactly
the same share. Where the portfolio has another default rate than the rows, each class is weighed accordingly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from finxfer.evaluation.jeffreys import jeffreys_interval
from finxfer.evaluation.metrics import FloatArray, IntArray, score_groups
from finxfer.evaluation.recalibration import prior_shift, shifted

CURVE_POINTS = 101


@dataclass(frozen=True)
class Amounts:
    """Money per customer by outcome: what is earned is above 0, what is lost below."""

    approved_good: float
    approved_bad: float
    declined_good: float = 0.0
    declined_bad: float = 0.0

    @property
    def break_even(self) -> float | None:
        """The probability of default from which declining is worth more (Elkan 2001, equation 2).

        None where approving is never worth more, or always.
        """
        good, bad = self.approved_good - self.declined_good, self.declined_bad - self.approved_bad
        return good / (good + bad) if good > 0 and bad > 0 else None

    def approved(self, y: IntArray) -> FloatArray:
        """What each customer (N,) is worth when approved."""
        return np.where(y == 1, self.approved_bad, self.approved_good).astype(np.float64)

    def declined(self, y: IntArray) -> FloatArray:
        """What each customer (N,) is worth when declined."""
        return np.where(y == 1, self.declined_bad, self.declined_good).astype(np.float64)


@dataclass(frozen=True)
class Customers:
    """Rows with known outcome y (N,) of 0 and 1, N >= 1, and the portfolio that they stand for.

    base_rate: its default rate; None is that of the rows. With one class only it has no effect.
    """

    y: IntArray
    base_rate: float | None = None

    @property
    def shift(self) -> float:
        """What log-odds gain in the portfolio; 0 without a base rate, or with one class only."""
        if self.base_rate is None or not 0 < self.y.mean() < 1:
            return 0.0
        return prior_shift(float(self.y.mean()), self.base_rate)

    @property
    def weights(self) -> FloatArray:
        """Weight of each row (N,), 1 on average."""
        if self.shift == 0.0 or self.base_rate is None:
            return np.ones(len(self.y))
        rate = float(self.y.mean())
        return np.where(self.y == 1, self.base_rate / rate, (1 - self.base_rate) / (1 - rate))

    def rate(self, defaults: float, rows: float) -> dict[str, Any]:
        """Rows, defaults and the default rate with Jeffreys' interval, moved to the portfolio's base rate."""
        if rows < 1e-9:
            return {"rows": 0, "defaults": 0, "bad_rate": None, "interval": None}
        values = np.asarray([defaults / rows, *jeffreys_interval(min(defaults, rows), rows)])
        rate, low, high = shifted(np.clip(values, 0.0, 1.0), self.shift)
        return {
            "rows": _count(rows),
            "defaults": _count(defaults),
            "bad_rate": float(rate),
            "interval": [float(min(low, rate)), float(max(high, rate))],
        }


def _count(value: float) -> int | float:
    """A whole number where it is one; customers who share a place count in parts."""
    return round(value) if abs(value - round(value)) < 1e-6 else round(value, 2)


class Ranked:
    """Customers in ascending order of risk (N,), ties together."""

    def __init__(self, risk: FloatArray) -> None:
        self.groups = score_groups(risk)
        sizes = np.diff(np.r_[self.groups.starts, len(risk)])
        self._group_of = np.empty(len(risk), dtype=np.int64)
        self._group_of[self.groups.order] = np.repeat(np.arange(len(sizes)), sizes)

    def quota(self, weights: FloatArray, share: float) -> FloatArray:
        """The part of each row (..., N) that is approved when `share` of the weight (..., N) is."""
        size = self.groups.sums(weights)
        reached = np.cumsum(size, axis=-1)
        room = share * reached[..., -1:] - (reached - size)
        with np.errstate(divide="ignore", invalid="ignore"):
            part = np.where(size > 0, np.clip(room / size, 0.0, 1.0), 0.0)
        return np.asarray(part[..., self._group_of])

    def tied(self, weights: FloatArray, share: float) -> float:
        """Share of the weight (N,) that shares the last places of the quota; 0 where the cut is clean."""
        part = self.quota(weights, share)
        return float(weights[(part > 1e-9) & (part < 1 - 1e-9)].sum() / weights.sum())


def approval_curve(
    customers: Customers, risk: FloatArray, amounts: Amounts, probability: FloatArray | None
) -> dict[str, list[float | None]]:
    """What a book is like at `CURVE_POINTS` approval rates from 0 to 1, per all customers.

    bad_rate is that of the approved; money, predicted_loss and observed_loss are totals of these rows.
    probability: of default (N,) where the risk is one, for the predicted loss; else None.
    """
    ranked, weights, y = Ranked(risk), customers.weights, customers.y
    order = ranked.groups
    approve, decline = amounts.approved(y), amounts.declined(y)
    rates = np.linspace(0.0, 1.0, CURVE_POINTS)
    reached = np.r_[0.0, np.cumsum(order.sums(weights))]
    at = rates * reached[-1]

    def along(values: FloatArray) -> FloatArray:
        """A total of the approved at each rate."""
        return np.interp(at, reached, np.r_[0.0, np.cumsum(order.sums(weights * values))])

    bad, loss = along(y.astype(np.float64)), max(0.0, -amounts.approved_bad)
    money = float((weights * decline).sum()) + along(approve - decline)
    place = np.clip(np.searchsorted(reached[1:], at - 1e-9), 0, len(order.scores) - 1)
    predicted = None if probability is None else along(shifted(probability, customers.shift)) * loss
    return {
        "approval_rate": _list(rates),
        "threshold": _list(order.scores[place]),
        "bad_rate": [None, *_list(bad[1:] / at[1:])],
        "money": _list(money),
        "predicted_loss": [None] * len(rates) if predicted is None else _list(predicted),
        "observed_loss": _list(bad * loss),
    }


def best_threshold(customers: Customers, p: FloatArray, amounts: Amounts) -> float:
    """The threshold that earns most on these rows (approve below it): 0 approves nobody, 1 everybody.

    Half-way between two neighbouring probabilities; of equally good ones that which approves most.
    """
    groups = score_groups(p)
    gain = customers.weights * (amounts.approved(customers.y) - amounts.declined(customers.y))
    total = np.r_[0.0, np.cumsum(groups.sums(gain))]
    best = len(total) - 1 - int(np.argmax(np.round(total[::-1], 9)))
    if best in (0, len(total) - 1):
        return 0.0 if best == 0 else 1.0
    low, high = groups.scores[best - 1], groups.scores[best]
    middle = float(low + (high - low) / 2)
    return middle if middle > low else float(high)


def _list(values: FloatArray) -> list[float | None]:
    return [float(value) for value in np.round(values, 9)]
