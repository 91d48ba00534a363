"""Explanations of a choice among classes: every class's values, and those of the likeliest one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from finxfer.explanations.importance import importance
from finxfer.explanations.values import Attribution

CLASSES = "_classes"
"""After a model's name: the file with the values of every class."""


def likeliest(made: Attribution, classes: Sequence[str]) -> Attribution:
    """The values (N, M) of each customer's likeliest class, of values (N, M, C)."""
    rows, code = np.arange(len(made.values)), made.probability.argmax(axis=1)
    return replace(
        made,
        values=made.values[rows, :, code],
        base_value=np.asarray(made.base_value)[code],
        probability=made.probability[rows, code],
        missed=None if made.missed is None else made.missed[rows, code],
        said=np.asarray(classes, dtype=object)[code],
    )


def class_table(made: Attribution, row: np.ndarray, classes: Sequence[str]) -> pd.DataFrame:
    """row, class, base_value, probability, shap_<feature>…: a row for each customer and class."""
    columns, parts = [f"shap_{feature}" for feature in made.features], []
    for code, name in enumerate(classes):
        head = {
            "row": row,
            "class": np.full(len(row), name, dtype=object),
            "base_value": np.full(len(row), np.asarray(made.base_value)[code]),
            "probability": made.probability[:, code],
        }
        values = pd.DataFrame(made.values[:, :, code], columns=columns)
        parts.append(pd.concat([pd.DataFrame(head), values], axis=1))
    return pd.concat(parts, ignore_index=True)


def class_importance(
    features: Sequence[str], values: np.ndarray, classes: Sequence[str], draws: int, seed: int
) -> list[dict[str, Any]]:
    """Features by importance, largest first: the mean |SHAP value|, added up over the classes.

    Args:
        values: (N, M, C).

    Returns:
        As :func:`finxfer.explanations.importance.importance`, with ``by_class``: {class: its part}.
    """
    size = np.abs(values)
    parts = size.mean(axis=0)
    found = importance(features, size.sum(axis=2), draws, seed)
    for one in found:
        at = list(features).index(one["feature"])
        one["by_class"] = {name: float(parts[at, code]) for code, name in enumerate(classes)}
    return found


def by_strata(strata: np.ndarray, rows: int, generator: np.random.Generator) -> np.ndarray:
    """Positions of so many rows with the strata's shares, ascending: every k-th along the strata in random
    order, so that a stratum's rows are off by one at most."""
    order = np.lexsort((generator.random(len(strata)), strata))
    places = (np.arange(rows) + generator.random()) * len(strata) / rows
    return np.sort(order[np.minimum(places.astype(int), len(strata) - 1)])
