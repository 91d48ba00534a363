"""The in-context adapter: sizes, contexts, episodes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from finxfer.backbones import budget, incontext
from finxfer.backbones.budget import LOOK_COLUMNS, context_sizes, episode_plan, reading_bytes
from finxfer.backbones.card import Card
from finxfer.backbones.families import load_backbone
from finxfer.backbones.incontext import InContextModel
from finxfer.backbones.incontext_looks import plain_looks
from finxfer.backbones.incontext_network import ContextReading, NetworkConfig, build_network
from finxfer.backbones.protocol import TrainingData
from finxfer.backbones.sampling import hybrid_share, prior_shift
from finxfer.records.spec import ColumnSpec
from finxfer.records.training_settings import TrainingSettings
from tests.training.made import customers, training_data


@given(st.integers(1, 200_000), st.integers(1, 3000), st.sampled_from(["cpu", "cuda"]))
def test_plans_stay_within_their_bounds(rows: int, columns: int, device: str) -> None:
    plan = episode_plan(rows, columns, device)
    assert 1 <= plan.context <= budget.EPISODE_ROWS and plan.query >= 1
    assert rows == 1 or plan.context + plan.query <= rows
    assert plan.rows_per_step * columns <= max(budget.EPISODE_CELLS[device], 64 * columns)
    steps = plan.steps(1000)
    assert budget.LEAST_STEPS <= steps <= budget.MOST_STEPS or plan.epoch_steps == steps
    assert plan.steps(1) == plan.epoch_steps
    sizes = context_sizes(rows, columns, device)
    assert 1 <= len(sizes) <= budget.CONTEXTS and max(sizes) <= rows


def test_few_rows_are_all_in_one_context_and_many_in_several() -> None:
    assert context_sizes(800, 20) == [800] and context_sizes(2400, 20) == [2400]
    assert context_sizes(30_000, 20) == [2000] * 2


def test_contexts_shrink_to_the_free_memory() -> None:
    config = NetworkConfig().to_json()
    whole = reading_bytes(config, [2000, 2000], 100)
    assert context_sizes(30_000, 100, "cpu", config, 2 * whole) == [2000] * 2
    small = context_sizes(30_000, 100, "cpu", config, whole)
    assert budget.LEAST_ROWS < small[0] < 2000 and reading_bytes(config, small, 100) <= whole // 2
    assert context_sizes(30_000, 100, "cpu", config, 0) == [budget.LEAST_ROWS] * 2
    assert context_sizes(40, 100, "cpu", config, 0) == [40]
    official = {"embed_dim": 128, "col_feature_group": "same", "row_num_cls": 4, "icl_num_blocks": 12}
    assert reading_bytes(official, [2000], 100) > 5 * reading_bytes(config, [2000], 100)


@pytest.mark.slow
def test_the_estimated_memory_is_that_of_the_caches_and_covers_the_activations() -> None:
    config = NetworkConfig().to_json()
    network = build_network(config).eval()
    rows = torch.randn(1500, 60, generator=torch.Generator().manual_seed(0))
    before = psutil.Process().memory_info().rss
    reading = ContextReading(network, rows, (rows[:, 0] > 0).float(), plain_looks(60))
    cached = sum(
        entry.key.nbytes + entry.value.nbytes
        for group in reading.groups
        for entry in group.row_cache.kv.values()
    )
    estimate = reading_bytes(config, [1500], 60)
    assert cached < estimate and psutil.Process().memory_info().rss - before < estimate


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
    monkeypatch.setattr(budget, "CONTEXT_ROWS", 60)
    data, (frame, _) = training_data(), customers(10, 3)
    learner = load_backbone(backbones["incontext"]).learner(data, TrainingSettings(), 0, "cpu")
    model = learner.model(0.0)
    contexts = model.contexts  # type: ignore[attr-defined]
    rate = float(data.y_train.mean())
    for context in contexts:
        share = float(context.labels.mean())
        assert len(context.labels) == 60 and abs(share - hybrid_share(rate)) < 0.02
        assert context.shift == pytest.approx(prior_shift(rate, share))
    found = np.log(model.predict(frame) / (1 - model.predict(frame)))
    alone = []
    for context in contexts:
        model.contexts, model._readings = [context], []  # type: ignore[attr-defined]
        probability = model.predict(frame)
        alone.append(np.log(probability / (1 - probability)))
    assert np.allclose(found, np.mean(alone, axis=0), atol=1e-6)


def test_episodes_are_composed_like_the_contexts(
    backbones: dict[str, Card], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "CONTEXT_ROWS", 60)
    monkeypatch.setattr(budget, "EPISODE_ROWS", 50)
    data = training_data()
    learner = load_backbone(backbones["incontext"]).learner(data, TrainingSettings(), 0, "cpu")
    learner.start_epoch(torch.Generator().manual_seed(0))
    context, asked = learner._episode(1)  # type: ignore[attr-defined]
    assert len(context) == 50 and not set(context.tolist()) & set(asked.tolist())
    wanted = hybrid_share(float(data.y_train.mean()))
    assert data.y_train[context.numpy()].mean() == pytest.approx(wanted, abs=0.02)


def test_little_memory_is_told(backbones: dict[str, Card], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incontext, "free_memory", lambda device: 1_000)
    backbone = load_backbone(backbones["incontext"])
    learner = backbone.learner(training_data(), TrainingSettings(), 0, "cpu")
    assert len(learner.contexts) == 2 and "instead of 1 x 180" in learner.notes[0]  # type: ignore[attr-defined]
    monkeypatch.undo()
    assert backbone.learner(training_data(), TrainingSettings(), 0, "cpu").notes == ()


def test_three_hundred_columns_and_unseen_categories(backbones: dict[str, Card], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    numbers = {f"n{i}": rng.normal(size=150) for i in range(270)}
    words = {f"c{i}": rng.choice(["a", "b", "c", "d"], 150) for i in range(30)}
    frame = pd.DataFrame(numbers | words)
    y = (frame["n7"] + frame["n8"] ** 2 + rng.normal(0, 0.3, 150) > 1).to_numpy().astype(np.int8)
    kinds = [ColumnSpec(name, "feature", "numeric" if name in numbers else "category") for name in frame]
    data = TrainingData(frame[:100], y[:100], frame[100:], y[100:], kinds, "1")
    learner = load_backbone(backbones["incontext"]).learner(data, TrainingSettings(), 0, "cpu")
    looks = learner.looks  # type: ignore[attr-defined]
    assert all(len(look.columns) == LOOK_COLUMNS for look in looks)
    assert all({7, 8} <= set(look.columns) for look in looks), "what goes with the target is always seen"
    assert len(set().union(*(look.columns for look in looks))) > 200
    learner.start_epoch(torch.Generator().manual_seed(0))
    assert all(torch.isfinite(learner.loss(step)) for step in range(4))
    model = learner.model(0.0)
    strange = frame[100:].assign(**dict.fromkeys(words, "never seen"))
    rated = model.predict(strange)
    assert np.isfinite(rated).all() and not np.allclose(rated, model.predict(frame[100:]))
    model.save(tmp_path)
    np.testing.assert_allclose(InContextModel.load(tmp_path).predict(strange), rated, atol=1e-6)


def test_rotary_frequencies_are_no_weights(backbones: dict[str, Card]) -> None:
    network = load_backbone(backbones["incontext"]).network
    name = "row_interactor.tf_row.rope.freqs"
    assert name in network.state_dict() and name not in dict(network.named_parameters())
    assert all(parameter.requires_grad for parameter in network.parameters())
