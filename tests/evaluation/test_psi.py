"""PSI by hand, its chance by simulation and by scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from finxfer.evaluation.psi import (
    chance,
    chance_mean,
    compare_shares,
    number_shares,
    psi,
    quantile_edges,
    reading,
)


def test_a_worked_example() -> None:
    """Five score bands of 20% that become 10, 15, 25, 25 and 25%."""
    new = np.array([0.10, 0.15, 0.25, 0.25, 0.25])
    by_hand = 0.10 * np.log(2) + 0.05 * np.log(4 / 3) + 3 * 0.05 * np.log(1.25)
    assert psi(np.full(5, 0.2), new) == pytest.approx(by_hand) == pytest.approx(0.11717, abs=1e-5)


def test_psi_is_the_symmetric_relative_entropy_of_scipy() -> None:
    draw = np.random.default_rng(0)
    old, new = draw.dirichlet(np.full(8, 5.0), 2)
    assert psi(old, new) == pytest.approx(stats.entropy(old, new) + stats.entropy(new, old))
    assert psi(old, new) == pytest.approx(psi(new, old)) and psi(old, old) == 0


@pytest.mark.parametrize(("reference_rows", "rows"), [(500, 200), (2000, 2000)])
def test_chance_is_what_two_samples_of_one_population_show(reference_rows: int, rows: int) -> None:
    draw = np.random.default_rng(1)
    found = []
    for _ in range(600):
        old, new = draw.normal(size=reference_rows), draw.normal(size=rows)
        edges = quantile_edges(old)
        found.append(psi(number_shares(old, edges), number_shares(new, edges), rows))
    assert np.mean(found) == pytest.approx(chance_mean(10, rows, reference_rows), rel=0.1)
    assert np.mean(np.array(found) > chance(10, rows, reference_rows)) == pytest.approx(0.05, abs=0.025)


def test_the_quantile_is_that_of_chi_squared() -> None:
    expected = stats.chi2.ppf(0.95, 9) * (1 / 300 + 1 / 700)
    assert chance(10, 300, 700) == pytest.approx(expected)
    assert chance(1, 300, 700) == 0 and chance_mean(1, 300, 700) == 0


def test_missing_values_are_a_bin_of_their_own() -> None:
    old = np.r_[np.arange(100.0), np.full(100, np.nan)]
    edges = quantile_edges(old)
    assert number_shares(old, edges)[-1] == 0.5
    found = compare_shares(number_shares(old, edges), number_shares(old[:100], edges), 200, 100)
    assert found["psi"] > 0.25 and found["bins"] == 11 and found["reading"] == "different"
    assert len(quantile_edges(np.full(5, np.nan))) == 0


def test_a_small_sample_is_not_called_different_and_many_comparisons_raise_the_limit() -> None:
    draw = np.random.default_rng(2)
    old, new = draw.normal(size=400), draw.normal(size=40)
    edges = quantile_edges(old)
    shares = number_shares(old, edges), number_shares(new, edges)
    one, many = compare_shares(*shares, 400, 40), compare_shares(*shares, 400, 40, comparisons=50)
    assert one["psi"] > 0.10 and one["reading"] == "within chance"
    assert many["limit"] > one["limit"] == one["chance_95"]
    assert [reading(value, 0.15) for value in (0.05, 0.12, 0.2, 0.3)] == [
        "alike", "within chance", "shifted", "different",
    ]  # fmt: skip


def test_equal_scores_are_one_bin_and_no_change() -> None:
    edges = quantile_edges(np.full(50, 0.3))
    shares = number_shares(np.full(50, 0.3), edges)
    found = compare_shares(shares, shares, 50, 50)
    assert found["psi"] == 0 and found["bins"] == 1 and found["reading"] == "alike"
