"""AUCs of ratings that share their rows: the formula, how often intervals hold, and what shrinking does."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from finxfer.evaluation.placements import Placements, covariance, lead, shrunk


def rows(seed: int, count: int = 300, rate: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and a rating that knows something of them."""
    draw = np.random.default_rng(seed)
    y = (draw.random(count) < rate).astype(np.int64)
    y[:2] = 0, 1
    return y, draw.normal(size=count) + y


def whole(rating: np.ndarray, y: np.ndarray) -> Placements:
    return Placements.of(rating, y, np.zeros(len(y), dtype=np.int64))


def test_the_mean_placement_is_the_auc_within_folds_with_ties() -> None:
    y, rating = rows(0)
    rating = np.round(rating, 1)
    assert whole(rating, y).auc == pytest.approx(roc_auc_score(y, rating))
    part = np.arange(len(y)) % 4
    shifted = rating + 10 * part
    folds = [roc_auc_score(y[part == fold], rating[part == fold]) for fold in range(4)]
    positives = [y[part == fold].sum() for fold in range(4)]
    assert Placements.of(shifted, y, part).auc == pytest.approx(np.average(folds, weights=positives))


def test_a_fold_of_one_class_does_not_count_and_one_must_have_both() -> None:
    y, rating = rows(1)
    part = np.arange(len(y)) % 3
    y[part == 2] = 0
    found = Placements.of(rating, y, part)
    assert np.isnan(found.values[part == 2]).all() and 0.5 < found.auc < 1 and found.error
    with pytest.raises(ValueError, match="both classes"):
        whole(rating, np.zeros(len(y), dtype=np.int64))


def test_a_single_positive_row_has_no_error_to_tell() -> None:
    y, rating = np.array([0, 0, 0, 1]), np.array([0.1, 0.2, 0.3, 0.25])
    found = whole(rating, y)
    assert found.auc == pytest.approx(2 / 3) and found.error is None and found.interval is None
    assert lead(found, found) == {"value": 0.0, "error": None, "interval": None, "clear": False}
    assert np.diff(shrunk([found, found], [0.0, 0.1], [0.02, 0.02])) == pytest.approx([0.1])


def test_intervals_hold_about_as_often_as_they_say() -> None:
    """A normal rating one standard deviation higher for positive rows has AUC 0.760."""
    draws = [rows(seed, 200) for seed in range(300)]
    inside = [
        low < 0.7602 < high for y, rating in draws for low, high in [whole(rating, y).interval or (0, 0)]
    ]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.04)


def test_a_difference_of_like_ratings_is_surer_than_of_unlike_ones() -> None:
    y, rating = rows(2)
    draw = np.random.default_rng(3)
    like, unlike = rating + 0.1 * draw.normal(size=len(y)), draw.normal(size=len(y)) + y
    near, far = lead(whole(rating, y), whole(like, y)), lead(whole(rating, y), whole(unlike, y))
    assert near["error"] < 0.3 * far["error"]
    ratings = [whole(one, y) for one in (rating, like, unlike)]
    found = covariance(ratings)
    assert found is not None and found.shape == (3, 3) and np.allclose(found, found.T)
    assert found[0, 0] == pytest.approx((ratings[0].error or 0) ** 2)
    assert lead(whole(rating + 2 * y, y), ratings[0])["clear"]


def test_shrinking_trusts_many_rows_and_falls_back_to_what_is_expected_of_few() -> None:
    expected = [0.0, -0.02]
    gaps = []
    for count in (40, 400, 40_000):
        y, rating = rows(4, count)
        noise = np.random.default_rng(5).normal(size=count)
        worse, better = whole(rating + 1.5 * noise, y), whole(rating, y)
        assert better.auc > worse.auc + 0.03
        first, second = shrunk([worse, better], expected, [0.02, 0.02])
        gaps.append((second - first) / (better.auc - worse.auc))
    assert gaps[0] < gaps[1] < gaps[2] and gaps[2] == pytest.approx(1.0, abs=0.1)
    y, rating = rows(6, 60)
    close = shrunk([whole(rating, y), whole(rating + 0.02 * y, y)], expected, [1e-4, 1e-4])
    assert close[0] - close[1] == pytest.approx(0.02, abs=1e-3)
