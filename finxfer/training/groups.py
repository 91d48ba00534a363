"""At which rate each stage learns, and what its weights are pulled to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from finxfer.backbones.protocol import Stage, Trainable
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.freezing import Freezing


def parameter_groups(
    learner: Trainable, freezing: Freezing, settings: TrainingSettings, rate: float
) -> list[dict[str, Any]]:
    """The trained parameters in groups for an optimiser: rate x layer_decay^distance from the head.

    Where weights are pulled to the source (`Pull`), weight decay, which pulls to zero, is off for them.
    """
    if settings.layer_decay == 1 and not settings.l2_sp:
        return [{"params": [parameter for _, parameter in freezing.trained], "lr": rate}]
    order = [learner.head, *reversed(learner.stages)]
    groups: dict[tuple[int, bool], list[nn.Parameter]] = {}
    for name, parameter in freezing.trained:
        distance = next(place for place, stage in enumerate(order) if stage.owns(name))
        pulled = settings.l2_sp > 0 and not is_new(learner, name)
        groups.setdefault((distance, pulled), []).append(parameter)
    return [
        {"params": parameters, "lr": rate * settings.layer_decay**distance}
        | ({"weight_decay": 0.0} if pulled else {})
        for (distance, pulled), parameters in sorted(groups.items(), key=lambda entry: entry[0])
    ]


def is_new(learner: Trainable, name: str) -> bool:
    """Whether a parameter has learned nothing yet, as that of a new head."""
    return Stage("new", "", learner.new).owns(name)


class Pull:
    """L2-SP: the weights are pulled to where they started (Li, Grandvalet, Davoine 2018, arXiv 1802.01483).

    Decoupled from the gradient, as AdamW's weight decay is (Loshchilov, Hutter, arXiv 1711.05101), with the
    source's weights in place of zero: each step takes learning rate x strength of the way back, whatever the
    optimiser makes of the gradients. New parameters have no source and keep their decay to zero.
    """

    def __init__(
        self,
        learner: Trainable,
        optimiser: torch.optim.Optimizer,
        source: Mapping[str, Tensor],
        strength: float,
    ) -> None:
        names = {id(parameter): name for name, parameter in learner.network.named_parameters()}
        self.pulled: list[tuple[nn.Parameter, Tensor, float]] = []
        for group in optimiser.param_groups:
            for parameter in group["params"]:
                name = names[id(parameter)]
                if not is_new(learner, name):
                    start = source[name].detach().clone().to(parameter.device)
                    self.pulled.append((parameter, start, min(1.0, group["lr"] * strength)))

    @torch.no_grad()
    def step(self) -> None:
        """Moves what is trained now; what is frozen until its turn stays bit for bit."""
        for parameter, start, share in self.pulled:
            if parameter.requires_grad:
                parameter.lerp_(start, share)
