"""Greedy weights, and the model that they make."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from finxfer.errors import Damaged
from finxfer.records.files import read_json, write_json
from finxfer.training.ensemble import EnsembleModel, Member, greedy_weights
from finxfer.training.fitted import load_fitted
from finxfer.training.guard import log_odds_of, row_losses
from finxfer.training.logistic import fit_strengths
from tests.training.made import QUICK, customers, training_data


def noisy(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of two members with independent errors and of one that knows nothing, and the targets."""
    draw = np.random.default_rng(seed)
    truth = draw.normal(size=rows)
    y = (draw.random(rows) < 1 / (1 + np.exp(-truth))).astype(np.int8)
    knowing = [0.7 * (truth + draw.normal(size=rows)) for _ in range(2)]
    return np.stack([*knowing, 2 * draw.normal(size=rows)]), y


def loss(log_odds: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
    return float(row_losses(y, weights @ log_odds).mean())


def test_greedy_weights_find_what_complements_and_leave_out_what_knows_nothing() -> None:
    log_odds, y = noisy(4000)
    weights = greedy_weights(log_odds, y, np.full(3, 1 / 3), strength=0)
    assert weights.sum() == pytest.approx(1)
    assert weights[2] <= 0.15 and 0.3 < weights[0] < 0.7
    assert loss(log_odds, y, weights) < min(loss(log_odds, y, single) for single in np.eye(3)) - 0.01
    grid = [np.array([a, b, 20 - a - b]) / 20 for a in range(21) for b in range(21 - a)]
    assert loss(log_odds, y, weights) <= min(loss(log_odds, y, entry) for entry in grid) + 0.001


def test_one_member_and_two_equal_ones() -> None:
    log_odds, y = noisy(200)
    assert greedy_weights(log_odds[:1], y, np.ones(1)).tolist() == [1.0]
    twice = greedy_weights(log_odds[[0, 0]], y, np.array([0.5, 0.5]), strength=0)
    assert twice.tolist() == [1.0, 0.0]


def test_few_rows_hardly_move_the_weights_from_the_prior_and_many_do() -> None:
    prior = np.array([0.1, 0.1, 0.8])
    few, many = noisy(20), noisy(4000)
    assert greedy_weights(*few, prior, strength=50)[2] >= 0.6
    assert greedy_weights(*many, prior, strength=50)[2] <= 0.35


@pytest.fixture
def ensemble() -> EnsembleModel:
    first, second = fit_strengths(training_data(), QUICK, (0.003, 3.0))
    return EnsembleModel([Member("firm", 0.25, first), Member("free", 0.75, second)])


def test_the_model_is_the_weighted_mean_of_log_odds_and_comes_back_equal(
    ensemble: EnsembleModel, tmp_path: Path
) -> None:
    frame, _ = customers(30, 4)
    found = ensemble.predict(frame)
    members = [member.model.predict(frame) for member in ensemble.members]
    assert log_odds_of(found) == pytest.approx(
        0.25 * log_odds_of(members[0]) + 0.75 * log_odds_of(members[1])
    )
    ensemble.save(tmp_path)
    again = load_fitted(tmp_path)
    assert np.array_equal(again.predict(frame), found)
    assert sorted(again.features) == sorted(ensemble.features)
    assert len(again.features) == len(set(again.features)) == 4
    assert again.predict(frame[:0]).shape == (0,)


def test_a_member_that_was_changed_or_is_gone_is_noticed(ensemble: EnsembleModel, tmp_path: Path) -> None:
    ensemble.save(tmp_path)
    place = tmp_path / "members" / "1" / "model.json"
    whole = read_json(place)
    write_json(place, whole | {"intercept": whole["intercept"] + 1})
    with pytest.raises(Damaged, match="checksum"):
        load_fitted(tmp_path)
    place.unlink()
    with pytest.raises(Damaged, match="missing"):
        load_fitted(tmp_path)
    write_json(tmp_path / "model.json", {"kind": "ensemble", "members": [{"name": "x"}]})
    with pytest.raises(Damaged, match="ensemble cannot be read"):
        load_fitted(tmp_path)
