"""Models that take weights of rows: what mitigation trains. None of them is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from finxfer.data.encoding import TableEncoder
from finxfer.evaluation.metrics import FloatArray, IntArray
from finxfer.records.spec import ColumnSpec
from finxfer.training.guard import log_odds_of, row_losses
from finxfer.training.logistic import MOST_CATEGORIES, STRENGTHS, design, location

LIGHTGBM, LOGISTIC = "lightgbm", "logistic_regression"
BASES = (LIGHTGBM, LOGISTIC)
MOST_TREES, PATIENCE = 300, 20
CORRECTION_STRENGTH = 0.01
SCORE_SCALE = 10.0
"""The run's log-odds are scaled up by it, which frees them from the ridge that the features are under."""


@dataclass(frozen=True)
class Learner:
    """A model whose settings the validation rows have chosen; `estimator` makes an untrained one."""

    estimator: Callable[[], Any]

    def fit(self, matrix: FloatArray, y: IntArray, weights: FloatArray | None = None) -> Any:
        """A fitted scikit-learn classifier."""
        return self.estimator().fit(matrix, y, sample_weight=weights)


@dataclass(frozen=True)
class Reader:
    """Feature columns as a matrix of numbers, categories one-hot; fitted on training rows."""

    table: TableEncoder
    centre: np.ndarray
    spread: np.ndarray

    @classmethod
    def fit(cls, frame: pd.DataFrame, columns: Sequence[ColumnSpec]) -> Reader:
        table = TableEncoder.fit(frame, list(columns), min_category_rows=2, max_categories=MOST_CATEGORIES)
        return cls(table, *location(table.transform(frame).numeric))

    def matrix(self, frame: pd.DataFrame) -> FloatArray:
        """float64 (N, columns)."""
        return design(self.table.transform(frame), self.table, self.centre, self.spread)


def learner(
    base: str, matrix: FloatArray, y: IntArray, asked: FloatArray, y_asked: IntArray, seed: int
) -> Learner:
    """The baseline's family; its number of trees or strength is chosen on the validation rows."""
    make = _lightgbm if base == LIGHTGBM else _logistic
    return make(matrix, y, asked, y_asked, seed)


def _lightgbm(matrix: FloatArray, y: IntArray, asked: FloatArray, y_asked: IntArray, seed: int) -> Learner:
    import lightgbm

    settings: dict[str, Any] = {
        "num_leaves": 15,
        "learning_rate": 0.08,
        "min_child_samples": 20,
        "colsample_bytree": 0.6,
        "random_state": seed,
        "n_jobs": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    first = lightgbm.LGBMClassifier(n_estimators=MOST_TREES, **settings)
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    first.fit(matrix, y, eval_X=(asked,), eval_y=(y_asked,), eval_metric="binary_logloss", callbacks=[stop])
    trees = max(int(first.best_iteration_ or 1), 1)
    return Learner(lambda: lightgbm.LGBMClassifier(n_estimators=trees, **settings))


def _logistic(matrix: FloatArray, y: IntArray, asked: FloatArray, y_asked: IntArray, seed: int) -> Learner:
    from sklearn.linear_model import LogisticRegression

    def make(strength: float) -> Any:
        return LogisticRegression(C=strength, max_iter=300)

    def loss(strength: float) -> float:
        probability = make(strength).fit(matrix, y).predict_proba(asked)[:, 1]
        return float(row_losses(y_asked, log_odds_of(probability)).mean())

    best = min(STRENGTHS, key=loss)
    return Learner(lambda: make(best))


@dataclass(frozen=True)
class Correction:
    """Log-odds = a + b s + w.x, with s the run's log-odds and a ridge on w."""

    model: Any

    @classmethod
    def fit(
        cls, scores: FloatArray, matrix: FloatArray, y: IntArray, weights: FloatArray | None
    ) -> Correction:
        """scores: the run's probabilities (N,) of rows it has not learned from; matrix: their features."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=CORRECTION_STRENGTH, max_iter=500)
        return cls(model.fit(_with_score(scores, matrix), y, sample_weight=weights))

    def predict(self, scores: FloatArray, matrix: FloatArray) -> FloatArray:
        """Probability of the positive class (N,)."""
        return np.asarray(self.model.predict_proba(_with_score(scores, matrix))[:, 1], dtype=np.float64)


def _with_score(scores: FloatArray, matrix: FloatArray) -> FloatArray:
    return np.concatenate((SCORE_SCALE * log_odds_of(scores)[:, None], matrix), axis=1)
