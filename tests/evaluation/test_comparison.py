from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from finxfer.evaluation import METRICS, Evaluation, best_baseline, choose_threshold, evaluate, gain_verdict

NAMES = ("model", "logistic_regression", "lightgbm", "from_scratch")


def scores(y: np.ndarray, strengths: tuple[float, ...], seed: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    shared = generator.normal(size=len(y))
    return {
        name: 1 / (1 + np.exp(-(shared + generator.normal(size=len(y)) / 2 + strength * y - 1)))
        for name, strength in zip(NAMES, strengths, strict=True)
    }


def evaluated(
    strengths: tuple[float, ...] = (1.5, 0.8, 0.6, 1.0),
    validation: tuple[float, ...] = (1.5, 0.8, 1.3, 1.0),
    y: np.ndarray | None = None,
) -> Evaluation:
    generator = np.random.default_rng(0)
    truth = (generator.random(800) < 0.3).astype(int)
    y_validation = (generator.random(400) < 0.3).astype(int)
    return evaluate(
        truth if y is None else y,
        scores(truth, strengths, 1),
        y_validation=y_validation,
        validation_probabilities=scores(y_validation, validation, 2),
        draws=100,
        seed=4,
    )


def test_every_key_of_the_contract_is_there() -> None:
    found = evaluated()
    assert set(found.metrics) == {"model", "baselines", "intervals", "gain", "validation"}
    for values in (found.metrics["model"], *found.metrics["baselines"].values()):
        assert set(values) == {*METRICS, "threshold"}
        assert all(value is not None for value in values.values())
    assert list(found.metrics["baselines"]) == list(NAMES[1:])
    assert set(found.metrics["intervals"]["baselines"]) == set(NAMES[1:])
    assert set(found.curves) == set(NAMES)
    assert json.loads(json.dumps([found.metrics, found.comparison, found.curves], allow_nan=False))


def test_gain_is_over_the_baseline_that_was_best_on_validation_not_on_test() -> None:
    found = evaluated()
    metrics = found.metrics
    assert metrics["baselines"]["from_scratch"]["auc"] > metrics["baselines"]["lightgbm"]["auc"]
    gain = metrics["gain"]
    assert gain["over"] == found.comparison["best_baseline"] == "lightgbm"
    assert found.comparison["chosen_on"] == "validation"
    assert gain["value"] == pytest.approx(metrics["model"]["auc"] - metrics["baselines"]["lightgbm"]["auc"])
    assert gain["interval"][0] < gain["value"] < gain["interval"][1]
    assert gain_verdict(gain).code == "better"


def test_gain_interval_is_paired() -> None:
    """The scores share most of their noise, so the difference is surer than either value."""
    found = evaluated(strengths=(1.0, 0.8, 0.9, 0.7))
    width = {name: np.diff(found.metrics["intervals"]["baselines"][name]["auc"])[0] for name in ("lightgbm",)}
    gain = next(
        d for d in found.comparison["differences"] if d["over"] == "lightgbm" and d["metric"] == "auc"
    )
    assert np.diff(gain["interval"])[0] < 0.8 * width["lightgbm"]


def test_thresholds_come_from_validation_rows_alone() -> None:
    found, other = evaluated(), evaluated(strengths=(0.1, 0.2, 0.3, 0.4))
    assert found.thresholds == other.thresholds
    generator = np.random.default_rng(0)
    generator.random(800)
    y_validation = (generator.random(400) < 0.3).astype(int)
    p = scores(y_validation, (1.5, 0.8, 1.3, 1.0), 2)["model"]
    assert (
        found.thresholds["model"] == found.metrics["model"]["threshold"] == choose_threshold(y_validation, p)
    )


def test_equal_input_gives_equal_output() -> None:
    assert evaluated() == evaluated()


def test_unlabelled_test_rows_leave_nulls_but_keep_validation_and_threshold() -> None:
    found = evaluated(y=np.full(800, -1))
    assert found.metrics["model"]["threshold"] is not None
    assert found.metrics["model"]["auc"] is found.metrics["model"]["brier"] is None
    assert found.metrics["gain"] == {"metric": "auc", "over": "lightgbm", "value": None, "interval": None}
    assert found.metrics["validation"]["model"]["auc"] > 0.5
    assert set(found.metrics["intervals"]["model"].values()) == {None}
    json.dumps([found.metrics, found.comparison, found.curves], allow_nan=False)


def test_one_class_in_the_test_rows() -> None:
    found = evaluated(y=np.zeros(800))
    assert found.metrics["model"]["auc"] is None
    assert found.metrics["model"]["log_loss"] > 0
    assert found.metrics["gain"]["value"] is None
    log_loss = next(d for d in found.comparison["differences"] if d["metric"] == "log_loss")
    assert log_loss["value"] is not None
    assert log_loss["interval"] is None


def test_partly_labelled_test_rows_count_only_where_known() -> None:
    generator = np.random.default_rng(0)
    truth = (generator.random(800) < 0.3).astype(float)
    partly = truth.copy()
    partly[::2] = np.nan
    found = evaluated(y=partly)
    p = scores(truth.astype(int), (1.5, 0.8, 0.6, 1.0), 1)["model"]
    assert found.metrics["model"]["auc"] == pytest.approx(roc_auc_score(truth[1::2], p[1::2]))


def test_model_alone_has_no_gain() -> None:
    y = np.array([0, 1] * 20)
    p = np.linspace(0.1, 0.9, 40)
    found = evaluate(y, {"model": p}, y_validation=y, validation_probabilities={"model": p}, draws=20)
    assert found.metrics["gain"] == {"metric": "auc", "over": None, "value": None, "interval": None}
    assert found.metrics["baselines"] == {}


def test_best_baseline_by_auc_then_log_loss() -> None:
    assert best_baseline({"model": {"auc": 0.9}, "a": {"auc": 0.7}, "b": {"auc": 0.8}}) == "b"
    tie = {"a": {"auc": 0.7, "log_loss": 0.5}, "b": {"auc": 0.7, "log_loss": 0.4}}
    assert best_baseline(tie) == "b"
    assert best_baseline({"a": {"auc": None, "log_loss": 0.2}, "b": {"auc": None, "log_loss": 0.3}}) == "a"
    assert best_baseline({"model": {"auc": 0.9}}) is None


def test_refuses_unequal_models() -> None:
    y, p = np.array([0, 1]), np.array([0.1, 0.9])
    with pytest.raises(ValueError, match="same models"):
        evaluate(y, {"model": p}, y_validation=y, validation_probabilities={"model": p, "lightgbm": p})
    with pytest.raises(ValueError, match="same models"):
        evaluate(y, {"lightgbm": p}, y_validation=y, validation_probabilities={"lightgbm": p})
