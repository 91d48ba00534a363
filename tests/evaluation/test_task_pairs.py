"""Pairs of models of a regression or of several classes, and such models period by period."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, mean_squared_error, roc_auc_score

from finxfer.evaluation.task_pairs import compare_of_task
from finxfer.evaluation.task_stability import by_period_of_task
from finxfer.records.spec import MULTICLASS, REGRESSION

ROWS = 400


def amounts(noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    y = draw.gamma(2, 500, ROWS)
    return y, y + np.random.default_rng([seed, int(noise)]).normal(0, noise, ROWS)


def classes(sharpness: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    y = np.random.default_rng(seed).integers(0, 3, ROWS)
    logits = np.random.default_rng([seed, int(10 * sharpness)]).normal(size=(ROWS, 3))
    raised = np.exp(logits + sharpness * np.eye(3)[y])
    return y, raised / raised.sum(axis=1, keepdims=True)


def test_a_smaller_error_is_below_zero_for_the_first_and_its_interval_excludes_zero() -> None:
    y, close = amounts(100)
    _, far = amounts(300)
    found = compare_of_task(REGRESSION, y, {"close": close, "far": far}, draws=200)
    (pair,) = found["pairs"]
    rmse = [mean_squared_error(y, p) ** 0.5 for p in (close, far)]
    assert pair["differences"]["rmse"]["value"] == pytest.approx(rmse[0] - rmse[1])
    assert pair["differences"]["rmse"]["interval"][1] < 0 < pair["differences"]["r2"]["interval"][0]
    assert pair["delong"]["p_value"] is None and pair["p_holm"] is None
    assert "bias" not in pair["differences"], "neither sign of it is better"


def test_classes_are_compared_by_macro_auc_and_a_model_with_itself_is_no_difference() -> None:
    y, sharp = classes(2.0)
    _, dull = classes(0.3)
    found = compare_of_task(MULTICLASS, y, {"sharp": sharp, "dull": dull, "again": sharp}, draws=100)
    auc = [roc_auc_score(y, p, multi_class="ovr") for p in (sharp, dull)]
    first, same, _ = found["pairs"]
    assert first["differences"]["auc"]["value"] == pytest.approx(auc[0] - auc[1])
    assert first["differences"]["auc"]["interval"][0] > 0
    assert same["differences"]["auc"] == {"value": 0.0, "interval": [0.0, 0.0]}


def test_without_draws_there_is_no_interval() -> None:
    y, p = amounts(100)
    found = compare_of_task(REGRESSION, y, {"a": p, "b": p}, draws=0)
    assert found["pairs"][0]["differences"]["rmse"] == {"value": 0.0, "interval": None}


def test_periods_have_the_figure_of_their_own_rows_and_small_ones_a_reason() -> None:
    y, p = amounts(100)
    codes = np.where(np.arange(ROWS) < 20, 0, np.where(np.arange(ROWS) < 200, 1, 2))
    few, one, two = by_period_of_task(
        REGRESSION, y, {"model": p, "baseline": p + 500}, codes, ("2024", "2025", "2026"), 100, 0
    )
    assert few["model"] is None and "20 rows" in few["reason"]
    for entry, inside in ((one, codes == 1), (two, codes == 2)):
        assert entry["model"]["rmse"] == pytest.approx(mean_squared_error(y[inside], p[inside]) ** 0.5)
        assert entry["mean_actual"] == pytest.approx(y[inside].mean())
        low, high = entry["model"]["rmse_interval"]
        assert low < entry["model"]["rmse"] < high
        assert entry["difference"]["interval"][1] < 0, "the baseline errs by 500 more"


def test_periods_of_classes_have_the_accuracy() -> None:
    y, p = classes(2.0)
    codes = (np.arange(ROWS) >= 150).astype(np.int64)
    found = by_period_of_task(MULTICLASS, y, {"model": p}, codes, ("a", "b"), 50, 0)
    for code, entry in enumerate(found):
        inside = codes == code
        assert entry["model"]["accuracy"] == pytest.approx(
            accuracy_score(y[inside], p[inside].argmax(axis=1))
        )
        assert entry["baseline"] is None and entry["difference"] is None
