"""What the stages of a fitted model make of rows: an entry per stage, of the rows asked for, of no other."""

from __future__ import annotations

import numpy as np
import pytest

from finxfer.backbones.card import Card
from finxfer.backbones.families import FAMILIES, read_as_is
from finxfer.backbones.protocol import FittedModel
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.ensemble import EnsembleModel, Member
from finxfer.training.representations import main_network, stage_views, with_weights_of
from tests.training.made import training_data


@pytest.fixture(params=FAMILIES)
def model(request: pytest.FixtureRequest, backbones: dict[str, Card]) -> FittedModel:
    card = backbones[request.param]
    return read_as_is(card, training_data(), TrainingSettings(), 0, "cpu").model(0.0)


def test_every_stage_of_every_family_is_seen(model: FittedModel) -> None:
    frame = training_data().frame_validation.head(20)
    network = main_network(model)
    assert network is not None
    views = stage_views(network, frame)
    assert [view.title for view in views] == [stage["title"] for stage in network.backbone.card.stages]  # type: ignore[attr-defined]
    assert all(len(view.features) == 20 and np.isfinite(view.features).all() for view in views)


def test_a_row_looks_the_same_whoever_stands_beside_it(model: FittedModel) -> None:
    frame = training_data().frame_validation.head(20)
    whole, part = stage_views(model, frame), stage_views(model, frame.iloc[5:9])
    for all_rows, few in zip(whole, part, strict=True):
        np.testing.assert_allclose(all_rows.features[5:9], few.features, atol=1e-4)


def test_of_a_mean_the_heaviest_member_with_a_backbone_counts(backbones: dict[str, Card]) -> None:
    small, large = (
        read_as_is(backbones[family], training_data(), TrainingSettings(), 0, "cpu").model(0.0)
        for family in ("mlp", "incontext")
    )
    mean = EnsembleModel([Member("a", 0.3, small), Member("b", 0.7, large)])
    assert main_network(mean) is large
    assert main_network(EnsembleModel([Member("a", 1.0, small)])) is small


def test_weights_of_a_card_come_in_place_of_trained_ones(backbones: dict[str, Card]) -> None:
    import torch

    card, frame = backbones["incontext"], training_data().frame_validation.head(20)
    model = read_as_is(card, training_data(), TrainingSettings(), 0, "cpu").model(0.0)
    before = stage_views(model, frame)
    with torch.no_grad():
        for parameter in model.backbone.network.parameters():  # type: ignore[attr-defined]
            parameter.add_(0.05)
    changed = stage_views(model, frame)
    again = stage_views(with_weights_of(model, card), frame)  # type: ignore[arg-type]
    for first, other, last in zip(before, changed, again, strict=True):
        assert not np.allclose(first.features, other.features)
        np.testing.assert_array_equal(first.features, last.features)
