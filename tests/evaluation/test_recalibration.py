from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from finxfer.evaluation.brier import brier_parts, cox_line
from finxfer.evaluation.metrics import FloatArray, IntArray
from finxfer.evaluation.pd_report import recalibration_report, score_report
from finxfer.evaluation.recalibration import (
    Recalibration,
    cross_fitted,
    log_odds,
    prior_shift,
    recalibrate,
    shifted,
)


def made(rows: int = 800, seed: int = 0) -> tuple[IntArray, FloatArray]:
    """Probabilities that are not extreme enough, some of them equal."""
    draw = np.random.default_rng(seed)
    p = np.round(draw.beta(2, 6, rows), 3)
    return (draw.random(rows) < p**1.3).astype(np.int64), p


def test_platt_is_scikit_learns_sigmoid_on_the_log_odds() -> None:
    y, p = made()
    found = recalibrate(y, p, "platt")
    theirs = _SigmoidCalibration().fit(log_odds(p), y)
    assert found.y[0] == pytest.approx(-theirs.a_, abs=1e-5)
    assert found.x[0] == pytest.approx(-theirs.b_, abs=1e-5)
    assert found(p) == pytest.approx(theirs.predict(log_odds(p)), abs=1e-6)


def test_isotonic_is_scikit_learns_but_for_pds_of_zero_and_one() -> None:
    y, p = made()
    found = recalibrate(y, p, "isotonic")
    theirs = IsotonicRegression(out_of_bounds="clip").fit(p, y).predict(np.linspace(0, 1, 400))
    ours = found(np.linspace(0, 1, 400))
    assert (np.diff(ours) >= 0).all() and ours.min() > 0 and ours.max() < 1
    kept = (np.linspace(0, 1, 400) > found.x[2]) & (np.linspace(0, 1, 400) < found.x[-3])
    assert ours[kept] == pytest.approx(theirs[kept], abs=1e-9)
    assert np.abs(ours - theirs).max() < 0.06


def test_the_slope_is_that_of_an_unpenalised_logistic_regression() -> None:
    y, p = made()
    found = cox_line(y, p)
    theirs = LogisticRegression(C=np.inf, tol=1e-10).fit(log_odds(p)[:, None], y)
    assert found is not None
    assert found["slope"] == pytest.approx(theirs.coef_[0, 0], abs=1e-5)
    assert found["intercept"] == pytest.approx(theirs.intercept_[0], abs=1e-5)
    assert found["slope_interval"][0] < found["slope"] < found["slope_interval"][1]


def test_wald_intervals_hold_a_calibrated_models_slope_about_95_times_in_100() -> None:
    draw, held = np.random.default_rng(1), 0
    for _ in range(300):
        p = draw.beta(2, 5, 400)
        found = cox_line((draw.random(400) < p).astype(np.int64), p)
        assert found is not None
        held += found["slope_interval"][0] <= 1 <= found["slope_interval"][1]
    assert 275 <= held <= 296


def test_brier_decomposition_of_a_hand_computed_example() -> None:
    """Two bins of two: PDs .1 .3 | .6 .8, outcomes 0 1 | 1 1."""
    y, p = np.array([0, 1, 1, 1]), np.array([0.1, 0.3, 0.6, 0.8])
    found = brier_parts(y, p, bins=2)
    assert found["value"] == pytest.approx((0.01 + 0.49 + 0.16 + 0.04) / 4)
    assert found["reliability"] == pytest.approx((2 * (0.2 - 0.5) ** 2 + 2 * (0.7 - 1.0) ** 2) / 4)
    assert found["resolution"] == pytest.approx((2 * (0.5 - 0.75) ** 2 + 2 * (1.0 - 0.75) ** 2) / 4)
    assert found["uncertainty"] == pytest.approx(0.75 * 0.25)
    assert found["within_variance"] == pytest.approx(0.01)
    assert found["within_covariance"] == pytest.approx(2 * (0.05 + 0.05) / 4)


