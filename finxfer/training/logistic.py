"""Logistic regression: the scorecard's way, on standardised numbers and one-hot categories.

Of several classes it is multinomial, of values a ridge regression on the same columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from finxfer.backbones.augmentation import EncodedRows, add_smote
from finxfer.backbones.imbalance import Treatment, treatment_of
from finxfer.backbones.outputs import BINARY_OUTPUT, Output, Shift, read_output, read_shift, stored_output
from finxfer.backbones.protocol import TrainingData
from finxfer.data.encoding import Encoded, TableEncoder
from finxfer.errors import Damaged
from finxfer.records.files import read_json, write_json
from finxfer.records.spec import BINARY, MULTICLASS, REGRESSION
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.focal import FocalModel, fit_line
from finxfer.training.guard import Validation, validate

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

STRENGTHS = (0.003, 0.03, 0.3, 3.0)
"""Inverse regularisation strengths tried; the one with the smallest validation log loss is kept."""
MOST_CATEGORIES = 50
CLIP = 5.0
"""Standardised values are clipped here, so that one absurd amount does not decide a prediction."""
BAGS = 5
"""Samples of which each leaves other rows out; their lines are averaged."""


class LogisticModel:
    """Coefficients over [standardised numbers, missing indicators, one-hot categories].

    coefficients: (columns,), of several classes (columns, C); intercept: one number, or (C,).
    """

    kind = "logistic_regression"

    def __init__(
        self,
        table: TableEncoder,
        centre: np.ndarray,
        spread: np.ndarray,
        coefficients: np.ndarray,
        intercept: float | np.ndarray,
        logit_shift: Shift = 0.0,
        output: Output = BINARY_OUTPUT,
    ) -> None:
        self.table, self.centre, self.spread = table, centre, spread
        self.coefficients, self.intercept, self.logit_shift = coefficients, intercept, logit_shift
        self.output = output

    @property
    def features(self) -> list[str]:
        return list(self.table.features)

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return self.output.predict(self.raw(frame))

    def raw(self, frame: pd.DataFrame) -> np.ndarray:
        """Log-odds of the positive class or standardised values (N,), or logits of the classes (N, C)."""
        matrix = design(self.table.transform(frame), self.table, self.centre, self.spread)
        return np.asarray(matrix @ self.coefficients + (self.intercept + np.asarray(self.logit_shift)))

    def shifted(self, shift: Shift) -> LogisticModel:
        """The same model with `shift` added to its raw output."""
        total = read_shift((np.asarray(self.logit_shift) + shift).tolist())
        parts = self.table, self.centre, self.spread, self.coefficients, self.intercept
        return LogisticModel(*parts, total, self.output)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "kind": self.kind,
            "features": self.features,
            "table": self.table.to_json(),
            "centre": self.centre.tolist(),
            "spread": self.spread.tolist(),
            "coefficients": self.coefficients.tolist(),
            "intercept": np.asarray(self.intercept).tolist(),
            "logit_shift": self.logit_shift,
            **stored_output(self.output),
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
            shift, output = read_shift(content.get("logit_shift", 0.0)), read_output(content)
            intercept = np.asarray(content["intercept"], dtype=np.float64)
            kept = intercept if intercept.ndim else float(intercept)
            return cls(table, centre, spread, coefficients, kept, shift, output)
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
        found = validate(data.y_validation, model.raw(data.frame_validation), output=data.output)
        if best is None or found.better_than(best[1]):
            best = model, found
    assert best is not None
    return best


def fit_strengths(
    data: TrainingData, settings: TrainingSettings, strengths: Sequence[float] = STRENGTHS
) -> Iterator[Fitted]:
    """A model of the training rows for each strength, one after the other.

    Logistic regression, multinomial of several classes, ridge regression of values. What is done about a rare
    class is taken back in its log-odds: class shares and weights by their known number, the focal loss (of
    two classes) by `focal_bend`.
    """
    table = TableEncoder.fit(
        data.frame_train, data.columns, min_category_rows=2, max_categories=MOST_CATEGORIES
    )
    encoded, y, output = table.transform(data.frame_train), np.asarray(data.y_train), data.output
    centre, spread = location(encoded.numeric)
    if output.task == BINARY:
        encoded, labels = with_made_up(encoded, y, settings)
    else:
        labels, settings = output.learned(y), replace(settings, focal_gamma=0.0)
    matrix = design(encoded, table, centre, spread)
    codes = output.codes(labels)
    treatment = treatment_of(output, codes, settings, output.codes(y))
    weights, shift = treatment.row_weights(codes), output.shift_of(treatment.shifts())
    for strength in strengths:
        found = np.mean(
            [
                _coefficients(matrix[rows], labels[rows], weights[rows], treatment.gamma, strength, output)
                for rows in _bags(codes, treatment)
            ],
            axis=0,
        )
        intercept = found[-1] if found.ndim > 1 else float(found[-1])
        model = LogisticModel(table, centre, spread, found[:-1], intercept, 0.0, output)
        yield FocalModel(model, treatment.gamma, shift) if treatment.gamma else model.shifted(shift)


def _bags(y: np.ndarray, treatment: Treatment) -> list[np.ndarray]:
    """Positions of the rows of each fit: all, or samples, several where rows are left out.

    The coefficients are averaged, so that the model stays one line.
    """
    bags = BAGS if treatment.samples and treatment.drawn.sum() < len(y) else 1
    return [treatment.rows(y, np.random.default_rng([bag, 0xBA6])) for bag in range(bags)]


def _coefficients(
    matrix: np.ndarray, y: np.ndarray, weights: np.ndarray, gamma: float, strength: float, output: Output
) -> np.ndarray:
    """Coefficients and, last, the intercept: (columns + 1,), or of several classes (columns + 1, C)."""
    from sklearn.linear_model import LogisticRegression, Ridge

    if output.task == REGRESSION:
        ridge = Ridge(alpha=1 / strength).fit(matrix, y)
        return np.concatenate((ridge.coef_, [ridge.intercept_])).astype(np.float64)
    fitted = LogisticRegression(C=strength, max_iter=300).fit(matrix, y, sample_weight=weights)
    if output.task == MULTICLASS:
        return _all_classes(fitted, len(y), output.size)
    found = np.concatenate((fitted.coef_[0].astype(np.float64), fitted.intercept_.astype(np.float64)))
    return fit_line(matrix, y, weights, gamma, strength, found) if gamma else found


def _all_classes(fitted: LogisticRegression, rows: int, size: int) -> np.ndarray:
    """Coefficients and intercepts (columns + 1, C); a class that no row has gets the odds of half a row."""
    found = np.concatenate((fitted.coef_, fitted.intercept_[:, None]), axis=1).astype(np.float64)
    if len(found) == 1:  # two classes have one line
        found = np.concatenate((-found / 2, found / 2))
    every = np.zeros((size, found.shape[1]))
    every[:, -1] = np.log(0.5 / rows)
    every[fitted.classes_] = found
    return every.T


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
