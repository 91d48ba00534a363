"""Logistic regression: the scorecard's way, on standardised numbers and one-hot categories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finxfer.backbones.protocol import TrainingData
from finxfer.backbones.sampling import class_weights
from finxfer.data.encoding import Encoded, TableEncoder
from finxfer.errors import Damaged
from finxfer.records.files import read_json, write_json
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.guard import Validation, validate

STRENGTHS = (0.003, 0.03, 0.3, 3.0)
"""Inverse regularisation strengths tried; the one with the smallest validation log loss is kept."""
MOST_CATEGORIES = 50
CLIP = 5.0
"""Standardised values are clipped here, so that one absurd amount does not decide a prediction."""


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
    ) -> None:
        self.table, self.centre, self.spread = table, centre, spread
        self.coefficients, self.intercept = coefficients, intercept

    @property
    def features(self) -> list[str]:
        return list(self.table.features)

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return 1.0 / (1.0 + np.exp(-self.log_odds(frame)))

    def log_odds(self, frame: pd.DataFrame) -> np.ndarray:
        """Log-odds of the positive class, float64 (N,)."""
        matrix = design(self.table.transform(frame), self.table, self.centre, self.spread)
        return np.asarray(matrix @ self.coefficients + self.intercept)

    def shifted(self, shift: float) -> LogisticModel:
        """The same model with `shift` added to its log-odds."""
        return LogisticModel(self.table, self.centre, self.spread, self.coefficients, self.intercept + shift)

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
            return cls(table, centre, spread, coefficients, float(content["intercept"]))
        except (KeyError, TypeError, ValueError) as error:
            raise Damaged(
                "The logistic regression cannot be read.", f"{error!r}.", "Start the run again."
            ) from None


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


def fit_logistic(data: TrainingData, settings: TrainingSettings) -> tuple[LogisticModel, Validation]:
    """Fits on the training rows; the validation rows choose the strength of regularisation."""
    balanced = settings.class_weighting == "balanced"
    best: tuple[LogisticModel, Validation] | None = None
    for model in fit_strengths(data, settings):
        found = validate(data.y_validation, model.log_odds(data.frame_validation), balanced)
        if best is None or found.better_than(best[1]):
            best = model.shifted(found.logit_shift), found
    assert best is not None
    return best


def fit_strengths(
    data: TrainingData, settings: TrainingSettings, strengths: Sequence[float] = STRENGTHS
) -> Iterator[LogisticModel]:
    """A model of the training rows for each strength, one after the other."""
    from sklearn.linear_model import LogisticRegression

    table = TableEncoder.fit(
        data.frame_train, data.columns, min_category_rows=2, max_categories=MOST_CATEGORIES
    )
    encoded = table.transform(data.frame_train)
    centre, spread = location(encoded.numeric)
    matrix = design(encoded, table, centre, spread)
    weights = class_weights(np.asarray(data.y_train), settings.class_weighting)
    for strength in strengths:
        fitted = LogisticRegression(C=strength, max_iter=300).fit(matrix, data.y_train, sample_weight=weights)
        coefficients, intercept = fitted.coef_[0].astype(np.float64), float(fitted.intercept_[0])
        yield LogisticModel(table, centre, spread, coefficients, intercept)


def location(numeric: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the known values; 0 and 1 where there is nothing to tell."""
    values = numeric.astype(np.float64)
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, values, 0.0).sum(axis=0) / count
    spread = np.sqrt(np.square(np.where(known, values - centre, 0.0)).sum(axis=0) / count)
    return centre, np.where(spread > 1e-9 * (1 + np.abs(centre)), spread, 1.0)
