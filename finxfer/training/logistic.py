"""Logistic regression: the scorecard's way, on standardised numbers and one-hot categories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finxfer.backbones.augmentation import EncodedRows, add_smote
from finxfer.backbones.imbalance import Treatment
from finxfer.backbones.protocol import TrainingData
from finxfer.data.encoding import Encoded, TableEncoder
from finxfer.errors import Damaged
from finxfer.records.files import read_json, write_json
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.focal import FocalModel, fit_line
from finxfer.training.guard import Validation, validate

STRENGTHS = (0.003, 0.03, 0.3, 3.0)
"""Inverse regularisation strengths tried; the one with the smallest validation log loss is kept."""
MOST_CATEGORIES = 50
CLIP = 5.0
"""Standardised values are clipped here, so that one absurd amount does not decide a prediction."""
BAGS = 5
"""Samples of which each leaves other rows out; their lines are averaged."""


class LogisticModel:
    """Coefficients over [standardised numbers, missing indicators, one-hot categories]."""

    kind = "logistic_regression"

    def __init__(
        self,
        table: TableEncoder,
        centre: np.ndarray,
        spread: np.ndarray,
        coefficients: np.ndarray,
        intercept: float,
        logit_shift: float = 0.0,
    ) -> None:
        self.table, self.centre, self.spread = table, centre, spread
        self.coefficients, self.intercept, self.logit_shift = coefficients, intercept, logit_shift

    @property
    def features(self) -> list[str]:
        return list(self.table.features)

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return 1.0 / (1.0 + np.exp(-self.log_odds(frame)))

    def log_odds(self, frame: pd.DataFrame) -> np.ndarray:
        """Log-odds of the positive class, float64 (N,)."""
        matrix = design(self.table.transform(frame), self.table, self.centre, self.spread)
        return np.asarray(matrix @ self.coefficients + (self.intercept + self.logit_shift))

    def shifted(self, shift: float) -> LogisticModel:
        """The same model with `shift` added to its log-odds."""
        total = self.logit_shift + shift
        return LogisticModel(self.table, self.centre, self.spread, self.coefficients, self.intercept, total)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "kind": self.kind,
            "features": self.features,
            "table": self.table.to_json(),
            "centre": self.centre.tolist(),
            "spread": self.spread.tolist(),
            "coefficients": self.coefficients.tolist(),
            "intercept": self.intercept,
            "logit_shift": self.logit_shift,
        }
        write_json(folder / "model.json", content)

    @classmethod
    def load(cls, folder: Path) -> LogisticModel:
        """Raises Damaged where the file is not what `save` wrote."""
        content: dict[str, Any] = read_json(folder / "model.json")
        try:
            table = TableEncoder.from_json(content["table"])
            centre, spread, coefficients = (
                np.asarray(content[key], dtype=np.float64) for key in ("centre", "spread", "coefficients")
            )
            shift = float(content.get("logit_shift", 0.0))
            return cls(table, centre, spread, coefficients, float(content["intercept"]), shift)
        except (KeyError, TypeError, ValueError) as error:
            raise Damaged(
                "The logistic regression cannot be read.", f"{error!r}.", "Start the run again."
            ) from None


Fitted = LogisticModel | FocalModel


def design(encoded: Encoded, table: TableEncoder, centre: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """float64 (N, 2 Hn + categories): numbers, then whether each is missing, then one-hot codes.

    A missing number counts as the mean; code 0 (missing, unseen) has no column: all zeros.
    """
    missing = np.isnan(encoded.numeric)
    numbers = np.where(missing, 0.0, np.clip((encoded.numeric - centre) / spread, -CLIP, CLIP))
    parts = [numbers, missing.astype(np.float64)]
    for index, count in enumerate(table.cardinalities):
        parts.append((encoded.codes[:, index, None] == np.arange(1, count)).astype(np.float64))
    return np.concatenate(parts, axis=1)


def fit_logistic(data: TrainingData, settings: TrainingSettings) -> tuple[Fitted, Validation]:
    """Fits on the training rows; the validation rows choose the strength of regularisation."""
    best: tuple[Fitted, Validation] | None = None
    for model in fit_strengths(data, settings):
        found = validate(data.y_validation, model.log_odds(data.frame_validation))
        if best is None or found.better_than(best[1]):
            best = model, found
    assert best is not None
    return best


def fit_strengths(
    data: TrainingData, settings: TrainingSettings, strengths: Sequence[float] = STRENGTHS
) -> Iterator[Fitted]:
    """A model of the training rows for each strength, one after the other.

    What is done about a rare class is taken back in its log-odds: class shares and weights by their known
    number, the focal loss by `focal_bend`.
    """
    table = TableEncoder.fit(
        data.frame_train, data.columns, min_category_rows=2, max_categories=MOST_CATEGORIES
    )
    encoded, y = table.transform(data.frame_train), np.asarray(data.y_train)
    centre, spread = location(encoded.numeric)
    encoded, labels = with_made_up(encoded, y, settings)
    matrix = design(encoded, table, centre, spread)
    treatment = Treatment.of(labels, settings, table=y)
    weights = treatment.row_weights(labels)
    for strength in strengths:
        found = np.mean(
            [
                _coefficients(matrix[rows], labels[rows], weights[rows], treatment.gamma, strength)
                for rows in _bags(labels, treatment)
            ],
            axis=0,
        )
        model = LogisticModel(table, centre, spread, found[:-1], float(found[-1]))
        if treatment.gamma:
            yield FocalModel(model, treatment.gamma, treatment.shift)
        else:
            yield model.shifted(treatment.shift)


def _bags(y: np.ndarray, treatment: Treatment) -> list[np.ndarray]:
    """Positions of the rows of each fit: all, or samples, several where rows are left out.

    The coefficients are averaged, so that the model stays one line.
    """
    bags = BAGS if treatment.samples and treatment.drawn.sum() < len(y) else 1
    return [treatment.rows(y, np.random.default_rng([bag, 0xBA6])) for bag in range(bags)]


def _coefficients(
    matrix: np.ndarray, y: np.ndarray, weights: np.ndarray, gamma: float, strength: float
) -> np.ndarray:
    """Coefficients and, last, the intercept (columns + 1,)."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=strength, max_iter=300).fit(matrix, y, sample_weight=weights)
    found = np.concatenate((fitted.coef_[0].astype(np.float64), fitted.intercept_.astype(np.float64)))
    return fit_line(matrix, y, weights, gamma, strength, found) if gamma else found


def with_made_up(encoded: Encoded, y: np.ndarray, settings: TrainingSettings) -> tuple[Encoded, np.ndarray]:
    """The encoded rows (N,) and labels with made-up rows after them where `settings` ask for SMOTE."""
    if not settings.smote:
        return encoded, y
    rows = EncodedRows(encoded.numeric, encoded.codes, y.astype(np.float32))
    joined, _ = add_smote(rows, settings.smote, seed=0)
    return replace(encoded, numeric=joined.numbers, codes=joined.codes), joined.y.astype(y.dtype)


def location(numeric: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the known values; 0 and 1 where there is nothing to tell."""
    values = numeric.astype(np.float64)
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, values, 0.0).sum(axis=0) / count
    spread = np.sqrt(np.square(np.where(known, values - centre, 0.0)).sum(axis=0) / count)
    return centre, np.where(spread > 1e-9 * (1 + np.abs(centre)), spread, 1.0)
