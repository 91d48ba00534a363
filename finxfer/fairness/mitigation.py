"""Ways to narrow a gap, tried out: what each would buy and what it would cost.

Every approach is compared with the same kind of model without it, on the same test rows. The protected column
stays out of every model: it weighs or constrains the training rows, and only group thresholds, marked as an
analysis, read it when deciding. Thresholds come from rows that may choose.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from finxfer.evaluation.metrics import FloatArray, IntArray
from finxfer.evaluation.thresholds import choose_threshold
from finxfer.fairness.group_thresholds import EQUAL_SHARE, EQUAL_TPR, group_thresholds, threshold_for_share
from finxfer.fairness.learners import Learner
from finxfer.fairness.price import Outcome
from finxfer.fairness.weighing import reweighing

UNMITIGATED, REWEIGHING, REDUCTION, GROUP_THRESHOLDS = (
    "unmitigated",
    "reweighing",
    "reduction",
    "group thresholds",
)
REDUCTION_STEPS = 20
"""Most models that the exponentiated gradient trains for a constraint."""
SLACK = 0.01
"""Violation of a constraint that is tolerated among the training rows."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Approach:
    """One way, tried out.

    base: whose family it is: lightgbm, logistic_regression, model (the run's own scores) or model_corrected.
    constraint: one of price.GAPS, None where it has none. reads: when the protected column is read: "never",
    "training" or "decision". randomised: decisions are chances.
    """

    kind: str
    base: str
    constraint: str | None
    reads: str
    outcome: Outcome
    seconds: float
    randomised: bool = False

    @property
    def analysis_only(self) -> bool:
        return self.reads == "decision"


@dataclass(frozen=True)
class Part:
    """Rows with what a learner reads of them (N, columns), outcomes (N,) of 0/1 and groups (N,)."""

    matrix: FloatArray
    y: IntArray
    groups: np.ndarray


def family(base: str, learner: Learner, train: Part, validation: Part, test: FloatArray, tell: Tell,
           constraints: tuple[str, ...]) -> list[Approach]:  # fmt: skip
    """A baseline's family: as it is, reweighed, and under each constraint (fairlearn's reductions).

    Agarwal et al. 2018, "A reductions approach to fair classification" (arXiv:1803.02453). Errors are
    weighed so that one half of the weighed problem is the family's own threshold.
    """
    found: list[Approach] = []
    tell("Training the model without any mitigation")
    began = time.monotonic()
    plain = learner.fit(train.matrix, train.y)
    scores = plain.predict_proba(validation.matrix)[:, 1]
    threshold = choose_threshold(validation.y, scores)
    share = float((scores >= threshold).mean())
    asked = plain.predict_proba(test)[:, 1]
    found.append(_scored(UNMITIGATED, base, "never", asked, threshold, began))
    tell("Reweighing the training rows")
    began = time.monotonic()
    weighed = learner.fit(train.matrix, train.y, reweighing(train.y, train.groups))
    level = threshold_for_share(weighed.predict_proba(validation.matrix)[:, 1], share)
    asked = weighed.predict_proba(test)[:, 1]
    found.append(_scored(REWEIGHING, base, "training", asked, level, began))
    for constraint in constraints:
        tell(f"Training under the constraint {constraint.replace('_', ' ')}")
        began = time.monotonic()
        outcome = reduce(constraint, learner, train, test, threshold)
        seconds = time.monotonic() - began
        found.append(Approach(REDUCTION, base, constraint, "training", outcome, seconds, randomised=True))
    return found


def _scored(kind: str, base: str, reads: str, score: FloatArray, threshold: float, began: float) -> Approach:
    outcome = Outcome((score >= threshold).astype(np.float64), score)
    return Approach(kind, base, None, reads, outcome, time.monotonic() - began)


def reduce(constraint: str, learner: Learner, train: Part, test: FloatArray, threshold: float) -> Outcome:
    """The mixture of models that fairlearn's exponentiated gradient finds: a row is flagged with the weight
    of the models that flag it; the score is the mean of their probabilities."""
    from fairlearn.reductions import (
        DemographicParity,
        EqualizedOdds,
        ErrorRate,
        ExponentiatedGradient,
        TruePositiveRateParity,
    )

    moments = {
        "demographic_parity": DemographicParity,
        "equalised_odds": EqualizedOdds,
        "true_positive_rate_parity": TruePositiveRateParity,
    }
    costs = {"fp": threshold, "fn": 1.0 - threshold}
    search = ExponentiatedGradient(
        learner.estimator(),
        moments[constraint](difference_bound=SLACK),
        objective=ErrorRate(costs=costs),
        max_iter=REDUCTION_STEPS,
    )
    search.fit(train.matrix, train.y, sensitive_features=train.groups)
    decided, score = np.zeros(len(test)), np.zeros(len(test))
    for number, weight in search.weights_.items():
        if weight > 1e-6:
            model = search.predictors_[number]
            decided += weight * np.asarray(model.predict(test), dtype=np.float64)
            score += weight * _probability(model, test)
    return Outcome(np.clip(decided, 0.0, 1.0), score)


