"""What the classes of an in-context network stand for: yes and no, one class or another, or bins of values.

The network tells classes apart and nothing else, and two better than many. Several classes are put to it one
against the rest, each as a question of its own; the probabilities are made to sum up to 1 (figures in
docs/tasks.md). A regression is put to it as the question whether a value is above a quantile of the training
targets, another quantile for each look; the answer is the mean of what lies above and below, weighed by the
probabilities. Such answers lie too close together (many bins at once were worse): a line that rows kept out
of a context choose spreads them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
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

STEEPEST = 30.0
"""Most that the line spreads the answers."""
LEAST_SPREAD = 1e-6


class Answers(ABC):
    """How a target is put to the network, and how its logits are read."""

    output: Output
    questions: int = 1
    """How often each look is asked, about something else each time."""

    @abstractmethod
    def labels(self, y: np.ndarray) -> np.ndarray:
        """The class of each row as the network knows it, float32 (N,), or (looks x questions, N)."""

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
    """The target's classes that occur among `rows` training rows, each asked for by each of the looks."""

    output: MulticlassOutput
    present: tuple[int, ...]
    rows: int
    looks: int

    @property
    def questions(self) -> int:  # type: ignore[override]
        return len(self.present)

    def labels(self, y: np.ndarray) -> np.ndarray:
        each = np.asarray(y) == np.array(self.present)[:, None]
        return np.tile(each, (self.looks, 1)).astype(np.float32)

    def shift(self, labels: Tensor, rate: np.ndarray) -> list[float]:
        seen = labels[: self.questions].double().mean(dim=1).cpu().numpy()
        known = (seen > 0) & (seen < 1) & (rate > 0) & (rate < 1)
        pairs = zip(rate, seen, known, strict=True)
        return [prior_shift(float(own), float(drawn)) if both else 0.0 for own, drawn, both in pairs]

    def raw(self, reading: ContextReading, x: Tensor, shift: Sequence[float]) -> np.ndarray:
        logits = reading.answers(x)[:, :, :2].double().cpu().numpy()
        log_odds = (logits[..., 1] - logits[..., 0]).reshape(-1, self.questions, len(x)).mean(axis=0).T
        alone = -np.logaddexp(0.0, -(log_odds + np.asarray(shift)))
        return with_absent(alone, self.present, self.output.size, self.rows)

    def loss(
        self, logits: Tensor, context: Tensor, asked: Tensor, weights: Tensor, rate: float, gamma: float
    ) -> Tensor:
        return (class_loss(logits[:, :2].float(), asked.long(), gamma) * weights).mean()

    def to_json(self) -> dict[str, Any]:
        kept = {"present": list(self.present), "learned_rows": self.rows, "asking_looks": self.looks}
        return stored_output(self.output) | kept


@dataclass(frozen=True)
class Bins(Answers):
    """Two bins of a target's standardised values for each look, cut at `cuts`, whose means are `means`.

    level, slope: of the line from the answers to values.
    """

    output: RegressionOutput
    cuts: tuple[float, ...]
    means: tuple[tuple[float, float], ...]
    level: float = 0.0
    slope: float = 1.0

    @classmethod
    def of(cls, output: RegressionOutput, y: np.ndarray, looks: int) -> Bins:
        """y: training targets (N,)."""
        values = np.sort(output.learned(y))
        cuts = [look_cut(values, look, looks) for look in range(looks)]
        means = [(_mean(values[values < cut]), _mean(values[values >= cut])) for cut in cuts]
        return cls(output, tuple(cuts), tuple(means))

    def on_line(self, answers: np.ndarray, y: np.ndarray) -> Bins:
        """The same with the least-squares line from answers (N,) for rows outside the context to targets y.

        It never falls, and where the answers say nothing it is the targets' mean.
        """
        values = self.output.learned(y)
        known = answers - answers.mean()
        slope = float(known @ values / max(float(known @ known), LEAST_SPREAD * len(known)))
        slope = min(max(slope, 0.0), STEEPEST)
        return replace(self, level=float(values.mean() - slope * answers.mean()), slope=slope)

    def labels(self, y: np.ndarray) -> np.ndarray:
        values = self.output.learned(y)
        return np.stack([values >= cut for cut in self.cuts]).astype(np.float32)

    def shift(self, labels: Tensor, rate: np.ndarray) -> float:
        return 0.0

    def raw(self, reading: ContextReading, x: Tensor, shift: float) -> np.ndarray:
        return self.level + self.slope * self.between(reading, x) + shift

    def between(self, reading: ContextReading, x: Tensor) -> np.ndarray:
        """Mean over the looks of what lies above and below their cuts, weighed by the probabilities (Q,)."""
        logits = reading.answers(x)[:, :, :2].double().cpu()
        means = torch.tensor(self.means[: len(logits)], dtype=torch.float64)
        return np.asarray((torch.softmax(logits, dim=2) * means.unsqueeze(1)).sum(dim=2).mean(dim=0))

    def loss(
        self, logits: Tensor, context: Tensor, asked: Tensor, weights: Tensor, rate: float, gamma: float
    ) -> Tensor:
        return class_loss(logits[:, :2].float(), asked.long()).mean()

    def to_json(self) -> dict[str, Any]:
        kept = {"cuts": list(self.cuts), "means": [list(pair) for pair in self.means]}
        return stored_output(self.output) | {"bins": kept | {"level": self.level, "slope": self.slope}}


def look_cut(values: np.ndarray, look: int, looks: int) -> float:
    """Where one look's upper bin begins: the looks' cuts are evenly spread quantiles, above the lowest value.

    values: ascending (N,).
    """
    place = min(len(values) - 1, round(len(values) * (look + 1) / (looks + 1)))
    above = values[values > values[0]]
    return float(max(values[place], above[0])) if len(above) else float(values[0])


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0


def answers_of(output: Output, y: np.ndarray, looks: int) -> Answers:
    """How training targets y (N,) are put to the network."""
    if output.task == BINARY:
        return YesNo()
    if isinstance(output, MulticlassOutput):
        return Classes(output, tuple(int(code) for code in np.unique(y)), len(y), looks)
    assert isinstance(output, RegressionOutput)
    return Bins.of(output, y, looks)


def read_answers(content: dict[str, Any]) -> Answers:
    """What `Answers.to_json` gave. Raises Damaged where the content is malformed."""
    output = read_output(content)
    try:
        if isinstance(output, MulticlassOutput):
            present = tuple(int(code) for code in content["present"])
            return Classes(output, present, int(content["learned_rows"]), int(content["asking_looks"]))
        if isinstance(output, RegressionOutput):
            bins = content["bins"]
            means = tuple((float(below), float(above)) for below, above in bins["means"])
            cuts = tuple(float(cut) for cut in bins["cuts"])
            return Bins(output, cuts, means, float(bins["level"]), float(bins["slope"]))
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
