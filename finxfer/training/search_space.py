"""What the search may set, and in which ranges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from finxfer.backbones.card import Card
from finxfer.backbones.controls import idle_controls
from finxfer.records.training_settings import TrainingSettings

RATE_SPAN = 10.0
"""The learning rate is looked for from a tenth of the family's own to ten times it."""
BATCH_SIZES = (16, 32, 64, 128, 256)
PULLS = (0.0, 1.0, 3.0, 10.0, 30.0, 100.0)
MIXES = (0.0, 0.1, 0.2, 0.4)
ONE_AT_A_TIME: tuple[dict[str, Any], ...] = (
    {"layer_decay": 0.7},
    {"l2_sp": 30.0},
    {"corruption": 0.2},
    {"unfreeze_every": 1},
    {"mixup": 0.2},
    {"class_weighting": "balanced"},
)
"""What is tried first: the settings as they are with one thing changed."""


@dataclass(frozen=True)
class Space:
    """start: the settings that the search goes out from. depth: 0..S."""

    card: Card
    depth: int
    start: TrainingSettings
    rate: float
    """Learning rate where none is set."""
    batch_size: int | None
    """Rows a step where none is set; None where a batch is not the family's unit."""

    def distributions(self) -> dict[str, BaseDistribution]:
        """By field of `TrainingSettings`."""
        rate = self.start.learning_rate or self.rate
        found: dict[str, BaseDistribution] = {
            "learning_rate": FloatDistribution(
                max(1e-6, rate / RATE_SPAN), min(1.0, rate * RATE_SPAN), log=True
            ),
            "weight_decay": FloatDistribution(1e-4, 0.3, log=True),
            "layer_decay": FloatDistribution(0.3, 1.0),
            "unfreeze_every": IntDistribution(0, 3),
            "l2_sp": CategoricalDistribution(PULLS),
            "corruption": FloatDistribution(0.0, 0.5, step=0.1),
            "mixup": CategoricalDistribution(MIXES),
            "class_weighting": CategoricalDistribution(("none", "balanced")),
        }
        if self.batch_size is not None:
            found["batch_size"] = CategoricalDistribution(BATCH_SIZES)
        on = TrainingSettings(layer_decay=0.5, unfreeze_every=1, l2_sp=1.0, corruption=0.1, mixup=0.1)
        for name in idle_controls(self.card, self.depth, on):
            del found[name]
        return found

    def opening(self) -> list[dict[str, Any]]:
        """Parameters of the first trials after the settings as they are."""
        start, known = self.parameters(), self.distributions()
        rate = self.start.learning_rate or self.rate
        changes = [*ONE_AT_A_TIME, {"learning_rate": rate * 3}, {"learning_rate": rate / 3}]
        usable = [change for change in changes if set(change) <= set(known)]
        return [start | change for change in usable if start | change != start]

    def parameters(self) -> dict[str, Any]:
        """The settings as they are in the terms of the search: the nearest that it knows."""
        start = self.start
        wanted = {
            "learning_rate": start.learning_rate or self.rate,
            "batch_size": start.batch_size or self.batch_size,
        }
        return {
            name: _nearest(wanted.get(name) if name in wanted else getattr(start, name), distribution)
            for name, distribution in self.distributions().items()
        }

    def settings(self, parameters: dict[str, Any]) -> TrainingSettings:
        """What the parameters of a trial come to."""
        return replace(self.start, **parameters)


def _nearest(value: Any, distribution: BaseDistribution) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        if value in distribution.choices:
            return value
        return min(distribution.choices, key=lambda choice: abs(float(choice) - float(value)))  # type: ignore[arg-type]
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    kept = min(max(value, distribution.low), distribution.high)
    if isinstance(distribution, FloatDistribution) and distribution.step:
        return round(round(kept / distribution.step) * distribution.step, 6)
    return kept
