"""The training controls: rates by stage, gradual unfreezing, L2-SP, augmentation; and that they resume."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from finxfer.backbones.augmentation import Pairs
from finxfer.backbones.card import Card
from finxfer.backbones.families import load_backbone
from finxfer.backbones.protocol import Learner
from finxfer.backbones.tabular import TabularLearner
from finxfer.records.training_settings import CONTROLS, TrainingSettings
from finxfer.training import loop
from finxfer.training.baselines import fit_from_scratch
from finxfer.training.checkpoint import copied
from finxfer.training.finetune import finetune
from finxfer.training.loop import TrainingRun, TrainingSteps, train
from tests.training.made import never, silent, training_data

EVERYTHING = TrainingSettings(
    epochs=6,
    patience=6,
    learning_rate=1e-3,
    layer_decay=0.5,
    unfreeze_every=2,
    l2_sp=20.0,
    corruption=0.3,
    mixup=0.3,
    smote=0.5,
)


def new_learner(card: Card, settings: TrainingSettings) -> Learner:
    return load_backbone(card).learner(training_data(), settings, 0, "cpu")


def a_run(settings: TrainingSettings, depth: int = 0, folder: Path | None = None) -> TrainingRun:
    return TrainingRun(depth, settings, 3, "cpu", folder, silent, never)


def test_a_checkpoint_of_before_the_controls_still_counts() -> None:
    settings = TrainingSettings(epochs=7)
    known = {name: value for name, value in asdict(settings).items() if name not in CONTROLS}
    content = [1, known, 3, "model", {}, False]
    before = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    assert a_run(settings, 1).fingerprint() == before
    assert a_run(TrainingSettings(epochs=7, mixup=0.2), 1).fingerprint() != before


def test_each_stage_learns_at_its_own_rate(backbones: dict[str, Card]) -> None:
    settings = TrainingSettings(learning_rate=1e-2, layer_decay=0.5)
    learner = new_learner(backbones["tabm"], settings)
    steps = TrainingSteps(learner, a_run(settings, depth=1))
    rates = {id(p): group["lr"] for group in steps.optimiser.param_groups for p in group["params"]}
    found = {
        stage.name: {
            rates[id(p)]
            for name, p in learner.network.named_parameters()
            if stage.owns(name) and id(p) in rates
        }
        for stage in (*learner.stages, learner.head)
    }
    assert found == {"embeddings": set(), "block_1": {2.5e-3}, "block_2": {5e-3}, "head": {1e-2}}


@pytest.mark.parametrize("family", ["tabm", "incontext"])
def test_unfreezing_keeps_a_stage_as_it_is_until_its_turn(family: str, backbones: dict[str, Card]) -> None:
    settings = TrainingSettings(learning_rate=1e-3, unfreeze_every=2, weight_decay=0.1, l2_sp=5.0)
    learner = new_learner(backbones[family], settings)
    steps = TrainingSteps(learner, a_run(settings, depth=1))
    stages = learner.stages
    for epoch in range(2 * len(stages)):
        before = copied(learner.network)
        steps.epoch()
        opened = max(1, len(stages) - epoch // 2)
        for place, stage in enumerate((*stages, learner.head)):
            names = [name for name, _ in learner.network.named_parameters() if stage.owns(name)]
            same = [torch.equal(before[name], learner.network.state_dict()[name]) for name in names]
            assert all(same) if place < opened else not all(same), (epoch, stage.name)
            modules = [m for name, m in learner.network.named_modules() if stage.owns(name)]
            assert all(module.training == (place >= opened) for module in modules)


def test_patience_counts_from_the_last_stage_that_joins_in(backbones: dict[str, Card]) -> None:
    settings = TrainingSettings(learning_rate=1.0, epochs=20, patience=1, unfreeze_every=3, optimiser="sgd")
    learner = new_learner(backbones["tabm"], settings)
    trained = train(learner, a_run(settings, depth=1))
    assert trained.epochs == max(trained.best_epoch, 3 * (len(learner.stages) - 1)) + 1


def test_stages_that_never_joined_in_are_told(backbones: dict[str, Card]) -> None:
    said: list[str] = []
    settings = TrainingSettings(epochs=2, unfreeze_every=2)
    run = TrainingRun(
        0, settings, 0, "cpu", None, lambda kind, **fields: said.append(fields.get("text", "")), never
    )
    train(new_learner(backbones["tabm"], settings), run)
    assert any("did not reach 3 of the stages" in text for text in said)


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
def test_the_pull_holds_the_source_s_weights_and_leaves_the_new_head_alone(
    optimiser: str, backbones: dict[str, Card]
) -> None:
    moved = {}
    for strength in (0.0, 200.0):
        settings = TrainingSettings(learning_rate=1e-3, l2_sp=strength, weight_decay=0.5, optimiser=optimiser)
        learner = load_backbone(backbones["tabm"]).learner(
            training_data().__class__(**{**vars(training_data()), "target": "other"}), settings, 0, "cpu"
        )
        assert learner.new == ("output",)
        start = copied(learner.network)
        steps = TrainingSteps(learner, a_run(settings))
        decay = {
            id(p): group["weight_decay"] for group in steps.optimiser.param_groups for p in group["params"]
        }
        for name, parameter in learner.network.named_parameters():
            assert decay[id(parameter)] == (0.5 if not strength or name.startswith("output") else 0.0)
        for _ in range(4):
            steps.epoch()
        now = copied(learner.network)
        moved[strength] = sum(
            float((now[name] - start[name]).square().sum()) for name in now if not name.startswith("output")
        )
    assert 0 < moved[200.0] < 0.5 * moved[0.0]


def test_a_training_that_goes_on_is_pulled_to_the_source_not_to_where_it_goes_on(
    backbones: dict[str, Card],
) -> None:
    card, data = backbones["tabm"], training_data()
    source = copied(load_backbone(card).learner(data, TrainingSettings(), 0, "cpu").network)
    free = TrainingSettings(learning_rate=3e-3, epochs=6, patience=6)
    first = finetune(card, 0, data, free, 0, "cpu", None, silent, never)
    pulled = TrainingSettings(learning_rate=1e-3, epochs=6, patience=6, l2_sp=1000.0)
    second = finetune(card, 0, data, pulled, 0, "cpu", None, silent, never, warm=first.going_on())
    assert second.best_epoch > 0 or second.fell_back
    steps_back = TrainingSteps(
        load_backbone(card).learner(data, pulled, 0, "cpu"),
        TrainingRun(0, pulled, 0, "cpu", None, silent, never, source=source),
    )
    assert steps_back.pull is not None
    steps_back.learner.network.load_state_dict(first.weights)
    steps_back.pull.step()
    for name, parameter in steps_back.learner.network.named_parameters():
        assert torch.equal(parameter, source[name]), name


def test_mixing_a_row_with_itself_changes_nothing(
    backbones: dict[str, Card], monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = []
    for mixup in (0.0, 0.4):
        learner = new_learner(backbones["mlp"], TrainingSettings(mixup=mixup))
        learner.network.eval()
        learner.start_epoch(torch.Generator().manual_seed(0))
        monkeypatch.setattr(
            Pairs, "draw", lambda rows, alpha, device: Pairs(torch.arange(rows), torch.rand(rows))
        )
        losses.append(float(learner.loss(0).detach()))
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)


def test_mixup_has_soft_targets(backbones: dict[str, Card], monkeypatch: pytest.MonkeyPatch) -> None:
    learner = new_learner(backbones["mlp"], TrainingSettings(mixup=0.4))
    assert isinstance(learner, TabularLearner)
    learner.network.eval()
    learner.start_epoch(torch.Generator().manual_seed(0))
    monkeypatch.setattr(
        Pairs,
        "draw",
        lambda rows, alpha, device: Pairs(torch.arange(rows).flip(0), torch.full((rows,), 0.25)),
    )
    rows = learner.order[: learner.batch_size]
    cells = learner.network.embed(learner.train[0][rows], learner.train[1][rows])
    logits = learner.network.answer(0.25 * cells + 0.75 * cells.flip(0))
    y = learner.targets[rows]
    soft = (0.25 * y + 0.75 * y.flip(0)).unsqueeze(1).expand_as(logits)
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, soft)
    assert float(learner.loss(0).detach()) == pytest.approx(float(expected.detach()), abs=1e-6)


@pytest.mark.parametrize("family", ["tabm", "incontext"])
def test_swapped_cells_are_seen_in_training_alone(family: str, backbones: dict[str, Card]) -> None:
    plain, swapped = (
        new_learner(backbones[family], TrainingSettings(corruption=share)) for share in (0.0, 0.5)
    )
    losses = []
    for learner in (plain, swapped):
        learner.network.eval()
        learner.start_epoch(torch.Generator().manual_seed(0))
        losses.append(float(learner.loss(0).detach()))
    assert losses[0] != losses[1]
    assert np.array_equal(plain.validation_logits(), swapped.validation_logits())


def test_made_up_rows_are_for_training_alone_and_are_told(backbones: dict[str, Card]) -> None:
    data = training_data()
    learner = new_learner(backbones["tabm"], TrainingSettings(smote=0.5))
    assert isinstance(learner, TabularLearner)
    assert float(learner.targets.mean()) == pytest.approx(0.5, abs=0.01)
    assert len(learner.validation_targets) == len(data.y_validation)
    assert any("made-up rows" in note for note in learner.notes)
    codes = learner.train[1]
    assert bool((codes >= 0).all()) and int(codes.max()) < max(learner.backbone.encoder.cardinalities)


@pytest.mark.parametrize("family", ["tabm", "incontext"])
def test_a_resumed_training_with_every_control_equals_one_that_never_stopped(
    family: str, backbones: dict[str, Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    whole = new_learner(backbones[family], EVERYTHING)
    expected = train(whole, a_run(EVERYTHING, 1))
    killed = new_learner(backbones[family], EVERYTHING)
    per_epoch = expected.steps // expected.epochs
    left, loss = [3 * per_epoch + 1], killed.loss

    def stops(step: int) -> torch.Tensor:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return loss(step)

    monkeypatch.setattr(killed, "loss", stops)
    with pytest.raises(KeyboardInterrupt):
        train(killed, a_run(EVERYTHING, 1, tmp_path))
    resumed = new_learner(backbones[family], EVERYTHING)
    found = train(resumed, a_run(EVERYTHING, 1, tmp_path))
    assert [entry["train_loss"] for entry in found.history] == [
        entry["train_loss"] for entry in expected.history
    ]
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name]), name


def test_a_network_from_scratch_has_no_source_to_hold_on_to() -> None:
    data, settings = training_data(), TrainingSettings(epochs=2, patience=2)
    held = TrainingSettings(epochs=2, patience=2, layer_decay=0.3, unfreeze_every=1, l2_sp=50.0)
    first, second = (
        fit_from_scratch(data, None, chosen, 0, "cpu", silent, never)[0].predict(data.frame_validation)
        for chosen in (settings, held)
    )
    assert np.array_equal(first, second)


def test_what_means_nothing_to_a_family_is_told(backbones: dict[str, Card]) -> None:
    said: list[str] = []
    settings = TrainingSettings(epochs=1, mixup=0.2, corruption=0.1)
    report = lambda kind, **fields: said.append(fields.get("text", ""))  # noqa: E731
    finetune(backbones["incontext"], 0, training_data(), settings, 0, "cpu", None, report, never)
    assert any("without effect" in text and "mixup" in text and "swapped" not in text for text in said)
