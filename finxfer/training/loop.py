"""The one training loop: over mini-batches or episodes of context and query, whatever the learner gives."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from finxfer.backbones.protocol import Learner, Report, ShouldStop, Trainable
from finxfer.errors import Cancelled
from finxfer.records.spec import TrainingSettings
from finxfer.training.checkpoint import (
    Snapshot,
    copied,
    optimiser_tensors,
    random_states,
    read_snapshot,
    restore_optimiser,
    restore_random_states,
    write_snapshot,
)
from finxfer.training.freezing import Freezing, freeze
from finxfer.training.guard import Validation, validate

CHECKPOINT_SECONDS = 2.0
"""Between two checkpoints at least; an epoch that took longer always has its own."""
POLL_SECONDS = 0.25


@dataclass
class Trained:
    """How a training went. best_epoch 0: the start was never improved on."""

    start: Validation
    best: Validation
    best_epoch: int = 0
    epochs: int = 0
    steps: int = 0
    trainable_parameters: int = 0
    finished: bool = False
    ended_by: str = ""
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def fell_back(self) -> bool:
        """Whether the guard kept the weights of the start."""
        return self.best_epoch == 0


@dataclass(frozen=True)
class TrainingRun:
    """What identifies a training and how it talks: arguments of `train` that its helpers share.

    name: of the model in events. identity: anything JSON that tells this training from another one
    (backbone, rows); seed, depth and settings are added. warm: the start comes from an earlier
    training with the same settings, not from the backbone.
    """

    depth: int
    settings: TrainingSettings
    seed: int
    device: str
    folder: Path | None
    report: Report
    should_stop: ShouldStop
    name: str = "model"
    identity: dict[str, Any] = field(default_factory=dict)
    warm: bool = False

    def fingerprint(self) -> str:
        content = [self.depth, asdict(self.settings), self.seed, self.name, self.identity, self.warm]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def make_optimiser(
    parameters: list[torch.nn.Parameter], settings: TrainingSettings, learning_rate: float
) -> torch.optim.Optimizer:
    """The optimiser that the settings name, over the trained parameters only."""
    kinds: dict[str, Callable[..., torch.optim.Optimizer]] = {
        "adamw": torch.optim.AdamW,
        "adam": torch.optim.Adam,
        "rmsprop": torch.optim.RMSprop,
        "sgd": partial(torch.optim.SGD, momentum=0.9),
    }
    return kinds[settings.optimiser](parameters, lr=learning_rate, weight_decay=settings.weight_decay)


def train(learner: Learner, run: TrainingRun) -> Trained:
    """Trains the learner's network from depth `run.depth` on and leaves the best weights in it.

    The best is by log loss on the validation rows; the start counts, so that the result never
    validates worse than it. Resumes from `run.folder` where a checkpoint of this very training lies
    there; on CPU the result is then bit for bit that of an uninterrupted training. Raises Cancelled
    when `run.should_stop()` turns true.
    """
    devices = [torch.cuda.current_device()] if run.device.startswith("cuda") else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(run.seed)
        return _Loop(learner, run).run_to_end()


class TrainingSteps:
    """The steps of a training: what is frozen, the optimiser and the order of the rows."""

    def __init__(self, learner: Trainable, run: TrainingRun) -> None:
        self.learner, self.run = learner, run
        self.freezing: Freezing = freeze(learner.network, learner.stages, learner.head, run.depth)
        rate = run.settings.learning_rate or learner.default_learning_rate
        self.optimiser = make_optimiser(
            [parameter for _, parameter in self.freezing.trained], run.settings, rate
        )
        self.order = torch.Generator().manual_seed(run.seed)
        self.done = 0
        self._last_poll = time.monotonic()

    def epoch(self) -> float:
        """One epoch's steps; the mean training loss. The loss is read from the device once an epoch."""
        self.freezing.train_mode()
        steps = self.learner.start_epoch(self.order)
        total = torch.zeros((), device=self.run.device)
        cuda = self.run.device.startswith("cuda")
        for step in range(steps):
            with torch.autocast("cuda", torch.bfloat16, enabled=cuda):
                loss = self.learner.loss(step)
            loss.backward()
            self.optimiser.step()
            self.optimiser.zero_grad(set_to_none=True)
            total += loss.detach()
            if time.monotonic() - self._last_poll > POLL_SECONDS:
                self._poll()
        self.done += steps
        return float(total) / steps

    def _poll(self) -> None:
        self._last_poll = time.monotonic()
        if self.run.should_stop():
            raise Cancelled("The training was cancelled.", "It was asked to stop.", "Resume it to go on.")


