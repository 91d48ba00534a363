"""Freezing by stages: one function for every family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from finxfer.backbones.protocol import Stage
from finxfer.errors import BadInput, Fault


@dataclass(frozen=True)
class Freezing:
    """What a depth does to a network.

    trained: parameters that an optimiser may hold, with their names. still: modules in eval mode
    while the rest trains (dropout and running statistics of frozen parts stay as they are).
    """

    network: nn.Module
    trained: tuple[tuple[str, nn.Parameter], ...]
    still: tuple[nn.Module, ...]

    def train_mode(self) -> None:
        """Train mode for what is trained, eval mode for what is frozen."""
        self.network.train()
        for module in self.still:
            module.training = False

    @property
    def count(self) -> int:
        """Number of trained parameters."""
        return sum(parameter.numel() for _, parameter in self.trained)


def opened_depth(stages: int, depth: int, every: int, epoch: int) -> int:
    """The freezing depth in an epoch (from 0) of gradual unfreezing: the head first, then one more of
    `stages` stages every so many epochs, down to `depth` (Howard, Ruder 2018, arXiv 1801.06146)."""
    return max(depth, stages - epoch // every) if every else depth


def checked_depth(depth: int, stages: int) -> int:
    """The depth. Raises BadInput where a backbone of so many stages has no such depth."""
    if not 0 <= depth <= stages:
        raise BadInput(
            f"The freezing depth {depth} does not exist.",
            f"This backbone has {stages} stages before its head.",
            f"Choose a depth from 0 (train everything) to {stages} (train only the head).",
        )
    return depth


def freeze(network: nn.Module, stages: Sequence[Stage], head: Stage, depth: int) -> Freezing:
    """Freezes the first `depth` stages (0: none, S: all but the head).

    Frozen parameters get requires_grad False, all others True. Raises BadInput for a depth outside
    0..S, Fault where a parameter belongs to no stage or to two.
    """
    frozen = stages[: checked_depth(depth, len(stages))]
    trained = []
    for name, parameter in network.named_parameters():
        owners = [stage.name for stage in (*stages, head) if stage.owns(name)]
        if len(owners) != 1:
            raise Fault(
                f"The parameter {name} belongs to {len(owners)} stages.",
                f"They are {owners}.",
                "Report this.",
            )
        parameter.requires_grad_(not any(stage.owns(name) for stage in frozen))
        if parameter.requires_grad:
            trained.append((name, parameter))
    still = [module for name, module in network.named_modules() if any(stage.owns(name) for stage in frozen)]
    return Freezing(network, tuple(trained), tuple(still))
