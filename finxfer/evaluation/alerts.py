"""Rare events as they are worked: a number of alerts a day, and what is found with them.

A team looks at the k highest scores of each day. Recall is the share of all events that are among these
alerts, precision the share of alerts that are events; card precision counts customers (cards) instead of
transactions, as the Card Precision top-k of the Fraud Detection Handbook does. Rows of equal score share the
places that are left, as if they were shuffled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from finxfer.evaluation.intervals import (
    ROWS_PER_CLASS_FOR_INTERVALS,
    percentile_interval,
    stratified_counts,
)
from finxfer.evaluation.metrics import FloatArray, IntArray

DAYS_FOR_INTERVALS = 10
TOP = 100
"""Alerts of "precision in the top 100"."""
METRICS = ("average_precision", "precision_top", "recall_at", "precision_at", "card_precision_at")
STEPS = (1, 2, 5)
Draws = dict[str, FloatArray]


@dataclass(frozen=True)
class AlertRows:
    """Rows with known outcome, N of them.

    Args:
        y: int64 (N,), 0 or 1.
        days: int64 (N,), 0 to D - 1; all 0 where there is no time.
        scale: float64 (D,), share of the day's transactions that are among the rows, above 0 to 1: with k
            alerts a day among all of them, k × scale are among these rows.
        cards: int64 (N,), number of each row's customer; None where that is not known.
    """

    y: IntArray
    days: IntArray
    scale: FloatArray
    cards: IntArray | None = None


class Ranked:
    """Rows of one score, by day and from the highest score down; rows of equal score are kept together."""

    def __init__(self, y: IntArray, days: IntArray, score: FloatArray, day_count: int) -> None:
        self.order = np.lexsort((-score, days))
        day, ordered = days[self.order], score[self.order]
        new_day = np.r_[True, day[1:] != day[:-1]][: len(y)]
        self._starts = np.flatnonzero(new_day | np.r_[True, ordered[1:] != ordered[:-1]][: len(y)])
        self._positive = (y[self.order] == 1).astype(np.float64)
        self.day = day[self._starts]
        first = np.searchsorted(self.day, np.arange(day_count))
        # Of each place, the first place of its day.
        self._first = first[self.day]

    def sums(self, weights: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Rows, positives and rows ahead on the same day, of each place: (B, G) each.

        weights: (B, N) rows of the log, how often each counts.
        """
        ordered = weights[:, self.order]
        rows = np.add.reduceat(ordered, self._starts, axis=1)
        positives = np.add.reduceat(ordered * self._positive, self._starts, axis=1)
        ahead = np.cumsum(rows, axis=1) - rows
        return rows, positives, ahead - ahead[:, self._first]

    def flagged(self, sums: tuple[FloatArray, FloatArray, FloatArray], quota: FloatArray) -> Draws:
        """Alerts and events among them, (B,) each, with so many alerts on each day (1, D) or (B, D)."""
        rows, positives, ahead = sums
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.clip((quota[:, self.day] - ahead) / rows, 0.0, 1.0)
        part = np.where(rows > 0, part, 0.0)
        return {"alerts": (part * rows).sum(axis=1), "caught": (part * positives).sum(axis=1)}


