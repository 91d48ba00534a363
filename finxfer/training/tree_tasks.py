"""LightGBM for targets of several classes and for values: what `tree_treatment` is for yes and no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from finxfer.backbones.imbalance import Treatment, treatment_of
from finxfer.backbones.outputs import (
    BINARY_OUTPUT,
    Output,
    Shift,
    read_output,
    read_shift,
    stored_output,
    with_absent,
)
from finxfer.backbones.protocol import TrainingData
from finxfer.records.spec import BINARY, REGRESSION
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.tree_treatment import TreeTreatment

NAME = "loss"


@dataclass(frozen=True)
class Trees:
    """How the trees' leaves become raw output.

    present: of several classes those that the trees have seen, one tree of each a round; rows: that they have
    learned from. shift: what takes other class shares back.
    """

    output: Output = BINARY_OUTPUT
    present: tuple[int, ...] = ()
    rows: int = 0
    shift: Shift = 0.0

    def raw(self, leaves: np.ndarray) -> np.ndarray:
        """Raw output of summed leaves, (N,) or (N, classes present)."""
        if not self.present:
            return np.asarray(leaves + self.shift)
        return with_absent(leaves, self.present, self.output.size, self.rows) + self.shift


def stored_trees(trees: Trees) -> dict[str, Any]:
    """Keys of a model's JSON, none of yes and no."""
    if trees.output.task == BINARY:
        return {}
    kept = {"present": list(trees.present), "learned_rows": trees.rows, "class_shift": trees.shift}
    return stored_output(trees.output) | kept


def read_trees(content: dict[str, Any]) -> Trees | None:
    """What `stored_trees` gave; None of yes and no. Raises KeyError, TypeError or ValueError otherwise."""
    output = read_output(content)
    if output.task == BINARY:
        return None
    present = tuple(int(code) for code in content["present"])
    return Trees(output, present, int(content["learned_rows"]), read_shift(content["class_shift"]))


class TaskTreatment:
    """How trees learn a task other than yes and no. Has what `TreeTreatment` has.

    The focal loss has no meaning here: trees of several classes learn by the log loss.
    """

    start = 0.0

    def __init__(self, data: TrainingData, settings: TrainingSettings) -> None:
        self.output = data.output
        self.known: Treatment = treatment_of(data.output, data.output.codes(data.y_train), settings)
        self.asked = np.asarray(data.y_validation)
        classes = () if self.output.task == REGRESSION else tuple(np.unique(data.y_train).tolist())
        shift = self.output.shift_of(self.known.shifts())
        self.trees = Trees(self.output, classes, len(data.y_train), shift)

    def rows(self, y: np.ndarray, seed: int) -> np.ndarray:
        """Positions of the rows that the trees get."""
        return self.known.rows(self.output.codes(y), np.random.default_rng([seed, 0x1B]))

    def weights(self, y: np.ndarray) -> np.ndarray:
        """How much each row counts, float32 (N,)."""
        return self.known.row_weights(self.output.codes(y))

    def labels(self, y: np.ndarray) -> np.ndarray:
        """What LightGBM is told: standardised values, or places among the classes present.

        A class that is not among them, as validation rows may have, gets any place: `judge` knows better.
        """
        if self.output.task == REGRESSION:
            return self.output.learned(y)
        places = np.searchsorted(self.trees.present, np.asarray(y))
        return np.minimum(places, len(self.trees.present) - 1)

    def starts(self, rows: int) -> None:
        """The trees begin at what LightGBM begins with itself."""

    def options(self, y: np.ndarray, weights: np.ndarray) -> dict[str, Any]:
        """Parameters of LightGBM."""
        if self.output.task == REGRESSION:
            return {"objective": "regression", "metric": "l2"}
        return {"objective": "multiclass", "num_class": len(self.trees.present), "metric": "None"}

    def corrected(self, leaves: np.ndarray) -> np.ndarray:
        """Raw output of summed leaves."""
        return self.trees.raw(leaves)

    @property
    def judge(self) -> Any:
        """Log loss of the validation rows over all classes; None leaves it to LightGBM."""
        if self.output.task == REGRESSION:
            return None

        def measure(answer: np.ndarray, _: Any) -> tuple[str, float, bool]:
            raw = self.corrected(np.log(np.maximum(answer, 1e-300)))
            return NAME, float(self.output.row_losses(self.asked, raw).mean()), False

        return measure


def tree_treatment(
    data: TrainingData, y: np.ndarray, own: np.ndarray, settings: TrainingSettings
) -> TreeTreatment | TaskTreatment:
    """How trees learn the task. y: labels of the training rows, made-up ones included; own: without them."""
    if data.output.task == BINARY:
        return TreeTreatment(Treatment.of(y, settings, table=own))
    return TaskTreatment(data, settings)
