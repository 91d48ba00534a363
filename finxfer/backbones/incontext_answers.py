"""What the classes of an in-context network stand for: yes and no, a target's classes, or bins of values.

The network tells classes apart and nothing else. A regression is put to it as a question after bins of the
training targets' quantiles; the answer is the mean of the bins' means, weighed by their probabilities. Each
look has cuts of its own, shifted against those of the others, so that together they cut four times as fine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from finxfer.backbones.focal import binary_loss, class_loss
from finxfer.backbones.incontext_network import ContextReading
from finxfer.backbones.outputs import (
    BINARY_OUTPUT,
    MulticlassOutput,
    Output,
    RegressionOutput,
    read_output,
    stored_output,
    with_absent,
)
from finxfer.backbones.sampling import prior_shift
from finxfer.errors import Damaged
from finxfer.records.spec import BINARY

LEAST_BIN_ROWS = 5
"""Of a bin on average; fewer rows make fewer bins."""


class Answers(ABC):
    """How a target is put to the network, and how its logits are read."""

    output: Output

    @abstractmethod
    def labels(self, y: np.ndarray) -> np.ndarray:
        """The class of each row as the network knows it, float32 (N,), or (looks, N) where looks differ."""

    @abstractmethod
    def shift(self, labels: Tensor, rate: np.ndarray) -> Any:
        """What to add to a context's answers, since its class shares may not be the table's (`rate`)."""

    @abstractmethod
    def raw(self, reading: ContextReading, x: Tensor, shift: Any) -> np.ndarray:
        """Raw output for rows (Q, H) by a context that has been read."""

    @abstractmethod
    def loss(
        self, logits: Tensor, context: Tensor, asked: Tensor, weights: Tensor, rate: float, gamma: float
    ) -> Tensor:
        """Mean loss of an episode.

        logits: (Q, max_classes). context, asked: labels (C,), (Q,) of one look. weights: (Q,). rate: share of
        positives among the rows that are drawn from. gamma: of the focal loss.
        """

    def to_json(self) -> dict[str, Any]:
        """Keys of a model's JSON; none of yes and no."""
        return {}


@dataclass(frozen=True)
class YesNo(Answers):
    """The first two classes are no and yes."""

    output = BINARY_OUTPUT

    def labels(self, y: np.ndarray) -> np.ndarray:
        return np.asarray(y, dtype=np.float32)

    def shift(self, labels: Tensor, rate: np.ndarray) -> float:
        return prior_shift(float(rate[-1]), float(labels.mean()))

    def raw(self, reading: ContextReading, x: Tensor, shift: float) -> np.ndarray:
        logits = reading.logits(x)
        return (logits[:, 1] - logits[:, 0]).double().cpu().numpy() + shift

    def loss(
        self, logits: Tensor, context: Tensor, asked: Tensor, weights: Tensor, rate: float, gamma: float
    ) -> Tensor:
        # Where rows are left out or repeated, the answers are those of that sample; scoring shifts them back.
        log_odds = logits[:, 1] - logits[:, 0] + prior_shift(rate, float(context.mean()))
        return binary_loss(log_odds, asked, weights, gamma)


@dataclass(frozen=True)
class Classes(Answers):
    """The target's classes that occur among `rows` training rows; the network numbers them without gaps."""

    output: MulticlassOutput
    present: tuple[int, ...]
    rows: int

    def labels(self, y: np.ndarray) -> np.ndarray:
        return np.searchsorted(self.present, np.asarray(y)).astype(np.float32)

    def shift(self, labels: Tensor, rate: np.ndarray) -> list[float]:
        seen = np.bincount(labels.long().cpu().numpy(), minlength=len(self.present)) / len(labels)
        known = (seen > 0) & (rate > 0)
        found = np.zeros(len(rate))
        found[known] = np.log(rate[known]) - np.log(seen[known])
        return [float(number) for number in found]

    def raw(self, reading: ContextReading, x: Tensor, shift: Sequence[float]) -> np.ndarray:
        logits = reading.logits(x)[:, : len(self.present)].double().cpu().numpy()
        return with_absent(logits + np.asarray(shift), self.present, self.output.size, self.rows)

    def loss(
        self, logits: Tensor, context: Tensor, asked: Tensor, weights: Tensor, rate: float, gamma: float
    ) -> Tensor:
        losses = class_loss(logits[:, : len(self.present)].float(), asked.long(), gamma)
        return (losses * weights).mean()

    def to_json(self) -> dict[str, Any]:
        return stored_output(self.output) | {"present": list(self.present), "learned_rows": self.rows}


