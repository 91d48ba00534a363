"""What a treatment of class imbalance is said to have brought and cost."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, log_loss

from finxfer.evaluation.imbalance_report import has_effect, imbalance_report, imbalance_sentences, verdict
from finxfer.evaluation.recalibration import shifted


def made() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    draw = np.random.default_rng(0)
    p = 1 / (1 + np.exp(-(draw.normal(size=2000) - 2.5)))
    y = (draw.random(2000) < p).astype(np.int64)
    return y, {"untreated": p, "before": shifted(p, 2.5), "after": p}


def test_the_cost_shows_before_the_correction_and_is_gone_after_it() -> None:
    y, p = made()
    found = imbalance_report(y, p, 200, 0)
    assert found["before"]["metrics"]["log_loss"] == pytest.approx(log_loss(y, p["before"]))
    assert found["after"]["metrics"]["average_precision"] == pytest.approx(
        average_precision_score(y, p["after"])
    )
    assert verdict("log_loss", found["before"]["differences"]["log_loss"]) == "worse"
    assert found["after"]["differences"]["log_loss"] == {"value": 0.0, "interval": [0.0, 0.0]}
    said = " ".join(imbalance_sentences({"treatment": "weights", "number": 1.0, "figures": found}))
    assert "Class weights brought no gain in ranking" in said and "no clear difference" in said


def test_better_and_worse_go_by_the_metric() -> None:
    assert verdict("log_loss", {"value": -0.1, "interval": [-0.2, -0.05]}) == "better"
    assert verdict("auc", {"value": -0.1, "interval": [-0.2, -0.05]}) == "worse"
    assert verdict("auc", {"value": 0.1, "interval": [-0.2, 0.5]}) == ""
    assert verdict("auc", {"value": None, "interval": None}) == ""


def test_a_learner_without_the_treatment_is_said_to_have_none() -> None:
    y, p = made()
    found = imbalance_report(y, dict.fromkeys(p, p["after"]), 50, 0)
    assert not has_effect(found) and has_effect(imbalance_report(y, p, 50, 0))
    said = imbalance_sentences({"treatment": "focal", "number": 2.0, "figures": found})
    assert said == ["The focal loss changed nothing: this model answers the same without it."]
