"""Hybrid rows: some features from a customer, the others from a reference row.

SHAP asks a model for tens of thousands of such rows. They are never built row by row: customers and
reference rows are stacked once into a *pool*, and a block of hybrids is an integer array that says, for
each feature, from which pool row it comes; the columns are then gathered by numpy. Models that offer
``encode`` and ``predict_encoded`` are asked on encoded columns (numbers and category codes), so that
text is encoded once and not once a hybrid; any other model is asked on raw frames.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pandas as pd

from finxfer.errors import BadInput, Fault


class Model(Protocol):
    """What explanations need of a fitted model: raw columns in, probabilities out."""

    features: Any

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Probability of the positive class, shape (N,), of N rows of raw columns."""
        ...


class Pool:
    """N customers followed by B reference rows, ready to be mixed.

    Attributes:
        customers: N.
        references: B.
        labels: int32 (N + B, M); two rows have the same label in a column where the model cannot tell
            their values apart, missing values among them.
    """

    def __init__(self, customers: int, references: int, labels: np.ndarray) -> None:
        self.customers = customers
        self.references = references
        self.labels = labels

    def predict(self, source: np.ndarray) -> np.ndarray:
        """Probabilities (T,) of T hybrids; ``source`` int (T, M) holds a pool row for each feature."""
        raise NotImplementedError


class RawPool(Pool):
    """A pool of raw frames, for any model."""

    def __init__(
        self, model: Model, frame: pd.DataFrame, reference: pd.DataFrame, features: list[str]
    ) -> None:
        self._model = model
        self._columns = [_stack(frame[name], reference[name]) for name in features]
        self._features = features
        labels = [pd.factorize(column, use_na_sentinel=True)[0] for column in self._columns]
        super().__init__(len(frame), len(reference), _columns_to_labels(labels, len(frame) + len(reference)))

    def predict(self, source: np.ndarray) -> np.ndarray:
        columns = {
            name: column.take(source[:, at])
            for at, (name, column) in enumerate(zip(self._features, self._columns, strict=True))
        }
        return checked(self._model.predict(pd.DataFrame(columns, copy=False)), len(source))


class EncodedPool(Pool):
    """A pool of encoded arrays, for models with ``encode`` and ``predict_encoded``."""

    def __init__(self, model: Any, frame: pd.DataFrame, reference: pd.DataFrame, features: list[str]) -> None:
        self._model = model
        ours, theirs = model.encode(frame), model.encode(reference)
        self._encoded_type = type(ours)
        self._numeric = np.concatenate([ours.numeric, theirs.numeric])
        self._codes = np.concatenate([ours.codes, theirs.codes])
        place = {name: at for at, name in enumerate(features)}
        self._numeric_places = [place[name] for name in model.encoder.numeric_names]
        self._code_places = [place[name] for name in model.encoder.category_names]
        labels = [np.zeros(len(self._numeric), dtype=np.int64)] * len(features)
        for at, where in enumerate(self._numeric_places):
            labels[where] = pd.factorize(self._numeric[:, at])[0]
        for at, where in enumerate(self._code_places):
            labels[where] = self._codes[:, at]
        super().__init__(len(frame), len(reference), _columns_to_labels(labels, len(self._numeric)))

    def predict(self, source: np.ndarray) -> np.ndarray:
        numeric = np.take_along_axis(self._numeric, source[:, self._numeric_places], axis=0)
        codes = np.take_along_axis(self._codes, source[:, self._code_places], axis=0)
        hybrids = self._encoded_type(numeric=numeric, codes=codes)
        return checked(self._model.predict_encoded(hybrids), len(source))


def make_pool(model: Model, frame: pd.DataFrame, reference: pd.DataFrame, features: list[str]) -> Pool:
    """The quickest pool that the model allows."""
    encoder = getattr(model, "encoder", None)
    if hasattr(model, "encode") and hasattr(model, "predict_encoded") and encoder is not None:
        used = [*encoder.numeric_names, *encoder.category_names]
        if set(used) <= set(features):
            return EncodedPool(model, frame, reference, features)
    return RawPool(model, frame, reference, features)


def check_frames(frame: pd.DataFrame, reference: pd.DataFrame, features: list[str]) -> None:
    """Refuse what cannot be explained.

    Raises:
        BadInput: no feature, no customer, fewer than two reference rows, or a lacking column.
    """
    if not features:
        raise BadInput(
            "There is nothing to explain.", "The model has no feature.", "Choose at least one feature."
        )
    for role, table in (("customers to explain", frame), ("reference group", reference)):
        lacking = [name for name in features if name not in table.columns]
        if lacking:
            raise BadInput(
                f"The table of the {role} lacks columns that the model needs.",
                f"Not found: {', '.join(map(repr, lacking[:20]))}{' …' if len(lacking) > 20 else ''}.",
                "Add these columns, spelled as in the table that the model was trained on.",
            )
    if len(frame) == 0:
        raise BadInput(
            "There is nobody to explain.", "The table has no row.", "Give a table with at least one row."
        )
    if len(reference) < 2:
        raise BadInput(
            "The reference group is too small.",
            f"It has {len(reference)} rows, and an average needs at least two.",
            "Set FINXFER_REFERENCE_ROWS to 16 or more and run the job again.",
        )


def checked(probability: Any, rows: int) -> np.ndarray:
    """Predictions as float64 (rows,).

    Raises:
        Fault: another number of predictions than rows, or one that is not a finite number.
    """
    values = np.asarray(probability, dtype=np.float64).reshape(-1)
    if len(values) != rows or not np.isfinite(values).all():
        raise Fault(
            "The model could not be explained.",
            f"For {rows} rows it gave {len(values)} predictions, {int(np.isfinite(values).sum())} finite.",
            "Please report this with the run's log.",
        )
    return values


def _stack(ours: pd.Series, theirs: pd.Series) -> Any:
    """One column of the pool as an array with ``take``; the reference's type is kept where both agree.

    Equal types are concatenated as they are. Otherwise (whole numbers in one table, decimals in the
    other) pandas finds the common type.
    """
    return pd.concat([ours, theirs], ignore_index=True).array


def _columns_to_labels(columns: list[np.ndarray], rows: int) -> np.ndarray:
    labels = np.empty((rows, len(columns)), dtype=np.int32)
    for at, column in enumerate(columns):
        labels[:, at] = column
    return labels