@dataclass(frozen=True)
class Bins(Answers):
    """Bins of a target's standardised values. cuts, means: of each look, the bins in ascending order."""

    output: RegressionOutput
    cuts: tuple[tuple[float, ...], ...]
    means: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, output: RegressionOutput, y: np.ndarray, looks: int, most: int) -> Bins:
        """y: training targets (N,). most: classes that the network tells apart."""
        values = np.sort(output.learned(y))
        cuts, means = [], []
        for look in range(looks):
            kept = look_cuts(values, look, looks, max(2, min(most, len(values) // LEAST_BIN_ROWS)))
            places = np.searchsorted(kept, values, side="right")
            cuts.append(tuple(kept.tolist()))
            means.append(tuple(float(values[places == place].mean()) for place in range(len(kept) + 1)))
        return cls(output, tuple(cuts), tuple(means))

    def labels(self, y: np.ndarray) -> np.ndarray:
        values = self.output.learned(y)
        return np.stack([np.searchsorted(cuts, values, side="right") for cuts in self.cuts]).astype(
            np.float32
        )

    def shift(self, labels: Tensor, rate: np.ndarray) -> float:
        return 0.0

    def raw(self, reading: ContextReading, x: Tensor, shift: float) -> np.ndarray:
        answers = reading.answers(x).double().cpu()
        found = torch.zeros(len(x), dtype=torch.float64)
        for logits, means in zip(answers, self.means[: len(answers)], strict=True):
            known = torch.tensor(means, dtype=torch.float64)
            found += torch.softmax(logits[:, : len(means)], dim=1) @ known / len(answers)
        return found.numpy() + shift

    def loss(
        self, logits: Tensor, context: Tensor, asked: Tensor, weights: Tensor, rate: float, gamma: float
    ) -> Tensor:
        bins = max(len(means) for means in self.means)
        return class_loss(logits[:, :bins].float(), asked.long()).mean()

    def to_json(self) -> dict[str, Any]:
        kept = {"cuts": [list(cuts) for cuts in self.cuts], "means": [list(mean) for mean in self.means]}
        return stored_output(self.output) | {"bins": kept}


def look_cuts(values: np.ndarray, look: int, looks: int, bins: int) -> np.ndarray:
    """The values at which one look's bins begin, ascending, each above the lowest value.

    values: ascending (N,). The first look has bins - 1 bins of the same number of rows; the cuts of the
    others lie between, so that they have two smaller ones at the ends. Equal values share a bin.
    """
    share = (np.arange(1, bins) - 1 + (look / looks if look else 1.0)) / (bins - 1)
    places = np.unique(np.round(share[share < 1] * len(values)).astype(np.int64))
    found = np.unique(values[places[(places > 0) & (places < len(values))]])
    return found[found > values[0]]


def answers_of(output: Output, y: np.ndarray, looks: int, most: int) -> Answers:
    """How training targets y (N,) are put to a network that tells `most` classes apart."""
    if output.task == BINARY:
        return YesNo()
    if isinstance(output, MulticlassOutput):
        return Classes(output, tuple(int(code) for code in np.unique(y)), len(y))
    assert isinstance(output, RegressionOutput)
    return Bins.of(output, y, looks, most)


def read_answers(content: dict[str, Any]) -> Answers:
    """What `Answers.to_json` gave. Raises Damaged where the content is malformed."""
    output = read_output(content)
    try:
        if isinstance(output, MulticlassOutput):
            return Classes(output, tuple(int(c) for c in content["present"]), int(content["learned_rows"]))
        if isinstance(output, RegressionOutput):
            cuts, means = (
                tuple(tuple(float(number) for number in part) for part in content["bins"][name])
                for name in ("cuts", "means")
            )
            return Bins(output, cuts, means)
    except (KeyError, TypeError, ValueError) as error:
        why = f"What its classes stand for is not readable ({error!r})."
        raise Damaged("The in-context model is damaged.", why, "Run the job again.") from None
    return YesNo()


def class_rates(output: Output, codes: np.ndarray) -> np.ndarray:
    """Shares of the classes that occur, in order; of yes and no both."""
    if output.task == BINARY:
        rate = float(codes.astype(np.float32).mean())  # as exact as the mean of a context's labels
        return np.array([1 - rate, rate])
    counts = np.bincount(codes)
    return np.asarray(counts[counts > 0] / len(codes))
