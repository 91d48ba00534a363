"""What each task asks of a learner: what it answers with, what that costs, what is made of it. numpy only.

The *raw* output is what learners are trained, averaged and judged on: log-odds (..., N) of a binary task,
log-probabilities (..., N, C) of several classes, standardised values (..., N) of a regression.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from finxfer.data.tasks import is_known
from finxfer.errors import Damaged
from finxfer.records.spec import BINARY, MULTICLASS, REGRESSION

TINY = 1e-12
KEPT_DIGITS = 3
"""Significant digits of a target's range that a model keeps: rounded outwards, they are no row's value."""
RATE_STEPS, SHARE_STEPS = 60, 50
Shift = float | tuple[float, ...]
"""What is added to a raw output: a number, or one for each class."""


class Output(ABC):
    """A task as learners see it. size: numbers that a network answers with for a row."""

    task: str
    size: int
    loss_name: str = "log_loss"

    @abstractmethod
    def learned(self, y: np.ndarray) -> np.ndarray:
        """What a learner is trained on (N,): 0/1 float32, codes int64, or standardised float64."""

    @abstractmethod
    def codes(self, y: np.ndarray) -> np.ndarray:
        """Class of each row, int64 (N,); all 0 in a regression."""

    @abstractmethod
    def shift_of(self, shifts: np.ndarray) -> Shift:
        """What to add to raw output, of what is to be added to the logit of each class (C,)."""

    @abstractmethod
    def start(self, y: np.ndarray) -> np.ndarray:
        """The raw answer (size,) of who knows nothing but the training targets y (N,)."""

    @abstractmethod
    def predict(self, raw: np.ndarray) -> np.ndarray:
        """What `FittedModel.predict` returns, of raw output."""

    @abstractmethod
    def raw_of(self, prediction: np.ndarray) -> np.ndarray:
        """Raw output, finite, of what `FittedModel.predict` returned."""

    @abstractmethod
    def row_losses(self, y: np.ndarray, raw: np.ndarray) -> np.ndarray:
        """Loss of each row (..., N): log loss, or squared error with the target's variance as the unit."""

    @abstractmethod
    def rate_shift(self, y: np.ndarray, raw: np.ndarray) -> Shift:
        """What to add to raw output of rows so that its mean is what their targets y (N,) say."""

    def nats(self, loss: float) -> float:
        """How much loss is worth a nat of log likelihood where the mean loss is `loss`."""
        return 1.0

    def to_json(self) -> dict[str, Any]:
        return {"task": self.task}


class BinaryOutput(Output):
    """Log-odds of the positive class."""

    task, size = BINARY, 1

    def learned(self, y: np.ndarray) -> np.ndarray:
        return np.asarray(y, dtype=np.float32)

    def codes(self, y: np.ndarray) -> np.ndarray:
        return np.asarray(y).astype(np.int64)

    def shift_of(self, shifts: np.ndarray) -> Shift:
        return float(shifts[1] - shifts[0])

    def start(self, y: np.ndarray) -> np.ndarray:
        rate = float(np.mean(y))
        return np.array([np.log(rate / (1 - rate))])

    def predict(self, raw: np.ndarray) -> np.ndarray:
        return np.asarray(1.0 / (1.0 + np.exp(-raw)))

    def raw_of(self, prediction: np.ndarray) -> np.ndarray:
        return log_odds_of(prediction)

    def row_losses(self, y: np.ndarray, raw: np.ndarray) -> np.ndarray:
        return row_losses(y, raw)

    def rate_shift(self, y: np.ndarray, raw: np.ndarray) -> Shift:
        return rate_shift(raw, float(np.mean(y)))


@dataclass(frozen=True)
class MulticlassOutput(Output):
    """Log-probabilities of the classes; any number may be added to a row of them."""

    size: int
    task = MULTICLASS

    def learned(self, y: np.ndarray) -> np.ndarray:
        return np.asarray(y, dtype=np.int64)

    def codes(self, y: np.ndarray) -> np.ndarray:
        return np.asarray(y, dtype=np.int64)

    def shift_of(self, shifts: np.ndarray) -> Shift:
        return tuple(float(number) for number in shifts) if np.any(shifts) else 0.0

    def start(self, y: np.ndarray) -> np.ndarray:
        # Half a row more for each class: one that does not occur is unlikely, not impossible.
        counts = np.bincount(np.asarray(y, dtype=np.int64), minlength=self.size) + 0.5
        return np.asarray(np.log(counts / counts.sum()))

    def predict(self, raw: np.ndarray) -> np.ndarray:
        return np.exp(log_normalised(raw))

    def raw_of(self, prediction: np.ndarray) -> np.ndarray:
        return np.log(np.clip(prediction, TINY, 1.0))

    def row_losses(self, y: np.ndarray, raw: np.ndarray) -> np.ndarray:
        found = log_normalised(raw)
        own = np.broadcast_to(np.asarray(y, dtype=np.int64)[:, None], (*found.shape[:-1], 1))
        return np.asarray(-np.take_along_axis(found, own, axis=-1)[..., 0])

    def rate_shift(self, y: np.ndarray, raw: np.ndarray) -> Shift:
        wanted, shift = np.exp(self.start(y)), np.zeros(self.size)
        for _ in range(SHARE_STEPS):
            shift += np.log(wanted) - np.log(np.maximum(self.predict(raw + shift).mean(axis=0), TINY))
        return tuple(float(number) for number in shift - shift.mean())

    def to_json(self) -> dict[str, Any]:
        return {"task": self.task, "size": self.size}


