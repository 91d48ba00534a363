"""How a run keeps what its models say: ``predictions.parquet``, ``validation.parquet`` and what it chose by.

Binary: a column of probabilities a model, ``probability`` the run's own. Multiclass: ``prediction`` (the
text of the likeliest class), ``probability_<k>`` and ``<baseline>_<k>`` for class k. Regression:
``prediction`` and a column a baseline. The target is a code, or a number; null where it is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from finxfer.records.spec import MULTICLASS, REGRESSION

MODEL = "model"
_OWN = {REGRESSION: "prediction"}


def own_column(task: str) -> str:
    """The column, or what the columns' names begin with, of the run's own model."""
    return _OWN.get(task, "probability")


def columns_of(name: str, prediction: np.ndarray) -> dict[str, np.ndarray]:
    """A model's prediction as columns: ``name``, or ``name_<k>`` of each class."""
    found = np.asarray(prediction, dtype=np.float64)
    if found.ndim == 1:
        return {name: found}
    return {f"{name}_{code}": found[:, code] for code in range(found.shape[1])}


def from_columns(table: pd.DataFrame, name: str, classes: int) -> np.ndarray | None:
    """What :func:`columns_of` took apart: (N,), or (N, classes); None where the table has no such model."""
    if name in table and not classes:
        return table[name].to_numpy(dtype=np.float64)
    names = [f"{name}_{code}" for code in range(classes)]
    return table[names].to_numpy(dtype=np.float64) if classes and set(names) <= set(table) else None


def prediction_table(
    task: str, y: np.ndarray, found: Mapping[str, np.ndarray], names: Sequence[str], classes: Sequence[str]
) -> pd.DataFrame:
    """target, then the run's own model, then each of ``names`` that is there."""
    table = pd.DataFrame({"target": target_column(task, y)})
    if task == MULTICLASS:
        table["prediction"] = np.asarray(classes, dtype=object)[found[MODEL].argmax(axis=1)]
    columns = columns_of(own_column(task), found[MODEL])
    for name in names:
        if name in found:
            columns |= columns_of(name, found[name])
    return table.assign(**columns)


def target_column(task: str, y: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """The target with null for unknown."""
    if task == REGRESSION:
        return pd.array(y, dtype="Float64")
    known = y >= 0
    values = pd.array(np.where(known, y, 0), dtype="Int16" if task == MULTICLASS else "Int8")
    values[~known] = pd.NA
    return values


def predictions_in(
    table: pd.DataFrame, task: str, classes: int, names: Sequence[str]
) -> dict[str, np.ndarray]:
    """By model, "model" and each of ``names`` that is there: (N,) or (N, C), as predict gives them."""
    wide = classes if task == MULTICLASS else 0
    columns = {MODEL: own_column(task)} | {name: name for name in names}
    found = {name: from_columns(table, column, wide) for name, column in columns.items()}
    return {name: one for name, one in found.items() if one is not None}


def targets_in(table: pd.DataFrame, task: str) -> np.ndarray:
    """The target as learners read it: codes with -1, or float64 with NaN, where it is unknown."""
    values = table["target"].to_numpy(dtype=np.float64, na_value=np.nan)
    return values if task == REGRESSION else np.where(np.isnan(values), -1, values).astype(np.int64)
