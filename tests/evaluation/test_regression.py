"""Errors of a predicted number, against scikit-learn and scipy, and their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as reference

from finxfer.evaluation import evaluate_task
from finxfer.evaluation.conformal import conformal_interval, coverage, fit_conformal
from finxfer.evaluation.regression import WeightedErrors, bootstrap_errors, plain_counts, regression_metrics


def _sample(rows: int, seed: int, noise: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    truth = np.exp(draw.normal(size=rows)).round(2) * 1000
    return truth, truth * np.exp(noise * draw.normal(0, 0.4, rows)) + 50


def test_metrics_are_those_of_scikit_learn_and_scipy() -> None:
    y, p = _sample(501, 0)
    found = regression_metrics(y, p)
    assert found["rmse"] == pytest.approx(reference.root_mean_squared_error(y, p))
    assert found["mae"] == pytest.approx(reference.mean_absolute_error(y, p))
    assert found["r2"] == pytest.approx(reference.r2_score(y, p))
    assert found["median_absolute_error"] == pytest.approx(reference.median_absolute_error(y, p))
    assert found["spearman"] == pytest.approx(stats.spearmanr(y, p).statistic)
    assert found["bias"] == pytest.approx((p - y).mean())


def test_rows_without_a_target_are_left_out_and_a_constant_has_no_rank() -> None:
    y, p = _sample(50, 1)
    y[:10] = np.nan
    assert regression_metrics(y, p) == regression_metrics(y[10:], p[10:])
    flat = regression_metrics(y, np.full(50, 3.0))
    assert flat["spearman"] is None and flat["rmse"] is not None
    assert regression_metrics(np.full(3, 2.0), np.ones(3))["r2"] is None
    assert set(regression_metrics(np.full(3, np.nan), np.ones(3)).values()) == {None}


def test_a_resample_by_counts_is_the_resample_itself() -> None:
    y, p = _sample(80, 2)
    y[:30] = y[0]  # ties
    counts = next(plain_counts(80, 3, 5))
    found = WeightedErrors(y, p)(counts)
    for draw, weights in enumerate(counts):
        rows = np.repeat(np.arange(80), weights.astype(int))
        expected = regression_metrics(y[rows], p[rows])
        for name, value in expected.items():
            assert found[name][draw] == pytest.approx(value), name


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    truth = float(np.sqrt(1.0))
    inside = 0
    for seed in range(120):
        draw = np.random.default_rng(seed)
        y = draw.normal(size=300)
        drawn = bootstrap_errors(y, {"model": np.zeros(300)}, 200, seed)["model"]["rmse"]
        low, high = np.quantile(drawn, [0.025, 0.975])
        inside += low <= truth <= high
    assert 0.88 <= inside / 120 <= 1.0


def test_the_gain_is_how_far_the_error_is_below_the_baseline_that_validated_best() -> None:
    y, p = _sample(600, 3)
    worse, worst = _sample(600, 3, noise=2.0)[1], np.full(600, y.mean())
    models = {"model": p, "lightgbm": worse, "logistic_regression": worst}
    # On validation rows the constant is the better of the two baselines.
    validation = {"model": p, "lightgbm": worst * 50, "logistic_regression": worst}
    result = evaluate_task(
        "regression", y, models, y_validation=y, validation_predictions=validation, draws=100, seed=1
    )
    gain = result.metrics["gain"]
    assert (gain["metric"], gain["over"]) == ("rmse", "logistic_regression")
    ours, theirs = result.metrics["model"]["rmse"], result.metrics["baselines"]["logistic_regression"]["rmse"]
    assert gain["value"] == pytest.approx(theirs - ours) and gain["value"] > 0
    assert gain["interval"][0] < gain["value"] < gain["interval"][1]
    assert result.thresholds == {} and not result.comparison["delong"]
    tenths = result.curves["model"]["tenths"]
    assert sum(one["rows"] for one in tenths) == 600 and len(tenths) == 10
    assert (
        sum(map(sum, result.curves["model"]["grid"]["counts"])) + result.curves["model"]["grid"]["outside"]
        == 600
    )


def test_a_model_that_is_the_baseline_has_no_difference_in_any_draw() -> None:
    y, p = _sample(200, 4)
    same = {"model": p, "lightgbm": p}
    result = evaluate_task("regression", y, same, y_validation=y, validation_predictions=same, draws=50)
    assert result.metrics["gain"]["value"] == 0 and result.metrics["gain"]["interval"] == [0, 0]


def test_conformal_intervals_cover_new_rows_and_widen_with_the_prediction() -> None:
    held = []
    for seed in range(40):
        y, p = _sample(400, seed)
        new_y, new_p = _sample(400, 1000 + seed)
        fitted = fit_conformal(y, p)
        found = coverage(fitted, new_y, new_p)
        assert found is not None and found["interval"][0] < found["value"] < found["interval"][1]
        held.append(found["value"])
    assert 0.89 <= np.mean(held) <= 0.95
    assert fitted is not None
    low, high = conformal_interval(fitted, np.array([300.0, 5000.0]))
    assert (high - low)[1] > 2 * (high - low)[0]


def test_too_few_rows_get_no_prediction_interval() -> None:
    y, p = _sample(18, 0)
    assert fit_conformal(y, p) is None and coverage(None, y, p) is None
    assert fit_conformal(*_sample(19, 0)) is not None
    assert fit_conformal(_sample(400, 0)[0], np.full(400, 7.0))["edges"] == []  # type: ignore[index]
