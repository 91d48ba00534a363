"""Trainings of one backbone on the same rows, each going on from the last that was of use.

Boosted trees have no weights to go on from: each of their trainings begins at the backbone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from finxfer.backbones.card import Card
from finxfer.backbones.placing import knows
from finxfer.backbones.protocol import Report, TrainingData
from finxfer.records.spec import AS_IS
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.candidates import Work
from finxfer.training.finetune import FineTuned, Start, finetune


def shallow_to_deep(card: Card, data: TrainingData) -> list[int | str]:
    """Every depth: as-is where the backbone knows the task, the head alone (S), ..., everything (0)."""
    known = knows(card, data)
    return [*([AS_IS] if known else []), *range(card.depth_count, -1, -1)]


@dataclass
class Climb:
    """A chain of trainings. start: what the next one goes on from; None is the backbone itself."""

    card: Card
    data: TrainingData
    work: Work
    start: Start | None = None

    def step(
        self,
        depth: int | str,
        settings: TrainingSettings,
        folder: Path | None,
        report: Report,
    ) -> FineTuned:
        """Train at `depth`; where that was of use, the next step goes on from here.

        folder: of the training's checkpoint. Raises as `finetune` does.
        """
        work = self.work
        tuned = finetune(
            self.card, depth, self.data, settings, work.seed, work.device, folder, report,
            work.should_stop, None if depth == AS_IS else self.start,
        )  # fmt: skip
        if depth != AS_IS and not tuned.fell_back:
            self.start = tuned.going_on()
        return tuned
