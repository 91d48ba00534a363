"""Trees as text: what LightGBM grew, cut, scaled and added up."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from finxfer.backbones.forest import Forest, interleaved, leaf_values
from finxfer.errors import Damaged

OPTIONS = {"objective": "binary", "num_leaves": 6, "verbosity": -1, "num_threads": 1, "min_data_in_bin": 1}


def rows(count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    matrix = generator.integers(0, 20, (count, 3)).astype(float)
    matrix[generator.random(matrix.shape) < 0.15] = np.nan
    noise = generator.normal(0, 4, count)
    return matrix, (np.nan_to_num(matrix[:, 0], nan=14) + noise > 10).astype(float)


@pytest.fixture(scope="module")
def boosters() -> list[lightgbm.Booster]:
    matrix, y = rows()
    options = {**OPTIONS, "feature_fraction": 0.7}
    return [
        lightgbm.train({**options, "seed": seed}, lightgbm.Dataset(matrix, y), 12 + seed) for seed in (0, 1)
    ]


def test_trees_say_what_lightgbm_says_and_survive_being_written(boosters: list[lightgbm.Booster]) -> None:
    matrix, _ = rows()
    for booster in boosters:
        forest = Forest.of(booster)
        assert np.array_equal(forest.log_odds(matrix), booster.predict(matrix, raw_score=True))
        assert Forest.parse(forest.text(3)) == forest
        again = Forest.of(forest.booster(3))
        assert [tree.leaves for tree in again.trees] == [tree.leaves for tree in forest.trees]
        assert [list(leaves) for leaves in leaf_values(booster)] == [list(t.leaves) for t in forest.trees]
    assert len(Forest.of(boosters[0], trees=5)) == 5


def test_a_bag_is_the_mean_of_its_members_and_its_blocks_add_up(boosters: list[lightgbm.Booster]) -> None:
    matrix, _ = rows()
    blocks = interleaved([Forest.of(booster).scaled(0.5) for booster in boosters], 10)
    assert len(blocks) == 10 and all(2 <= len(block) <= 4 for block in blocks)
    assert sum(map(len, blocks)) == 12 + 13
    mean = np.mean([booster.predict(matrix, raw_score=True) for booster in boosters], axis=0)
    assert np.allclose(sum(block.log_odds(matrix) for block in blocks), mean, atol=1e-12)
    assert np.allclose(sum(blocks, Forest()).shifted(0.25).log_odds(matrix), mean + 0.25, atol=1e-12)


def test_no_trees_say_nothing_and_can_still_be_shifted() -> None:
    matrix, _ = rows(5)
    assert np.array_equal(Forest().log_odds(matrix), np.zeros(5))
    assert np.allclose(Forest().shifted(-1.5).log_odds(matrix), -1.5)
    assert Forest.parse(Forest().text(3)) == Forest()


def test_what_is_no_tree_is_damaged() -> None:
    with pytest.raises(Damaged, match="trees of a backbone"):
        Forest.parse("Tree=0\nnum_leaves=2\nleaf_value=1 x\n")
