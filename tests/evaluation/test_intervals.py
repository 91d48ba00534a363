from __future__ import annotations

import math
import time

import numpy as np
import pytest

from finxfer.evaluation.calibration import chance_calibration_errors
from finxfer.evaluation.intervals import (
    WeightedMetrics,
    bootstrap,
    counts_of_draws,
    metric_intervals,
    percentile_interval,
    reflected_interval,
    stratified_counts,
)
from finxfer.evaluation.metrics import METRICS, binary_metrics, calibration_bin_of

THRESHOLD = 0.35


def scored(rows: int, seed: int, decimals: int = 12, strength: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    y = np.zeros(rows, dtype=np.int64)
    y[: rows * 3 // 10] = 1
    p = 1 / (1 + np.exp(-(generator.normal(size=rows) + strength * y - 1)))
    return y, p.round(decimals)


@pytest.mark.parametrize("decimals", [12, 1])
def test_a_draw_is_measured_as_if_its_rows_were_repeated(decimals: int) -> None:
    y, p = scored(120, 0, decimals)
    counts = next(stratified_counts(y, 5, seed=3))
    found = WeightedMetrics(y, p, THRESHOLD)(counts)
    for draw, weights in enumerate(counts.astype(int)):
        repeated = np.repeat(np.arange(len(y)), weights)
        expected = binary_metrics(y[repeated], p[repeated], THRESHOLD)
        for metric in METRICS:
            if metric != "calibration_error":
                assert found[metric][draw] == pytest.approx(expected[metric], abs=1e-9), metric
        gaps = np.bincount(calibration_bin_of(p)[repeated], (y - p)[repeated])
        assert found["calibration_error"][draw] == pytest.approx(np.abs(gaps).sum() / len(y), abs=1e-9)


def test_draws_keep_the_number_of_rows_in_each_class() -> None:
    y, _ = scored(101, 0)
    counts = np.concatenate(list(stratified_counts(y, 40, seed=0)))
    assert counts.shape == (40, 101)
    assert (counts[:, y == 1].sum(axis=1) == y.sum()).all()
    assert (counts[:, y == 0].sum(axis=1) == (1 - y).sum()).all()
    assert counts.min() == 0
    assert counts.max() > 1


def test_rows_are_drawn_uniformly() -> None:
    counts = counts_of_draws(10, 4000, np.random.default_rng(0))
    # Each row's count over all draws is binomial with mean 4000 and standard deviation 60.
    assert np.abs(counts.sum(axis=0) - 4000).max() < 5 * 60


def test_equal_seeds_give_equal_draws_and_others_differ() -> None:
    y, p = scored(200, 1)
    first, second, third = (
        bootstrap(y, {"m": p}, {"m": THRESHOLD}, 50, seed)["m"]["auc"] for seed in (0, 0, 1)
    )
    assert (first == second).all()
    assert (first != third).any()


def test_models_share_their_draws() -> None:
    y, p = scored(200, 1)
    # A monotone change of the scores changes no rank, so every paired difference in AUC is zero.
    found = bootstrap(y, {"m": p, "n": p**2}, {"m": THRESHOLD, "n": THRESHOLD**2}, 50, 0)
    assert np.abs(found["m"]["auc"] - found["n"]["auc"]).max() < 1e-12
    assert found["m"]["auc"].std() > 0


def test_too_few_rows_of_a_class_give_no_interval() -> None:
    y = np.array([1, 1, 1, 1] + [0] * 50)
    assert bootstrap(y, {"m": np.linspace(0, 1, 54)}, {"m": 0.5}, 20, 0) == {}
    assert bootstrap(y, {"m": np.linspace(0, 1, 54)}, {"m": 0.5}, 0, 0) == {}


def test_coverage_of_auc_and_log_loss() -> None:
    """Of 95% intervals about 95 in 100 hold the truth; below 89 would be a one-in-a-thousand accident."""
    shift, held = 1.0, {"auc": 0, "log_loss": 0}
    truth = {"auc": 0.5 * (1 + math.erf(shift / 2))}
    y, p = scored(400_000, 99)
    truth["log_loss"] = binary_metrics(y, p, THRESHOLD)["log_loss"]
    repeats = 150
    for repeat in range(repeats):
        y, p = scored(200, 1000 + repeat)
        draws = bootstrap(y, {"m": p}, {"m": THRESHOLD}, 200, repeat)["m"]
        for metric in held:
            low, high = percentile_interval(draws[metric]) or (0, 0)
            held[metric] += low <= truth[metric] <= high
    for metric, times in held.items():
        assert 0.89 <= times / repeats <= 0.995, (metric, times / repeats)


def test_a_calibrated_models_error_reaches_to_zero_and_a_biased_ones_does_not() -> None:
    generator = np.random.default_rng(7)
    p = generator.beta(2, 4, 1500)
    y = (generator.random(1500) < p).astype(np.int64)
    biased = np.clip(p + 0.15, 0, 1)
    found = {}
    for name, scores in {"calibrated": p, "biased": biased}.items():
        point = binary_metrics(y, scores, THRESHOLD)
        draws = bootstrap(y, {"m": scores}, {"m": THRESHOLD}, 200, 0)["m"]
        intervals = metric_intervals(point, draws, chance_calibration_errors(scores, 200, 0))
        found[name] = intervals["calibration_error"] or [-1.0, -1.0]
    assert found["calibrated"][0] == 0.0
    assert 0.12 < found["biased"][0] < found["biased"][1] < 0.22


def test_every_interval_holds_its_value() -> None:
    for seed in range(5):
        y, p = scored(150, seed)
        point = binary_metrics(y, p, THRESHOLD)
        draws = bootstrap(y, {"m": p}, {"m": THRESHOLD}, 200, seed)["m"]
        found = metric_intervals(point, draws, chance_calibration_errors(p, 200, seed))
        assert set(found) == set(METRICS)
        for metric, interval in found.items():
            assert interval is not None
            assert interval[0] <= point[metric] <= interval[1], metric


def test_undefined_draws_are_left_out_and_mostly_undefined_is_none() -> None:
    assert percentile_interval(np.array([0.5, 0.5, np.nan])) == [0.5, 0.5]
    assert percentile_interval(np.array([0.5, np.nan, np.nan])) is None
    assert percentile_interval(np.array([])) is None
    assert reflected_interval(0.1, np.array([np.nan])) is None


def test_reflection_turns_the_draws_around_the_value() -> None:
    draws = np.linspace(0.10, 0.20, 1001)
    assert reflected_interval(0.12, draws) == pytest.approx([0.0425, 0.1375])
    assert reflected_interval(0.05, draws) == [0.0, 0.05]


@pytest.mark.slow
def test_five_hundred_draws_of_nine_thousand_rows_and_four_models_take_seconds() -> None:
    y, p = scored(9000, 0)
    began = time.process_time()
    bootstrap(y, {str(number): p for number in range(4)}, dict.fromkeys("0123", THRESHOLD), 500, 0)
    assert time.process_time() - began < 8
