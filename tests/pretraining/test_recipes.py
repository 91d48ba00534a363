"""The shapes that a recipe draws span its ranges, and a batch costs what the recipe says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from finxfer.backbones.card import read_card
from finxfer.backbones.incontext_network import build_network
from finxfer.errors import BadInput
from finxfer.pretraining.loop import pretrain
from finxfer.pretraining.prior import Shape
from finxfer.pretraining.recipes import RECIPES, Recipe, draw_shape, find_recipe


def drawn(recipe: Recipe, count: int = 2000) -> list[Shape]:
    generator = torch.Generator().manual_seed(0)
    return [draw_shape(recipe, generator) for _ in range(count)]


def test_unknown_recipes_are_refused() -> None:
    with pytest.raises(BadInput, match="cpu-small"):
        find_recipe("cpu-smal")


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_shapes_span_the_ranges_of_the_recipe(recipe: Recipe) -> None:
    shapes = drawn(recipe)
    contexts = [shape.context for shape in shapes]
    columns = [shape.columns for shape in shapes]
    causes = [shape.causes for shape in shapes]
    least, most = recipe.context
    assert least <= min(contexts) < 1.1 * least and 0.9 * most < max(contexts) <= most
    least, most = recipe.columns
    assert min(causes) == least and 0.9 * most < max(causes) <= most
    assert most < max(columns) <= recipe.columns_at_most
    assert min(shape.tables for shape in shapes) < 3 < recipe.tables_at_most / 2
    assert max(shape.tables for shape in shapes) > recipe.tables_at_most / 2


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_batches_cost_about_the_same(recipe: Recipe) -> None:
    network = recipe.network
    for shape in drawn(recipe):
        groups = -(-shape.columns // network.col_feature_group_size) + network.row_num_cls
        assert shape.tables == 1 or shape.tables * shape.rows * groups <= recipe.batch_cells
        assert 1 <= shape.tables <= recipe.tables_at_most


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_two_to_ten_classes_occur_as_often_as_the_recipe_says(recipe: Recipe) -> None:
    classes = torch.tensor([shape.classes for shape in drawn(recipe)])
    assert set(classes.tolist()) == set(range(2, 11))
    assert (classes > 2).float().mean().item() == pytest.approx(recipe.several, abs=0.03)
    assert {shape.classes for shape in drawn(replace(recipe, several=0.0))} == {2}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_spelled_out_columns_leave_one_that_is_not_and_stay_below_the_most(recipe: Recipe) -> None:
    shapes = drawn(recipe)
    spelled = [shape for shape in shapes if shape.spelled]
    assert len(spelled) / len(shapes) == pytest.approx(recipe.spelled, abs=0.05)
    assert {shape.spelled for shape in spelled} == {1, 2, 3, 4}
    least, most = recipe.levels
    assert {shape.levels for shape in spelled} == set(range(least, most + 1))
    assert all(shape.causes > shape.spelled for shape in spelled)
    tight = [shape for shape in drawn(replace(recipe, columns_at_most=recipe.columns[1] + 3))]
    assert max(shape.columns for shape in tight) <= recipe.columns[1] + 3
    assert any(shape.spelled for shape in tight)


def test_rungs_are_the_only_lengths_of_context_and_each_occurs() -> None:
    recipe = replace(RECIPES["cpu-small"], context=(50, 800), rungs=5)
    assert {shape.context for shape in drawn(recipe)} == {50, 100, 200, 400, 800}
    free = {shape.context for shape in drawn(replace(recipe, rungs=0))}
    assert len(free) > 300


def test_the_gpu_recipe_fits_kernels_and_the_size_that_may_ship() -> None:
    recipe = RECIPES["gpu-30min"]
    shapes = drawn(recipe)
    assert max(shape.tables * shape.rows for shape in shapes) <= 65_535
    assert min(shape.tables for shape in shapes) >= 2 and max(shape.tables for shape in shapes) > 300
    assert len({shape.context for shape in shapes}) == recipe.rungs
    with torch.device("meta"):
        network = build_network(recipe.network.to_json())
    assert 4 * sum(value.numel() for value in network.state_dict().values()) < 30e6


def test_the_gpu_recipe_runs_here_too_and_signs_with_its_own_name(
    shrink: Callable[[Recipe], Recipe], tmp_path: Path
) -> None:
    card = read_card(pretrain(shrink(RECIPES["gpu-30min"]), tmp_path, steps=2))
    assert card.id == "incontext-gpu" != RECIPES["cpu-small"].backbone
    assert "pretrain gpu-30min --out DIR --steps 2 (2 of 2 steps" in card.made_by
    assert set(card.measured) == {"synthetic_auc_30_rows"}
