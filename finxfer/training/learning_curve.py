"""Models fitted on ever more of a run's labelled rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from finxfer.backbones.catalogue import find_card
from finxfer.backbones.protocol import FittedModel, TrainingData, require_binary
from finxfer.data.groups import group_units
from finxfer.data.splits import stratified_split
from finxfer.errors import BadInput
from finxfer.training.baselines import fit_from_scratch
from finxfer.training.boosting import fit_lightgbm
from finxfer.training.candidates import Work
from finxfer.training.fixed import tune_fixed
from finxfer.training.logistic import fit_logistic

STEPS = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000)
LEAST_LABELS = 20
ROWS_OF_A_CLASS = 6
"""Of the rarer class, without which a size is not tried: some of them train and some validate."""


@dataclass(frozen=True)
class Recipe:
    """How the run's model class is trained.

    backbone: a catalogue id or a folder; where depth is None the name of a baseline. named: the backbone that
    the analyst chose, whose network the one from scratch is.
    """

    backbone: str
    depth: int | str | None
    named: str | None = None

    @property
    def pretrained(self) -> bool:
        return self.depth is not None


def default_sizes(y: np.ndarray) -> tuple[int, ...]:
    """100, 300, 1,000, ... as far as they are well below all, and all. y: 0/1 of all labelled rows."""
    rarer = min(float(np.mean(y)), 1 - float(np.mean(y)))
    kept = [size for size in STEPS if size * 1.5 <= len(y) and size * rarer >= ROWS_OF_A_CLASS]
    return (*kept, len(y))


def check_sizes(sizes: Sequence[int], y: np.ndarray) -> tuple[int, ...]:
    """The sizes in order, each once.

    Raises:
        BadInput: one is too small, larger than there are rows, or would hold too few rows of a class.
    """
    found = tuple(sorted(set(sizes)))
    rarer = min(float(np.mean(y)), 1 - float(np.mean(y)))
    least = max(LEAST_LABELS, int(np.ceil(ROWS_OF_A_CLASS / rarer)))
    for size in found:
        if not least <= size <= len(y):
            raise BadInput(
                f"A learning curve cannot have a point at {size:,} labels.",
                f"There are {len(y):,} labelled rows to learn from; a point needs {ROWS_OF_A_CLASS} rows of "
                f"the rarer class, which is {rarer:.1%} of them.",
                f"Give sizes from {least:,} to {len(y):,}.",
            )
    return found


class Nested:
    """Subsets of a run's training and validation rows: of one seed each holds all smaller ones.

    Every subset has the share of positives of the whole, and its own part of it validates, so that the number
    of labels counts all that are used. Rows of one group come together as far as the size allows.
    """

    def __init__(self, data: TrainingData, validation_share: float, seed: int) -> None:
        require_binary(data.task, "A learning curve")
        self.data, self.share, self.seed = data, validation_share, seed
        self.frame = pd.concat([data.frame_train, data.frame_validation], ignore_index=True)
        self.y = np.concatenate([np.asarray(data.y_train), np.asarray(data.y_validation)])
        self.groups = group_units(self.frame, data.groups) if data.groups else None

    def rows(self, size: int, draw: int) -> np.ndarray:
        """Positions of the rows of a subset, sorted: the first `size` of the draw's order."""
        generator = np.random.default_rng([self.seed, draw, 0x1C])
        units = np.arange(len(self.y)) if self.groups is None else pd.factorize(self.groups)[0]
        rank = generator.permutation(int(units.max()) + 1)[units]
        positives = int(np.clip(round(size * float(self.y.mean())), 1, size - 1))
        parts = []
        for value, count in ((1, positives), (0, size - positives)):
            members = np.flatnonzero(self.y == value)
            parts.append(members[np.argsort(rank[members], kind="stable")][:count])
        return np.sort(np.concatenate(parts))

    def subset(self, size: int, draw: int) -> TrainingData:
        """The subset as rows that train and rows that validate."""
        rows = self.rows(size, draw)
        y = self.y[rows]
        groups = None if self.groups is None else self.groups[rows]
        split = stratified_split(y, 0.0, self.share, self.seed + draw, groups=groups)
        return replace(
            self.data,
            frame_train=self.frame.iloc[rows[split.train]].reset_index(drop=True),
            y_train=y[split.train],
            frame_validation=self.frame.iloc[rows[split.validation]].reset_index(drop=True),
            y_validation=y[split.validation],
        )


def fit_cell(name: str, recipe: Recipe, data: TrainingData, work: Work, home: Path | None) -> FittedModel:
    """One model on one subset. name: "model" for the run's model class, else a baseline.

    Raises as `finetune` does.
    """
    if name == "model" and recipe.pretrained:
        assert recipe.depth is not None
        return tune_fixed(recipe.backbone, recipe.depth, data, work, None, home).model
    kind = recipe.backbone if name == "model" else name
    if kind == "logistic_regression":
        return fit_logistic(data, work.settings)[0]
    if kind == "lightgbm":
        return fit_lightgbm(data, work.settings, work.seed, work.report, work.should_stop)[0]
    card = None if recipe.named is None else find_card(recipe.named, home)
    return fit_from_scratch(data, card, work.settings, work.seed, work.device, work.report, work.should_stop)[
        0
    ]
