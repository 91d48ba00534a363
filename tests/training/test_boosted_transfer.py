"""Boosted transfer: which leaves stay, which are estimated again, what is added on top."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from finxfer.backbones.boosted import BLOCKS, BoostedModel
from finxfer.backbones.card import Card
from finxfer.backbones.families import load_boosted
from finxfer.backbones.forest import leaf_values
from finxfer.errors import BadInput, Cancelled
from finxfer.explanations.trees import tree_values
from finxfer.records.spec import ColumnSpec
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.boosted_transfer import (
    DECAYS,
    NEW_TREES,
    BoostedTransfer,
    grow_on,
    intercept_shift,
    place,
    refitted,
)
from finxfer.training.candidates import Work
from finxfer.training.finetune import finetune
from finxfer.training.folds import make_folds
from tests.training.made import QUICK, never, silent, training_data

WORK = Work(QUICK, 0, "cpu", silent, never)


@pytest.fixture(scope="module")
def card(backbones: dict[str, Card]) -> Card:
    return backbones["boosted"]


@pytest.mark.parametrize("depth", [0, 4, BLOCKS])
def test_kept_blocks_stay_bit_for_bit_and_the_others_move(depth: int, card: Card) -> None:
    before = load_boosted(card)
    grown = grow_on(place(card, training_data(), QUICK), depth, 0.5, QUICK, 0, never)
    after = grown.with_trees(20)
    for number, (old, new) in enumerate(zip(before.blocks, after.blocks, strict=True)):
        assert [tree.lines for tree in old.trees] == [tree.lines for tree in new.trees]
        same = [tree.leaves for tree in old.trees] == [tree.leaves for tree in new.trees]
        assert same == (number < depth), number
    assert len(after.head) == 20 and after.card.head["parameters"] == after.head.leaf_count
    trained = sum(block.leaf_count for block in after.blocks[depth:]) + after.head.leaf_count
    assert after.card.trainable_parameters(depth) == trained


@pytest.mark.parametrize("rows", [6, 180])
def test_leaves_are_those_of_lightgbms_refit_and_unreached_ones_stay(rows: int, card: Card) -> None:
    placed = place(card, training_data(), QUICK)
    matrix, y, weights = placed.rows[:rows], placed.y[:rows], placed.weights[:rows]
    placed = replace(placed, rows=matrix, y=y, weights=weights)
    forest, offset = placed.tuned.forest, np.full(rows, placed.tuned.intercept)
    again = refitted(forest, matrix, placed, offset, 0.7)
    booster = forest.booster(matrix.shape[1])
    options: dict[str, Any] = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    told = leaf_values(booster.refit(matrix, y, decay_rate=0.7, init_score=offset, **options))
    reached = np.asarray(booster.predict(matrix, pred_leaf=True)).astype(int)
    unreached = 0
    for number, (old, new) in enumerate(zip(forest.trees, again.trees, strict=True)):
        for leaf, value in enumerate(new.leaves):
            if leaf in reached[:, number]:
                assert value == pytest.approx(told[number][leaf], abs=1e-9) != old.leaves[leaf]
            else:
                unreached += 1
                assert value == old.leaves[leaf]
    assert (unreached > 0) == (rows < 100)


def test_equal_specs_give_equal_trees(card: Card) -> None:
    runs = [finetune(card, 3, training_data(), QUICK, 5, "cpu", None, silent, never) for _ in range(2)]
    texts = [run.model.backbone.forest.text(9) for run in runs if isinstance(run.model, BoostedModel)]
    assert len(texts) == 2 and texts[0] == texts[1]


def test_new_trees_read_columns_that_only_the_target_has(card: Card) -> None:
    data = training_data(400)
    told = {name: getattr(data, name).assign(score=3.0 * y) for name, y in
            (("frame_train", data.y_train), ("frame_validation", data.y_validation))}  # fmt: skip
    data = replace(data, **told, columns=[*data.columns, ColumnSpec("score", "feature", "numeric")])
    found = finetune(card, BLOCKS, data, QUICK, 0, "cpu", None, silent, never)
    assert found.judged.validation.auc > found.start.validation.auc + 0.05
    assert "score" in found.model.features
    lacking = replace(data, columns=[column for column in data.columns if column.name != "debt"])
    assert "debt" not in finetune(card, 0, lacking, QUICK, 0, "cpu", None, silent, never).model.features


def test_another_task_starts_at_the_targets_rate(card: Card) -> None:
    data = replace(training_data(), target="churned")
    found = finetune(card, 5, data, QUICK, 0, "cpu", None, silent, never)
    assert np.ptp(found.start.prediction) < 1e-12
    assert found.start.prediction[0] == pytest.approx(data.y_train.mean())
    assert not found.fell_back
    with pytest.raises(BadInput, match="cannot be used as-is"):
        finetune(card, "as-is", data, QUICK, 0, "cpu", None, silent, never)


def test_noise_for_labels_falls_back_to_the_start(card: Card) -> None:
    data = training_data()
    data = replace(data, y_train=np.random.default_rng(1).permutation(1 - data.y_train))
    found = finetune(card, 0, data, QUICK, 0, "cpu", None, silent, never)
    assert found.fell_back and found.choice == "as-is"
    assert np.array_equal(found.model.predict(data.frame_validation), found.start.prediction)


def test_the_intercept_moves_to_the_rate_but_not_all_the_way_on_few_rows() -> None:
    many, few = np.repeat([0.0, 1.0], [9000, 1000]), np.repeat([0.0, 1.0], [9, 1])
    true = np.log(0.1 / 0.9)
    assert intercept_shift(np.zeros(10_000), many) == pytest.approx(true, abs=0.01)
    assert true < intercept_shift(np.zeros(10), few) < 0.5 * true


def test_as_a_candidate_one_pass_answers_for_all_variants(card: Card) -> None:
    data = training_data()
    candidate = BoostedTransfer(card, (BLOCKS, 0), WORK, starts=True)
    log_odds = candidate.raw(data, silent)
    assert log_odds.shape == (1 + (1 + len(DECAYS)) * len(NEW_TREES), len(data.y_validation))
    assert candidate.untouched(0) and not candidate.untouched(1)
    assert [candidate.depth(variant) for variant in (0, 1, 6)] == ["as-is", BLOCKS, 0]
    assert np.array_equal(log_odds, candidate.raw(data, silent))
    folds = make_folds(data, 0)
    for variant in (0, 7):
        model = candidate.fit(folds, variant, 0.25)
        assert isinstance(model, BoostedModel) and model.logit_shift == 0.25


def test_a_depth_that_does_not_exist_and_a_cancelled_training_end(card: Card) -> None:
    with pytest.raises(BadInput, match="depth 11 does not exist"):
        finetune(card, 11, training_data(), QUICK, 0, "cpu", None, silent, never)
    with pytest.raises(Cancelled):
        finetune(card, 0, training_data(), TrainingSettings(), 0, "cpu", None, silent, lambda: True)


def test_tree_shap_of_a_tuned_model_adds_up_though_a_column_is_lacking(card: Card) -> None:
    data = training_data()
    data = replace(data, columns=[column for column in data.columns if column.name != "debt"])
    model = finetune(card, 5, data, QUICK, 0, "cpu", None, silent, never).model
    made = tree_values(
        model, data.frame_validation[:20], data.frame_train[:30], model.features, lambda *_: None
    )
    assert made is not None and made.values.shape == (20, 3)
    assert np.abs(made.base_value + made.values.sum(axis=1) - made.probability).max() < 1e-6
