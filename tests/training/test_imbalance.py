"""Every learner with every treatment of class imbalance: what comes out are probabilities of the table."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from finxfer.backbones.card import Card
from finxfer.backbones.families import read_as_is
from finxfer.backbones.imbalance import focal_slopes
from finxfer.backbones.protocol import FittedModel, TrainingData
from finxfer.records.training_settings import TrainingSettings
from finxfer.training import boosting
from finxfer.training.boosting import fit_lightgbm
from finxfer.training.candidates import Boosted, Logistic, Work
from finxfer.training.cross_validation import Keeper, Trials
from finxfer.training.finetune import finetune
from finxfer.training.fitted import load_fitted
from finxfer.training.focal import FocalModel, fit_line, tree_objective
from finxfer.training.folds import make_folds
from finxfer.training.logistic import fit_logistic
from finxfer.training.uncorrected import uncorrected
from finxfer.training.untreated import fit_untreated
from tests.training.made import customers, never, silent, training_data

QUICK = TrainingSettings(epochs=4, patience=4)
TREATMENTS = {
    "weights": replace(QUICK, class_weighting="balanced"),
    "half weights": replace(QUICK, class_weighting="balanced", weight_power=0.5),
    "focal": replace(QUICK, focal_gamma=2.0),
    "oversample": replace(QUICK, oversample=0.5),
    "undersample": replace(QUICK, undersample=0.5),
    "smote": replace(QUICK, smote=0.5),
}


@pytest.fixture(autouse=True)
def two_settings_of_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search over nine settings takes its time, and says nothing more here."""
    monkeypatch.setattr(boosting, "SEARCH", boosting.SEARCH[:2])


@lru_cache(maxsize=1)
def rare() -> TrainingData:
    """3,000 rows of which one in ten is positive."""
    frame, y = customers(7000, 5)
    generator = np.random.default_rng(2)
    good, bad = np.flatnonzero(y == 0), np.flatnonzero(y == 1)
    rows = generator.permutation(np.r_[good[:2700], bad[:300]])
    frame, y = frame.iloc[rows].reset_index(drop=True), y[rows]
    base, cut = training_data(), 2000
    return replace(
        base,
        frame_train=frame[:cut].reset_index(drop=True),
        y_train=y[:cut],
        frame_validation=frame[cut:].reset_index(drop=True),
        y_validation=y[cut:],
    )


def fitted(learner: str, settings: TrainingSettings) -> FittedModel:
    if learner == "logistic":
        return fit_logistic(rare(), settings)[0]
    return fit_lightgbm(rare(), settings, 0, silent, never)[0]


@pytest.mark.parametrize("learner", ["logistic", "lightgbm"])
@pytest.mark.parametrize("treatment", TREATMENTS)
def test_probabilities_are_those_of_the_table_once_corrected(
    learner: str, treatment: str, tmp_path: Path
) -> None:
    settings, data = TREATMENTS[treatment], rare()
    model = fitted(learner, settings)
    p, y = model.predict(data.frame_validation), data.y_validation
    before = uncorrected(model, settings).predict(data.frame_validation)
    assert p.mean() == pytest.approx(0.1, abs=0.025)
    assert roc_auc_score(y, p) > 0.68
    assert log_loss(y, p) < 0.315, "the rate alone has .325"
    assert log_loss(y, before) > log_loss(y, p) + 0.01
    assert roc_auc_score(y, before) == pytest.approx(roc_auc_score(y, p), abs=1e-9)
    model.save(tmp_path / "model")
    assert (load_fitted(tmp_path / "model").predict(data.frame_validation) == p).all()


@pytest.mark.parametrize("family", ["tabm", "autoencoder", "boosted"])
def test_every_family_that_is_fine_tuned_takes_them(family: str, backbones: dict[str, Card]) -> None:
    data = rare()
    for name, settings in TREATMENTS.items():
        if (family, name) == ("boosted", "smote"):
            continue
        tuned = finetune(backbones[family], 0, data, settings, 0, "cpu", None, silent, never)
        p = tuned.model.predict(data.frame_validation)
        assert p.mean() == pytest.approx(0.1, abs=0.03), name
        assert tuned.judged.validation.loss <= tuned.start.validation.loss, name


