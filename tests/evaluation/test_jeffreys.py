from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betaln

from finxfer.evaluation.jeffreys import holm, jeffreys_interval, jeffreys_p_values, verdicts


def test_the_p_value_of_a_published_example() -> None:
    """2 defaults of 6 at a PD of 3.67%: 0.0044 (Scheule, Roesch: Deep Credit Risk, Jeffreys prior test)."""
    low, high = jeffreys_p_values(0.0367, 2, 6)
    assert low is not None and high is not None
    assert round(low, 4) == 0.0044
    assert low + high == pytest.approx(1)


@pytest.mark.parametrize(
    ("defaults", "rows", "low", "high"),
    [(25, 200, 0.08462743, 0.176126), (10, 200, 0.02599340, 0.08687509), (60, 200, 0.23970343, 0.36603761)],
)
def test_intervals_are_those_of_the_example_output_of_rsurveillance(
    defaults: int, rows: int, low: float, high: float
) -> None:
    assert jeffreys_interval(defaults, rows) == pytest.approx([low, high], abs=1e-7)


@pytest.mark.parametrize(("pd", "defaults", "rows"), [(0.02, 5, 120), (0.3, 90, 300), (0.001, 0, 50)])
def test_the_p_value_is_the_area_of_the_beta_density_below_the_pd(
    pd: float, defaults: int, rows: int
) -> None:
    a, b = defaults + 0.5, rows - defaults + 0.5
    # With t = x², which takes away the pole at 0 of a grade without a default.
    area = quad(
        lambda x: 2 * np.exp((2 * a - 1) * np.log(x) + (b - 1) * np.log1p(-x * x) - betaln(a, b)), 0, pd**0.5
    )
    assert jeffreys_p_values(pd, defaults, rows)[0] == pytest.approx(area[0], abs=1e-8)


def test_ends_without_a_default_or_a_survivor_and_no_rows() -> None:
    assert jeffreys_interval(0, 40)[0] == 0.0 and jeffreys_interval(40, 40)[1] == 1.0
    assert jeffreys_interval(0, 0) == [0.0, 1.0]
    assert jeffreys_p_values(0.1, 0, 0) == (None, None)


def test_holm_of_a_worked_example() -> None:
    """Four p-values times 4, 3, 2, 1 in ascending order, never falling."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


def test_a_grade_is_named_only_where_all_grades_together_could_not_be_chance() -> None:
    one = jeffreys_p_values(0.05, 12, 120)
    assert one[0] is not None and 0.01 < one[0] < 0.05
    fine = [jeffreys_p_values(0.1, 10, 100)] * 6
    assert verdicts([one]) == ["PD too low"]
    assert verdicts([one, *fine]) == ["in line"] * 7
    assert verdicts([jeffreys_p_values(0.5, 2, 100), (None, None)]) == [
        "PD looks too high",
        "too little data",
    ]
