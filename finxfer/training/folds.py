"""Which rows judge a candidate that has not learned from them: folds, or the held-out validation rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from finxfer.backbones.considered import folds_of
from finxfer.backbones.protocol import TrainingData
from finxfer.data.groups import group_units
from finxfer.data.tasks import strata_of

PARTS = 5
"""Parts of the held-out rows: what one part is rated with was chosen by the others."""
MOST_FOLDS = 5
MOST_JUDGED = 3000
"""Of the held-out rows; the rest is learned from."""


@dataclass(frozen=True)
class Folds:
    """The labelled rows of a run, training rows first, and who judges whom.

    part: int (N,), the part of a row that is judged, -1 of a row that is only learned from. With
    `crossed` a candidate is trained once for every part on all other rows; else once, on the rows of
    no part.
    """

    data: TrainingData
    frame: pd.DataFrame
    y: np.ndarray
    part: np.ndarray
    crossed: bool

    @property
    def pieces(self) -> int:
        """Trainings that a candidate takes."""
        return int(self.part.max()) + 1 if self.crossed else 1

    @property
    def judged(self) -> np.ndarray:
        """Positions of the judged rows (J,), in order."""
        return np.flatnonzero(self.part >= 0)

    @property
    def parts(self) -> np.ndarray:
        """Part of each judged row (J,)."""
        return self.part[self.judged]

    @property
    def targets(self) -> np.ndarray:
        """Target of each judged row (J,)."""
        return self.y[self.judged]

    def asked(self, number: int) -> np.ndarray:
        """Positions of the rows that training `number` is judged by."""
        return np.flatnonzero(self.part == number) if self.crossed else self.judged

    def piece(self, number: int) -> TrainingData:
        """Training `number`: its validation rows are the judging ones and have no say in it."""
        asked = self.asked(number)
        rest = np.setdiff1d(np.arange(len(self.y)), asked)
        return replace(
            self.data,
            frame_train=self.frame.iloc[rest].reset_index(drop=True),
            y_train=self.y[rest],
            frame_validation=self.frame.iloc[asked].reset_index(drop=True),
            y_validation=self.y[asked],
        )

    def learning(self, number: int, parts: int) -> TrainingData:
        """Training `number` with about one in `parts` of its own rows as validation rows, which may decide
        when it ends; the rows that judge it are in neither part."""
        rest = np.setdiff1d(np.arange(len(self.y)), self.asked(number))
        units = units_of(self.frame, self.data.groups)[rest]
        parts = max(2, min(parts, len(np.unique(units)) // 2))
        # The last part: where a class has fewer units than parts, all of them are learned from.
        strata, generator = strata_of(self.y[rest]), np.random.default_rng([number, 0x57])
        ends = spread_units(units, strata, parts, generator) == parts - 1
        return replace(
            self.data,
            frame_train=self.frame.iloc[rest[~ends]].reset_index(drop=True),
            y_train=self.y[rest[~ends]],
            frame_validation=self.frame.iloc[rest[ends]].reset_index(drop=True),
            y_validation=self.y[rest[ends]],
        )

    def whole(self) -> TrainingData:
        """All rows to learn from, once nothing is left to be judged."""
        return replace(self.data, frame_train=self.frame, y_train=self.y)


def make_folds(data: TrainingData, seed: int, most: int = MOST_FOLDS) -> Folds:
    """Stratified folds of training and validation rows together, at most `most`, or the held-out
    validation rows.

    Rows of one group stay in one fold. Where a class (or a class's groups) is too scarce for every
    training to see it, the validation rows are held out, however few rows there are; of more than two
    classes the rarest may be missing from a fold or a training. Of a regression tenths of the target are what
    classes are.
    """
    frame = pd.concat([data.frame_train, data.frame_validation], ignore_index=True)
    y = np.concatenate([np.asarray(data.y_train), np.asarray(data.y_validation)])
    units = units_of(frame, data.groups)
    generator = np.random.default_rng([seed, 0xF01D])
    strata = strata_of(y)
    folds = min(folds_of(len(y)), most, _scarcest(units, strata))
    if folds >= 2:
        part = spread_units(units, strata, folds, generator)
        if all(len(np.unique(strata[part != number])) > 1 for number in range(folds)):
            return Folds(data, frame, y, part, crossed=True)
    part = np.full(len(y), -1)
    held = np.arange(len(data.y_train), len(y))
    if len(held) > MOST_JUDGED:
        held = _share(held, strata, units)
    part[held] = spread_units(units[held], strata[held], min(PARTS, len(held)), generator)
    return Folds(data, frame, y, part, crossed=False)


def _scarcest(units: np.ndarray, strata: np.ndarray) -> int:
    """Units of the second most frequent class: with two classes those of the rarer one."""
    counts = sorted(len(np.unique(units[strata == value])) for value in np.unique(strata))
    return counts[-2] if len(counts) > 1 else 0


def _share(held: np.ndarray, strata: np.ndarray, units: np.ndarray) -> np.ndarray:
    """About MOST_JUDGED of the held-out rows, stratified, whole units."""
    share = int(np.ceil(len(held) / MOST_JUDGED))
    return held[spread_units(units[held], strata[held], share, np.random.default_rng(share)) == 0]


def units_of(frame: pd.DataFrame, groups: tuple[str, ...]) -> np.ndarray:
    """A number for each row, the same for rows that must stay together."""
    if not groups:
        return np.arange(len(frame))
    return group_units(frame, groups)


def spread_units(
    units: np.ndarray, strata: np.ndarray, parts: int, generator: np.random.Generator
) -> np.ndarray:
    """Part of each row: whole units, shuffled, dealt out by the highest stratum that they hold."""
    names, place = np.unique(units, return_inverse=True)
    highest = np.zeros(len(names), dtype=np.int64)
    np.maximum.at(highest, place, strata)
    dealt = [generator.permutation(np.flatnonzero(highest == value)) for value in np.unique(strata)[::-1]]
    order = np.concatenate([np.empty(0, dtype=np.int64), *dealt])  # there may be no row to deal out
    part = np.empty(len(names), dtype=np.int64)
    part[order] = np.arange(len(order)) % parts
    return part[place]
