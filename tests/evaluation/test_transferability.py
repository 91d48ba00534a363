"""Scores of a representation: against direct formulas, other libraries, and orders that are known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import LedoitWolf
from sklearn.linear_model import LogisticRegression

from finxfer.evaluation.placements import Placements
from finxfer.evaluation.transferability import (
    Realised,
    beside_realised,
    fit_ridge_logistic,
    kendall_tau,
    ledoit_wolf,
    linear_probe,
    log_me,
    principal,
    ranks,
    shrinkage_h_score,
)

ROWS = 240


def labels(seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).random(ROWS) < 0.3).astype(np.int64)


def representation(y: np.ndarray, strength: float, dimensions: int = 12, seed: int = 1) -> np.ndarray:
    """Noise, with the label in two of its directions."""
    x = np.random.default_rng(seed).normal(size=(len(y), dimensions))
    x[:, 0] += strength * y
    x[:, 1] -= strength * y
    return x


def folds(count: int = 4) -> np.ndarray:
    return np.arange(ROWS) % count


def probed(f: np.ndarray, y: np.ndarray) -> float:
    """AUC of the probe."""
    return Placements.of(linear_probe(f, y, folds()), y, folds()).auc


def rotation(dimensions: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(5).normal(size=(dimensions, dimensions)))[0]


def direct_evidence(f: np.ndarray, target: np.ndarray, alpha: float, beta: float) -> float:
    """Equation 2 of the LogME paper as it is written."""
    n, d = f.shape
    a = alpha * np.eye(d) + beta * f.T @ f
    m = beta * np.linalg.solve(a, f.T @ target)
    return float(
        n / 2 * np.log(beta) + d / 2 * np.log(alpha) - n / 2 * np.log(2 * np.pi)
        - beta / 2 * np.sum((f @ m - target) ** 2) - alpha / 2 * m @ m - np.linalg.slogdet(a)[1] / 2
    )  # fmt: skip


def test_log_me_is_the_greatest_evidence_that_the_formula_gives_anywhere() -> None:
    y = labels()
    f = representation(y, 1.0, 5)
    grid = np.exp(np.linspace(-4, 8, 121))
    best = [
        max(direct_evidence(f, (y == value).astype(float), a, b) for a in grid for b in grid[30:80])
        for value in (0, 1)
    ]
    found = log_me(f, y)
    assert found >= np.mean(best) / ROWS - 1e-9
    assert found == pytest.approx(np.mean(best) / ROWS, abs=1e-3)


def test_the_h_score_is_the_formula_with_the_covariances_of_scikit_learn() -> None:
    y = labels()
    f = representation(y, 1.0)
    fitted = LedoitWolf().fit(f)
    means = np.array([f[y == value].mean(axis=0) for value in y])
    between = np.cov(means, rowvar=False, bias=True)
    direct = np.trace(np.linalg.inv(fitted.covariance_) @ ((1 - fitted.shrinkage_) * between))
    assert shrinkage_h_score(f, y) == pytest.approx(direct, rel=1e-9)
    covariance, shrinkage = ledoit_wolf(f - f.mean(axis=0))
    assert shrinkage == pytest.approx(fitted.shrinkage_)
    assert np.allclose(covariance, fitted.covariance_)


@pytest.mark.parametrize("penalty", [0.5, 20.0])
def test_the_ridge_fit_is_that_of_scikit_learn(penalty: float) -> None:
    y = labels()
    x = representation(y, 2.0)
    weights, intercept = fit_ridge_logistic(x, y, penalty)
    other = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=1000).fit(x, y)
    assert np.allclose(weights, other.coef_[0], atol=1e-4)
    assert intercept == pytest.approx(other.intercept_[0], abs=1e-4)


def test_classes_that_a_line_parts_still_have_a_fit() -> None:
    y = labels()
    weights, intercept = fit_ridge_logistic(100.0 * (y[:, None] - 0.5), y, 1.0)
    assert np.isfinite(weights).all() and np.isfinite(intercept)
    assert probed(y[:, None].astype(float), y) == 1.0


def test_more_signal_scores_higher_and_none_scores_nothing() -> None:
    y = labels()
    strong, weak, none = (representation(y, strength) for strength in (2.0, 0.7, 0.0))
    for score in (log_me, shrinkage_h_score, probed):
        assert score(strong, y) > score(weak, y) > score(none, y)
    assert probed(none, y) == pytest.approx(0.5, abs=0.1)
    assert shrinkage_h_score(none, y) < 0.1


def test_a_probe_of_noise_does_not_learn_its_rows_by_heart() -> None:
    draw = np.random.default_rng(2)
    found = [probed(draw.normal(size=(ROWS, 2 * ROWS)), labels(seed)) for seed in range(6)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.1)


def test_scale_shift_and_rotation_change_nothing_that_they_should_not() -> None:
    y = labels()
    f = representation(y, 1.0)
    turned = 7.0 * f @ rotation(f.shape[1])
    assert log_me(turned, y) == pytest.approx(log_me(f, y), rel=1e-5)
    for moved in (turned, turned + 3.0):
        assert shrinkage_h_score(moved, y) == pytest.approx(shrinkage_h_score(f, y), rel=1e-6)
        assert linear_probe(moved, y, folds()) == pytest.approx(linear_probe(f, y, folds()), abs=1e-6)


def test_which_class_is_called_positive_does_not_matter() -> None:
    y = labels()
    f = representation(y, 1.0)
    assert log_me(f, 1 - y) == pytest.approx(log_me(f, y))
    assert shrinkage_h_score(f, 1 - y) == pytest.approx(shrinkage_h_score(f, y))
    assert linear_probe(f, 1 - y, folds()) == pytest.approx(-linear_probe(f, y, folds()), abs=1e-6)


def test_constant_and_repeated_columns_are_no_trouble() -> None:
    y = labels()
    f = representation(y, 1.0)
    padded = np.column_stack([f, f[:, :3], np.full(ROWS, 2.5)])
    assert np.isfinite([log_me(padded, y), shrinkage_h_score(padded, y)]).all()
    assert probed(padded, y) > 0.6
    assert probed(np.ones((ROWS, 4)), y) == 0.5
    assert principal(padded).shape == (ROWS, 12)


def test_a_probe_needs_both_classes_to_learn_from() -> None:
    with pytest.raises(ValueError, match="lack a class"):
        linear_probe(np.ones((4, 1)), np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]))


def test_kendall_tau_by_hand() -> None:
    assert kendall_tau([1, 2, 3, 4], [10, 20, 30, 40]) == 1.0
    assert kendall_tau([1, 2, 3], [3, 2, 1]) == -1.0
    assert kendall_tau([1, 2, 3, 4], [1, 3, 2, 4]) == pytest.approx(4 / 6)
    # One tie in the first: five of six pairs count there, six in the second.
    assert kendall_tau([1, 1, 2, 3], [1, 2, 3, 4]) == pytest.approx(5 / np.sqrt(5 * 6))
    assert kendall_tau([1, 1], [1, 2]) is None


def test_equal_scores_share_the_better_rank() -> None:
    assert ranks({"a": 0.7, "b": 0.8, "c": 0.7}) == {"a": 2, "b": 1, "c": 2}


def test_the_foretold_ranking_stands_beside_the_realised_and_a_fixed_one() -> None:
    entries = [
        {"id": name, "name": name.title(), "parameters": size, "score": auc, "log_me": -size, "h_score": size}
        for name, size, auc in (
            ("small", 10, 0.75),
            ("middle", 20, 0.80),
            ("large", 30, 0.70),
            ("none", 40, None),
        )
    ]
    came = {"small": [0.74, 0.76], "middle": [0.76], "large": [0.70], "none": [0.9], "gone": [0.9]}
    runs = {name: [Realised(auc, (auc - 0.02, auc + 0.02)) for auc in aucs] for name, aucs in came.items()}
    found = beside_realised(entries, runs)
    assert found is not None and found["runs"] == 4
    assert [row["id"] for row in found["backbones"]] == ["middle", "small", "large"]
    assert [row["foretold_rank"] for row in found["backbones"]] == [1, 2, 3]
    assert [row["fixed_rank"] for row in found["backbones"]] == [2, 3, 1]
    assert found["backbones"][1]["realised"] == pytest.approx(0.75)
    assert found["backbones"][1]["interval"] == pytest.approx((0.73, 0.77))
    assert (found["first"], found["first_fixed"], found["apart"]) == ("Middle", "Large", False)
    assert found["tau_log_me"] == pytest.approx(1 / 3) and found["tau_h_score"] == pytest.approx(-1 / 3)
    assert found["tau"] == 1.0 and found["tau_fixed"] == pytest.approx(-1 / 3)
    assert found["behind"] == 0.0 and found["behind_fixed"] == pytest.approx(0.06)
    runs["middle"] = [Realised(0.78, (0.76, 0.8))]
    assert (beside_realised(entries, runs) or {})["apart"]
    unknown = beside_realised(entries, {**runs, "middle": [Realised(0.78)]})
    assert unknown is not None and not unknown["apart"] and unknown["backbones"][0]["interval"] is None
    assert beside_realised(entries, {"small": runs["small"], "none": runs["none"]}) is None
