"""SHAP values of any model by permutation paths, one reference row at a time.

The Shapley value of a feature against a reference group is the mean, over the group's rows r, of the
Shapley value in the game that starts at r and ends at the customer x (Lundberg & Lee 2017; Merrick & Taly
2020). Each game is sampled by paths: beginning at r, the features are switched to the customer's values
one after the other in a random order, and each feature is credited with the change that its switch makes
(Castro, Gómez & Tejada 2009). What makes this quick and precise:

- every customer meets *every* reference row, each with its own order, so that no noise comes from
  drawing reference rows, and base value + sum of the values = probability holds exactly;
- an order is walked forwards and backwards (antithetic; Mitchell et al. 2022), which leaves no error at
  all for models with main effects and pairwise interactions;
- features in which customer and reference row agree cannot change anything: they are credited with zero
  and take no step, about half of all steps in a table of categories;
- the hybrids of many customers go to the model in one large batch.

Why not ``shap.PermutationExplainer``: it walks one order for the whole group of B rows and calls the
model customer by customer, so that 2·M·B evaluations buy one order where the same number buys B orders
here, and its maskers take numbers only. ``benchmarks/explanation_fidelity.py`` compares both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from finxfer.explanations.masking import Hybrids

# Hybrids given to the model in one call, and cells (hybrids × features) that bound their memory.
BATCH_HYBRIDS = 16_384
BATCH_CELLS = 4_000_000

Tick = Callable[[int, int], None]


@dataclass(frozen=True)
class Sampled:
    """Values (N, M), predictions (N,) and the base value, all on the model's output scale.

    Of C classes: (N, M, C), (N, C) and (C,).
    """

    values: np.ndarray
    probability: np.ndarray
    base_value: Any
    evaluations: int


def steps_needed(pool: Hybrids) -> int:
    """Hybrids that one path for every pair of customer and reference row takes."""
    total = 0
    for first, last in _chunks(pool, 1):
        total += int(np.maximum(_differing(pool, first, last).sum(axis=-1) - 1, 0).sum())
    return total


def sampled_values(pool: Hybrids, paths: int, seed: int, tick: Tick) -> Sampled:
    """SHAP values by permutation paths.

    Args:
        pool: customers and reference group.
        paths: paths for each pair of customer and reference row: 1 (two neighbouring reference rows
            share an order; one walks it forwards, the other backwards), or an even number (each order
            is walked forwards and backwards).
        seed: of the orders. They are the same for every customer, so that a customer's values do
            not depend on who else is in the table.
        tick: called with (hybrids done, hybrids in all) after each batch; may raise to stop.
    """
    if paths != 1 and (paths < 2 or paths % 2):
        raise ValueError(f"paths must be 1 or even, not {paths}")
    count, width, group = pool.customers, pool.labels.shape[1], pool.references
    ends = pool.predict(np.repeat(np.arange(count + group)[:, None], width, axis=1))
    base = ends[count:].mean(axis=0)
    tail = ends.shape[1:]
    keys = np.random.default_rng(seed).random((max(paths // 2, 1), group, width))
    if paths == 1:
        keys[:, 1::2] = keys[:, : 2 * (group // 2) : 2]
    total, done = steps_needed(pool) * paths, 0
    values = np.zeros((count, width, *tail))
    for first, last in _chunks(pool, paths):
        walk = _Walk(pool, keys, first, last, paths)
        forward, backward = np.empty((walk.steps, *tail)), np.empty((walk.steps, *tail))
        for low, high in walk.slices():
            forward[low:high], backward[low:high], made = walk.evaluate(low, high)
            done += made
            tick(done, total)
        values[first:last] = walk.credit(forward, backward, ends) / group
    return Sampled(values, ends[:count], base if tail else float(base), done + len(ends))


class _Walk:
    """The paths of customers ``first`` to ``last``; P = customers × orders × reference rows of them."""

    def __init__(self, pool: Hybrids, keys: np.ndarray, first: int, last: int, paths: int) -> None:
        self._pool, self._first, self._paths = pool, first, paths
        orders, group, self._width = keys.shape
        here = last - first
        self._shape = (here, orders, group)
        differing = _differing(pool, first, last)[:, None]
        # Features that agree get the last places; a path ends before it reaches them.
        order = np.argsort(np.where(differing, keys, 2.0), axis=-1, kind="stable")
        self._order = order.reshape(-1, self._width)
        self._rank = np.argsort(self._order, axis=-1, kind="stable").astype(np.int32)
        self._length = np.broadcast_to(differing.sum(axis=-1), self._shape).reshape(-1)
        pairs = np.arange(here * orders * group)
        self._row = first + pairs // (orders * group)
        self._reference = pool.customers + pairs % group
        # One path a pair: even reference rows forwards, odd ones backwards.
        self._backward_only = (pairs % group) % 2 == 1
        inner = np.maximum(self._length - 1, 0)
        self._offset = np.cumsum(inner) - inner
        self.steps = int(inner.sum())
        self._pair = np.repeat(pairs, inner)
        self._step = np.arange(self.steps) - self._offset[self._pair] + 1

    def slices(self) -> list[tuple[int, int]]:
        """Ranges of steps that fit into one call of the model."""
        each = max(1, min(BATCH_HYBRIDS, BATCH_CELLS // self._width) // min(self._paths, 2))
        return [(low, min(low + each, self.steps)) for low in range(0, self.steps, each)]

    def evaluate(self, low: int, high: int) -> tuple[np.ndarray, np.ndarray, int]:
        """Predictions at the steps ``low`` to ``high``, forwards and backwards, and how many were made."""
        pair = self._pair[low:high]
        switched = self._rank[pair] < self._step[low:high, None]
        ours, theirs = self._row[pair][:, None], self._reference[pair][:, None]
        if self._paths == 1:
            made = self._pool.predict(np.where(switched ^ self._backward_only[pair][:, None], ours, theirs))
            return made, made, len(made)
        both = np.concatenate([np.where(switched, ours, theirs), np.where(switched, theirs, ours)])
        made = self._pool.predict(both)
        return made[: high - low], made[high - low :], len(made)

    def credit(self, forward: np.ndarray, backward: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Each feature's mean change over its paths, summed over the reference rows: (customers, M[, C])."""
        pair = np.repeat(np.arange(len(self._length)), self._length)
        step = np.arange(len(pair)) - np.repeat(np.cumsum(self._length) - self._length, self._length) + 1
        customer, reference = ends[self._row[pair]], ends[self._reference[pair]]
        at = self._offset[pair] + step - 2  # of the prediction before this step
        wide = (-1, *(1 for _ in ends.shape[1:]))
        starts, stops = (step == 1).reshape(wide), (step == self._length[pair]).reshape(wide)

        def change(path: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
            padded = np.concatenate([path, np.zeros((1, *path.shape[1:]))])
            before = np.where(starts, begin, padded[np.maximum(at, -1)])
            after = np.where(stops, end, padded[np.minimum(at + 1, len(path))])
            return after - before

        ahead = change(forward, reference, customer)
        back = -change(backward, customer, reference)
        single = self._paths == 1
        turned = self._backward_only[pair].reshape(wide)
        moved = np.where(turned, back, ahead) if single else (ahead + back) / 2
        cell = (self._row[pair] - self._first) * self._width + self._order[pair, step - 1]
        size = self._shape[0] * self._width
        columns = moved.reshape(len(moved), math.prod(ends.shape[1:])).T
        summed = np.stack([np.bincount(cell, weights=one, minlength=size) for one in columns], axis=-1)
        return summed.reshape(self._shape[0], self._width, *ends.shape[1:]) / self._shape[1]


def _differing(pool: Hybrids, first: int, last: int) -> np.ndarray:
    """Whether customers ``first`` to ``last`` differ from each reference row: bool (n, B, M)."""
    return pool.labels[first:last, None, :] != pool.labels[None, pool.customers :, :]


def _chunks(pool: Hybrids, paths: int) -> list[tuple[int, int]]:
    """Ranges of customers whose paths fit into memory together."""
    width, group = pool.labels.shape[1], pool.references
    each = max(
        1, min(4 * BATCH_CELLS // (width * group * paths), 4 * BATCH_HYBRIDS // max(width * group, 1) + 1)
    )
    return [(first, min(first + each, pool.customers)) for first in range(0, pool.customers, each)]
