"""Metrics of a choice among several classes, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from finxfer.evaluation import evaluate_task
from finxfer.evaluation.multiclass import (
    WeightedClasses,
    as_class_probabilities,
    as_codes,
    class_counts,
    multiclass_metrics,
)

NAMES = ("low", "middle", "high", "top")


def _sample(rows: int, seed: int, strength: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    y = draw.choice(4, rows, p=[0.4, 0.3, 0.2, 0.1])
    raw = draw.normal(size=(rows, 4)) + strength * np.eye(4)[y]
    p = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    return y.astype(np.int16), p


def test_metrics_are_those_of_scikit_learn() -> None:
    y, p = _sample(600, 0)
    found, top = multiclass_metrics(y, p, NAMES), p.argmax(axis=1)
    assert found["auc"] == pytest.approx(reference.roc_auc_score(y, p, multi_class="ovr", average="macro"))
    assert found["average_precision"] == pytest.approx(reference.average_precision_score(np.eye(4)[y], p))
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(y, top))
    assert found["balanced_accuracy"] == pytest.approx(reference.balanced_accuracy_score(y, top))
    assert found["macro_f1"] == pytest.approx(reference.f1_score(y, top, average="macro"))
    assert found["log_loss"] == pytest.approx(reference.log_loss(y, p))
    assert found["brier"] == pytest.approx(((p - np.eye(4)[y]) ** 2).sum(axis=1).mean())
    recall = reference.recall_score(y, top, average=None)
    precision = reference.precision_score(y, top, average=None)
    for code, name in enumerate(NAMES):
        one = found["per_class"][name]
        assert one["recall"] == pytest.approx(recall[code])
        assert one["precision"] == pytest.approx(precision[code])
        assert one["auc"] == pytest.approx(reference.roc_auc_score(y == code, p[:, code]))
        assert one["rows"] == (y == code).sum()


def test_a_class_that_does_not_occur_is_left_out_of_the_means() -> None:
    y, p = _sample(300, 1)
    p, y = p[y < 3], y[y < 3]
    found = multiclass_metrics(y, p, NAMES)
    assert found["per_class"]["top"]["auc"] is None and found["per_class"]["top"]["recall"] is None
    assert found["balanced_accuracy"] == pytest.approx(
        np.mean([found["per_class"][name]["recall"] for name in NAMES[:3]])
    )
    only = multiclass_metrics(np.zeros(4), p[:4], NAMES)
    assert only["auc"] is None and only["log_loss"] is not None
    assert multiclass_metrics(np.full(3, -1), p[:3])["accuracy"] is None


def test_a_resample_by_counts_is_the_resample_itself() -> None:
    y, p = _sample(120, 2)
    counts = next(class_counts(y.astype(np.int64), 3, 5))
    found = WeightedClasses(y.astype(np.int64), p)(counts)
    for draw, weights in enumerate(counts):
        rows = np.repeat(np.arange(120), weights.astype(int))
        assert (np.bincount(y[rows]) == np.bincount(y)).all()
        expected = multiclass_metrics(y[rows], p[rows])
        for name in ("auc", "average_precision", "macro_f1", "log_loss", "brier", "accuracy"):
            assert found[name][draw] == pytest.approx(expected[name]), name
        assert found["recall:3"][draw] == pytest.approx(expected["per_class"]["3"]["recall"])


def test_an_evaluation_has_intervals_confusions_and_the_gain() -> None:
    y, p = _sample(500, 3)
    models = {"model": p, "lightgbm": _sample(500, 3, strength=0.5)[1]}
    result = evaluate_task(
        "multiclass",
        y,
        models,
        y_validation=y,
        validation_predictions=models,
        draws=60,
        seed=1,
        classes=NAMES,
    )
    low, high = result.metrics["intervals"]["model"]["auc"]
    assert low < result.metrics["model"]["auc"] < high
    low, high = result.metrics["intervals"]["model"]["per_class"]["top"]["recall"]
    assert low < result.metrics["model"]["per_class"]["top"]["recall"] <= high
    assert result.metrics["gain"]["metric"] == "auc" and result.metrics["gain"]["value"] > 0
    confusion = np.array(result.curves["model"]["confusion"])
    assert (confusion == reference.confusion_matrix(y, p.argmax(axis=1))).all()
    assert all(one is not None for one in result.curves["model"]["roc"])


def test_what_is_no_class_or_no_probability_is_refused() -> None:
    with pytest.raises(ValueError, match="below 3"):
        as_codes([0, 3], 3)
    assert as_codes([0.0, np.nan, -1], 3).tolist() == [0, -1, -1]
    for wrong in (np.ones((2, 3)), np.ones(2), np.array([[0.5, np.nan]])):
        with pytest.raises(ValueError, match="probabilities"):
            as_class_probabilities(wrong, 2)


def test_a_model_that_always_says_one_class_has_an_interval_of_its_accuracy_and_recall() -> None:
    y = np.repeat([0, 1, 2], [60, 30, 10])
    p = np.tile([0.5, 0.3, 0.2], (100, 1))
    found = evaluate_task(
        "multiclass", y, {"model": p}, y_validation=y, validation_predictions={"model": p}, draws=50,
        classes=("a", "b", "c"),
    ).metrics["intervals"]["model"]  # fmt: skip
    assert found["accuracy"] == pytest.approx([0.5020, 0.6906], abs=1e-3)  # Wilson (1927), 60 of 100
    assert found["per_class"]["a"]["recall"][0] < 0.95 and found["per_class"]["c"]["recall"][1] > 0.2
