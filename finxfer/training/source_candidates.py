"""Candidates of a backbone that has learned the same task at a source: it answers before it sees a label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from finxfer.backbones.card import Card
from finxfer.backbones.outputs import Shift, binary_shift
from finxfer.backbones.protocol import FittedModel, Report, TrainingData
from finxfer.records.spec import AS_IS
from finxfer.training.candidates import Work, as_is_model
from finxfer.training.corrected import KIND as CORRECTED
from finxfer.training.corrected import Columns, Correction, correct
from finxfer.training.folds import Folds
from finxfer.training.guard import log_odds_of

PENALTIES = (100.0,)
"""Of the correction on few rows, chosen once: 30 spoilt segments that the source knew better, 300 learned
little (docs/source_transfer.md)."""
MANY_ROWS = 600
MORE_PENALTIES = (100.0, 30.0, 10.0)
"""From so many rows on the rows themselves choose among these."""


class Corrected:
    """The source's answer plus a small logistic regression of the target's rows; its variants are penalties.

    Every part of the backbone stays frozen, so its depth is that of the head alone.
    """

    kind = CORRECTED
    from_source = True
    exact = True
    suffix = CORRECTED

    def __init__(self, card: Card, work: Work, rows: int) -> None:
        self.name, self.card, self.work = f"{card.id}, {self.suffix}", card, work
        self.penalties: Sequence[float] = PENALTIES if rows < MANY_ROWS else MORE_PENALTIES

    def raw(self, data: TrainingData, report: Report) -> np.ndarray:
        base, columns = as_is_model(self.card, data, self.work), Columns.of(data)
        asked = log_odds_of(base.predict(data.frame_validation))
        matrix = columns.matrix(data.frame_validation)
        found = self._corrections(data, base, columns, self.penalties)
        return np.stack([one(asked, matrix) for one in found])

    def _corrections(
        self, data: TrainingData, base: FittedModel, columns: Columns, penalties: Sequence[float]
    ) -> list[Correction]:
        known, matrix = log_odds_of(base.predict(data.frame_train)), columns.matrix(data.frame_train)
        return [correct(known, matrix, data.y_train, penalty) for penalty in penalties]

    def untouched(self, variant: int) -> bool:
        return False

    def depth(self, variant: int) -> int | str | None:
        return self.card.depth_count

    def fit(self, folds: Folds, variant: int, logit_shift: Shift) -> FittedModel:
        whole = folds.whole()
        base, columns = as_is_model(self.card, whole, self.work), Columns.of(whole)
        (found,) = self._corrections(whole, base, columns, (self.penalties[variant],))
        return columns.model(base, found, binary_shift(logit_shift))


class Recalibrated(Corrected):
    """The source model as it is, but for level and spread of its log-odds: customers keep their order.

    Portfolios differ in their rate of events, so that a source model may rank well and yet be far off.
    """

    kind = AS_IS
    suffix = AS_IS

    def __init__(self, card: Card, work: Work, rows: int) -> None:
        super().__init__(card, work, rows)
        self.penalties = (np.inf,)

    def untouched(self, variant: int) -> bool:
        return True

    def depth(self, variant: int) -> int | str | None:
        return AS_IS
