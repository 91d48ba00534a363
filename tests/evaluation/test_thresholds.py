from __future__ import annotations

import numpy as np
import pytest

from finxfer.evaluation import choose_threshold


def youden(y: np.ndarray, p: np.ndarray, threshold: float) -> float:
    return (p[y == 1] >= threshold).mean() - (p[y == 0] >= threshold).mean()


@pytest.mark.parametrize("decimals", [1, 2, 8])
def test_no_other_threshold_has_a_larger_youden_j(decimals: int) -> None:
    generator = np.random.default_rng(decimals)
    y = (generator.random(400) < 0.1).astype(int)
    p = generator.beta(1 + y, 6).round(decimals)
    chosen = choose_threshold(y, p)
    best = max(youden(y, p, t) for t in np.r_[np.unique(p), 1.1])
    assert youden(y, p, chosen) == pytest.approx(best, abs=1e-12)
    assert chosen not in set(p.tolist())


def test_lies_half_way_between_the_classes() -> None:
    assert choose_threshold([0, 0, 1, 1], [0.1, 0.2, 0.6, 0.9]) == pytest.approx(0.4)


def test_of_equally_good_thresholds_the_highest_is_taken() -> None:
    # J is 1/2 from 0.2 on (all positives, half of the negatives) and from 0.7 on (half of the positives).
    assert choose_threshold([0, 1, 0, 1], [0.1, 0.3, 0.6, 0.8]) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("y", "p"),
    [([1, 1], [0.2, 0.4]), ([0, 0], [0.2, 0.4]), ([0, 1], [0.3, 0.3]), ([], []), ([-1, 1], [0.1, 0.9])],
)
def test_without_information_one_half(y: list[int], p: list[float]) -> None:
    assert choose_threshold(y, p) == 0.5


def test_scores_that_touch_in_floating_point_are_still_told_apart() -> None:
    low = 0.3
    high = float(np.nextafter(low, 1))
    chosen = choose_threshold([0, 1], [low, high])
    assert (low >= chosen, high >= chosen) == (False, True)
