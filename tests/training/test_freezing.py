"""Frozen stages stay bit for bit, for every family of networks (of trees: test_boosted_transfer)."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from finxfer.backbones.card import Card
from finxfer.backbones.families import NETWORKS, load_backbone
from finxfer.backbones.protocol import Stage
from finxfer.errors import BadInput, Fault
from finxfer.training.checkpoint import copied
from finxfer.training.freezing import freeze
from finxfer.training.loop import TrainingRun, train
from tests.training.made import QUICK, never, silent, training_data


@pytest.mark.parametrize("family", NETWORKS)
@pytest.mark.parametrize("part", ["head only", "half", "everything"])
def test_frozen_stages_stay_bit_for_bit_and_the_rest_moves(
    family: str, part: str, backbones: dict[str, Card]
) -> None:
    backbone = load_backbone(backbones[family])
    stages = backbone.stages
    depth = {"head only": len(stages), "half": len(stages) // 2, "everything": 0}[part]
    learner = backbone.learner(training_data(), QUICK, 0, "cpu")
    before = copied(learner.network)
    run = TrainingRun(depth, QUICK, 0, "cpu", None, silent, never)
    # What training reaches, whether or not the guard keeps it: take its last weights, not its best.
    seen: list[dict[str, torch.Tensor]] = []
    learner_logits = learner.validation_logits
    learner.validation_logits = lambda: (seen.append(copied(learner.network)), learner_logits())[1]  # type: ignore[method-assign]
    train(learner, run)
    after = seen[-1]
    for index, stage in enumerate((*stages, backbone.head)):
        names = [name for name in before if stage.owns(name)]
        assert names
        equal = [torch.equal(before[name], after[name]) for name in names]
        assert all(equal) if index < depth else not all(equal), stage.name


@pytest.mark.parametrize("family", NETWORKS)
def test_stages_cover_every_parameter_and_the_card_counts_them(
    family: str, backbones: dict[str, Card]
) -> None:
    card = backbones[family]
    backbone = load_backbone(card)
    for depth in range(card.depth_count + 1):
        freezing = freeze(backbone.network, backbone.stages, backbone.head, depth)
        assert freezing.count == card.trainable_parameters(depth)
    assert card.trainable_parameters(0) == card.parameters
    assert card.trainable_parameters("as-is") == 0


class _Noisy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Dropout(0.5))
        self.last = nn.Sequential(nn.Linear(3, 1), nn.Dropout(0.5))


STAGES, HEAD = [Stage("first", "First", ("first",))], Stage("head", "Head", ("last",))


def test_frozen_parts_are_in_eval_mode_so_that_dropout_and_statistics_rest() -> None:
    network = _Noisy()
    freezing = freeze(network, STAGES, HEAD, 1)
    freezing.train_mode()
    statistics = network.first[1].running_mean.clone()
    rows = torch.randn(64, 3) + 5
    assert torch.equal(network.first(rows), network.first(rows))
    assert torch.equal(statistics, network.first[1].running_mean)
    assert network.last[1].training
    assert {name for name, _ in freezing.trained} == {"last.0.weight", "last.0.bias"}


def test_a_depth_that_does_not_exist_is_named() -> None:
    with pytest.raises(BadInput, match="depth 2 does not exist"):
        freeze(_Noisy(), STAGES, HEAD, 2)


def test_a_parameter_of_no_stage_is_a_fault() -> None:
    with pytest.raises(Fault, match=r"first\.0\.weight belongs to 0 stages"):
        freeze(_Noisy(), [], HEAD, 0)