class Measured:
    """One score's alert metrics as functions of row weights."""

    def __init__(self, rows: AlertRows, score: FloatArray) -> None:
        self.rows, days = rows, len(rows.scale)
        self._daily = Ranked(rows.y, rows.days, score, days)
        self._all = Ranked(rows.y, np.zeros_like(rows.days), score, 1)
        self._cards: tuple[Ranked, IntArray] | None = None
        if rows.cards is not None:
            self._cards = _by_card(rows, score, days)

    def __call__(
        self, weights: FloatArray, per_day: float, top: int, days: FloatArray | None = None
    ) -> Draws:
        """Every metric of METRICS for row weights (B, N): (B,) each, NaN where it means nothing.

        days: how often each day counts (B, D), with its rows and its alerts; once where None.
        """
        quota = self._quota(per_day, days)
        found, everything = {}, self._all.sums(weights)
        found["average_precision"] = _average_precision(everything)
        head = self._all.flagged(everything, np.array([[float(top)]]))
        daily = self._daily.flagged(self._daily.sums(weights), quota)
        with np.errstate(invalid="ignore", divide="ignore"):
            found["precision_top"] = head["caught"] / head["alerts"]
            found["recall_at"] = daily["caught"] / everything[1].sum(axis=1)
            found["precision_at"] = daily["caught"] / daily["alerts"]
            if self._cards is not None:
                ranked, first = self._cards
                cards = ranked.flagged(ranked.sums(weights[:, first]), quota)
                found["card_precision_at"] = cards["caught"] / cards["alerts"]
        return found

    def _quota(self, per_day: float, days: FloatArray | None) -> FloatArray:
        return per_day * self.rows.scale * (np.ones((1, 1)) if days is None else days)

    def recalls(
        self, weights: FloatArray, alerts: tuple[float, ...], days: FloatArray | None = None
    ) -> FloatArray:
        """Recall at each number of alerts a day: (B, len(alerts))."""
        sums = self._daily.sums(weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            parts = [self._daily.flagged(sums, self._quota(k, days))["caught"] for k in alerts]
            return np.stack(parts, axis=1) / sums[1].sum(axis=1, keepdims=True)

    def caught(self, per_day: float) -> FloatArray:
        """The part (N,) of each row that is an alert."""
        rows, _, ahead = self._daily.sums(np.ones((1, len(self.rows.y))))
        part = np.clip(((per_day * self.rows.scale)[self._daily.day] - ahead[0]) / rows[0], 0.0, 1.0)
        found = np.empty(len(self.rows.y))
        found[self._daily.order] = np.repeat(part, rows[0].astype(np.int64))
        return found


def _by_card(rows: AlertRows, score: FloatArray, days: int) -> tuple[Ranked, IntArray]:
    """Cards of each day by their highest score, an event where any transaction of the day is one; and a row
    of each, whose weight is the card's."""
    assert rows.cards is not None
    key = rows.days * (int(rows.cards.max(initial=0)) + 1) + rows.cards
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    highest = np.full(len(first), -np.inf)
    np.maximum.at(highest, place, score)
    event = np.zeros(len(first), dtype=np.int64)
    np.maximum.at(event, place, rows.y)
    return Ranked(event, rows.days[first], highest, days), first


def _average_precision(sums: tuple[FloatArray, FloatArray, FloatArray]) -> FloatArray:
    """As scikit-learn's: the step-wise sum over the scores from the highest down."""
    rows, positives, ahead = sums
    caught = np.cumsum(positives, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((positives * caught / np.maximum(ahead + rows, 1e-300)).sum(axis=1) / caught[:, -1])


def unit_of(rows: AlertRows) -> str:
    """What the bootstrap draws: day, customer or row.

    Whole days where there are ten or more: frauds come in bursts that compete for one day's alerts, and a
    customer drawn twice would compete with himself. Else whole customers where they are known.
    """
    if len(rows.scale) >= DAYS_FOR_INTERVALS:
        return "day"
    return "row" if rows.cards is None else "customer"


def _resamples(rows: AlertRows, draws: int, seed: int) -> Iterator[tuple[FloatArray, FloatArray | None]]:
    """Chunks (<= draws) of how often each row counts, and each day where days are drawn: (B, N), (B, D).

    Units with an event and those without are drawn each in their own number. None where there are fewer
    than five units with an event, or than five positive rows or five others.
    """
    unit = unit_of(rows)
    if unit == "day":
        units = rows.days
    else:
        units = (
            np.arange(len(rows.y)) if rows.cards is None else np.unique(rows.cards, return_inverse=True)[1]
        )
    event = np.zeros(int(units.max(initial=-1)) + 1, dtype=np.int64)
    np.maximum.at(event, units, rows.y)
    fewest = (int((event == 1).sum()), int((rows.y == 1).sum()), int((rows.y == 0).sum()))
    if min(fewest) < ROWS_PER_CLASS_FOR_INTERVALS:
        return
    # Rows bound the memory, whatever the number of units.
    block = max(1, 2_000_000 // max(1, len(rows.y)))
    for counts in stratified_counts(event, draws, seed):
        for start in range(0, len(counts), block):
            part = counts[start : start + block]
            yield part[:, units], part if unit == "day" else None


def steps_to(most: float) -> tuple[float, ...]:
    """1, 2, 5, 10, 20, ... up to `most`, which is the last."""
    found, size = [], 1
    while size <= most:
        found += [float(step * size) for step in STEPS if step * size < most]
        size *= 10
    return (*found, float(most))


def alert_report(
    rows: AlertRows,
    scores: Mapping[str, FloatArray],
    per_day: float,
    most: float,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    """The entries "top", "unit", "models", "differences" and "curve" of alerts.json.

    Args:
        rows: the test rows with known outcome.
        scores: of the models, "model" among them: (N,) each, higher is likelier.
        per_day: alerts a day, above 0.
        most: alerts a day up to which the curve goes, at least 1.
        draws, seed: of the bootstrap; intervals are None where there are too few events.
    """
    measures = {name: Measured(rows, np.asarray(score, dtype=np.float64)) for name, score in scores.items()}
    top, steps = min(TOP, len(rows.y)), steps_to(most)
    one = np.ones((1, len(rows.y)))
    points = {name: measure(one, per_day, top) for name, measure in measures.items()}
    drawn: dict[str, dict[str, list[FloatArray]]] = {name: {} for name in measures}
    curves: dict[str, list[FloatArray]] = {name: [] for name in measures}
    for weights, days in _resamples(rows, draws, seed):
        for name, measure in measures.items():
            for metric, values in measure(weights, per_day, top, days).items():
                drawn[name].setdefault(metric, []).append(values)
            curves[name].append(measure.recalls(weights, steps, days))
    joined = {n: {m: np.concatenate(parts) for m, parts in by.items()} for n, by in drawn.items()}
    return {
        "top": top,
        "unit": unit_of(rows),
        "models": {
            name: {metric: _entry(points[name].get(metric), joined[name].get(metric)) for metric in METRICS}
            for name in measures
        },
        "differences": {
            name: {metric: _difference(points, joined, name, metric) for metric in METRICS}
            for name in measures
            if name != "model"
        },
        "curve": {
            "alerts": list(steps),
            "models": {n: _curve(m.recalls(one, steps)[0], curves[n]) for n, m in measures.items()},
        },
    }


def _entry(point: FloatArray | None, drawn: FloatArray | None) -> dict[str, Any] | None:
    if point is None or not np.isfinite(point[0]):
        return None
    return {"value": float(point[0]), "interval": None if drawn is None else percentile_interval(drawn)}


def _difference(
    points: Mapping[str, Draws], drawn: Mapping[str, Draws], name: str, metric: str
) -> dict[str, Any] | None:
    """The model minus another on the same rows and the same resamples."""
    if metric not in points[name]:
        return None
    ours, theirs = drawn["model"].get(metric), drawn[name].get(metric)
    both = None if ours is None or theirs is None else ours - theirs
    return _entry(points["model"][metric] - points[name][metric], both)


def _curve(points: FloatArray, drawn: list[FloatArray]) -> dict[str, Any]:
    together = np.concatenate(drawn) if drawn else None
    ends = [None if together is None else percentile_interval(together[:, at]) for at in range(len(points))]
    return {"recall": [float(value) for value in points], "interval": ends}


def alone(rows: AlertRows, one: FloatArray, other: FloatArray, per_day: float) -> dict[str, float]:
    """Of all events, the shares that the alerts of one score, of the other, and of both find."""
    parts = [Measured(rows, score).caught(per_day) for score in (one, other)]
    events = rows.y == 1
    both = np.minimum(*parts)[events]
    return {
        "one": float((parts[0][events] - both).mean()),
        "other": float((parts[1][events] - both).mean()),
        "both": float(both.mean()),
    }
