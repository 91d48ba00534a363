"""What sits under "More settings" of a run."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from finxfer.records.checking import check_choice, check_number, refuse

OPTIMISERS = ("adamw", "adam", "rmsprop", "sgd")
CLASS_WEIGHTINGS = ("none", "balanced")
CONTROLS = (
    "layer_decay",
    "unfreeze_every",
    "l2_sp",
    "corruption",
    "mixup",
    "smote",
    "focal_gamma",
    "oversample",
    "undersample",
    "weight_power",
)
"""Fields of TrainingSettings that are off by default and came after the others."""
ONE_OF = ("focal_gamma", "oversample", "undersample", "smote")
"""What is done about a rare class beside class weights: at most one of them."""


@dataclass(frozen=True)
class TrainingSettings:
    """What sits under "More settings".

    Args:
        learning_rate: step size, 1e-6 to 1; None means the family's default.
        batch_size: rows a step, 8 to 8,192; None means the family's default.
        epochs: most passes over the training rows, 1 to 1,000.
        patience: epochs without a better validation loss before training stops, 1 to 1,000.
        optimiser: one of adamw, adam, rmsprop, sgd.
        weight_decay: L2 strength (decoupled for AdamW), 0 to 1.
        class_weighting: ``balanced`` weighs each class by the inverse of its share, to the power of
            `weight_power`.
        layer_decay: a stage learns at the learning rate times this to the power of its distance from the
            head, 0.1 to 1; 1 is the same rate everywhere, 0.5 to 0.95 is safe.
        unfreeze_every: epochs after which one more stage joins in, from the head down to the freezing depth,
            0 to 100; 0 trains them all at once, 1 to 5 is safe.
        l2_sp: pull towards the source's weights (L2-SP), 0 to 1,000; 0 is off, 1 to 100 is safe. Each step
            takes learning rate x l2_sp of the way back.
        corruption: share of cells that are swapped with those of other rows in each step, 0 to 0.6; 0 is off,
            0.1 to 0.3 is safe.
        mixup: alpha of the Beta distribution by which pairs of rows are mixed, 0 to 4; 0 is off, 0.1 to 0.5
            is safe.
        smote: share of the rarer class among the training rows after made-up rows have joined it, 0 to 0.5;
            0 is off.
        focal_gamma: of the focal loss, 0 to 5; 0 is off, 1 to 2 is usual.
        oversample: share of the rarest class beside the commonest, reached by repeating rows, 0 to 0.5; 0 is
            off.
        undersample: the same, reached by leaving rows of the others out.
        weight_power: how far balanced weights go, 0 to 1: 1 makes the classes count the same, 0.5 goes half
            of the way on a logarithmic scale.
    """

    learning_rate: float | None = None
    batch_size: int | None = None
    epochs: int = 40
    patience: int = 8
    optimiser: str = "adamw"
    weight_decay: float = 0.01
    class_weighting: str = "none"
    layer_decay: float = 1.0
    unfreeze_every: int = 0
    l2_sp: float = 0.0
    corruption: float = 0.0
    mixup: float = 0.0
    smote: float = 0.0
    focal_gamma: float = 0.0
    oversample: float = 0.0
    undersample: float = 0.0
    weight_power: float = 1.0

    def __post_init__(self) -> None:
        if self.learning_rate is not None:
            check_number("training.learning_rate", self.learning_rate, 1e-6, 1)
        if self.batch_size is not None:
            check_number("training.batch_size", self.batch_size, 8, 8192, whole=True)
        check_number("training.epochs", self.epochs, 1, 1000, whole=True)
        check_number("training.patience", self.patience, 1, 1000, whole=True)
        check_choice("training.optimiser", self.optimiser, OPTIMISERS)
        check_number("training.weight_decay", self.weight_decay, 0, 1)
        check_choice("training.class_weighting", self.class_weighting, CLASS_WEIGHTINGS)
        check_number("training.layer_decay", self.layer_decay, 0.1, 1)
        check_number("training.unfreeze_every", self.unfreeze_every, 0, 100, whole=True)
        check_number("training.l2_sp", self.l2_sp, 0, 1000)
        check_number("training.corruption", self.corruption, 0, 0.6)
        check_number("training.mixup", self.mixup, 0, 4)
        check_number("training.focal_gamma", self.focal_gamma, 0, 5)
        check_number("training.weight_power", self.weight_power, 0, 1)
        for name in ("smote", "oversample", "undersample"):
            check_number(f"training.{name}", getattr(self, name), 0, 0.5)
        several = [name for name in ONE_OF if getattr(self, name)]
        if len(several) > 1:
            raise refuse(f"training.{several[1]}", getattr(self, several[1]), f"0 beside {several[0]}")

    @property
    def shifts_rate(self) -> bool:
        """Whether training sees other class shares than the table has, so that probabilities need a shift."""
        return self.class_weighting == "balanced" or max(self.smote, self.oversample, self.undersample) > 0

    @property
    def treats_imbalance(self) -> bool:
        """Whether something is done about a rare class, so that probabilities need a correction."""
        return self.shifts_rate or self.focal_gamma > 0

    def untreated(self) -> TrainingSettings:
        """The same with nothing done about a rare class."""
        off: dict[str, Any] = dict.fromkeys(ONE_OF, 0.0)
        return replace(self, class_weighting="none", weight_power=1.0, **off)

    @property
    def controls(self) -> dict[str, float]:
        """The fields of `CONTROLS` that are not at their defaults."""
        return {name: getattr(self, name) for name in CONTROLS if getattr(self, name) != _OFF[name]}

    def from_scratch(self) -> TrainingSettings:
        """The same for a network without a source: what is about a source's weights is off."""
        return replace(self, layer_decay=1.0, unfreeze_every=0, l2_sp=0.0)


_OFF = {entry.name: entry.default for entry in fields(TrainingSettings) if entry.name in CONTROLS}
