"""Decisions in money: thresholds chosen by costs, and the model against today's at the same approval rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finxfer.evaluation.intervals import (
    ROWS_PER_CLASS_FOR_INTERVALS,
    counts_of_draws,
    percentile_interval,
    stratified_counts,
)
from finxfer.evaluation.metrics import FloatArray
from finxfer.evaluation.money import Amounts, Customers, Ranked, best_threshold
from finxfer.evaluation.recalibration import shifted

MODEL = "model"
_CELLS_PER_CHUNK = 1_000_000


def threshold_report(
    choosing: tuple[Customers, FloatArray],
    test: tuple[Customers, FloatArray],
    amounts: Amounts,
    own: float,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    """The entry "thresholds" of decisions.json: what each threshold comes to on the test rows.

    "cost" earns most on the choosing rows, "break_even" is what the amounts imply for right probabilities,
    "run" is the run's own. choosing, test: customers and the model's probabilities.
    """
    customers, p = test
    named = {"cost": best_threshold(*choosing, amounts), "run": own, "everybody": 1.0, "nobody": 0.0}
    implied = amounts.break_even
    if implied is not None:
        # The stored probabilities are those of the rows, not of the portfolio.
        named["break_even"] = float(shifted(np.asarray([implied]), -choosing[0].shift)[0])
    masks = {name: (p < value) | (name == "everybody") for name, value in named.items()}
    gains = np.stack([_worth(customers, amounts, mask.astype(np.float64)) for mask in masks.values()])
    drawn = [counts @ gains.T for counts in _draws(customers, draws, seed)]
    totals = np.concatenate(drawn) if drawn else None
    loss, weights = max(0.0, -amounts.approved_bad), customers.weights
    predicted = shifted(p, customers.shift)
    return {
        name: {
            "threshold": named[name],
            "approval_rate": float(weights[mask].sum() / weights.sum()),
            "bad_rate": customers.rate(float(customers.y[mask].sum()), float(mask.sum()))["bad_rate"],
            "money": float(gains[at].sum()),
            "interval": None if totals is None else percentile_interval(totals[:, at]),
            "expected_loss": float((weights * predicted)[mask].sum() * loss),
            "observed_loss": float((weights * customers.y)[mask].sum() * loss),
        }
        for at, (name, mask) in enumerate(masks.items())
    }


def _worth(customers: Customers, amounts: Amounts, part: FloatArray) -> FloatArray:
    """Weighted worth (N,) of each customer when `part` of it is approved."""
    y = customers.y
    return np.asarray(customers.weights * (part * amounts.approved(y) + (1 - part) * amounts.declined(y)))


def _draws(customers: Customers, draws: int, seed: int) -> Iterator[FloatArray]:
    """Chunks (<= draws, N) of resample counts; none where a class is too scarce for an interval.

    Customers are drawn as they come, so that a total in money varies with the share of defaults too; each
    class in its own number where the portfolio's base rate is known.
    """
    y = customers.y
    if min(int((y == 1).sum()), int((y == 0).sum())) < ROWS_PER_CLASS_FOR_INTERVALS:
        return
    if customers.base_rate is not None:
        yield from stratified_counts(y, draws, seed)
        return
    generator = np.random.default_rng([seed, 0xDEC1])
    chunk = max(1, _CELLS_PER_CHUNK // len(y))
    for start in range(0, draws, chunk):
        yield counts_of_draws(len(y), min(chunk, draws - start), generator)


class Contest:
    """Several rankings of the same customers, each approving the same share of them.

    A draw of the bootstrap resamples customers and fills the quota anew, for every ranking from the same
    resample, so that differences are paired.
    """

    def __init__(
        self, customers: Customers, risks: Mapping[str, FloatArray], amounts: Amounts, share: float
    ) -> None:
        self.customers, self.amounts, self.share = customers, amounts, share
        self.ranked = {name: Ranked(risk) for name, risk in risks.items()}
        weights = customers.weights
        self.parts = {name: one.quota(weights, share) for name, one in self.ranked.items()}

    def report(self, champion: str | None, draws: int, seed: int) -> dict[str, Any]:
        """The entries "at_rate" and "swap" of decisions.json."""
        drawn = self._resampled(champion, draws, seed)
        rows = [self._row(name, drawn) for name in self.ranked]
        return {"at_rate": rows, "swap": None if champion is None else self._swap(champion, drawn)}

    def _resampled(self, champion: str | None, draws: int, seed: int) -> dict[str, FloatArray]:
        """Money of each ranking and the bad rates of those moved in and out, (draws,) each."""
        found: dict[str, list[FloatArray]] = {}
        y, weights = self.customers.y, self.customers.weights
        approve, decline = self.amounts.approved(y), self.amounts.declined(y)
        for counts in _draws(self.customers, draws, seed):
            weighed = counts * weights
            parts = {name: one.quota(weighed, self.share) for name, one in self.ranked.items()}
            for name, part in parts.items():
                money = (weighed * part) @ (approve - decline) + weighed @ decline
                found.setdefault(name, []).append(money)
            for key, moved in ({} if champion is None else _moved(parts, champion)).items():
                with np.errstate(invalid="ignore", divide="ignore"):
                    rate = (weighed * moved) @ y / (weighed * moved).sum(axis=1)
                found.setdefault(f"moved {key}", []).append(rate)
        return {name: np.concatenate(chunks) for name, chunks in found.items()}

    def money(self, name: str) -> float:
        """What the ranking's quota is worth on these customers."""
        return float(_worth(self.customers, self.amounts, self.parts[name]).sum())

    def _row(self, name: str, drawn: Mapping[str, FloatArray]) -> dict[str, Any]:
        part, y = self.parts[name], self.customers.y
        found = self.customers.rate(float((part * y).sum()), float(part.sum()))
        return {
            "name": name,
            "bad_rate": found["bad_rate"],
            "interval": found["interval"],
            "money": self.money(name),
            "money_interval": percentile_interval(drawn[name]) if drawn else None,
            "difference": None if name == MODEL else self._difference(name, drawn),
        }

    def _difference(self, name: str, drawn: Mapping[str, FloatArray]) -> dict[str, Any]:
        return {
            "value": self.money(MODEL) - self.money(name),
            "interval": percentile_interval(drawn[MODEL] - drawn[name]) if drawn else None,
        }

    def _swap(self, champion: str, drawn: Mapping[str, FloatArray]) -> dict[str, Any]:
        y, weights = self.customers.y, self.customers.weights
        moved = _moved(self.parts, champion)
        cells = {
            key: self.customers.rate(float((part * y).sum()), float(part.sum()))
            for key, part in moved.items()
        }
        there, gone = cells["in"]["bad_rate"], cells["out"]["bad_rate"]
        rates = None if there is None or gone is None else there - gone
        difference = self._difference(champion, drawn)
        return {
            "approval_rate": self.share,
            "rows": len(y),
            **cells,
            "bad_rate_difference": {
                "value": rates,
                "interval": percentile_interval(drawn["moved in"] - drawn["moved out"]) if drawn else None,
            },
            "money": {
                "model": self.money(MODEL),
                "champion": self.money(champion),
                "difference": difference["value"],
                "interval": difference["interval"],
                "per_1000": 1000 * difference["value"] / len(y),
            },
            "tied_share": max(self.ranked[name].tied(weights, self.share) for name in (MODEL, champion)),
        }

    def movers(self, champion: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether each customer (N,) moves in, and whether out; one who shares a place does not count."""
        moved = _moved(self.parts, champion)
        return moved["in"] > 0.5, moved["out"] > 0.5


def _moved(parts: Mapping[str, FloatArray], champion: str) -> dict[str, FloatArray]:
    """The part of each row (..., N) that the model alone, the champion alone, both or neither approve."""
    ours, theirs = parts[MODEL], parts[champion]
    return {
        "in": np.maximum(ours - theirs, 0.0),
        "out": np.maximum(theirs - ours, 0.0),
        "both": np.minimum(ours, theirs),
        "neither": 1.0 - np.maximum(ours, theirs),
    }
