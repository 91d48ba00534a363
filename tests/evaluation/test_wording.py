from __future__ import annotations

from typing import Any

import pytest

from finxfer.evaluation import as_gini, gain_sentence, gain_verdict


def gain(value: float | None, interval: list[float] | None, metric: str = "auc") -> dict[str, Any]:
    return {"metric": metric, "over": "lightgbm", "value": value, "interval": interval}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (gain(0.02, [0.004, 0.039]), "better"),
        (gain(0.02, [-0.001, 0.039]), "no gain found"),
        (gain(0.02, [0.0, 0.039]), "no gain found"),
        (gain(-0.02, [-0.03, -0.01]), "worse"),
        (gain(-0.02, [-0.03, 0.01]), "no gain found"),
        (gain(-0.02, [-0.03, -0.01], "log_loss"), "better"),
        (gain(0.02, [0.01, 0.03], "brier"), "worse"),
        (gain(0.02, None), "not measured"),
        (gain(None, None), "not measured"),
        ({"metric": "auc", "over": None, "value": None, "interval": None}, "not measured"),
        (None, "not measured"),
    ],
)
def test_verdict_needs_the_whole_interval_on_one_side(given: dict[str, Any] | None, code: str) -> None:
    assert gain_verdict(given).code == code


def test_sentences_say_it_plainly() -> None:
    better = gain_sentence(gain(0.0214, [0.004, 0.039]), 3000)
    assert better == (
        "Better: AUC is 0.021 above LightGBM on the same 3,000 test rows (95% interval +0.004 to +0.039)."
    )
    worse = gain_sentence(gain(-0.02, [-0.03, -0.01]), 300)
    assert worse.startswith("Worse: AUC is 0.020 below LightGBM")
    none = gain_sentence(gain(0.002, [-0.01, 0.014]), 300)
    assert none.startswith("No gain found: AUC differs from that of LightGBM by +0.002")
    assert "\u22120.010 to +0.014, which includes zero" in none
    assert "not measured" in gain_sentence(None, 300)
    assert "too few rows" in gain_sentence(gain(0.01, None), 9)


def test_lower_log_loss_is_worded_as_better() -> None:
    sentence = gain_sentence(gain(-0.02, [-0.03, -0.01], "log_loss"), 300)
    assert sentence.startswith("Better: log loss is 0.020 below LightGBM")


def test_a_model_that_is_the_baseline_itself_is_named_as_that() -> None:
    gain = {"metric": "auc", "over": "from_scratch", "value": 0.0, "interval": [0.0, 0.0]}
    assert gain_verdict(gain).itself
    sentence = gain_sentence(gain, 300)
    assert sentence.startswith("No gain: ")
    assert "the model is the network from scratch itself" in sentence
    assert not gain_verdict({**gain, "interval": [-0.01, 0.01]}).itself


def test_a_gain_in_gini_is_twice_the_gain_in_auc_and_other_metrics_stay() -> None:
    doubled = as_gini(gain(0.02, [-0.01, 0.05]))
    assert doubled == {"metric": "gini", "over": "lightgbm", "value": 0.04, "interval": [-0.02, 0.1]}
    assert gain_verdict(doubled).code == gain_verdict(gain(0.02, [-0.01, 0.05])).code
    assert as_gini(gain(None, None)) == {
        "metric": "gini",
        "over": "lightgbm",
        "value": None,
        "interval": None,
    }
    loss = gain(-0.02, [-0.03, -0.01], "log_loss")
    assert as_gini(loss) == loss
    assert as_gini(None) is None
