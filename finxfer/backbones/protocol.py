"""What a family of backbones has to offer, so that freezing, training and scoring are written once.

A *Backbone* is a loaded network with its card and ordered stages. Put on a table it gives a
*Learner*: what the training loop needs to make a step and to validate. A learner gives a
*FittedModel*: what scores customers and can be stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from finxfer.backbones.card import Card
from finxfer.backbones.outputs import Output, Shift, output_of
from finxfer.errors import BadInput
from finxfer.records.spec import BINARY, ColumnSpec
from finxfer.records.training_settings import TrainingSettings

if TYPE_CHECKING:
    import torch

Report = Callable[..., None]
"""report(kind, **fields): one event of the run."""

ShouldStop = Callable[[], bool]
"""Polled about once a step: True asks the work to end with errors.Cancelled."""


@dataclass(frozen=True)
class Stage:
    """One ordered part of a backbone.

    prefixes: a parameter or module belongs to the stage when its name equals a prefix or starts with
    a prefix and a dot.
    """

    name: str
    title: str
    prefixes: tuple[str, ...]

    def owns(self, name: str) -> bool:
        return any(name == prefix or name.startswith(prefix + ".") for prefix in self.prefixes)


@dataclass(frozen=True)
class TrainingData:
    """The labelled rows of a run that may choose something; test rows are never here.

    frame_*: raw columns. y_*: as `finxfer.data.tasks.target_values` gives them: 0/1 int8, class codes int16
    or float64. columns: the features with their kinds. positive: as text. task, classes: as in the spec.
    groups: columns whose equal values tell rows that belong together (one customer in several rows).
    protected: columns that the model must not see. mapping: backbone column -> the feature that stands for
    it, where names do not tell ("" for none). output: what the task asks of a learner; the scale of a
    regression is that of the first training rows, whatever parts of them are made later.
    """

    frame_train: pd.DataFrame
    y_train: np.ndarray
    frame_validation: pd.DataFrame
    y_validation: np.ndarray
    columns: list[ColumnSpec]
    positive: str
    target: str = ""
    groups: tuple[str, ...] = ()
    protected: tuple[ColumnSpec, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    task: str = BINARY
    classes: tuple[str, ...] = ()
    output: Output = field(default=None, repr=False, compare=False)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.output is None:
            object.__setattr__(self, "output", output_of(self.task, self.classes, self.y_train))


def require_binary(task: str, what: str) -> None:
    """Raises BadInput where the task is not binary. what: who needs it, as the beginning of a sentence."""
    if task != BINARY:
        raise BadInput(
            f"{what} is of yes-or-no targets.",
            f"The task of this target is {task}.",
            "Choose a binary target, or name one class as the positive one (--positive).",
        )


class FittedModel(Protocol):
    """Scores raw rows."""

    kind: str

    @property
    def features(self) -> list[str]:
        """Columns that `predict` needs."""

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """What the model says of each row, float64. Raises BadInput for lacking columns.

        Binary: probability of the positive class (N,). Multiclass: of each class (N, C), summing to 1.
        Regression: the predicted value in the target's unit (N,).
        """

    def save(self, folder: Path) -> None:
        """Writes model.json and what belongs to it; no pickle."""


class Trainable(Protocol):
    """What the steps of a training need: a network in stages and its loss.

    new: prefixes (as of `Stage`) of the parameters that have learned nothing yet, such as a new head's.
    """

    stages: tuple[Stage, ...]
    head: Stage
    new: tuple[str, ...]
    default_learning_rate: float

    @property
    def network(self) -> torch.nn.Module:
        """The network that is trained."""

    def start_epoch(self, generator: torch.Generator) -> int:
        """Shuffles; returns the number of steps of this epoch."""

    def loss(self, step: int) -> torch.Tensor:
        """Mean training loss of the step, a scalar with a graph."""


class Reading(Protocol):
    """A backbone put on a table.

    notes: sentences on what it reads of the table, and on what the machine's memory made it do otherwise.
    """

    @property
    def notes(self) -> tuple[str, ...]: ...

    def model(self, logit_shift: Shift) -> FittedModel:
        """The backbone as it is now; logit_shift is added to its raw output."""


class Learner(Trainable, Reading, Protocol):
    """A network on one table. Encoded rows are on `device` already: a step copies nothing."""

    validation_targets: np.ndarray
    output: Output

    def validation_logits(self) -> np.ndarray:
        """Raw output (see `outputs`) for the rows of `validation_targets`, float64 (N,) or (N, C); no graph.

        They may be a part of the validation rows and a quick look at them; it is taken every epoch.
        """

    def epoch_limit(self, epochs: int) -> int:
        """At most this many epochs, so that the work stays bounded."""


class Backbone(Protocol):
    """A loaded backbone."""

    card: Card
    stages: tuple[Stage, ...]
    head: Stage

    def learner(self, data: TrainingData, settings: TrainingSettings, seed: int, device: str) -> Learner:
        """Raises BadInput where the backbone cannot read this table."""


def stage_records(network: Any, stages: tuple[Stage, ...]) -> list[dict[str, Any]]:
    """Stages as a card stores them: name, title, trainable parameters."""
    counts = {stage.name: 0 for stage in stages}
    for name, parameter in network.named_parameters():
        for stage in stages:
            if stage.owns(name) and parameter.requires_grad:
                counts[stage.name] += parameter.numel()
    return [{"name": stage.name, "title": stage.title, "parameters": counts[stage.name]} for stage in stages]
