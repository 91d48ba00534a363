"""Samples, weights and the focal loss, and the ways back to probabilities."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from finxfer.backbones.focal import binary_loss, class_loss
from finxfer.backbones.imbalance import (
    Treatment,
    class_counts,
    draw_rows,
    drawn_counts,
    focal_bend,
    focal_bend_classes,
    focal_loss,
    focal_slopes,
    focal_start,
    sampled_contexts,
)
from finxfer.records.training_settings import TrainingSettings

Y = np.repeat([0, 1], [900, 100])
GAMMAS = (0.0, 0.5, 1.0, 2.0, 5.0)


def test_shares_are_those_of_the_rarest_class_beside_the_commonest() -> None:
    counts = np.array([900, 100])
    assert drawn_counts(counts, 0.5, 0).tolist() == [100, 100]
    assert drawn_counts(counts, 0.2, 0).tolist() == [400, 100]
    assert drawn_counts(counts, 0, 0.5).tolist() == [900, 900]
    assert drawn_counts(counts, 0, 0.25).tolist() == [900, 300]
    assert drawn_counts(counts, 0.05, 0.05).tolist() == [900, 100], "the share is reached already"
    assert drawn_counts(np.array([900, 100, 30, 0]), 0.25, 0).tolist() == [90, 90, 30, 0]
    assert drawn_counts(np.array([900, 100, 30, 0]), 0, 0.25).tolist() == [900, 300, 300, 0]


def test_a_sample_leaves_out_without_replacement_and_repeats_every_row() -> None:
    generator = np.random.default_rng(0)
    less = draw_rows(Y, np.array([100, 100]), generator)
    assert len(np.unique(less)) == 200 and class_counts(Y[less]).tolist() == [100, 100]
    more = draw_rows(Y, np.array([900, 250]), generator)
    times = np.bincount(more, minlength=len(Y))
    assert set(times[:900]) == {1} and set(times[900:]) == {2, 3}


@pytest.mark.parametrize(
    "settings",
    [
        TrainingSettings(class_weighting="balanced"),
        TrainingSettings(class_weighting="balanced", weight_power=0.3),
        TrainingSettings(oversample=0.4),
        TrainingSettings(undersample=0.2),
        TrainingSettings(undersample=0.2, class_weighting="balanced"),
    ],
)
def test_the_shift_takes_known_class_shares_back_exactly(settings: TrainingSettings) -> None:
    """A saturated model of two cells: the weighted mean of each cell, shifted, is the cell's own rate."""
    generator = np.random.default_rng(1)
    cell = generator.integers(0, 2, 20_000)
    y = (generator.random(20_000) < np.where(cell, 0.2, 0.05)).astype(np.int64)
    treatment = Treatment.of(y, settings)
    rows = treatment.rows(y, generator)
    weights = treatment.row_weights(y)[rows]
    for value in (0, 1):
        inside = cell[rows] == value
        seen = np.average(y[rows][inside], weights=weights[inside])
        corrected = 1 / (1 + np.exp(-(np.log(seen / (1 - seen)) + treatment.shift)))
        sampled = len(rows) < len(y)
        assert corrected == pytest.approx(y[cell == value].mean(), rel=0.12 if sampled else 2e-3)
    assert weights.mean() == pytest.approx(1, abs=1e-6)


def test_several_classes_are_shifted_back_one_by_one() -> None:
    y = np.repeat([0, 1, 2], [700, 250, 50])
    treatment = Treatment.of(y, TrainingSettings(oversample=0.5, class_weighting="none"), classes=3)
    seen = np.log(treatment.drawn / treatment.drawn.sum()) + treatment.shifts()
    shares = np.exp(seen) / np.exp(seen).sum()
    assert shares == pytest.approx([0.7, 0.25, 0.05])
    balanced = Treatment.of(y, TrainingSettings(class_weighting="balanced"), classes=3)
    sums = [balanced.row_weights(y)[y == code].sum() for code in range(3)]
    assert sums == pytest.approx([1000 / 3] * 3)


