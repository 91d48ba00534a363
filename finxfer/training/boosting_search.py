"""Which configurations of LightGBM are worth training on a large table: found on a sample of its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from finxfer.backbones.protocol import TrainingData
from finxfer.data.tasks import strata_of
from finxfer.training.folds import spread_units, units_of

SEARCHED_ROWS = 120_000
"""Training rows from twice as many on are searched by a sample of so many."""
JUDGING = 6
"""One in so many rows of the sample judges what the others taught."""


def worth_training(
    data: TrainingData,
    entries: Sequence[dict[str, Any]],
    seed: int,
    loss_of: Callable[[TrainingData, int], float],
) -> list[int]:
    """Numbers of the entries that are trained on all rows: every one, of a large table at most two.

    Those are the best on a sample, and the best of those with larger trees, which more rows bear. The sample
    is of training rows alone, so that neither validation nor test rows have a say; rows of one group stay
    together.

    Args:
        entries: LightGBM's parameters.
        loss_of: the validation loss of an entry, by its number, on the rows that it is given.
    """
    everything = list(range(len(entries)))
    if len(data.y_train) < 2 * SEARCHED_ROWS:
        return everything
    sample = _sample(data, seed)
    losses = np.array([loss_of(sample, number) for number in everything])
    best = int(np.nanargmin(losses))
    larger = [n for n in everything if entries[n]["num_leaves"] > entries[best]["num_leaves"]]
    return [best, *([min(larger, key=lambda number: losses[number])] if larger else [])]


def _sample(data: TrainingData, seed: int) -> TrainingData:
    """About `SEARCHED_ROWS` of the training rows, one in `JUDGING` of them as validation rows."""
    y, generator = np.asarray(data.y_train), np.random.default_rng([seed, 0x5EA])
    units, strata = units_of(data.frame_train, data.groups), strata_of(y)
    parts = len(y) * JUDGING // SEARCHED_ROWS
    part = spread_units(units, strata, parts, generator)
    judging, learned = np.flatnonzero(part == 0), np.flatnonzero((part > 0) & (part < JUDGING))
    return replace(
        data,
        frame_train=data.frame_train.iloc[learned].reset_index(drop=True),
        y_train=y[learned],
        frame_validation=data.frame_train.iloc[judging].reset_index(drop=True),
        y_validation=y[judging],
    )
