"""A training of a fixed length, looked at from outside on its way: what cross-validation asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from finxfer.backbones.protocol import Learner
from finxfer.training.loop import TrainingRun, TrainingSteps

Look = Callable[[int, float], bool]
"""look(epoch, mean training loss): True ends the training."""


def train_through(learner: Learner, run: TrainingRun, stops: Sequence[int], look: Look | None = None) -> int:
    """Trains to the last of `stops` (epochs, ascending) and calls `look` at each; returns the epochs done.

    The validation rows have no say: what decides when to stop is the caller's. Takes the same steps as
    `loop.train` with the same seed. Raises Cancelled when `run.should_stop()` turns true.
    """
    devices = [torch.cuda.current_device()] if run.device.startswith("cuda") else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(run.seed)
        steps = TrainingSteps(learner, run)
        done = 0
        for stop in stops:
            mean = float("nan")
            while done < stop:
                mean = steps.epoch()
                done += 1
            learner.network.eval()
            if look is not None and look(done, mean):
                break
    learner.network.eval()
    return done
