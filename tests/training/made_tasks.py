"""Customers with a target of several classes or a number, and tiny trainings on them."""

from __future__ import annotations

import numpy as np

from finxfer.backbones.protocol import TrainingData
from finxfer.records.spec import MULTICLASS, REGRESSION
from tests.training.made import COLUMNS, customers


def signal(rows: int, seed: int) -> np.ndarray:
    """What both targets depend on, with noise."""
    frame, _ = customers(rows, seed)
    known = np.log(frame["income"].fillna(3000)) - 8 + 0.8 * (frame["housing"] == "tenant")
    return np.asarray(known + np.random.default_rng([seed, 1]).normal(0, 0.4, rows))


def values_data(rows: int = 160, seed: int = 1) -> TrainingData:
    """A skewed amount."""
    y = np.exp(signal(rows, seed)) * 1000
    return data_of(y, REGRESSION, (), seed)


def classes_data(rows: int = 160, seed: int = 1, classes: int = 4) -> TrainingData:
    """Classes of about the same size."""
    found = signal(rows, seed)
    edges = np.quantile(found, np.linspace(0, 1, classes + 1)[1:-1])
    names = tuple(f"class {code}" for code in range(classes))
    return data_of(np.searchsorted(edges, found).astype(np.int16), MULTICLASS, names, seed)


def data_of(y: np.ndarray, task: str, classes: tuple[str, ...], seed: int = 1) -> TrainingData:
    """The customers with this target, every fourth row a validation row."""
    frame, _ = customers(len(y), seed)
    held = np.arange(len(y)) % 4 == 3
    parts = (frame[~held].reset_index(drop=True), y[~held], frame[held].reset_index(drop=True), y[held])
    return TrainingData(*parts, list(COLUMNS), "", "target", task=task, classes=classes)
