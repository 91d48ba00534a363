"""What a choice comes to: the run's model and why it is this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from finxfer.backbones.protocol import FittedModel


@dataclass(frozen=True)
class OutOfFold:
    """Probabilities (J,) by model name on the judged rows, none of which the rating model has learned from.

    y: 0/1 (J,). Names: "model", the baselines, "without_pretrained".
    """

    y: np.ndarray
    probability: dict[str, np.ndarray]


@dataclass(frozen=True)
class Chosen:
    """The model of a run and why it is this one.

    depth: 0..S, "as-is", or None where no backbone is in the model. stages: S of the backbone. choice:
    "fine-tuned", "as-is", a baseline's name or "ensemble" (backbone and depth are then those of the
    pretrained member with the greatest weight). fell_back: fine-tuning was done, but validated worse
    than its start (or, in auto, no backbone earned a place), so that the start or a baseline was taken.
    tried: all that was looked at.

    Only where finxfer chose the backbone: baselines, fitted on the same rows as the model;
    without_pretrained, what the same procedure chose among them; selection, as in metrics.json;
    out_of_fold, what threshold and bands are chosen by; member(name), any tried candidate fitted for good;
    untreated, the same members with nothing done about a rare class, where something was done.
    """

    model: FittedModel
    backbone_id: str
    depth: int | str | None
    stages: int
    choice: str
    fell_back: bool
    reason: str
    tried: list[dict[str, Any]]
    trainable_parameters: int | None
    total_parameters: int | None
    history: list[dict[str, Any]] = field(default_factory=list)
    baselines: dict[str, FittedModel] = field(default_factory=dict)
    without_pretrained: FittedModel | None = None
    selection: dict[str, Any] | None = None
    out_of_fold: OutOfFold | None = None
    member: Callable[[str], FittedModel] | None = None
    untreated: FittedModel | None = None
