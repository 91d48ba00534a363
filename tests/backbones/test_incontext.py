"""The in-context adapter: sizes, contexts, episodes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from finxfer.backbones import budget
from finxfer.backbones.budget import context_sizes, episode_plan
from finxfer.backbones.card import Card
from finxfer.backbones.families import load_backbone
from finxfer.records.spec import TrainingSettings
from tests.training.made import customers, training_data


@given(st.integers(1, 200_000), st.integers(1, 3000), st.sampled_from(["cpu", "cuda"]))
def test_plans_stay_within_their_bounds(rows: int, columns: int, device: str) -> None:
    plan = episode_plan(rows, columns, device)
    assert 1 <= plan.context <= budget.CONTEXT_ROWS and plan.query >= 1
    assert rows == 1 or plan.context + plan.query <= rows
    assert plan.rows_per_step * columns <= max(budget.EPISODE_CELLS[device], 64 * columns)
    steps = plan.steps(1000)
    assert budget.LEAST_STEPS <= steps <= budget.MOST_STEPS or plan.epoch_steps == steps
    assert plan.steps(1) == plan.epoch_steps
    sizes = context_sizes(rows, columns, device)
    assert 1 <= len(sizes) <= budget.CONTEXTS and sum(sizes) <= rows


def test_few_rows_are_all_in_one_context_and_many_in_several() -> None:
    assert context_sizes(800, 20) == [800]
    assert context_sizes(30_000, 20) == [1000] * 3
    assert sum(context_sizes(1400, 20)) > 1300


@pytest.mark.parametrize("weighting", ["none", "balanced"])
def test_an_epoch_asks_for_every_row_once(weighting: str, backbones: dict[str, Card]) -> None:
    settings = TrainingSettings(class_weighting=weighting)
    learner = load_backbone(backbones["incontext"]).learner(training_data(), settings, 0, "cpu")
    steps = learner.start_epoch(torch.Generator().manual_seed(0))
    plan = learner.plan  # type: ignore[attr-defined]
    assert steps * plan.query == len(training_data().y_train)
    losses = [learner.loss(step) for step in range(steps)]
    assert all(loss.ndim == 0 and torch.isfinite(loss) and loss.requires_grad for loss in losses)


def test_a_learned_context_answers_better_than_chance_of_its_labels(backbones: dict[str, Card]) -> None:
    """Even a random network reads its context: other labels, other answers."""
    data = training_data()
    frame, _ = customers(30, 3)
    learner = load_backbone(backbones["incontext"]).learner(data, TrainingSettings(), 0, "cpu")
    first = learner.model(0.0).predict(frame)
    learner.contexts = [part.flip(0) for part in learner.contexts]  # type: ignore[attr-defined]
    assert np.allclose(learner.model(0.0).predict(frame), first, atol=1e-4)
    learner.targets = 1 - learner.targets  # type: ignore[attr-defined]
    assert not np.allclose(learner.model(0.0).predict(frame), first, atol=1e-4)


def test_several_contexts_are_averaged(backbones: dict[str, Card], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "CONTEXT_ROWS", 40)
    data, (frame, _) = training_data(), customers(10, 3)
    learner = load_backbone(backbones["incontext"]).learner(data, TrainingSettings(), 0, "cpu")
    model = learner.model(0.0)
    contexts = model.contexts  # type: ignore[attr-defined]
    assert [len(labels) for _, labels in contexts] == [40, 40, 40]
    rates = [float(labels.mean()) for _, labels in contexts]
    assert max(rates) - min(rates) < 0.06
    found = np.log(model.predict(frame) / (1 - model.predict(frame)))
    alone = []
    for pair in contexts:
        model.contexts, model._readings = [pair], []  # type: ignore[attr-defined]
        probability = model.predict(frame)
        alone.append(np.log(probability / (1 - probability)))
    assert np.allclose(found, np.mean(alone, axis=0), atol=1e-6)


def test_rotary_frequencies_are_no_weights(backbones: dict[str, Card]) -> None:
    network = load_backbone(backbones["incontext"]).network
    name = "row_interactor.tf_row.rope.freqs"
    assert name in network.state_dict() and name not in dict(network.named_parameters())
    assert all(parameter.requires_grad for parameter in network.parameters())