@dataclass(frozen=True)
class RegressionOutput(Output):
    """Values less `centre`, in units of `spread`: mean and standard deviation of the training targets.

    low, high: the training targets' range, rounded outwards: a mean of values cannot lie beyond it.
    """

    centre: float
    spread: float
    low: float
    high: float
    task, size, loss_name = REGRESSION, 1, "squared_error"

    @classmethod
    def of(cls, y: np.ndarray) -> RegressionOutput:
        """y: training targets (N,), NaN unknown."""
        known = np.asarray(y, dtype=np.float64)
        known = known[is_known(known)]
        if not len(known):
            return cls(0.0, 1.0, 0.0, 0.0)
        centre, spread = float(known.mean()), float(known.std())
        usable = np.isfinite(spread) and spread > 1e-12 * (1 + abs(centre))
        low, high = rounded_range(float(known.min()), float(known.max()))
        return cls(centre, spread if usable else 1.0, low, high)

    def learned(self, y: np.ndarray) -> np.ndarray:
        return (np.asarray(y, dtype=np.float64) - self.centre) / self.spread

    def codes(self, y: np.ndarray) -> np.ndarray:
        return np.zeros(len(y), dtype=np.int64)

    def shift_of(self, shifts: np.ndarray) -> Shift:
        return 0.0

    def start(self, y: np.ndarray) -> np.ndarray:
        return np.array([float(np.mean(self.learned(y)))])

    def predict(self, raw: np.ndarray) -> np.ndarray:
        return np.clip(self.centre + self.spread * np.asarray(raw), self.low, self.high)

    def raw_of(self, prediction: np.ndarray) -> np.ndarray:
        return self.learned(prediction)

    def row_losses(self, y: np.ndarray, raw: np.ndarray) -> np.ndarray:
        # Judged as it is predicted: within the range.
        return np.asarray(np.square(self.learned(self.predict(raw)) - self.learned(y)))

    def rate_shift(self, y: np.ndarray, raw: np.ndarray) -> Shift:
        return 0.0

    def nats(self, loss: float) -> float:
        # Minus the log likelihood of a normal error is half its square over its variance.
        return 2 * max(loss, TINY)

    def to_json(self) -> dict[str, Any]:
        kept = {name: getattr(self, name) for name in ("centre", "spread", "low", "high")}
        return {"task": self.task, **kept}


BINARY_OUTPUT = BinaryOutput()


def output_of(task: str, classes: Sequence[str], y_train: np.ndarray) -> Output:
    """Of a task; y_train: what the scale of a regression comes from."""
    if task == REGRESSION:
        return RegressionOutput.of(y_train)
    return MulticlassOutput(len(classes)) if task == MULTICLASS else BINARY_OUTPUT


def read_output(content: dict[str, Any]) -> Output:
    """The output in a stored model's JSON; one without is binary. Raises Damaged for anything else."""
    found = content.get("output")
    try:
        if found is None:
            return BINARY_OUTPUT
        if found["task"] == MULTICLASS:
            return MulticlassOutput(int(found["size"]))
        return RegressionOutput(*(float(found[name]) for name in ("centre", "spread", "low", "high")))
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged("The model's task cannot be read.", f"{error!r}.", "Start the run again.") from None


def stored_output(output: Output) -> dict[str, Any]:
    """What `read_output` wants to see again: keys of a model's JSON, none of a binary one."""
    return {} if output.task == BINARY else {"output": output.to_json()}


def read_shift(value: Any) -> Shift:
    """A shift as JSON has it."""
    return tuple(float(number) for number in value) if isinstance(value, (list, tuple)) else float(value)


def binary_shift(shift: Shift) -> float:
    """A shift of yes and no as the one number that it is."""
    assert isinstance(shift, float)
    return shift


def log_normalised(raw: np.ndarray) -> np.ndarray:
    """Log-probabilities (..., C) that sum up to 1, of any logits."""
    raw = np.asarray(raw, dtype=np.float64)
    shifted = raw - raw.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def with_absent(raw: np.ndarray, present: Sequence[int], size: int, rows: int) -> np.ndarray:
    """Log-probabilities (N, size) of a model that has seen the classes `present` alone.

    raw: its logits (N, len(present)). Of `rows` training rows none was of another class: each of those gets
    the probability of half a row.
    """
    found = np.full((len(raw), size), np.log(0.5 / (rows + 1)))
    left = 1 - (size - len(present)) * 0.5 / (rows + 1)
    found[:, list(present)] = log_normalised(raw) + np.log(max(left, TINY))
    return found


def row_losses(y: np.ndarray, log_odds: np.ndarray) -> np.ndarray:
    """Log loss of each row: log_odds (..., N), y 0/1 (N,)."""
    return np.asarray(np.logaddexp(0.0, np.where(np.asarray(y) > 0, -log_odds, log_odds)))


def log_odds_of(probability: np.ndarray) -> np.ndarray:
    """Log-odds, finite for probabilities of 0 and 1 too."""
    kept = np.clip(probability, TINY, 1 - TINY)
    return np.asarray(np.log(kept) - np.log1p(-kept))


def rate_shift(logits: np.ndarray, rate: float) -> float:
    """The number to add to `logits` so that the mean probability is `rate` (bisection on -30..30)."""
    low, high = -30.0, 30.0
    for _ in range(RATE_STEPS):
        middle = (low + high) / 2
        if np.mean(1.0 / (1.0 + np.exp(-(logits + middle)))) < rate:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def rounded_range(low: float, high: float) -> tuple[float, float]:
    """A range of numbers of few digits around this one."""
    return -_rounded_up(-low), _rounded_up(high)


def _rounded_up(value: float) -> float:
    if value == 0 or not np.isfinite(value):
        return value
    step = 10.0 ** (np.floor(np.log10(abs(value))) + 1 - KEPT_DIGITS)
    return float(value if step == 0 else np.ceil(np.round(value / step, 6)) * step)
