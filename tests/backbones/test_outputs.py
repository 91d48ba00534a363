"""What a task asks of a learner, against plain formulas and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import log_loss

from finxfer.backbones.outputs import (
    BINARY_OUTPUT,
    BinaryOutput,
    MulticlassOutput,
    RegressionOutput,
    log_normalised,
    read_output,
    read_shift,
    rounded_range,
    stored_output,
    with_absent,
)
from finxfer.errors import Damaged


def test_the_loss_of_several_classes_is_the_log_loss() -> None:
    generator = np.random.default_rng(0)
    raw, y = generator.normal(size=(200, 5)) * 3, generator.integers(0, 5, 200)
    output = MulticlassOutput(5)
    assert output.row_losses(y, raw).mean() == pytest.approx(log_loss(y, softmax(raw, axis=1)))
    stacked = output.row_losses(y, np.stack([raw, raw + 7.0]))
    assert stacked.shape == (2, 200) and stacked[0] == pytest.approx(stacked[1])


def test_predictions_of_classes_sum_to_one_and_come_back_as_raw_output() -> None:
    raw = np.array([[0.0, 800.0, -800.0], [1.0, 1.0, 1.0]])
    output = MulticlassOutput(3)
    found = output.predict(raw)
    assert found.sum(axis=1) == pytest.approx(np.ones(2)) and np.isfinite(output.raw_of(found)).all()
    assert log_normalised(output.raw_of(found[1:])) == pytest.approx(np.log(np.full((1, 3), 1 / 3)))


def test_a_class_that_no_row_has_is_unlikely_and_not_impossible() -> None:
    found = np.exp(with_absent(np.array([[2.0, 0.0]]), (0, 3), 5, rows=99))
    assert found.sum() == pytest.approx(1) and found[0, [1, 2, 4]] == pytest.approx(np.full(3, 0.005))
    assert found[0, 0] / found[0, 3] == pytest.approx(np.exp(2.0))
    start = MulticlassOutput(3).start(np.array([0, 0, 2]))
    assert np.exp(start) == pytest.approx(np.array([2.5, 0.5, 1.5]) / 4.5)


def test_shares_of_classes_are_restored() -> None:
    generator = np.random.default_rng(1)
    y = generator.choice(3, 3000, p=[0.7, 0.2, 0.1])
    output = MulticlassOutput(3)
    raw = generator.normal(size=(3000, 3))  # as after training with the classes counting the same
    shifted = output.predict(raw + output.rate_shift(y, raw))
    assert shifted.mean(axis=0) == pytest.approx(np.bincount(y) / 3000, abs=1e-3)


def test_values_are_read_in_units_of_the_training_rows_and_stay_in_their_range() -> None:
    y = np.array([100.0, 200.0, 600.0, np.nan])
    output = RegressionOutput.of(y)
    assert output.learned(y[:3]).mean() == pytest.approx(0, abs=1e-12)
    assert output.learned(y[:3]).std() == pytest.approx(1)
    assert output.predict(output.learned(y[:3])) == pytest.approx(y[:3])
    assert output.predict(np.array([-99.0, 99.0])).tolist() == [100.0, 600.0]
    assert output.row_losses(y[:3], np.zeros(3)).mean() == pytest.approx(1)  # the mean explains nothing
    assert output.row_losses(y[:1], np.array([-1e9]))[0] == pytest.approx(0)


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(0.0, 1.0, (0.0, 1.0)), (1234.0, 98765.0, (1230.0, 98800.0)), (-0.01234, -0.001, (-0.0124, -0.001))],
)
def test_the_kept_range_is_rounded_outwards(low: float, high: float, found: tuple[float, float]) -> None:
    assert rounded_range(low, high) == pytest.approx(found)


def test_targets_without_spread_or_rows_stay_finite() -> None:
    for y in (np.full(5, 3.0), np.array([np.nan])):
        output = RegressionOutput.of(y)
        assert np.isfinite(output.predict(np.array([0.0, 1e6]))).all()


@pytest.mark.parametrize("output", [BINARY_OUTPUT, MulticlassOutput(7), RegressionOutput(1.5, 2.0, -3, 9)])
def test_outputs_are_read_back(output: BinaryOutput | MulticlassOutput | RegressionOutput) -> None:
    assert read_output(stored_output(output)) == output


def test_a_spoilt_output_is_told() -> None:
    with pytest.raises(Damaged):
        read_output({"output": {"task": "regression", "centre": 1.0}})
    assert read_shift([1, 2]) == (1.0, 2.0) and read_shift(0.5) == 0.5
