"""Whether a table with its roles can be learned from at all."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from finxfer.data.splits import binary_target
from finxfer.data.targets import positive_class
from finxfer.errors import BadInput
from finxfer.records.spec import ColumnSpec

FEW_ROWS = 30
"""Rows of a class below which figures are hardly more than chance."""


def check_task(
    frame: pd.DataFrame,
    columns: Sequence[ColumnSpec],
    target: str,
    positive: str,
    use_protected: bool = False,
) -> list[str]:
    """Warnings on a binary task, as sentences.

    Args:
        frame: the training table.
        columns: roles of its columns.
        target, positive: target column and text of its positive class.
        use_protected: whether protected columns are features too.

    Raises:
        BadInput: the target or a named column is not in the table, the target is empty or constant,
            the positive value does not occur, a class has fewer than two rows, or there is no
            usable feature.
    """
    lacking = [column.name for column in columns if column.name not in frame.columns]
    if target not in frame.columns or lacking:
        name = target if target not in frame.columns else lacking[0]
        raise BadInput(
            f"The table has no column {name!r}.",
            "The roles name a column that is not there.",
            "Choose the roles for this table again.",
        )
    positive_class(frame[target], positive)
    y = binary_target(frame[target], positive)
    counts = {"positive": int((y == 1).sum()), "negative": int((y == 0).sum())}
    for word, rows in counts.items():
        if rows < 2:
            raise BadInput(
                f"The target {target!r} has too few {word} rows.",
                f"{rows} row{'' if rows == 1 else 's'} of {len(frame):,}; at least two are needed.",
                "Add labelled rows, or choose another target or positive class.",
            )
    check_features(frame, columns, use_protected)
    warnings = []
    for word, rows in counts.items():
        if rows < FEW_ROWS:
            warnings.append(f"Only {rows} {word} rows: every figure will be very uncertain.")
    dropped = int((y < 0).sum())
    if dropped:
        plural = "rows have" if dropped > 1 else "row has"
        warnings.append(f"{dropped:,} {plural} no target and will not be learned from.")
    return warnings


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
