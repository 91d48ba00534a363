"""The out-of-time split: later rows test, nothing of them is trained on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finxfer.data.out_of_time import out_of_time_split
from finxfer.data.times import Times
from finxfer.errors import BadInput


def made(rows: int = 1000, days: int = 300, seed: int = 0) -> tuple[np.ndarray, Times]:
    draw = np.random.default_rng(seed)
    return (draw.random(rows) < 0.3).astype(int), Times(
        "opened", draw.integers(0, days, rows).astype(float), True
    )


def test_the_latest_share_is_the_test_and_days_are_not_cut() -> None:
    y, times = made()
    found = out_of_time_split(y, times, 0.3, 0.2, 0)
    parts = found.split
    assert len(parts.test) == pytest.approx(300, abs=5)
    earlier = np.r_[parts.train, parts.validation]
    assert times.values[earlier].max() < times.values[parts.test].min()
    assert found.first == times.text(times.values[parts.test].min())
    assert len(earlier) + len(parts.test) == len(y) and not np.intersect1d(parts.train, parts.validation).size
    rates = [y[part].mean() for part in (parts.train, parts.validation)]
    assert rates[0] == pytest.approx(rates[1], abs=0.01)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(20, 200), days=st.integers(2, 40), share=st.sampled_from([0.05, 0.3, 0.6]),
    most=st.sampled_from([None, 5, 50]), groups=st.booleans(), seed=st.integers(0, 500),
)  # fmt: skip
def test_no_test_row_is_before_a_training_row_and_no_group_is_in_both(
    rows: int, days: int, share: float, most: int | None, groups: bool, seed: int
) -> None:
    y, times = made(rows, days, seed)
    times.values[::7] = np.nan
    labels = np.where(np.arange(rows) % 11 == 0, -1, y)
    members = np.random.default_rng(seed).integers(0, rows, rows).astype(object) if groups else None
    try:
        found = out_of_time_split(labels, times, share, 0.2, seed, most, members)
    except BadInput:
        return
    train, validation, test = found.split.train, found.split.validation, found.split.test
    earlier = np.r_[train, validation]
    assert times.values[earlier].max() < times.values[test].min()
    assert (labels[np.r_[earlier, test]] >= 0).all() and set(labels[test]) == {0, 1} == set(labels[train])
    if members is not None:
        assert not set(members[earlier]) & set(members[test])
    if most is not None:
        assert len(test) <= most + 1
    left = found.undated + found.seen + found.spare
    assert len(earlier) + len(test) + left == (labels >= 0).sum()


def test_customers_of_the_test_period_are_left_out_before_it_and_counted() -> None:
    y, times = made(400, 100)
    customer = np.arange(400) % 200
    found = out_of_time_split(y, times, 0.3, 0.2, 0, groups=customer.astype(object))
    tested = set(customer[found.split.test])
    before = times.values < times.values[found.split.test].min()
    assert found.seen == sum(bool(b) and c in tested for b, c in zip(before, customer, strict=True)) > 0
    nobody = np.full(400, None, dtype=object)
    assert out_of_time_split(y, times, 0.3, 0.2, 0, groups=nobody).seen == 0


def test_a_cap_shortens_the_test_period_and_samples_only_within_one_date() -> None:
    y, times = made(2000, 500)
    found = out_of_time_split(y, times, 0.3, 0.2, 0, test_rows_max=100)
    assert len(found.split.test) == pytest.approx(100, abs=4) and found.spare <= 4
    assert len(found.split.train) + len(found.split.validation) >= 1896
    months = Times("month", np.repeat([0.0, 31.0], 1000), True)
    found = out_of_time_split(y, months, 0.3, 0.2, 0, test_rows_max=100)
    assert len(found.split.test) == 100 and found.spare == 900
    assert y[found.split.test].mean() == pytest.approx(y[1000:].mean(), abs=0.01)


def test_what_cannot_be_split_says_why() -> None:
    y, times = made(100, 50)
    with pytest.raises(BadInput, match="same time in 'opened'"):
        out_of_time_split(y, Times("opened", np.zeros(100), True), 0.3, 0.2, 0)
    with pytest.raises(BadInput, match="has a time in 'opened'"):
        out_of_time_split(y, Times("opened", np.full(100, np.nan), True), 0.3, 0.2, 0)
    with pytest.raises(BadInput, match="no positive case"):
        out_of_time_split(np.where(times.values > 20, 0, y), times, 0.3, 0.2, 0)
    with pytest.raises(BadInput, match="no negative case"):
        out_of_time_split(np.where(times.values > 20, 1, y), times, 0.3, 0.2, 0)
    with pytest.raises(BadInput, match="0 positive rows"):
        out_of_time_split(np.where(times.values < 40, 0, y), times, 0.3, 0.2, 0)
    with pytest.raises(BadInput, match="also in the test"):
        out_of_time_split(y, times, 0.3, 0.2, 0, groups=np.zeros(100).astype(object))
    with pytest.raises(ValueError, match="test_share"):
        out_of_time_split(y, times, 0.0, 0.2, 0)


def test_equal_seeds_split_alike() -> None:
    y, times = made()
    first, again, other = (out_of_time_split(y, times, 0.3, 0.2, seed) for seed in (0, 0, 1))
    assert np.array_equal(first.split.train, again.split.train)
    assert np.array_equal(first.split.test, other.split.test)
    assert not np.array_equal(first.split.train, other.split.train)
