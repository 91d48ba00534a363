"""DeLong's test against the definition pair by pair, against scipy, and against how often it should err."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from finxfer.evaluation import evaluate
from finxfer.evaluation.delong import delong, holm, placements_of


def made(seed: int, rows: int = 120, gap: float = 0.4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    y = (draw.random(rows) < 0.35).astype(np.int64)
    common = draw.normal(size=rows)
    return y, common + (1 + gap) * y, common + 0.6 * draw.normal(size=rows) + y


def by_pairs(y: np.ndarray, first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Difference of the AUCs and its standard error from every pair of rows, as the paper defines them."""
    ups, downs = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    kernel = np.zeros((2, len(ups), len(downs)))
    for number, score in enumerate((first, second)):
        for row, up in enumerate(ups):
            for column, down in enumerate(downs):
                kernel[number, row, column] = float(score[up] > score[down]) + 0.5 * (
                    score[up] == score[down]
                )
    theta = kernel.mean(axis=(1, 2))
    ten, one = kernel.mean(axis=2), kernel.mean(axis=1)
    s10 = (ten - theta[:, None]) @ (ten - theta[:, None]).T / (len(ups) - 1)
    s01 = (one - theta[:, None]) @ (one - theta[:, None]).T / (len(downs) - 1)
    both = s10 / len(ups) + s01 / len(downs)
    contrast = np.array([1.0, -1.0])
    return float(contrast @ theta), float(np.sqrt(contrast @ both @ contrast))


@pytest.mark.parametrize("decimals", [1, 8])
def test_value_error_and_p_value_are_those_of_the_definition(decimals: int) -> None:
    y, first, second = made(0)
    first, second = first.round(decimals), second.round(decimals)
    found = placements_of(y, {"a": first, "b": second})
    got = delong(found["a"], found["b"])
    value, error = by_pairs(y, first, second)
    assert (
        got["value"]
        == pytest.approx(value)
        == pytest.approx(roc_auc_score(y, first) - roc_auc_score(y, second))
    )
    assert got["error"] == pytest.approx(error)
    assert got["z"] == pytest.approx(value / error)
    assert got["p_value"] == pytest.approx(2 * stats.norm.sf(abs(value / error)))
    assert got["interval"] == pytest.approx(
        [value - stats.norm.ppf(0.975) * error, value + stats.norm.ppf(0.975) * error]
    )
    back = delong(found["b"], found["a"])
    assert back["value"] == -got["value"] and back["p_value"] == got["p_value"]


def test_equally_good_ratings_are_called_different_one_time_in_twenty() -> None:
    wrong = []
    for seed in range(400):
        draw = np.random.default_rng(seed)
        y = (draw.random(150) < 0.3).astype(np.int64)
        common = draw.normal(size=150) + y
        found = placements_of(y, {name: common + 0.7 * draw.normal(size=150) for name in "ab"})
        wrong.append(delong(found["a"], found["b"])["p_value"] < 0.05)
    assert np.mean(wrong) == pytest.approx(0.05, abs=0.03)


def test_where_nothing_can_be_computed_it_says_nothing() -> None:
    y, first, _ = made(1)
    assert placements_of(np.zeros(9, dtype=np.int64), {"a": first[:9]}) == {}
    assert delong(None, None)["p_value"] is None
    equal = placements_of(y, {"a": first, "b": first * 2, "flat": np.full(len(y), 0.5)})
    assert delong(equal["a"], equal["b"]) == {
        "value": 0.0, "error": 0.0, "z": None, "p_value": 1.0, "interval": [0.0, 0.0],
    }  # fmt: skip
    flat = delong(equal["flat"], equal["flat"])
    assert flat["value"] == 0 and flat["p_value"] == 1
    against_flat = delong(equal["a"], equal["flat"])
    assert against_flat["value"] == pytest.approx(roc_auc_score(y, first) - 0.5)
    assert against_flat["p_value"] < 1e-6
    perfect = placements_of(y, {"right": y.astype(float), "wrong": -y.astype(float)})
    certain = delong(perfect["right"], perfect["wrong"])
    assert certain["value"] == 1 and certain["p_value"] is None and certain["interval"] is None
    single = np.array([1, 0, 0, 0])
    lone = placements_of(single, {"a": np.array([3.0, 1, 2, 4]), "b": np.array([4.0, 1, 2, 3])})
    assert delong(lone["a"], lone["b"])["value"] == pytest.approx(-1 / 3)
    assert delong(lone["a"], lone["b"])["error"] is None


def test_holm_against_a_worked_example() -> None:
    """.01, .04, .03, .005 of four tests: .02 = 4 x .005, .03 = 3 x .01, .06 = 2 x .03, and .06 again."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, None, 0.7]) == [1.0, None, 1.0]
    assert holm([]) == []


def test_a_run_compares_its_model_with_every_baseline() -> None:
    y, first, second = made(2)
    found = {name: 1 / (1 + np.exp(-score)) for name, score in (("model", first), ("lightgbm", second))}
    result = evaluate(y, found, y_validation=y, validation_probabilities=found, draws=50)
    entry = result.comparison["delong"]["lightgbm"]
    difference = next(one for one in result.comparison["differences"] if one["metric"] == "auc")
    assert entry["value"] == pytest.approx(difference["value"])
    assert entry["interval"] == pytest.approx(difference["interval"], abs=0.02)
