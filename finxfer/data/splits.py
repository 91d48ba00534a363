"""Binary targets and stratified splits of any target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finxfer.data.values import map_values, value_text
from finxfer.errors import BadInput

CLASS_WORDS = ("negative", "positive")
"""Words for the classes 0 and 1 of a binary target."""
FEWEST_ROWS = 4


@dataclass(frozen=True)
class Split:
    """Row positions of a split, each a sorted int64 array; together they are disjoint."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def binary_target(series: pd.Series, positive: str) -> np.ndarray:
    """Int8 (N,): 1 where the value is the positive class, 0 where it is another, -1 where missing.

    Args:
        series: the target column.
        positive: text of the positive class (:func:`finxfer.data.values.value_text`).

    Raises:
        BadInput: the positive class does not occur.
    """
    target = map_values(series, lambda value: int(value_text(value) == positive), -1).astype(np.int8)
    if len(target) and not (target == 1).any() and (target == 0).any():
        raise BadInput(
            f"No row of {series.name!r} has the positive value {positive!r}.",
            f"Its values are such as {value_text(series.dropna().iloc[0])!r}.",
            "Choose another positive value or another target column.",
        )
    return target


def stratified_split(
    y: np.ndarray,
    test_share: float,
    validation_share: float,
    seed: int,
    test_rows_max: int | None = None,
    groups: np.ndarray | None = None,
    names: Sequence[str] = CLASS_WORDS,
) -> Split:
    """Split rows so that every part has the same share of each stratum.

    Rows without a target (-1) are in no part. Each class keeps at least one row for training, and
    has one in the test and validation parts whenever it has rows enough.

    Args:
        y: int (N,), the stratum of each row from 0 on (for a binary target its class, else
            :func:`finxfer.data.tasks.strata_of`), -1 for none.
        test_share: share of the rows held out for the test, 0 (no test part) to 0.9.
        validation_share: share of the remaining rows, 0 to 0.9.
        seed: seed of the shuffle, 0 or more.
        test_rows_max: most test rows; the rest goes to training and validation.
        groups: (N,) labels whose rows must stay in one part (one customer in several rows); the
            shares then hold only roughly. Rare strata above 1 are spread as well as whole groups allow.
        names: a word for each class, which must have two rows; empty where strata are no classes.

    Raises:
        BadInput: a class has fewer than two rows, or the table fewer than four.
    """
    for name, share in (("test_share", test_share), ("validation_share", validation_share)):
        if not 0 <= share <= 0.9:
            raise ValueError(f"{name} must be from 0 to 0.9, not {share!r}")
    labels = np.asarray(y).astype(np.int64)
    known = int((labels >= 0).sum())
    _check_strata(labels, known, names)
    # At least one row of each class is tested wherever a test part is wanted.
    test_rows = max(round(known * test_share), 2) if test_share else 0
    if test_rows_max is not None:
        test_rows = min(test_rows, test_rows_max)
    generator = np.random.default_rng(seed)
    if groups is not None:
        return _grouped_split(labels, test_rows / known, validation_share, generator, np.asarray(groups))
    parts: dict[str, list[np.ndarray]] = {"train": [], "validation": [], "test": []}
    for value in range(max(2, int(labels.max(initial=0)) + 1)):
        rows_of_class = generator.permutation(np.flatnonzero(labels == value))
        test = _part(len(rows_of_class), test_rows / known if test_rows else 0.0)
        validation = _part(len(rows_of_class) - test, validation_share)
        parts["test"].append(rows_of_class[:test])
        parts["validation"].append(rows_of_class[test : test + validation])
        parts["train"].append(rows_of_class[test + validation :])
    return Split(**{name: np.sort(np.concatenate(rows)) for name, rows in parts.items()})


def _check_strata(labels: np.ndarray, known: int, names: Sequence[str]) -> None:
    counts = np.bincount(labels[labels >= 0], minlength=len(names))
    # The positive class first: it is the one that people look for.
    for value in reversed(range(len(names))):
        rows = int(counts[value])
        if rows < 2:
            raise BadInput(
                "The table cannot be split into training and test rows.",
                f"It has {rows} {names[value]} row{'' if rows == 1 else 's'}; at least two are needed.",
                "Add labelled rows, or choose another target or positive class.",
            )
    if known < FEWEST_ROWS:
        raise BadInput(
            "The table cannot be split into training and test rows.",
            f"{known:,} rows have a target; at least {FEWEST_ROWS} are needed.",
            "Add labelled rows.",
        )


def _part(rows: int, share: float) -> int:
    """Rows of a class that go to a part: at least one if any are wanted, and one stays behind."""
    if share == 0 or rows < 2:
        return 0
    return min(max(round(rows * share), 1), rows - 1)


def _grouped_split(
    labels: np.ndarray,
    test_share: float,
    validation_share: float,
    generator: np.random.Generator,
    groups: np.ndarray,
) -> Split:
    """Like :func:`stratified_split`, whole groups at a time, stratified by the highest stratum they hold.

    Of a binary target that is whether a group has a positive.
    """
    codes, uniques = pd.factorize(groups)
    # A row without a group is a group of its own.
    alone = codes < 0
    codes = np.where(alone, len(uniques) + np.cumsum(alone) - 1, codes)
    count = int(codes.max()) + 1 if len(codes) else 0
    highest = np.full(count, -1, dtype=np.int64)
    np.maximum.at(highest, codes, labels)
    part_of = np.zeros(count, dtype=np.int8)
    present = np.zeros(count, dtype=bool)
    present[codes[labels >= 0]] = True
    for value in range(max(2, int(highest.max(initial=0)) + 1)):
        members = generator.permutation(np.flatnonzero(present & (highest == value)))
        test = _part(len(members), test_share)
        validation = _part(len(members) - test, validation_share)
        part_of[members[:test]] = 2
        part_of[members[test : test + validation]] = 1
    row_part = np.where(labels >= 0, part_of[codes], -1)
    return Split(*(np.flatnonzero(row_part == part) for part in (0, 1, 2)))
