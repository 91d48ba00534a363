"""Pretraining: the same bits with and without interruption, a usable backbone, clear refusals."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from sklearn.metrics import roc_auc_score

from finxfer.backbones.card import read_card
from finxfer.backbones.incontext_network import build_network, stage_prefixes
from finxfer.errors import BadInput, Cancelled
from finxfer.pretraining import loop
from finxfer.pretraining.loop import episode_loss, learning_rate, pretrain, ranking_quality, step_generator
from finxfer.pretraining.prior import Shape, Tables, sample_tables
from finxfer.pretraining.recipes import Recipe

SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "backbones" / "incontext-small"


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "weights.safetensors")


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def stop_after(steps: int) -> object:
    left = iter(range(steps))
    return lambda: next(left, None) is None


@pytest.mark.parametrize("stopped_at", [3, 5])
def test_a_resumed_run_ends_in_the_same_bits(tiny: Recipe, tmp_path: Path, stopped_at: int) -> None:
    pretrain(tiny, tmp_path / "whole")
    with pytest.raises(Cancelled):
        pretrain(tiny, tmp_path / "parts", should_stop=stop_after(stopped_at - 1))
    pretrain(tiny, tmp_path / "parts", resume=True)
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "parts"))
    curves = [
        json.loads((tmp_path / name / "learning_curve.json").read_text())["curve"]
        for name in ("whole", "parts")
    ]
    for curve in curves:
        for entry in curve:
            del entry["seconds"]
    assert curves[0] == curves[1] and [entry["step"] for entry in curves[0]] == [4, 8]


def test_the_number_of_workers_changes_no_bit(
    tiny: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cores in (1, 3):
        monkeypatch.setattr(loop.os, "cpu_count", lambda cores=cores: cores)
        pretrain(tiny, tmp_path / str(cores), steps=4)
    assert same(weights(tmp_path / "1"), weights(tmp_path / "3"))


def test_seeds_make_different_backbones(tiny: Recipe, tmp_path: Path) -> None:
    pretrain(tiny, tmp_path / "a", steps=2)
    pretrain(replace(tiny, seed=1), tmp_path / "b", steps=2)
    assert not same(weights(tmp_path / "a"), weights(tmp_path / "b"))


def test_the_folder_is_a_backbone_with_a_true_card(tiny: Recipe, tmp_path: Path) -> None:
    events: list[tuple[str, dict[str, object]]] = []
    pretrain(tiny, tmp_path, report=lambda kind, **fields: events.append((kind, fields)), steps=5)
    card = read_card(tmp_path)
    network = build_network(card.config)
    network.load_state_dict(weights(tmp_path))
    assert card.family == "incontext" and card.synthetic and not card.contains_customer_rows
    assert card.depth_count == len(stage_prefixes(network)) - 1 == 4
    assert sum(part["parameters"] for part in [*card.stages, card.head]) == card.parameters
    assert "pretrain cpu-small --out DIR --steps 5 (5 of 5 steps" in card.made_by
    progress = [fields for kind, fields in events if kind == "progress"]
    assert [fields["done"] for fields in progress] == [1, 2, 3, 4, 5]
    assert all(fields["of"] == 5 and fields["eta_seconds"] >= 0 for fields in progress)


def test_a_run_is_not_overwritten_and_nothing_is_not_resumed(tiny: Recipe, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing to resume"):
        pretrain(tiny, tmp_path / "new", resume=True)
    pretrain(tiny, tmp_path / "run", steps=2)
    with pytest.raises(BadInput, match="--resume"):
        pretrain(tiny, tmp_path / "run", steps=3)
    with pytest.raises(BadInput, match="another recipe"):
        pretrain(replace(tiny, clip=2.0), tmp_path / "run", resume=True, steps=3)


def test_the_learning_rate_warms_up_stays_and_falls_to_zero() -> None:
    recipe = Recipe("r", warmup=10, decay_share=0.2)
    rates = [learning_rate(step, 100, recipe) for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and rates[9] == 1.0
    assert set(rates[9:80]) == {1.0}
    assert rates[90] == pytest.approx(0.5) and rates[99] == pytest.approx(0.05)


def test_training_never_sees_the_validation_tables() -> None:
    states = {bytes(step_generator(0, step, torch.device("cpu")).get_state()) for step in range(50)}
    validation = bytes(torch.Generator().manual_seed(loop.VALIDATION_SEED).get_state())
    assert len(states) == 50 and validation not in states


def test_ranking_quality_is_the_auc() -> None:
    generator = torch.Generator().manual_seed(0)
    score = torch.randn((4, 60), generator=generator).round(decimals=1)
    truth = (torch.rand((4, 60), generator=generator) < 0.3).float()
    expected = [roc_auc_score(y, s) for y, s in zip(truth.numpy(), score.numpy(), strict=True)]
    assert ranking_quality(score, truth).tolist() == pytest.approx(expected, abs=1e-6)
    assert ranking_quality(score[:1], torch.zeros(1, 60)).isnan().all()
    assert ranking_quality(torch.full((1, 60), torch.nan), truth[:1]).isnan().all()


def test_tables_without_both_classes_in_context_teach_nothing(tiny: Recipe) -> None:
    network = build_network(tiny.network.to_json())
    tables = sample_tables(Shape(2, 30, 20, 4), torch.Generator().manual_seed(0))
    half = Tables(tables.x, tables.y, tables.context, torch.tensor([True, False]))
    alone = Tables(tables.x[:1], tables.y[:1], tables.context, torch.tensor([True]))
    torch.testing.assert_close(episode_loss(network, half, False), episode_loss(network, alone, False))
    none = Tables(tables.x, tables.y, tables.context, torch.tensor([False, False]))
    assert episode_loss(network, none, False) == 0


def test_the_loss_of_several_classes_is_over_that_many(tiny: Recipe) -> None:
    network = build_network(tiny.network.to_json())
    generator = torch.Generator().manual_seed(0)
    for classes in (2, 5, 10):
        torch.nn.init.zeros_(network.icl_predictor.decoder[-1].weight)
        bias = network.icl_predictor.decoder[-1].bias
        torch.nn.init.zeros_(bias)
        tables = sample_tables(Shape(4, 60, 20, 4, classes), generator)
        assert episode_loss(network, tables, False).item() == pytest.approx(math.log(classes), abs=1e-5)
        (slope,) = torch.autograd.grad(episode_loss(network, tables, False), bias)
        assert (slope[:classes] != 0).all() and (slope[classes:] == 0).all()


def test_bf16_gives_nearly_the_loss_and_slope_of_float32(tiny: Recipe) -> None:
    network = build_network(read_card(SHIPPED).config)
    network.load_state_dict(weights(SHIPPED))
    tables = sample_tables(Shape(4, 100, 48, 9), torch.Generator().manual_seed(1))
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    exact, rounded = (episode_loss(network, tables, True, kind) for kind in ("float32", "bf16"))
    assert exact.dtype == rounded.dtype == torch.float32
    assert exact.item() != rounded.item() and rounded.item() == pytest.approx(exact.item(), abs=0.01)
    slopes = [
        torch.cat([slope.flatten() for slope in torch.autograd.grad(loss, parameters)])
        for loss in (exact, rounded)
    ]
    assert torch.cosine_similarity(*slopes, dim=0) > 0.99


def test_pretraining_learns(tiny: Recipe) -> None:
    """On the same tables again and again: between two steps' own tables the loss differs by more."""
    with loop._workers("cpu") as pool:
        trainer = loop.Trainer(tiny, torch.device("cpu"), pool)
        losses = [trainer.step(0, 1.0)[0] for _ in range(30)]
    assert losses[-1] < losses[0] - 0.1
