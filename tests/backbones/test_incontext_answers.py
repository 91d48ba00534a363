"""How targets are put to an in-context network: bins of values, classes without gaps."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from finxfer.backbones.incontext_answers import Bins, Classes, YesNo, answers_of, look_cut, read_answers
from finxfer.backbones.outputs import BINARY_OUTPUT, MulticlassOutput, RegressionOutput
from finxfer.errors import Damaged


class _Reading:
    """A context whose answers are known. sure: log-odds between the bins of each look."""

    def __init__(self, labels: np.ndarray, sure: float) -> None:
        odds = torch.as_tensor(sure * (labels - 0.5))
        self.found = torch.stack([torch.zeros_like(odds), odds], dim=2)

    def answers(self, x: torch.Tensor) -> torch.Tensor:
        return self.found


def test_looks_cut_at_evenly_spread_quantiles() -> None:
    values = np.sort(np.random.default_rng(0).normal(size=1000))
    cuts = [look_cut(values, look, 4) for look in range(4)]
    assert [float((values >= cut).mean()) for cut in cuts] == pytest.approx([0.8, 0.6, 0.4, 0.2])


def test_a_constant_stretch_is_in_one_bin() -> None:
    values = np.sort(np.r_[np.zeros(80), np.arange(1.0, 21.0)])
    assert [look_cut(values, look, 4) for look in range(4)] == [1.0, 1.0, 1.0, 1.0]
    assert look_cut(np.zeros(5), 0, 4) == 0.0
    high = np.r_[np.arange(20.0), np.full(80, 50.0)]
    assert all(0 < (high >= look_cut(high, look, 4)).sum() <= 80 for look in range(4))


@pytest.mark.parametrize("sure", [0.2, 50.0])
def test_answers_that_lie_too_close_are_spread_by_a_line(sure: float) -> None:
    y = np.random.default_rng(1).gamma(1.0, 1000.0, 400)
    output = RegressionOutput.of(y)
    bins = Bins.of(output, y, 4)
    labels = bins.labels(y)
    assert labels.shape == (4, 400) and set(labels.ravel()) == {0.0, 1.0}
    reading, x = _Reading(labels, sure), torch.zeros(400, 1)
    line = bins.on_line(bins.between(reading, x), y)  # type: ignore[arg-type]
    found = output.predict(line.raw(reading, x, 0.0))  # type: ignore[arg-type]
    explained = 1 - np.square(found - y).mean() / y.var()
    assert explained > 0.65 and found.mean() == pytest.approx(y.mean(), rel=0.05)


def test_answers_that_say_nothing_or_the_contrary_become_the_mean() -> None:
    y = np.arange(100.0)
    bins = Bins.of(RegressionOutput.of(y), y, 4)
    for answers in (np.zeros(100), -y):
        line = bins.on_line(answers, y)
        assert line.slope == 0 and line.level == pytest.approx(0)


def test_each_class_is_asked_for_and_the_others_stay_unlikely() -> None:
    y = np.array([0, 0, 3, 3, 4])
    answers = answers_of(MulticlassOutput(6), y, 2)
    assert isinstance(answers, Classes) and answers.questions == 3
    labels = answers.labels(y)
    assert labels.tolist() == [[1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]] * 2
    found = np.exp(answers.raw(_Reading(labels, 6.0), torch.zeros(5, 1), [0.0] * 3))  # type: ignore[arg-type]
    assert found.argmax(axis=1).tolist() == y.tolist() and found.sum(axis=1) == pytest.approx(np.ones(5))
    assert found[:, [1, 2, 5]] == pytest.approx(np.full((5, 3), 0.5 / 6))
    assert isinstance(answers_of(BINARY_OUTPUT, y, 4), YesNo)


def test_a_class_that_a_context_has_too_much_of_is_shifted_back() -> None:
    answers = answers_of(MulticlassOutput(3), np.array([0] * 8 + [1] * 4 + [2] * 4), 1)
    drawn = torch.as_tensor(answers.labels(np.array([0, 1, 2, 2])))
    found = answers.shift(drawn, np.array([0.5, 0.25, 0.25]))
    assert found == pytest.approx([np.log(3), 0.0, np.log(1 / 3)], abs=1e-6)


@pytest.mark.parametrize(
    "output", [MulticlassOutput(4), RegressionOutput(0.0, 1.0, -5.0, 5.0), BINARY_OUTPUT]
)
def test_answers_are_read_back(output: MulticlassOutput | RegressionOutput) -> None:
    y = np.arange(40) % 4
    answers = answers_of(output, y, 4)
    assert read_answers(answers.to_json()) == answers


def test_spoilt_answers_are_told() -> None:
    with pytest.raises(Damaged):
        read_answers({"output": {"task": "multiclass", "size": 3}})