@pytest.mark.parametrize("seed", range(5))
def test_brier_decomposition_adds_up_and_is_scikit_learns_score(seed: int) -> None:
    y, p = made(500, seed)
    found = brier_parts(y, p)
    total = found["reliability"] - found["resolution"] + found["uncertainty"]
    total += found["within_variance"] - found["within_covariance"]
    assert total == pytest.approx(found["value"], abs=1e-14)
    assert found["value"] == pytest.approx(brier_score_loss(y, p))


def test_metrics_before_and_after_are_scikit_learns_and_platt_keeps_the_ranking() -> None:
    choosing, (y, p) = made(1000), made(600, 1)
    found = recalibration_report(choosing, (y, p), 100, 0)
    for method in ("platt", "isotonic"):
        after = recalibrate(*choosing, method)(p)
        metrics, change = found[method]["metrics"], found[method]["differences"]["log_loss"]
        assert metrics["log_loss"] == pytest.approx(log_loss(y, after))
        assert metrics["brier"] == pytest.approx(brier_score_loss(y, after))
        assert metrics["auc"] == pytest.approx(roc_auc_score(y, after))
        assert change["value"] == pytest.approx(log_loss(y, after) - log_loss(y, p))
        assert change["interval"][0] < change["value"] < change["interval"][1]
    assert found["platt"]["differences"]["auc"] == {"value": 0.0, "interval": [0.0, 0.0]}
    assert found["platt"]["differences"]["log_loss"]["interval"][1] < 0, "these PDs are wrong by design"


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_what_no_line_fits_is_still_a_monotone_function(method: str) -> None:
    grid = np.linspace(0, 1, 21)
    separated = recalibrate(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.4]), method)
    backwards = recalibrate(np.array([1, 1, 0, 0]), np.array([0.1, 0.2, 0.3, 0.4]), method)
    equal = recalibrate(np.array([0, 1, 0, 0]), np.full(4, 0.6), method)
    for function in (separated, backwards, equal):
        values = function(grid)
        assert np.isfinite(values).all() and (np.diff(values) >= 0).all()
        assert ((values >= 0) & (values <= 1)).all()
    assert equal(np.array([0.6]))[0] == pytest.approx(0.25, abs=0.1)


def test_one_class_or_equal_scores_have_no_slope() -> None:
    y, p = made(100)
    assert cox_line(np.zeros(100, dtype=np.int64), p) is None
    assert cox_line(y, np.full(100, 0.3)) is None
    assert cox_line(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.4])) is None
    one = score_report(np.zeros(100, dtype=np.int64), p, 50, 0)
    assert one["cox"] is None and one["brier"]["interval"] is None and one["brier"]["uncertainty"] == 0


def test_no_row_has_a_say_in_its_own_cross_fitted_probability() -> None:
    y, p = made(300)
    before = cross_fitted(y, p, "platt", 0)
    assert (before == cross_fitted(y, p, "platt", 0)).all()
    # Of useless scores isotonic regression makes something on its own rows, and nothing on others.
    draw = np.random.default_rng(2)
    noise, labels = draw.random(400), (draw.random(400) < 0.3).astype(np.int64)
    own = recalibrate(labels, noise, "isotonic")(noise)
    honest = cross_fitted(labels, noise, "isotonic", 0)
    nothing = log_loss(labels, np.full(400, labels.mean()))
    assert log_loss(labels, own) < nothing < log_loss(labels, honest)


def test_prior_correction_of_a_worked_example() -> None:
    """Elkan's theorem 2: p' = b' (p - p b) / (b - p b + b' p - b b') with b = .5, b' = .1, p = .8."""
    expected = 0.1 * (0.8 - 0.8 * 0.5) / (0.5 - 0.8 * 0.5 + 0.1 * 0.8 - 0.5 * 0.1)
    assert shifted(np.array([0.8]), prior_shift(0.5, 0.1))[0] == pytest.approx(expected)
    assert shifted(np.array([0.0, 0.5, 1.0]), prior_shift(0.5, 0.1)) == pytest.approx([0.0, 0.1, 1.0])


def test_a_recalibration_survives_json() -> None:
    y, p = made()
    for method in ("platt", "isotonic"):
        function = recalibrate(y, p, method)
        content = function.to_json()
        again = Recalibration(content["method"], tuple(content["x"]), tuple(content["y"]))
        assert (again(p) == function(p)).all()
