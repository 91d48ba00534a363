"""Drawing rows by class, and what that does to probabilities. numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np


def stratified_parts(y: np.ndarray, sizes: Sequence[int], seed: int) -> list[np.ndarray]:
    """Disjoint sorted row positions, `sizes[i]` of them, each with the classes in the table's proportion.

    y: classes or other strata (N,), whole numbers from 0; the sizes sum up to at most N.
    """
    y = np.asarray(y)
    generator = np.random.default_rng(seed)
    # Each class spread evenly over [0, 1): any stretch of the order has the table's class shares.
    place = np.empty(len(y))
    for value in range(max(2, int(y.max(initial=0)) + 1)):
        members = generator.permutation(np.flatnonzero(y == value))
        place[members] = (np.arange(len(members)) + generator.random()) / max(len(members), 1)
    order = np.argsort(place, kind="stable")
    ends = np.cumsum([0, *sizes])
    return [np.sort(order[start:end]) for start, end in pairwise(ends)]


def hybrid_share(rate: float) -> float:
    """Positives in a chosen context: half of its rows are drawn class by class in equal numbers, half as
    they come.

    Balanced and hybrid contexts rank better than uniform ones where a class is rare (arXiv 2605.18635).
    """
    return 0.25 + rate / 2


def hybrid_parts(y: np.ndarray, sizes: Sequence[int], seed: int) -> list[np.ndarray]:
    """Sorted row positions, `sizes[i]` of them (each at most N), with the positives' share of `hybrid_share`.

    y: 0/1 (N,). Parts have different rows of a class until all of them were used; a class with too few rows
    for its share is in every part whole.
    """
    y = np.asarray(y)
    generator = np.random.default_rng(seed)
    orders = [generator.permutation(np.flatnonzero(y == value)) for value in (0, 1)]
    starts, parts = [0, 0], []
    for size in sizes:
        positives = min(round(size * hybrid_share(float(y.mean()))), len(orders[1]))
        positives = max(positives, size - len(orders[0]))
        drawn = []
        for value, count in enumerate((size - positives, positives)):
            places = starts[value] + np.arange(count)
            drawn.append(np.take(orders[value], places, mode="wrap") if count else orders[value][:0])
            starts[value] += count
        parts.append(np.sort(np.concatenate(drawn)))
    return parts


def prior_shift(rate: float, context_rate: float) -> float:
    """What to add to log-odds learned at `context_rate` so that they are those of a table at `rate`.

    Bayes' rule for a change of the class shares alone (Saerens et al. 2002): the difference of the logits;
    0 where one of them is 0 or 1.
    """
    if not (0 < rate < 1 and 0 < context_rate < 1):
        return 0.0
    return float(np.log(rate / (1 - rate)) - np.log(context_rate / (1 - context_rate)))
