"""Where a pretraining starts from, and what its card says of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from finxfer.backbones.card import read_card
from finxfer.backbones.incontext_network import NetworkConfig, build_network, forward_episode
from finxfer.backbones.weights import save_weights
from finxfer.errors import BadInput, Damaged
from finxfer.pretraining.loop import Trainer, _begin, _workers, episode_input, pretrain
from finxfer.pretraining.prior import Shape, sample_tables
from finxfer.pretraining.recipes import Recipe

SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "backbones" / "incontext-small"
POINTS = "col_embedder.tf_col.blocks.0.ind_vectors"


@pytest.fixture
def parent(tiny: Recipe, tmp_path: Path) -> Path:
    """A backbone of the tiny recipe."""
    return pretrain(tiny, tmp_path / "parent", steps=4)


def started(recipe: Recipe, start: Path, out: Path) -> Trainer:
    with _workers("cpu") as pool:
        trainer = Trainer(recipe, torch.device("cpu"), pool)
        _begin(trainer, out, resume=False, start=start)
    return trainer


def with_points(recipe: Recipe, config: dict[str, Any], points: int) -> Recipe:
    """The recipe with the network of `config`, but another number of inducing points."""
    return replace(recipe, network=NetworkConfig(**{**config, "col_num_inds": points}))


def answers(network: torch.nn.Module) -> torch.Tensor:
    """Log-odds of the query rows of the same few tables."""
    tables = sample_tables(Shape(4, 60, 40, 6), torch.Generator().manual_seed(5))
    with torch.no_grad():
        logits = forward_episode(network, episode_input(tables, False), tables.y[:, :60])
    return logits[..., 1] - logits[..., 0]


def test_a_run_starts_with_the_weights_of_another_backbone(
    tiny: Recipe, parent: Path, tmp_path: Path
) -> None:
    trainer = started(tiny, parent, tmp_path / "child")
    network = build_network(read_card(parent).config)
    network.load_state_dict(load_file(parent / "weights.safetensors"))
    assert torch.equal(answers(trainer.network), answers(network))
    assert all(torch.equal(trainer.average[name], value) for name, value in network.state_dict().items())


def test_more_inducing_points_keep_the_function_nearly(tiny: Recipe, tmp_path: Path) -> None:
    card = read_card(SHIPPED)
    points = card.config["col_num_inds"]
    network = build_network(card.config)
    network.load_state_dict(load_file(card.weights_path))
    wider = started(with_points(tiny, card.config, 2 * points + 3), SHIPPED, tmp_path / "child").network
    vectors = wider.state_dict()[POINTS]
    assert len(vectors) == len(vectors.unique(dim=0)) == 2 * points + 3
    before, after = answers(network), answers(wider)
    assert 0 < (after - before).std() < 0.15 * before.std()
    # Points that know nothing would change it far more.
    torch.nn.init.normal_(wider.get_parameter(POINTS), std=vectors.std().item())
    assert (answers(wider) - before).std() > 2 * (after - before).std()


def test_another_architecture_is_refused_in_words(tiny: Recipe, parent: Path, tmp_path: Path) -> None:
    for change, said in (
        ({"icl_num_blocks": 3}, "icl_num_blocks 2 instead of 3"),
        ({"embed_dim": 32}, "embed_dim 16 instead of 32"),
        ({"col_num_inds": 2}, "more inducing points"),
    ):
        other = replace(tiny, network=replace(tiny.network, **change))
        with pytest.raises(BadInput, match=said):
            started(other, parent, tmp_path / "child")
    with pytest.raises(BadInput, match="of the family tabm"):
        started(tiny, SHIPPED.parent / "tabm-card-default", tmp_path / "child")


def test_damaged_weights_are_no_start(tiny: Recipe, parent: Path, tmp_path: Path) -> None:
    with (parent / "weights.safetensors").open("ab") as file:
        file.write(b"x")
    with pytest.raises(Damaged, match="checksum"):
        started(tiny, parent, tmp_path / "child")


def test_a_resumed_run_takes_no_other_start(tiny: Recipe, parent: Path) -> None:
    with pytest.raises(BadInput, match="Leave --start or --resume out"):
        pretrain(tiny, parent, resume=True, start=parent)


def test_a_run_of_before_a_field_existed_can_be_resumed(tiny: Recipe, parent: Path) -> None:
    state = parent / "state.safetensors"
    with safe_open(str(state), "pt") as file:
        metadata = file.metadata()
    recipe = json.loads(metadata["recipe"])
    del recipe["rungs"], recipe["compiled"]
    save_weights(load_file(state), state, {**metadata, "recipe": json.dumps(recipe)})
    assert "(5 of 5 steps" in read_card(pretrain(tiny, parent, resume=True, steps=5)).made_by


def test_the_card_says_what_the_run_started_from(tiny: Recipe, parent: Path, tmp_path: Path) -> None:
    pretrain(tiny, tmp_path / "child", steps=2, start=parent)
    origin, card = read_card(parent), read_card(tmp_path / "child")
    assert "pretrain cpu-small --out DIR --start DIR --steps 2" in card.made_by
    assert f"starting from {origin.id} {origin.sha256[:12]}" in card.made_by
    assert origin.made_by in card.made_by and origin.trained_on in card.made_by
    assert "start" not in origin.made_by


def tables_of(folder: Path) -> int:
    """Synthetic tables of the run in `folder` itself."""
    return int(json.loads((folder / "learning_curve.json").read_text())["curve"][-1]["tables"])


def test_the_card_counts_the_tables_of_every_part(tiny: Recipe, parent: Path, tmp_path: Path) -> None:
    child, grandchild = (tmp_path / name for name in ("child", "grandchild"))
    pretrain(tiny, child, steps=2, start=parent)
    pretrain(tiny, grandchild, steps=1, start=child)
    pretrain(tiny, grandchild, steps=2, resume=True)
    first, second, third = (tables_of(folder) for folder in (parent, child, grandchild))
    prior = "synthetic tables of finxfer's own prior"
    assert read_card(parent).trained_on == f"{first:,} {prior}; no real table"
    said = f"{first + second:,} {prior} ({second:,} of them in its last part); no real table"
    assert read_card(child).trained_on == said
    assert read_card(grandchild).trained_on.startswith(f"{first + second + third:,} {prior} ({third:,} of")


def test_a_resumed_run_still_knows_what_it_started_from(tiny: Recipe, parent: Path, tmp_path: Path) -> None:
    pretrain(tiny, tmp_path / "child", steps=2, start=parent)
    pretrain(tiny, tmp_path / "child", steps=3, resume=True)
    assert (
        f"starting from incontext-small {read_card(parent).sha256[:12]}"
        in read_card(tmp_path / "child").made_by
    )
