from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import roc_auc_score

from finxfer.evaluation.calibration_wording import calibration_notes
from finxfer.evaluation.grades import build_scale, herfindahl
from finxfer.evaluation.metrics import FloatArray, IntArray, ranking_metrics
from finxfer.evaluation.pd_report import grade_report
from finxfer.evaluation.recalibration import prior_shift, shifted


def made(rows: int = 3000, seed: int = 0) -> tuple[IntArray, FloatArray]:
    draw = np.random.default_rng(seed)
    p = draw.beta(2, 6, rows)
    return (draw.random(rows) < p).astype(np.int64), p


@pytest.mark.parametrize("method", ["count", "optimum"])
@pytest.mark.parametrize("seed", range(4))
def test_default_rates_ascend_strictly_and_no_row_is_lost(method: str, seed: int) -> None:
    y, p = made(700, seed)
    scale = build_scale(y, p, method, 12)
    assert (np.diff(scale.pooled) > 0).all() and (np.diff(scale.pd) > 0).all()
    assert 1 < len(scale) <= 12
    assert scale.rows.sum() == 700 and scale.defaults.sum() == y.sum()
    assert np.bincount(scale.of(p), minlength=len(scale)).tolist() == scale.rows.tolist()


def test_equal_numbers_where_nothing_is_merged() -> None:
    y, p = made(7000)
    scale = build_scale(y, p, "count", 7)
    assert len(scale) == 7 and np.ptp(scale.rows) <= 1


def test_merged_grades_have_the_rates_of_scikit_learns_isotonic_regression() -> None:
    y = np.array([0, 1, 0, 0, 1, 1, 0, 1])
    p = np.arange(1, 9) / 10
    scale = build_scale(y, p, "count", 8)
    expected = np.unique(IsotonicRegression().fit_transform(p, y))
    assert scale.pooled == pytest.approx(expected)


def test_the_optimum_is_the_best_of_all_cuts() -> None:
    """By trying every pair of cuts on a few distinct scores, with the same penalty and least share."""
    draw = np.random.default_rng(3)
    p = draw.integers(1, 9, 400) / 10
    y = (draw.random(400) < np.where(p < 0.35, 0.1, np.where(p < 0.65, 0.3, 0.7))).astype(np.int64)

    def likelihood(edges: list[float]) -> float:
        number = np.searchsorted(edges, p, side="right")
        total = -0.5 * np.log(400) * len(edges)
        for one in np.unique(number):
            rate = y[number == one].mean()
            rows, bad = (number == one).sum(), y[number == one].sum()
            total += (bad * np.log(rate) if bad else 0) + (
                (rows - bad) * np.log(1 - rate) if bad < rows else 0
            )
        return float(total)

    cuts = np.arange(1.5, 8.5) / 10
    tried = [[]] + [[a] for a in cuts] + [[a, b] for a in cuts for b in cuts if a < b]
    best = max(tried, key=likelihood)
    assert build_scale(y, p, "optimum", 3).edges == pytest.approx(best)


@pytest.mark.parametrize("method", ["count", "optimum"])
def test_equal_scores_and_useless_ones_are_one_grade(method: str) -> None:
    y, _ = made(200)
    assert len(build_scale(y, np.full(200, 0.2), method, 7)) == 1
    falling = np.linspace(0.9, 0.1, 200)
    assert len(build_scale(np.sort(y), falling, method, 7)) == 1


def test_the_report_counts_test_rows_and_moves_pds_to_a_base_rate() -> None:
    choosing, test = made(2000), made(1000, 1)
    found = grade_report(choosing, test, "count", 5, 0.05)
    table = found["table"]
    assert sum(entry["rows"] for entry in table) == 1000
    assert sum(entry["defaults"] for entry in table) == test[0].sum()
    assert sum(entry["share"] for entry in table) == pytest.approx(1)
    first = table[0]
    there = shifted(np.array([first["pd"]]), prior_shift(float(choosing[0].mean()), 0.05))
    assert first["pd_at_base_rate"] == pytest.approx(there[0]) and there[0] < first["pd"]
    grade = build_scale(*choosing, "count", 5).of(test[1])
    assert found["gini"] == pytest.approx(2 * roc_auc_score(test[0], grade) - 1)
    assert found["ks"] == pytest.approx(ranking_metrics(test[0], grade / 10)["ks"])
    assert found["herfindahl"] == pytest.approx(sum(entry["share"] ** 2 for entry in table))


def test_a_grade_without_defaults_or_without_customers_and_one_class_in_test() -> None:
    choosing = made(1000)
    good = grade_report(choosing, (np.zeros(50, dtype=np.int64), np.full(50, 0.01)), "count", 5, None)
    first, *others = good["table"]
    assert first["defaults"] == 0 and first["interval"][0] == 0.0
    assert {entry["verdict"] for entry in others} == {"too little data"}
    assert good["gini"] is None and good["portfolio"]["observed"] == 0.0
    nobody = grade_report(choosing, (np.zeros(0, dtype=np.int64), np.zeros(0)), "count", 5, None)
    assert nobody["portfolio"] is None and nobody["table"][0]["share"] is None


def test_what_weighting_did_and_what_a_base_rate_means_is_said() -> None:
    prior = {
        "sample_rate": 0.3,
        "class_weighting": "balanced",
        "smote": 0.0,
        "shifts_rate": True,
        "logit_shift": -0.8471,
        "base_rate": 0.02,
        "base_rate_shift": prior_shift(0.3, 0.02),
    }
    grades = grade_report(made(), made(300, 1), "count", 3, 0.02)
    content: dict[str, Any] = {"grades": grades, "prior": prior, "recalibration": "none"}
    content |= {"rows": {"choosing": 3000, "test": 300}, "measured": True, "chosen_on": "validation"}
    said = " ".join(calibration_notes(content))
    assert "(class weights). Its log-odds were moved by -0.847" in said
    assert "default rate of 2.0% in place of 30.0% the log-odds move by -3.045" in said
    plain = calibration_notes(content | {"prior": prior | {"shifts_rate": False, "base_rate": None}})
    assert not any("log-odds" in note for note in plain)


def test_herfindahl_of_equal_and_of_one() -> None:
    assert herfindahl(np.full(4, 0.25)) == 0.25 and herfindahl(np.array([1.0, 0.0])) == 1.0
