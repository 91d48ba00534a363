"""Pairs of models on the same rows: figures by scikit-learn, intervals that are paired, one class only."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from finxfer.evaluation.pairs import PAIRED, compare_pairs


def made(rows: int = 600, seed: int = 0) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    draw = np.random.default_rng(seed)
    y = (draw.random(rows) < 0.3).astype(np.int64)
    logit = draw.normal(size=rows) + 1.6 * y - 1.4
    rated = {"good": logit, "near": logit + 0.3 * draw.normal(size=rows), "poor": draw.normal(size=rows)}
    return y, {name: 1 / (1 + np.exp(-one)) for name, one in rated.items()}


def test_figures_are_those_of_scikit_learn_and_scipy() -> None:
    y, rated = made()
    found = compare_pairs(y, rated, draws=0)
    for name, p in rated.items():
        expected = {
            "auc": roc_auc_score(y, p), "gini": 2 * roc_auc_score(y, p) - 1,
            "ks": stats.ks_2samp(p[y == 1], p[y == 0]).statistic,
            "brier": brier_score_loss(y, p), "log_loss": log_loss(y, p),
        }  # fmt: skip
        assert found["models"][name] == pytest.approx(expected)
    assert [(pair["first"], pair["second"]) for pair in found["pairs"]] == [
        ("good", "near"), ("good", "poor"), ("near", "poor"),
    ]  # fmt: skip
    assert all(pair["differences"]["gini"]["interval"] is None for pair in found["pairs"])


def test_bootstrap_and_delong_agree_and_like_models_are_told_apart_more_surely() -> None:
    y, rated = made()
    near, poor, _ = compare_pairs(y, rated, draws=400)["pairs"]
    for pair in (near, poor):
        delong = np.array(pair["delong"]["interval"]) * 2
        assert pair["differences"]["gini"]["interval"] == pytest.approx(delong, abs=0.03)
        assert pair["p_holm"] >= pair["delong"]["p_value"]
    width = [np.diff(pair["differences"]["log_loss"]["interval"])[0] for pair in (near, poor)]
    assert width[0] < 0.5 * width[1]
    assert poor["p_holm"] < 0.001 and poor["differences"]["brier"]["interval"][1] < 0


def test_one_class_leaves_what_does_not_need_both() -> None:
    y, rated = made()
    (pair,) = compare_pairs(np.zeros_like(y), {name: rated[name] for name in ("good", "poor")})["pairs"]
    assert pair["delong"]["p_value"] is None and pair["p_holm"] is None
    assert pair["differences"]["gini"] == {"value": None, "interval": None}
    assert pair["differences"]["brier"]["value"] is not None


def test_equal_scores_everywhere_are_no_difference() -> None:
    y, _ = made()
    flat = np.full(len(y), 0.3)
    (pair,) = compare_pairs(y, {"one": flat, "other": flat.copy()}, draws=50)["pairs"]
    assert pair["p_holm"] == 1.0
    assert all(pair["differences"][name]["interval"] == [0.0, 0.0] for name in PAIRED)
