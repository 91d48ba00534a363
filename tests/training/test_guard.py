"""The figures that the guard goes by."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from finxfer.training.guard import Validation, rate_shift, validate


def test_log_loss_and_auc_are_scikit_learns() -> None:
    generator = np.random.default_rng(0)
    y, logits = generator.integers(0, 2, 200), generator.normal(size=200)
    probability = 1 / (1 + np.exp(-logits))
    found = validate(y, logits)
    assert found.loss == pytest.approx(log_loss(y, probability), abs=1e-12)
    assert found.auc == pytest.approx(roc_auc_score(y, probability), abs=1e-12)


def test_one_class_has_no_auc_and_is_no_reason_to_fail() -> None:
    found = validate(np.zeros(5), np.zeros(5))
    assert np.isnan(found.auc) and found.loss == pytest.approx(np.log(2))


def test_what_is_not_finite_is_never_better() -> None:
    good, bad = Validation(0.5, 0.7), validate(np.array([0, 1]), np.array([0.1, np.nan]))
    assert not bad.better_than(good) and good.better_than(bad)
    assert not good.better_than(good)


def test_the_shift_restores_the_rate() -> None:
    logits = np.random.default_rng(1).normal(1.5, 1, 500)
    shift = rate_shift(logits, 0.2)
    assert np.mean(1 / (1 + np.exp(-(logits + shift)))) == pytest.approx(0.2, abs=1e-9)
    assert validate(np.r_[np.ones(100), np.zeros(400)], logits, restore_rate=True).logit_shift == shift
