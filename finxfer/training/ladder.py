"""A backbone that the analyst fixed: the depth they fixed too, or the best of a ladder of depths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import find_card
from finxfer.backbones.protocol import TrainingData
from finxfer.training.candidates import AS_IS, Work
from finxfer.training.chosen import Chosen
from finxfer.training.climb import Climb
from finxfer.training.finetune import FineTuned

AUTO = "auto"
NOISE = 0.5
"""A less simple candidate must win by this many standard errors of the paired difference."""


@dataclass(frozen=True)
class _Rung:
    """One depth, tuned."""

    title: str
    card: Card
    tuned: FineTuned

    @property
    def loss(self) -> float:
        return self.tuned.judged.validation.log_loss

    @property
    def losses(self) -> np.ndarray:
        """Log loss of each validation row (V,)."""
        return self.tuned.judged.losses

    def to_json(self) -> dict[str, Any]:
        auc = self.tuned.judged.validation.auc
        return {
            "title": self.title,
            "backbone": self.card.id,
            "depth": self.tuned.depth,
            "choice": self.tuned.choice,
            "fell_back": self.tuned.fell_back,
            "validation": {"auc": None if np.isnan(auc) else round(auc, 5), "log_loss": round(self.loss, 5)},
        }


@dataclass(frozen=True)
class _Ladder:
    data: TrainingData
    work: Work
    folder: Path | None

    def tune(self, climb: Climb, depth: int | str, hasty: bool = False) -> _Rung:
        """hasty: half the epochs and patience, where several depths are tried."""
        card, settings = climb.card, self.work.settings
        title = f"{card.id}, {'as-is' if depth == AS_IS else f'depth {depth}'}"
        self.work.report("message", text=f"Trying {title}.")
        if hasty:
            epochs, patience = max(2, settings.epochs // 2), max(2, settings.patience // 2)
            settings = replace(settings, epochs=epochs, patience=patience)
        folder = self.folder / f"{card.id}-{depth}" if self.folder else None
        return _Rung(title, card, climb.step(depth, settings, folder))

    def climb(self, climb: Climb) -> list[_Rung]:
        """As-is where that makes sense, the head, the later half, everything; each goes on from the best."""
        card = climb.card
        known = card.knows_task(self.data.target, self.data.positive)
        climbed = [self.tune(climb, AS_IS)] if known else []
        depths = dict.fromkeys((card.depth_count, card.depth_count // 2, 0))
        return climbed + [self.tune(climb, depth, hasty=True) for depth in depths]


def tune_fixed(
    backbone: str, depth: int | str, data: TrainingData, work: Work, folder: Path | None, home: Path | None
) -> Chosen:
    """The backbone (a catalogue id or a folder) at a depth 0..S, "as-is" or "auto".

    "auto" tries as-is, the head alone, the later half and everything, each going on from the best so
    far. Validation log loss decides; a simpler one stays unless it loses by more than half a standard
    error of the paired difference. Raises as `finetune` does.
    """
    ladder = _Ladder(data, work, folder)
    climb = Climb(find_card(backbone, home), data, work)
    if depth != AUTO:
        rung = ladder.tune(climb, depth)
        return _chosen(rung, [rung], _reason_fixed(rung), rung.tuned.fell_back)
    rungs = ladder.climb(climb)
    best = _simplest_of_the_best(rungs)
    return _chosen(best, rungs, _reason_depth(best, rungs), best.tuned.choice == AS_IS)


def _simplest_of_the_best(rungs: list[_Rung]) -> _Rung:
    """rungs: the simplest first."""
    useful = [rung for rung in rungs if not rung.tuned.fell_back] or rungs[:1]
    best = useful[0]
    for rung in useful[1:]:
        gains = best.losses - rung.losses
        if gains.mean() > NOISE * gains.std() / np.sqrt(len(gains)):
            best = rung
    return best


def _chosen(best: _Rung, tried: list[_Rung], reason: str, fell_back: bool) -> Chosen:
    tuned = best.tuned
    return Chosen(
        model=tuned.model,
        backbone_id=best.card.id,
        depth=tuned.depth,
        stages=best.card.depth_count,
        choice=tuned.choice,
        fell_back=fell_back,
        reason=reason,
        tried=[rung.to_json() for rung in tried],
        trainable_parameters=0 if tuned.choice == AS_IS else tuned.trainable_parameters,
        total_parameters=tuned.total_parameters,
        history=tuned.history,
    )


def _reason_fixed(rung: _Rung) -> str:
    if rung.tuned.fell_back:
        return (
            f"{rung.title}, as you chose; training did not bring the validation log loss below the"
            f" start's {rung.loss:.4f}, so the start was kept."
        )
    return f"{rung.title}, as you chose; its validation log loss is {rung.loss:.4f}."


def _reason_depth(best: _Rung, rungs: Iterable[_Rung]) -> str:
    others = [f"{other.title} {other.loss:.4f}" for other in rungs if other is not best]
    return f"{best.title} was chosen by validation log loss: {best.loss:.4f} against {'; '.join(others)}."
