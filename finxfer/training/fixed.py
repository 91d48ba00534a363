"""A backbone at a depth, both fixed by the analyst."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import find_card
from finxfer.backbones.protocol import TrainingData
from finxfer.records.spec import AS_IS
from finxfer.training.candidates import Work
from finxfer.training.chosen import Chosen
from finxfer.training.finetune import FineTuned, finetune


def tune_fixed(
    backbone: str, depth: int | str, data: TrainingData, work: Work, folder: Path | None, home: Path | None
) -> Chosen:
    """The backbone (a catalogue id or a folder) at a depth 0..S or "as-is", stopped by the validation rows.

    Raises as `finetune` does.
    """
    card = find_card(backbone, home)
    title = f"{card.id}, {'as-is' if depth == AS_IS else f'depth {depth}'}"
    work.report("message", text=f"Trying {title}.")
    kept = folder / f"{card.id}-{depth}" if folder else None
    tuned = finetune(
        card, depth, data, work.settings, work.seed, work.device, kept, work.report, work.should_stop
    )
    name = data.output.loss_name
    return Chosen(
        model=tuned.model,
        backbone_id=card.id,
        depth=tuned.depth,
        stages=card.depth_count,
        choice=tuned.choice,
        fell_back=tuned.fell_back,
        reason=_reason(title, tuned, name),
        tried=[_entry(title, card, tuned, name)],
        trainable_parameters=0 if tuned.choice == AS_IS else tuned.trainable_parameters,
        total_parameters=tuned.total_parameters,
        history=tuned.history,
    )


def _entry(title: str, card: Card, tuned: FineTuned, loss_name: str) -> dict[str, Any]:
    found = tuned.judged.validation
    return {
        "title": title,
        "backbone": card.id,
        "depth": tuned.depth,
        "choice": tuned.choice,
        "fell_back": tuned.fell_back,
        "validation": {
            "auc": None if np.isnan(found.auc) else round(found.auc, 5),
            loss_name: round(found.loss, 5),
        },
    }


def _reason(title: str, tuned: FineTuned, loss_name: str) -> str:
    loss, name = tuned.judged.validation.loss, loss_name.replace("_", " ")
    if tuned.fell_back:
        return (
            f"{title}, as you chose; training did not bring the validation {name} below the"
            f" start's {loss:.4f}, so the start was kept."
        )
    return f"{title}, as you chose; its validation {name} is {loss:.4f}."
