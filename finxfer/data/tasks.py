"""Which task a target is, and its values as what learners read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from finxfer.data.numbers import column_decimal, strip_number, to_number
from finxfer.data.splits import binary_target
from finxfer.data.targets import choose_positive
from finxfer.data.values import map_values, value_counts, value_text
from finxfer.errors import BadInput
from finxfer.records.spec import BINARY, MOST_CLASSES, MULTICLASS, REGRESSION, TASKS

FEW_DIFFERENT = 20
"""Numbers with more different values than this are amounts, not classes."""
FEW_FRACTIONS = 10
"""The same where some of them have a fraction: 0.5 is seldom the name of a class."""
FEW_NUMBERS = 10
"""Fewest labelled rows of a regression."""
STRATA = 10
UNKNOWN = -1


@dataclass(frozen=True)
class TaskChoice:
    """A task with what it needs of the target, and why it is this one.

    Args:
        task: binary, multiclass or regression.
        positive: text of the positive class; empty unless binary.
        classes: texts of the classes in order, numbers ascending, else by alphabet; empty unless multiclass.
        reason: one sentence.
    """

    task: str
    positive: str
    classes: tuple[str, ...]
    reason: str


def choose_task(values: pd.Series, task: str | None = None, positive: str | None = None) -> TaskChoice:
    """The task of a target: what was asked for, else what its values say.

    Two values, or a positive class that was named, make it binary; numbers of more than 20 different values
    (10 where some have a fraction) regression; 3 to 50 different values multiclass.

    Args:
        values: the target column; missing cells are left out.
        task: the analyst's choice; None lets the values decide.
        positive: the analyst's positive class.

    Raises:
        BadInput: no labelled row, one value only, a regression target with text in it, more than 50 classes,
            or a positive class that does not occur or is given for another task than binary.
    """
    if task is not None and task not in TASKS:
        raise BadInput(
            f"There is no task {task[:40]!r}.",
            f"The tasks are {', '.join(TASKS)}.",
            "Give one of them, or leave it out: the target's values then decide.",
        )
    if positive is not None and task not in (None, BINARY):
        raise BadInput(
            f"A positive class does not go with the task {task}.",
            f"{positive!r} was named as the event, which only a binary task has.",
            "Leave the positive class out, or choose the task binary.",
        )
    if task == BINARY or positive is not None:
        return _binary(values, positive)
    counts = value_counts(values)
    if task == REGRESSION or (task is None and _are_amounts(values, counts)):
        return _regression(values, chosen=task is not None)
    if task is None and len(counts) <= 2:
        return _binary(values, None)
    return _multiclass(values, counts, chosen=task is not None)


def target_values(series: pd.Series, task: str, positive: str, classes: tuple[str, ...]) -> np.ndarray:
    """The target as learners read it: (N,).

    Binary: int8, 1 the positive class, 0 another, -1 unknown. Multiclass: int16 position in `classes`, -1
    unknown. Regression: float64, NaN unknown.

    Raises:
        BadInput: the positive class does not occur, a value is none of the classes, or no number.
    """
    if task == REGRESSION:
        return _amounts(series)
    if task == MULTICLASS:
        known = {text: code for code, text in enumerate(classes)}
        codes = map_values(series, lambda value: known.get(value_text(value) or "", -2), UNKNOWN)
        return _known_classes(series, codes.astype(np.int16), classes)
    return binary_target(series, positive)


def is_known(y: np.ndarray) -> np.ndarray:
    """bool (N,): whether the target of a row is known, for any task."""
    return ~np.isnan(y) if y.dtype.kind == "f" else y >= 0


def strata_of(y: np.ndarray) -> np.ndarray:
    """int64 (N,), -1 unknown: what a split keeps the shares of: the classes, or tenths of a number."""
    if y.dtype.kind != "f":
        return y.astype(np.int64)
    known = is_known(y)
    strata = np.full(len(y), UNKNOWN, dtype=np.int64)
    if known.any():
        edges = np.unique(np.quantile(y[known], np.linspace(0, 1, STRATA + 1)[1:-1]))
        strata[known] = np.searchsorted(edges, y[known])
    return strata


def _binary(values: pd.Series, positive: str | None) -> TaskChoice:
    found = choose_positive(values, positive)
    return TaskChoice(BINARY, found.value, (), found.reason)


def _are_amounts(values: pd.Series, counts: dict[str, int]) -> bool:
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        return False
    fractions = any("." in text or "e" in text for text in counts)
    return len(counts) > (FEW_FRACTIONS if fractions else FEW_DIFFERENT)


def _regression(values: pd.Series, chosen: bool) -> TaskChoice:
    y = _amounts(values)
    known = y[is_known(y)]
    if len(known) < FEW_NUMBERS or known.min() == known.max():
        raise BadInput(
            f"The target {_name(values)} cannot be predicted as a number.",
            f"It has {len(known):,} known values, {len(np.unique(known)):,} of them different.",
            f"Choose another target, or give at least {FEW_NUMBERS} rows with different values.",
        )
    reason = "You chose this task." if chosen else f"It holds {len(np.unique(known)):,} different numbers."
    return TaskChoice(REGRESSION, "", (), reason)


def _multiclass(values: pd.Series, counts: dict[str, int], chosen: bool) -> TaskChoice:
    name = _name(values)
    if len(counts) < 2:
        raise BadInput(
            f"The target {name} has nothing to tell apart.",
            f"It has {len(counts)} different value{'' if len(counts) == 1 else 's'}.",
            "Choose another target column, or add rows of other classes.",
        )
    if len(counts) > MOST_CLASSES:
        raise BadInput(
            f"The target {name} has {len(counts):,} different values.",
            f"A class target has at most {MOST_CLASSES}; the commonest are "
            f"{', '.join(repr(text[:30]) for text in list(counts)[:3])}.",
            "Merge rare classes, choose another target, or name one value as the positive class "
            "(--positive); all others then count as negative.",
        )
    rare = [text for text, rows in counts.items() if rows < 2]
    if rare:
        raise BadInput(
            f"The target {name} has classes of a single row.",
            f"They are {', '.join(repr(text[:30]) for text in rare[:5])}; at least two rows are needed.",
            "Add rows of these classes, merge them with others, or leave them out.",
        )
    reason = "You chose this task." if chosen else f"It has {len(counts)} classes."
    return TaskChoice(MULTICLASS, "", _in_order(list(counts)), reason)


def _in_order(texts: list[str]) -> tuple[str, ...]:
    try:
        return tuple(sorted(texts, key=float))
    except ValueError:  # not all are numbers
        return tuple(sorted(texts, key=lambda text: (text.casefold(), text)))


def _amounts(series: pd.Series) -> np.ndarray:
    """The target's numbers, float64 (N,); NaN is missing. BadInput where a cell holds something else."""
    if pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_bool_dtype(series.dtype):
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.where(np.isfinite(values), values, np.nan)
    texts = [text for text in map(value_text, pd.unique(series.dropna())) if text is not None]
    decimal = column_decimal([text.strip() for text in texts], ".")

    def number(value: object) -> float:
        found = to_number(strip_number(str(value).strip()).plain, decimal)
        return np.nan if found is None else float(found)

    values = map_values(series, number, np.nan).astype(np.float64)
    strange = np.isnan(values) & series.notna().to_numpy()
    if strange.any():
        example = str(series.iloc[int(np.flatnonzero(strange)[0])])[:40]
        raise BadInput(
            f"The target {_name(series)} is not a number in every row.",
            f"{int(strange.sum()):,} of {int(series.notna().sum()):,} values are not, such as {example!r}.",
            "Correct or empty these cells (rows without a target are left out), or choose another task.",
        )
    return values


def _known_classes(series: pd.Series, codes: np.ndarray, classes: tuple[str, ...]) -> np.ndarray:
    strange = codes == -2
    if strange.any():
        example = value_text(series.iloc[int(np.flatnonzero(strange)[0])])
        raise BadInput(
            f"The target {_name(series)} holds values that are none of its classes.",
            f"{int(strange.sum()):,} rows are such, for instance {example!r}; the classes are "
            f"{', '.join(repr(text[:30]) for text in classes[:5])}{' …' if len(classes) > 5 else ''}.",
            "Spell the classes the same way everywhere; leave the cell empty where a target is unknown.",
        )
    return codes


def _name(series: pd.Series) -> str:
    return repr(str(series.name)) if series.name is not None else "column"
