"""Whether the latest rows have had no time to show their outcome: the event rate falls off at the end.

The rows in the order of time are cut into bins of about as many rows. Each tail of them, up to the last
half, is compared with what the bins before it say of it: a logistic line over time, its slope drawn towards
none, with the spread between bins that they show themselves. What comes of it is an interval for the tail's
events divided by the expected ones; all tails together are one test (Bonferroni).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, ndtri

LEAST_BINS, MOST_BINS = 8, 24
EVENTS_OF_A_BIN = 10
"""Events (or of the rarer outcome) that a bin holds on average, at least."""
LENGTHS = (1, 2, 3, 4, 6, 8, 12)
"""Of the tails that are looked at, in bins."""
LEVEL = 0.01
"""Chance of a false alarm, at most, over all tails."""
CLEAR_RATIO = 0.8
"""A tail with more of its expected events than this is not worth a warning, however many rows say so."""
SLOPE_SPREAD = 0.5
"""Standard deviation of the normal prior of a trend, in log-odds over the whole time."""
_STEPS = 50


@dataclass(frozen=True)
class Tail:
    """The latest rows whose event rate falls off.

    Args:
        start: time from which on they are, in the units of the times.
        rows: their number.
        rate: share of events among them; expected: what the rows before say it should be.
        ratio: events divided by expected ones; interval: of it, for all tails together.
    """

    start: float
    rows: int
    rate: float
    expected: float
    ratio: float
    interval: tuple[float, float]

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "interval": list(self.interval)}


def falling_tail(times: np.ndarray, y: np.ndarray) -> Tail | None:
    """The tail that falls furthest below what comes before it; None where none clearly does.

    times: float64 (N,), NaN where unknown. y: 1, 0 or below 0 where unknown (N,). Too few events, or times,
    to tell: None.
    """
    known = ~np.isnan(times) & (np.asarray(y) >= 0)
    bins = _bins(times[known], np.asarray(y)[known].astype(np.float64))
    if bins is None:
        return None
    starts, places, rows, events = bins
    tails = [len(rows) - length for length in LENGTHS if length <= len(rows) // 2]
    found = [_tail(places, rows, events, first, LEVEL / len(tails)) for first in tails]
    flagged = [
        (one, first)
        for one, first in zip(found, tails, strict=True)
        if one is not None and one[1] < 1 and one[0] < CLEAR_RATIO
    ]
    if not flagged:
        return None
    # Of the tails that fall off the clearest one; it begins where the fall begins, not where it ends.
    (ratio, high, low, expected, _), first = max(flagged, key=lambda one: one[0][4])
    count = float(rows[first:].sum())
    return Tail(
        start=float(starts[first]),
        rows=int(count),
        rate=float(events[first:].sum() / count),
        expected=float(expected / count),
        ratio=float(ratio),
        interval=(float(low), float(high)),
    )


def _bins(times: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, ...] | None:
    """First time, place from 0 to 1, rows and events of each bin; equal times stay together."""
    rarer = min(float(y.sum()), float(len(y) - y.sum())) if len(y) else 0.0
    wanted = int(min(MOST_BINS, rarer // EVENTS_OF_A_BIN))
    if wanted < LEAST_BINS:
        return None
    order = np.argsort(times, kind="stable")
    times, y = times[order], y[order]
    cuts = times[np.linspace(0, len(times), wanted + 1)[:-1].astype(np.int64)]
    starts = np.unique(cuts)
    if len(starts) < LEAST_BINS:
        return None
    place = np.searchsorted(starts, times, side="right") - 1
    rows = np.bincount(place, minlength=len(starts)).astype(np.float64)
    events = np.bincount(place, weights=y, minlength=len(starts))
    middle = np.bincount(place, weights=times, minlength=len(starts)) / rows
    span = max(float(times[-1] - times[0]), 1e-12)
    return starts, (middle - times[0]) / span, rows, events


def _tail(
    places: np.ndarray, rows: np.ndarray, events: np.ndarray, first: int, level: float
) -> tuple[float, float, float, float, float] | None:
    """Ratio, upper and lower end, expected events and how many standard errors below, of the bins from
    `first` on."""
    line = _line(places[:first], rows[:first], events[:first])
    if line is None:
        return None
    numbers, covariance, spread = line
    design = np.stack([np.ones(len(rows) - first), places[first:]], axis=1)
    rate = expit(design @ numbers)
    expected = float(rows[first:] @ rate)
    weight = rows[first:] * rate * (1 - rate)
    slope = design.T @ weight
    error = np.sqrt(spread * (weight.sum() + slope @ covariance @ slope))
    reach = float(ndtri(1 - level)) * error
    seen = float(events[first:].sum())
    return (
        seen / expected,
        (seen + reach) / expected,
        (seen - reach) / expected,
        expected,
        (expected - seen) / error,
    )


def _line(
    places: np.ndarray, rows: np.ndarray, events: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float] | None:
    """The likeliest logistic line with a normal prior of its slope, its covariance, and the spread between
    bins in units of the binomial's (at least 1)."""
    design = np.stack([np.ones(len(rows)), places], axis=1)
    prior = np.diag([0.0, SLOPE_SPREAD**-2])
    start = (events.sum() + 0.5) / (rows.sum() + 1)
    numbers = np.array([np.log(start / (1 - start)), 0.0])
    for _ in range(_STEPS):
        rate = expit(design @ numbers)
        information = design.T @ (design * (rows * rate * (1 - rate))[:, None]) + prior
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1e12:
            return None
        step = np.linalg.solve(information, design.T @ (events - rows * rate) - prior @ numbers)
        numbers = numbers + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    rate = expit(design @ numbers)
    squares = (events - rows * rate) ** 2 / np.maximum(rows * rate * (1 - rate), 1e-12)
    spread = max(1.0, float(squares.sum() / max(len(rows) - 2, 1)))
    return numbers, np.asarray(np.linalg.inv(information)), spread
