"""Rows drawn by class, and their weights."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from finxfer.backbones.sampling import class_weights, stratified_parts


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
    weights = class_weights(y, "balanced")
    assert np.isclose(weights[y == 1].sum(), weights[y == 0].sum()) and np.isclose(weights.mean(), 1)
    assert (class_weights(y, "none") == 1).all()
    assert np.isfinite(class_weights(np.zeros(5), "balanced")).all()
