"""Columns that a backbone meets on a target for the first time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from finxfer.backbones.card import Card
from finxfer.backbones.families import TABULAR, load_backbone, tabular_family
from finxfer.backbones.promotion import without_rare_categories
from finxfer.backbones.protocol import TrainingData
from finxfer.backbones.tabular import TabularBackbone
from finxfer.records.spec import ColumnSpec
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.finetune import finetune
from tests.training.made import COLUMNS, never, silent, training_data

NEW = [ColumnSpec("score", "feature", "numeric"), ColumnSpec("branch", "feature", "category")]


def with_new_columns() -> TrainingData:
    """A target whose labels two new columns tell, one of them a category."""
    data = training_data(400)

    def add(frame, y):
        generator = np.random.default_rng(len(y))
        score = y + generator.normal(0, 0.4, len(y))
        return frame.assign(score=score, branch=np.where(generator.random(len(y)) < 0.5, "north", "south"))

    return replace(
        data,
        frame_train=add(data.frame_train, data.y_train),
        frame_validation=add(data.frame_validation, data.y_validation),
        columns=[*COLUMNS, *NEW],
    )


@pytest.mark.parametrize("family", TABULAR)
def test_new_columns_change_nothing_at_first_and_are_learned_beside_frozen_stages(
    family: str, backbones: dict[str, Card], tmp_path: Path
) -> None:
    data, card = with_new_columns(), backbones[family]
    plain = load_backbone(card).learner(training_data(400), TrainingSettings(), 0, "cpu")
    before = plain.model(0.0).predict(data.frame_validation)
    start = load_backbone(card).learner(data, TrainingSettings(), 0, "cpu")
    assert np.allclose(start.model(0.0).predict(data.frame_validation), before, atol=1e-6)
    assert any("2 of your columns are new to it" in note for note in start.notes)
    settings = TrainingSettings(epochs=15, patience=15, learning_rate=0.01)
    tuned = finetune(card, card.depth_count, data, settings, 0, "cpu", None, silent, never)
    assert tuned.judged.validation.auc > tuned.start.validation.auc + 0.05
    assert tuned.trainable_parameters < tuned.total_parameters > card.parameters
    frozen = load_backbone(card).network.state_dict()
    kept = [name for name in frozen if not name.startswith("output")]
    assert kept and all(torch.equal(frozen[name], tuned.weights[name]) for name in kept)
    tuned.model.save(tmp_path)
    again = tabular_family(family).load_model(tmp_path)
    assert set(again.features) == {column.name for column in data.columns}
    frame = data.frame_validation
    assert np.allclose(again.predict(frame), tuned.model.predict(frame), atol=1e-6)


def learner_encoder(data: TrainingData, card: Card) -> dict[str, Any]:
    backbone = load_backbone(card)
    backbone.learner(data, TrainingSettings(), 0, "cpu")
    assert isinstance(backbone, TabularBackbone)
    return backbone.encoder.to_json()


def test_the_same_seed_adds_the_same_columns_and_a_known_name_of_another_kind_stays_out(
    backbones: dict[str, Card],
) -> None:
    data = with_new_columns()
    states = [
        load_backbone(backbones["mlp"]).learner(data, TrainingSettings(), seed, "cpu").network.state_dict()
        for seed in (1, 1, 2)
    ]
    name = "new_columns.embeddings.categories.weight"
    assert torch.equal(states[0][name], states[1][name]) and not torch.equal(states[0][name], states[2][name])
    text = json.dumps(without_rare_categories(learner_encoder(data, backbones["mlp"])))
    assert "north" in text and "category_rows" not in text
    strange = replace(data, columns=[*COLUMNS[:3], ColumnSpec("housing", "feature", "boolean")])
    learner = load_backbone(backbones["mlp"]).learner(strange, TrainingSettings(), 0, "cpu")
    assert "housing" not in learner.model(0.0).features