class _Loop:
    def __init__(self, learner: Learner, run: TrainingRun) -> None:
        self.learner, self.run = learner, run
        self.steps = TrainingSteps(learner, run)
        self.limit = learner.epoch_limit(run.settings.epochs)
        self.last_checkpoint = time.monotonic()
        self.weighted = run.settings.class_weighting == "balanced"

    def run_to_end(self) -> Trained:
        snapshot = read_snapshot(self.run.folder, self.run.fingerprint()) if self.run.folder else None
        if snapshot is None:
            logits = self.learner.validation_logits()
            start = validate(self.learner.validation_targets, logits, self.weighted and self.run.warm)
            self.trained = Trained(start, start, trainable_parameters=self.steps.freezing.count)
            self.best = copied(self.learner.network)
        else:
            self._restore(snapshot)
        while not self.trained.finished:
            self._epoch()
        self.learner.network.load_state_dict(self.best)
        self.learner.network.eval()
        return self.trained

    def _epoch(self) -> None:
        began = time.monotonic()
        mean_loss = self.steps.epoch()
        trained = self.trained
        trained.epochs += 1
        trained.steps = self.steps.done
        now = validate(self.learner.validation_targets, self.learner.validation_logits(), self.weighted)
        if now.better_than(trained.best):
            trained.best, trained.best_epoch = now, trained.epochs
            self.best = copied(self.learner.network)
        entry = {
            "epoch": trained.epochs,
            "of": self.limit,
            "train_loss": _finite(mean_loss),
            "validation_loss": _finite(now.log_loss),
            "validation_auc": _finite(now.auc),
            "seconds": round(time.monotonic() - began, 3),
        }
        trained.history.append(entry)
        self.run.report("epoch", model=self.run.name, depth=self.run.depth, **entry)
        if trained.epochs - trained.best_epoch >= self.run.settings.patience:
            trained.finished, trained.ended_by = True, "patience"
        elif trained.epochs >= self.limit or not np.isfinite(mean_loss):
            trained.finished, trained.ended_by = (
                True,
                "epochs" if np.isfinite(mean_loss) else "a loss that is not finite",
            )
        if trained.finished or time.monotonic() - self.last_checkpoint >= CHECKPOINT_SECONDS:
            self._checkpoint()

    def _checkpoint(self) -> None:
        self.last_checkpoint = time.monotonic()
        if self.run.folder is None:
            return
        tensors: dict[str, Tensor] = {f"best/{name}": tensor for name, tensor in self.best.items()}
        if not self.trained.finished:
            state = self.learner.network.state_dict()
            tensors |= {f"network/{name}": tensor for name, tensor in state.items()}
            tensors |= optimiser_tensors(self.steps.optimiser)
            tensors |= random_states(self.steps.order, self.run.device)
        write_snapshot(
            self.run.folder,
            Snapshot(tensors, {"fingerprint": self.run.fingerprint(), **asdict(self.trained)}),
        )

    def _restore(self, snapshot: Snapshot) -> None:
        state = {key: value for key, value in snapshot.state.items() if key != "fingerprint"}
        state |= {key: Validation(**state[key]) for key in ("start", "best")}
        self.trained = Trained(**state)
        self.best = {name: tensor.to(self.run.device) for name, tensor in snapshot.part("best").items()}
        if not self.trained.finished:
            self.steps.done = self.trained.steps
            self.learner.network.load_state_dict(snapshot.part("network"))
            restore_optimiser(self.steps.optimiser, snapshot.part("optimiser"))
            restore_random_states(snapshot.part("random"), self.steps.order, self.run.device)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
