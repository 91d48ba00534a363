"""Whether the features of a table say anything at all."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from finxfer.errors import BadInput
from finxfer.records.spec import ColumnSpec

FEW_ROWS = 30
"""Rows of a class below which figures are hardly more than chance."""


def check_features(frame: pd.DataFrame, columns: Sequence[ColumnSpec], use_protected: bool = False) -> None:
    """Whether at least one feature differs between rows.

    Raises:
        BadInput: there is no feature, or all of them are constant or empty.
    """
    roles = ("feature", "protected") if use_protected else ("feature",)
    features = [column.name for column in columns if column.role in roles]
    if not any(_varies(frame[name]) for name in features):
        why = (
            f"All {len(features)} features are empty or have the same value in every row."
            if features
            else "No column has the role feature: all are target, protected, identifiers or excluded."
        )
        raise BadInput(
            "There is nothing to learn from.",
            why,
            "Give a column that differs between rows the role feature.",
        )


def _varies(series: pd.Series) -> bool:
    """Missing beside one value counts as a difference."""
    return series.nunique(dropna=False) > 1