def test_nothing_chosen_changes_nothing() -> None:
    treatment = Treatment.of(Y, TrainingSettings())
    assert not treatment.samples and treatment.shift == 0 and (treatment.row_weights(Y) == 1).all()
    assert treatment.rows(Y, np.random.default_rng(0)).tolist() == list(range(len(Y)))
    u = np.linspace(-5, 5, 11)
    assert (focal_bend(u, 0.0) == u).all()


@pytest.mark.parametrize("gamma", GAMMAS)
def test_slopes_of_the_focal_loss_are_its_finite_differences(gamma: float) -> None:
    u, step = np.linspace(-8, 8, 65), 1e-5
    first, second = focal_slopes(u, gamma)
    rise = (focal_loss(u + step, gamma) - focal_loss(u - step, gamma)) / (2 * step)
    bend = (focal_slopes(u + step, gamma)[0] - focal_slopes(u - step, gamma)[0]) / (2 * step)
    assert first == pytest.approx(rise, abs=1e-8) and second == pytest.approx(bend, abs=1e-8)


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("rate", [0.003, 0.2, 0.5, 0.95])
def test_what_minimises_the_focal_risk_is_bent_back_to_the_rate(gamma: float, rate: float) -> None:
    """Against a search for the minimum; the closed form itself comes from a paper."""
    grid = np.linspace(-12, 12, 240_001)
    risk = rate * focal_loss(grid, gamma) + (1 - rate) * focal_loss(-grid, gamma)
    best = grid[risk.argmin()]
    assert 1 / (1 + np.exp(-focal_bend(np.array([best]), gamma)[0])) == pytest.approx(rate, rel=1e-3)
    assert focal_start(rate, gamma) == pytest.approx(best, abs=2e-4)


def test_of_several_classes_too() -> None:
    shares, gamma = np.array([0.75, 0.2, 0.05]), 2.0

    def risk(free: np.ndarray) -> float:
        logits = torch.tensor(np.r_[free, 0.0]).expand(3, 3)
        return float((class_loss(logits, torch.arange(3), gamma) * torch.tensor(shares)).sum())

    best = minimize(risk, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-14}).x
    found = np.exp(focal_bend_classes(np.r_[best, 0.0][None], gamma))[0]
    assert found == pytest.approx(shares, abs=1e-4)
    binary = np.stack([np.zeros(5), np.linspace(-4, 4, 5)], axis=1)
    both = focal_bend_classes(binary, gamma)
    assert both[:, 1] - both[:, 0] == pytest.approx(focal_bend(binary[:, 1], gamma), abs=1e-9)


def test_the_bend_keeps_every_order_and_takes_any_number() -> None:
    for gamma in GAMMAS:
        bent = focal_bend(np.linspace(-40, 40, 2001), gamma)
        assert (np.diff(bent) > 0).all()
        assert np.isfinite(focal_bend(np.array([-1e4, 1e4]), gamma)).all()


def test_the_networks_loss_is_the_same() -> None:
    u = torch.linspace(-6, 6, 13)
    for gamma in GAMMAS:
        own = binary_loss(u, torch.ones(13), None, gamma)
        assert float(own) == pytest.approx(focal_loss(u.numpy().astype(float), gamma).mean(), rel=1e-5)
        other = binary_loss(-u, torch.zeros(13), None, gamma)
        assert float(other) == pytest.approx(float(own), rel=1e-6)


def test_contexts_hold_the_shares_that_were_asked_for_and_differ() -> None:
    drawn = drawn_counts(class_counts(Y), 0.5, 0)
    several = sampled_contexts(Y, drawn, [200], seed=0)
    assert len(several) == 3 and all(class_counts(Y[rows]).tolist() == [100, 100] for rows in several)
    assert len(np.unique(np.concatenate([rows[Y[rows] == 0] for rows in several]))) > 200
    (one,) = sampled_contexts(Y, drawn_counts(class_counts(Y), 0, 0.5), [1800], seed=0)
    assert class_counts(Y[one]).tolist() == [900, 900]
