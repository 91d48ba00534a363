"""Rows drawn by class, and their weights."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from finxfer.backbones.imbalance import Treatment
from finxfer.backbones.sampling import (
    hybrid_parts,
    hybrid_share,
    prior_shift,
    stratified_parts,
)
from finxfer.records.training_settings import TrainingSettings


@given(st.integers(20, 300), st.floats(0.05, 0.95), st.integers(1, 4), st.integers(0, 5))
def test_parts_are_disjoint_and_keep_the_class_shares(rows: int, rate: float, parts: int, seed: int) -> None:
    y = (np.random.default_rng(seed).random(rows) < rate).astype(int)
    sizes = [rows // parts] * parts
    found = stratified_parts(y, sizes, seed)
    assert [len(part) for part in found] == sizes
    together = np.concatenate(found)
    assert len(set(together.tolist())) == len(together) and together.max() < rows
    for part in found:
        assert abs(y[part].sum() - y.mean() * len(part)) <= 2


def test_the_same_seed_draws_the_same_rows() -> None:
    y = np.arange(50) % 3 == 0
    first, second = stratified_parts(y, [20, 20], 1), stratified_parts(y, [20, 20], 1)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not np.array_equal(first[0], stratified_parts(y, [20, 20], 2)[0])


def test_balanced_weights_give_each_class_the_same_say() -> None:
    y = np.r_[np.ones(10), np.zeros(90)]
    balanced, none = TrainingSettings(class_weighting="balanced"), TrainingSettings()
    weights = Treatment.of(y, balanced).row_weights(y)
    assert np.isclose(weights[y == 1].sum(), weights[y == 0].sum()) and np.isclose(weights.mean(), 1)
    assert (Treatment.of(y, none).row_weights(y) == 1).all()
    assert np.isfinite(Treatment.of(np.zeros(5), balanced).row_weights(np.zeros(5))).all()


@given(st.integers(40, 300), st.floats(0.02, 0.98), st.integers(1, 4), st.integers(0, 5))
def test_hybrid_parts_hold_more_of_the_rare_class(rows: int, rate: float, parts: int, seed: int) -> None:
    y = (np.random.default_rng(seed).random(rows) < rate).astype(int)
    size = rows // 2
    for part in hybrid_parts(y, [size] * parts, seed):
        assert len(set(part.tolist())) == len(part) == size and (np.diff(part) > 0).all()
        wanted = round(size * hybrid_share(y.mean()))
        lower, upper = size - int((y == 0).sum()), int(y.sum())
        assert y[part].sum() == max(min(wanted, upper), lower)


def test_hybrid_parts_use_other_rows_until_all_were_used() -> None:
    y = np.arange(400) % 10 == 0
    first, second = hybrid_parts(y, [60, 60], 1)
    positives = [set(part[y[part]].tolist()) for part in (first, second)]
    assert not set(first[~y[first]].tolist()) & set(second[~y[second]].tolist())
    assert len(positives[0] | positives[1]) == min(40, len(positives[0]) + len(positives[1]))


def test_the_prior_shift_restores_the_rate() -> None:
    """Log-odds of groups in a resampled table, shifted, are those of the whole table."""
    positives, negatives = np.array([30.0, 10.0]), np.array([270.0, 190.0])
    thinned = negatives / 4
    rate, context_rate = 40 / 500, 40 / (40 + thinned.sum())
    shifted = np.log(positives / thinned) + prior_shift(rate, context_rate)
    np.testing.assert_allclose(shifted, np.log(positives / negatives))
    assert prior_shift(0.2, 0.0) == prior_shift(1.0, 0.5) == 0.0