def _probability(model: Any, matrix: FloatArray) -> FloatArray:
    """Of the positive class (N,), also where a step's rows were of one class only."""
    found = np.asarray(model.predict_proba(matrix), dtype=np.float64)
    classes = [float(value) for value in model.classes_]
    return found[:, classes.index(1.0)] if 1.0 in classes else np.zeros(len(matrix))


def own_scores(
    scores: FloatArray, threshold: float, choosing: Part, chosen_by: FloatArray, groups: np.ndarray
) -> list[Approach]:
    """The run's own scores (N,) of the test rows: as they are, and with thresholds of each group.

    choosing: rows that may choose, chosen_by: their scores. groups: of the test rows (N,).
    """
    began = time.monotonic()
    found = [_scored(UNMITIGATED, "model", "never", scores, threshold, began)]
    for rule in (EQUAL_SHARE, EQUAL_TPR):
        began = time.monotonic()
        by_group = group_thresholds(rule, choosing.y, chosen_by, choosing.groups, threshold)
        outcome = Outcome(by_group.flagged(scores, groups), by_group.score(scores, groups))
        seconds = time.monotonic() - began
        found.append(Approach(GROUP_THRESHOLDS, "model", rule, "decision", outcome, seconds))
    optimised = _equalised_odds(scores, choosing, chosen_by, groups)
    return found if optimised is None else [*found, optimised]


def _equalised_odds(
    scores: FloatArray, choosing: Part, chosen_by: FloatArray, groups: np.ndarray
) -> Approach | None:
    """fairlearn's ThresholdOptimizer (Hardt et al. 2016): randomised thresholds of equal TPR and FPR at the
    best balanced accuracy. None where a group of the choosing rows has one outcome only, or a test row's
    group is not among them."""
    from fairlearn.postprocessing import ThresholdOptimizer

    known = np.unique(choosing.groups)
    both = all(0 < choosing.y[choosing.groups == group].mean() < 1 for group in known)
    if not both or not set(np.unique(groups)) <= set(known):
        return None
    began = time.monotonic()
    optimiser = ThresholdOptimizer(
        estimator=_AsGiven(),
        constraints="equalized_odds",
        objective="balanced_accuracy_score",
        prefit=True,
        predict_method="predict_proba",
    )
    optimiser.fit(chosen_by[:, None], choosing.y, sensitive_features=choosing.groups)
    decided = optimiser._pmf_predict(scores[:, None], sensitive_features=groups)[:, 1]
    outcome = Outcome(np.asarray(decided, dtype=np.float64), None)
    seconds = time.monotonic() - began
    return Approach(GROUP_THRESHOLDS, "model", "equalised_odds", "decision", outcome, seconds, True)


class _AsGiven(ClassifierMixin, BaseEstimator):
    """The scores themselves as a fitted classifier: column 0 of the matrix is the probability."""

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, matrix: FloatArray, y: IntArray) -> _AsGiven:
        """Nothing to learn."""
        return self

    def predict_proba(self, matrix: FloatArray) -> FloatArray:
        """(N, 2)."""
        positive = np.asarray(matrix, dtype=np.float64)[:, 0]
        return np.stack([1.0 - positive, positive], axis=1)


def corrected(
    scores: FloatArray, test: FloatArray, threshold: float, choosing: Part, chosen_by: FloatArray
) -> list[Approach]:
    """The run's own log-odds with a ridge correction on the features, learned from the rows that may choose:
    with equal weights and reweighed. The share flagged among those rows is the run's own."""
    from finxfer.fairness.learners import Correction

    share = float((chosen_by >= threshold).mean())
    found = []
    for kind, weights, reads in (
        (UNMITIGATED, None, "never"),
        (REWEIGHING, reweighing(choosing.y, choosing.groups), "training"),
    ):
        began = time.monotonic()
        correction = Correction.fit(chosen_by, choosing.matrix, choosing.y, weights)
        level = threshold_for_share(correction.predict(chosen_by, choosing.matrix), share)
        asked = correction.predict(scores, test)
        found.append(_scored(kind, "model_corrected", reads, asked, level, began))
    return found
