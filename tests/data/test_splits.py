from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finxfer.data.splits import binary_target, stratified_split
from finxfer.errors import BadInput


def test_binary_target_of_numbers_words_and_gaps():
    assert binary_target(pd.Series([0.0, 1.0, np.nan]), "1").tolist() == [0, 1, -1]
    assert binary_target(pd.Series(["yes", None, "no"]), "yes").tolist() == [1, -1, 0]
    assert binary_target(pd.Series([True, False]), "True").tolist() == [1, 0]
    assert binary_target(pd.Series(["a", "b", "c"]), "b").dtype == np.int8
    with pytest.raises(BadInput, match="No row"):
        binary_target(pd.Series(["a", "b"], name="t"), "z")
    assert binary_target(pd.Series([np.nan, np.nan]), "1").tolist() == [-1, -1]


@settings(max_examples=150, deadline=None)
@given(
    positives=st.integers(2, 60),
    negatives=st.integers(2, 200),
    unknown=st.integers(0, 20),
    test_share=st.sampled_from([0.0, 0.05, 0.3, 0.6]),
    validation_share=st.sampled_from([0.05, 0.2, 0.5]),
    most=st.sampled_from([None, 5, 50]),
    seed=st.integers(0, 1000),
)
def test_every_split_is_a_partition_with_both_classes_left_to_train(
    positives, negatives, unknown, test_share, validation_share, most, seed
):
    y = np.random.default_rng(seed).permutation([1] * positives + [0] * negatives + [-1] * unknown)
    split = stratified_split(y, test_share, validation_share, seed, most)
    parts = (split.train, split.validation, split.test)
    together = np.concatenate(parts)
    assert np.array_equal(np.sort(together), np.flatnonzero(y >= 0))
    for part in parts:
        assert part.dtype == np.int64
        assert (np.diff(part) > 0).all()
    assert set(y[split.train]) == {0, 1}
    if test_share:
        assert set(y[split.test]) == {0, 1}
    else:
        assert len(split.test) == 0
    again = stratified_split(y, test_share, validation_share, seed, most)
    assert all(
        np.array_equal(a, b) for a, b in zip(parts, (again.train, again.validation, again.test), strict=True)
    )


def test_shares_rates_and_the_cap_hold():
    y = (np.arange(20_000) % 5 == 0).astype(int)
    split = stratified_split(y, 0.3, 0.2, 7, test_rows_max=3000)
    assert len(split.test) == 3000
    assert len(split.validation) == round(0.2 * 17_000)
    for part in (split.train, split.validation, split.test):
        assert y[part].mean() == pytest.approx(0.2, abs=1e-3)
    other = stratified_split(y, 0.3, 0.2, 8, test_rows_max=3000)
    assert not np.array_equal(split.test, other.test)


@pytest.mark.parametrize("y", [[1, 0, 0, 0], [1, 1, 1, 0], [0, 0, 0], []])
def test_fewer_than_two_rows_of_a_class_are_refused(y):
    with pytest.raises(BadInput, match="at least two"):
        stratified_split(np.array(y), 0.3, 0.2, 0)


def test_groups_stay_in_one_part():
    generator = np.random.default_rng(0)
    groups = generator.integers(0, 300, 3000).astype(object)
    groups[:50] = None
    y = (generator.random(3000) < 0.2).astype(int)
    split = stratified_split(y, 0.3, 0.2, 0, groups=groups)
    members = [set(groups[part]) - {None} for part in (split.train, split.validation, split.test)]
    assert not (members[0] & members[1] or members[0] & members[2] or members[1] & members[2])
    assert len(split.test) == pytest.approx(900, abs=150)
    assert len(split.train) + len(split.validation) + len(split.test) == 3000


def test_a_share_out_of_range_is_named():
    with pytest.raises(ValueError, match="test_share"):
        stratified_split(np.array([0, 1] * 4), 1.0, 0.2, 0)
