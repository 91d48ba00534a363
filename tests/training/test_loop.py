"""The training loop: resuming, stopping, the guard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from finxfer.backbones.card import Card
from finxfer.backbones.families import load_backbone
from finxfer.backbones.protocol import Learner
from finxfer.errors import Cancelled, Damaged
from finxfer.records.training_settings import OPTIMISERS, TrainingSettings
from finxfer.training import loop
from finxfer.training.checkpoint import CHECKPOINT_FILE, copied
from finxfer.training.loop import TrainingRun, train
from tests.training.made import never, silent, training_data


def new_learner(card: Card, settings: TrainingSettings) -> Learner:
    return load_backbone(card).learner(training_data(), settings, 0, "cpu")


class _StopAfter:
    """Kills the training in the middle of an epoch, as kill -9 would: by an exception between steps."""

    def __init__(self, learner: Learner, steps: int) -> None:
        self.steps, self.loss = steps, learner.loss
        learner.loss = self  # type: ignore[method-assign, assignment]

    def __call__(self, step: int) -> torch.Tensor:
        self.steps -= 1
        if self.steps < 0:
            raise KeyboardInterrupt
        return self.loss(step)


@pytest.mark.parametrize(
    ("family", "optimiser"),
    [("incontext", "adamw"), *(("tabm", optimiser) for optimiser in OPTIMISERS)],
)
def test_a_resumed_training_equals_one_that_never_stopped(
    family: str, optimiser: str, backbones: dict[str, Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    settings = TrainingSettings(epochs=5, patience=5, optimiser=optimiser, learning_rate=1e-3)
    whole = new_learner(backbones[family], settings)
    expected = train(whole, TrainingRun(1, settings, 3, "cpu", None, silent, never))
    run = TrainingRun(1, settings, 3, "cpu", tmp_path, silent, never)
    killed = new_learner(backbones[family], settings)
    steps = whole.start_epoch(torch.Generator())
    _StopAfter(killed, 2 * steps + 1)
    with pytest.raises(KeyboardInterrupt):
        train(killed, run)
    resumed = new_learner(backbones[family], settings)
    found = train(resumed, run)
    drop = [{key: value for key, value in entry.items() if key != "seconds"} for entry in expected.history]
    assert [
        {key: value for key, value in entry.items() if key != "seconds"} for entry in found.history
    ] == drop
    assert (found.best, found.best_epoch, found.steps) == (expected.best, expected.best_epoch, expected.steps)
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name]), name
    again = new_learner(backbones[family], settings)
    assert train(again, run).history == found.history
    assert np.array_equal(again.validation_logits(), resumed.validation_logits())


def test_a_checkpoint_of_another_training_is_not_taken(backbones: dict[str, Card], tmp_path: Path) -> None:
    settings = TrainingSettings(epochs=2, patience=2)
    first = train(
        new_learner(backbones["tabm"], settings), TrainingRun(0, settings, 1, "cpu", tmp_path, silent, never)
    )
    second = train(
        new_learner(backbones["tabm"], settings), TrainingRun(0, settings, 2, "cpu", tmp_path, silent, never)
    )
    assert first.history != second.history


def test_a_spoilt_checkpoint_is_said_to_be_damaged(backbones: dict[str, Card], tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT_FILE).write_bytes(b"not a checkpoint")
    settings = TrainingSettings(epochs=2)
    with pytest.raises(Damaged, match="checkpoint"):
        train(
            new_learner(backbones["tabm"], settings),
            TrainingRun(0, settings, 0, "cpu", tmp_path, silent, never),
        )


def test_cancelling_ends_it_between_steps(
    backbones: dict[str, Card], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "POLL_SECONDS", 0.0)
    settings = TrainingSettings(epochs=1000, patience=1000)
    with pytest.raises(Cancelled):
        train(
            new_learner(backbones["tabm"], settings),
            TrainingRun(0, settings, 0, "cpu", None, silent, lambda: True),
        )


def test_a_ruinous_learning_rate_leaves_the_start(backbones: dict[str, Card]) -> None:
    settings = TrainingSettings(learning_rate=1.0, epochs=3, optimiser="sgd", weight_decay=1.0)
    learner = new_learner(backbones["tabm"], settings)
    before = copied(learner.network)
    trained = train(learner, TrainingRun(0, settings, 0, "cpu", None, silent, never))
    assert trained.fell_back and trained.best == trained.start
    assert all(torch.equal(before[name], value) for name, value in learner.network.state_dict().items())


def test_the_best_epoch_is_returned_and_patience_ends_the_training(backbones: dict[str, Card]) -> None:
    events: list[dict[str, object]] = []
    settings = TrainingSettings(learning_rate=0.02, epochs=60, patience=3)
    learner = new_learner(backbones["tabm"], settings)
    run = TrainingRun(0, settings, 0, "cpu", None, lambda kind, **fields: events.append(fields), never)
    trained = train(learner, run)
    assert trained.ended_by == "patience"
    assert trained.epochs == trained.best_epoch + 3 == len(events)
    losses = [entry["validation_loss"] for entry in trained.history]
    assert trained.best.loss == min([*losses, trained.start.loss])
    again = loop.validate(learner.validation_targets, learner.validation_logits())
    assert again.loss == pytest.approx(trained.best.loss, abs=1e-12)


def test_training_does_not_disturb_the_callers_random_numbers(backbones: dict[str, Card]) -> None:
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    settings = TrainingSettings(epochs=2)
    train(new_learner(backbones["tabm"], settings), TrainingRun(0, settings, 0, "cpu", None, silent, never))
    assert torch.equal(expected, torch.rand(3))
