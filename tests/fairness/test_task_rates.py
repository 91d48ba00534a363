"""Slices of a regression and of several classes, with verdicts as for two classes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score

from finxfer.fairness import Classes, Numbers, task_slice_report


def _numbers(rows: int, seed: int, shift: float = 0.0) -> tuple[Numbers, pd.DataFrame]:
    draw = np.random.default_rng(seed)
    sex = draw.choice(["f", "m"], rows, p=[0.4, 0.6])
    y = draw.normal(20_000, 6000, rows)
    p = y + draw.normal(0, 3000, rows) - shift * (sex == "f")
    return Numbers(y, p), pd.DataFrame({"sex": sex, "age": draw.choice(["young", "old"], rows)})


def test_figures_are_those_of_the_rows_and_a_bias_is_a_gap() -> None:
    measured, slices = _numbers(3000, 0, shift=2000)
    report = task_slice_report("regression", measured, slices, draws=200, crossings=None)
    assert report["metrics"] == ["mean_prediction", "bias", "rmse"] and report["threshold"] is None
    sex, age = report["columns"]
    part = next(one for one in sex["slices"] if one["value"] == "f")
    inside = (slices["sex"] == "f").to_numpy()
    error = (measured.p - measured.y)[inside]
    assert part["metrics"]["bias"]["value"] == pytest.approx(error.mean())
    assert part["metrics"]["rmse"]["value"] == pytest.approx(np.sqrt((error**2).mean()))
    assert part["metrics"]["mean_prediction"]["value"] == pytest.approx(measured.p[inside].mean())
    low, high = part["metrics"]["bias"]["interval"]
    assert low < part["metrics"]["bias"]["value"] < high and part["positives"] is None
    assert (sex["verdict"], age["verdict"]) == ("gap", "no gap found")
    assert part["verdicts"]["bias"] == "gap" and "mean error" in sex["sentence"]
    assert "demographic_parity" not in sex and "screen" not in sex
    assert [one["columns"] for one in report["crossings"]] == [["sex", "age"]]


def test_few_known_targets_are_too_little_data() -> None:
    measured, slices = _numbers(300, 1)
    measured.y[20:] = np.nan
    entry = task_slice_report("regression", measured, slices[["sex"]], draws=50)["columns"][0]
    assert entry["verdict"] == "too little data"
    assert all("bias" not in one or one["metrics"]["bias"]["value"] is None for one in entry["slices"])


def test_where_all_are_treated_alike_gaps_are_rare() -> None:
    found = 0
    for seed in range(60):
        measured, slices = _numbers(500, seed)
        entry = task_slice_report("regression", measured, slices[["sex"]], draws=150, seed=seed)
        found += entry["columns"][0]["verdict"] == "gap"
    assert found <= 8  # one in twenty, and what 60 draws of it may be


def _classes(rows: int, seed: int, outcome: str = "", tilt: float = 0.0) -> tuple[Classes, pd.DataFrame]:
    draw = np.random.default_rng(seed)
    region = draw.choice(["north", "south"], rows)
    y = draw.choice(3, rows, p=[0.5, 0.3, 0.2])
    predicted = np.where(draw.random(rows) < 0.7, y, draw.choice(3, rows))
    predicted = np.where((region == "south") & (draw.random(rows) < tilt), 2, predicted)
    return Classes(y, predicted, ("low", "mid", "high"), outcome), pd.DataFrame({"region": region})


def test_classes_are_compared_by_accuracy_recall_and_the_rate_of_each() -> None:
    measured, slices = _classes(2000, 2, tilt=0.3)
    report = task_slice_report("multiclass", measured, slices, draws=150)
    assert report["metrics"] == ["accuracy", "macro_recall", "rate:low", "rate:mid", "rate:high"]
    entry = report["columns"][0]
    part = next(one for one in entry["slices"] if one["value"] == "south")
    inside = (slices["region"] == "south").to_numpy()
    expected = balanced_accuracy_score(measured.y[inside], measured.predicted[inside])
    assert part["metrics"]["macro_recall"]["value"] == pytest.approx(expected)
    assert part["metrics"]["rate:high"]["value"] == pytest.approx((measured.predicted[inside] == 2).mean())
    assert part["verdicts"]["rate:high"] == "gap" and "share predicted 'high'" in part["reason"]


def test_the_class_that_matters_is_the_analysts() -> None:
    measured, slices = _classes(800, 3, outcome="high")
    report = task_slice_report("multiclass", measured, slices, draws=80)
    assert report["metrics"] == ["accuracy", "macro_recall", "rate:high"]
    assert report["multiplicity"]["columns"]["comparisons"] == 3
