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
from finxfer.records.training_settings import CONTROLS, TrainingSettings
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
from finxfer.training.freezing import Freezing, freeze, opened_depth
from finxfer.training.groups import Pull, parameter_groups
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
    training with the same settings, not from the backbone. source: the weights that `settings.l2_sp` pulls
    to, where they are not those of the start.
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
    source: dict[str, Tensor] | None = field(default=None, repr=False, compare=False)

    def fingerprint(self) -> str:
        settings = {name: value for name, value in asdict(self.settings).items() if name not in CONTROLS}
        settings |= self.settings.controls
        content = [self.depth, settings, self.seed, self.name, self.identity, self.warm]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def make_optimiser(groups: list[dict[str, Any]], settings: TrainingSettings) -> torch.optim.Optimizer:
    """The optimiser that the settings name, over the groups of trained parameters, each with its rate."""
    kinds: dict[str, Callable[..., torch.optim.Optimizer]] = {
        "adamw": torch.optim.AdamW,
        "adam": torch.optim.Adam,
        "rmsprop": torch.optim.RMSprop,
        "sgd": partial(torch.optim.SGD, momentum=0.9),
    }
    return kinds[settings.optimiser](groups, weight_decay=settings.weight_decay)


def train(learner: Learner, run: TrainingRun) -> Trained:
    """Trains the learner's network from depth `run.depth` on and leaves the best weights in it.

    The best is by the loss on the validation rows; the start counts, so that the result never
    validates worse than it. Resumes from `run.folder` where a checkpoint of this very training lies
    there; on CPU the result is then bit for bit that of an uninterrupted training. Raises Cancelled
    when `run.should_stop()` turns true.
    """
    devices = [torch.cuda.current_device()] if run.device.startswith("cuda") else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(run.seed)
        return _Loop(learner, run).run_to_end()


class TrainingSteps:
    """The steps of a training: what is frozen, the optimiser and the order of the rows.

    freezing: of the depth that was asked for; with gradual unfreezing fewer stages train at first.
    epochs, done: epochs and steps that are behind.
    """

    def __init__(self, learner: Trainable, run: TrainingRun) -> None:
        self.learner, self.run = learner, run
        self.freezing: Freezing = freeze(learner.network, learner.stages, learner.head, run.depth)
        settings = run.settings
        rate = settings.learning_rate or learner.default_learning_rate
        groups = parameter_groups(learner, self.freezing, settings, rate)
        self.optimiser = make_optimiser(groups, settings)
        source = run.source or dict(learner.network.named_parameters())
        self.pull = Pull(learner, self.optimiser, source, settings.l2_sp) if settings.l2_sp else None
        self.epochs = 0
        self.order = torch.Generator().manual_seed(run.seed)
        self.done = 0
        self._last_poll = time.monotonic()

    def epoch(self) -> float:
        """One epoch's steps; the mean training loss. The loss is read from the device once an epoch."""
        self._opened().train_mode()
        steps = self.learner.start_epoch(self.order)
        total = torch.zeros((), device=self.run.device)
        cuda = self.run.device.startswith("cuda")
        for step in range(steps):
            with torch.autocast("cuda", torch.bfloat16, enabled=cuda):
                loss = self.learner.loss(step)
            loss.backward()
            if self.pull is not None:
                self.pull.step()
            self.optimiser.step()
            self.optimiser.zero_grad(set_to_none=True)
            total += loss.detach()
            if time.monotonic() - self._last_poll > POLL_SECONDS:
                self._poll()
        self.done += steps
        self.epochs += 1
        return float(total) / steps

    def depth(self, epoch: int) -> int:
        """The freezing depth in an epoch, counted from 0."""
        every, stages = self.run.settings.unfreeze_every, len(self.learner.stages)
        return opened_depth(stages, self.run.depth, every, epoch)

    def _opened(self) -> Freezing:
        """What is frozen in the epoch that begins."""
        depth = self.depth(self.epochs)
        if depth == self.run.depth and not self.run.settings.unfreeze_every:
            return self.freezing
        return freeze(self.learner.network, self.learner.stages, self.learner.head, depth)

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
        self.weighted = run.settings.shifts_rate
        # Epochs that are behind when the last stage joins in; patience counts from there.
        self.last_opening = run.settings.unfreeze_every * (len(learner.stages) - run.depth)

    def run_to_end(self) -> Trained:
        snapshot = read_snapshot(self.run.folder, self.run.fingerprint()) if self.run.folder else None
        if snapshot is None:
            logits = self.learner.validation_logits()
            start = self._validate(logits, self.run.warm)
            self.trained = Trained(start, start, trainable_parameters=self.steps.freezing.count)
            self.best = copied(self.learner.network)
        else:
            self._restore(snapshot)
        while not self.trained.finished:
            self._epoch()
        self.learner.network.load_state_dict(self.best)
        self.learner.network.eval()
        self._tell_unopened()
        return self.trained

    def _validate(self, logits: np.ndarray, trained: bool = True) -> Validation:
        """trained: whether the network has learned with these settings, whose effect is taken back then."""
        gamma = self.run.settings.focal_gamma if trained else 0.0
        learner = self.learner
        weighted = self.weighted and trained
        return validate(learner.validation_targets, logits, weighted, gamma, learner.output)

    def _tell_unopened(self) -> None:
        closed = self.steps.depth(max(0, self.trained.epochs - 1)) - self.run.depth
        if closed:
            text = (
                f"Gradual unfreezing did not reach {closed} of the stages that were to be trained: the "
                f"training had {self.trained.epochs} epochs. Open a stage more often, or allow more epochs."
            )
            self.run.report("message", text=text)

    def _epoch(self) -> None:
        began = time.monotonic()
        mean_loss = self.steps.epoch()
        trained = self.trained
        trained.epochs = self.steps.epochs
        trained.steps = self.steps.done
        now = self._validate(self.learner.validation_logits())
        if now.better_than(trained.best):
            trained.best, trained.best_epoch = now, trained.epochs
            self.best = copied(self.learner.network)
        entry = {
            "epoch": trained.epochs,
            "of": self.limit,
            "train_loss": _finite(mean_loss),
            "validation_loss": _finite(now.loss),
            "validation_auc": _finite(now.auc),
            "seconds": round(time.monotonic() - began, 3),
        }
        trained.history.append(entry)
        self.run.report("epoch", model=self.run.name, depth=self.run.depth, **entry)
        if trained.epochs - max(trained.best_epoch, self.last_opening) >= self.run.settings.patience:
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
        state |= {key: Validation.from_json(state[key]) for key in ("start", "best")}
        self.trained = Trained(**state)
        self.best = {name: tensor.to(self.run.device) for name, tensor in snapshot.part("best").items()}
        if not self.trained.finished:
            self.steps.done, self.steps.epochs = self.trained.steps, self.trained.epochs
            self.learner.network.load_state_dict(snapshot.part("network"))
            restore_optimiser(self.steps.optimiser, snapshot.part("optimiser"))
            restore_random_states(snapshot.part("random"), self.steps.order, self.run.device)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