def test_an_in_context_backbone_answers_from_contexts_of_these_shares(backbones: dict[str, Card]) -> None:
    data, card = rare(), backbones["incontext"]
    settings = TREATMENTS["undersample"]
    model = read_as_is(card, data, settings, 0, "cpu").model(0.0)
    shares = [float(context.labels.float().mean()) for context in model.contexts]  # type: ignore[attr-defined]
    assert shares == pytest.approx([0.5] * 3)
    plain = read_as_is(card, data, QUICK, 0, "cpu").model(0.0)
    assert len(plain.contexts) == 1 and plain.contexts[0].shift == 0  # type: ignore[attr-defined]
    before = uncorrected(model, settings).predict(data.frame_validation).mean()
    assert before > model.predict(data.frame_validation).mean() + 0.1


def test_a_network_in_context_never_reads_the_answer_of_a_repeated_row(backbones: dict[str, Card]) -> None:
    from finxfer.backbones.families import load_backbone

    settings = TREATMENTS["oversample"]
    learner = load_backbone(backbones["incontext"]).learner(rare(), settings, 0, "cpu")
    import torch

    steps = learner.start_epoch(torch.Generator().manual_seed(0))
    for step in range(min(steps, 5)):
        context, asked = learner._episode(step)  # type: ignore[attr-defined]
        assert not set(context.tolist()) & set(asked.tolist())
    assert torch.isfinite(learner.loss(0))


def test_without_a_focus_the_line_is_scikit_learns() -> None:
    generator = np.random.default_rng(3)
    matrix = generator.normal(size=(500, 3))
    y = (generator.random(500) < 1 / (1 + np.exp(-matrix[:, 0] + 2))).astype(int)
    known = LogisticRegression(C=0.3, tol=1e-10).fit(matrix, y)
    found = fit_line(matrix, y, np.ones(500), 0.0, 0.3, np.zeros(4))
    assert found == pytest.approx(np.r_[known.coef_[0], known.intercept_], abs=1e-4)


def test_the_focused_line_is_where_its_slopes_are_none() -> None:
    generator = np.random.default_rng(3)
    matrix = generator.normal(size=(500, 3))
    y = (generator.random(500) < 1 / (1 + np.exp(-matrix[:, 0] + 2))).astype(int)
    weights, sign = generator.random(500), np.where(y > 0, 1.0, -1.0)
    found = fit_line(matrix, y, weights, 2.0, 0.3, np.zeros(4))
    slope = weights * sign * focal_slopes(sign * (matrix @ found[:-1] + found[-1]), 2.0)[0]
    assert 0.3 * matrix.T @ slope + found[:-1] == pytest.approx(np.zeros(3), abs=1e-3)
    assert 0.3 * slope.sum() == pytest.approx(0, abs=1e-3)


def test_trees_are_told_the_slopes_of_their_rows() -> None:
    y, weights = np.array([1, 0, 1, 0]), np.array([1.0, 2.0, 1.0, 0.5])
    raw, step = np.array([-3.0, -1.0, 2.0, 4.0]), 1e-5
    slopes = tree_objective(y, weights, 2.0)
    first, second = slopes(raw, None)
    from finxfer.backbones.imbalance import focal_loss

    sign = np.where(y > 0, 1, -1)
    rise = [focal_loss(sign * (raw + e), 2.0) * weights for e in (step, -step)]
    assert first == pytest.approx((rise[0] - rise[1]) / (2 * step), abs=1e-7)
    assert (second > 0).all()


def test_a_choice_corrects_by_known_shares_and_keeps_a_twin_without_treatment(tmp_path: Path) -> None:
    data = rare()
    settings = TREATMENTS["weights"]
    work = Work(settings, 0, "cpu", silent, never)
    folds = make_folds(data, 0)
    trials = Trials(folds, work, Keeper(None, folds, work), of=4)
    for candidate in (Logistic("logistic_regression", work), Boosted("lightgbm", work)):
        scored = trials.score(candidate)
        assert scored.logit_shift == 0, "the learner has corrected itself"
        assert (1 / (1 + np.exp(-scored.raw))).mean() == pytest.approx(0.1, abs=0.03)
        twin = fit_untreated(scored, folds)
        assert twin.predict(data.frame_validation).mean() == pytest.approx(0.1, abs=0.03)
        assert uncorrected(twin, settings.untreated()).predict(data.frame_validation) == pytest.approx(
            twin.predict(data.frame_validation), abs=1e-9
        )
    assert candidate.work is work, "the candidate itself stays as it was"


def test_a_bent_model_says_what_it_needs() -> None:
    base = fit_logistic(rare(), QUICK)[0]
    model = FocalModel(base, 2.0, 0.5)
    assert model.features == base.features
    assert model.shifted(-0.5).raw(rare().frame_validation[:5]) == pytest.approx(
        FocalModel(base, 2.0).raw(rare().frame_validation[:5])
    )
