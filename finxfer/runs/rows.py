"""Which rows a run trains, validates and tests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from finxfer.backbones.protocol import TrainingData
from finxfer.data.out_of_time import TimedSplit, out_of_time_split
from finxfer.data.splits import Split, binary_target, stratified_split
from finxfer.data.times import read_times
from finxfer.data.values import map_values, value_text
from finxfer.errors import BadInput
from finxfer.records.spec import OUT_OF_TIME, Spec

FEW_ROWS_OF_A_CLASS = 30


@dataclass(frozen=True)
class Rows:
    """The rows of a run, as raw frames with their 0/1 targets.

    Args:
        train, validation: labelled rows of the table.
        test: rows of the test table in its order, or the held-out rows of the table in its order.
        y_train, y_validation: int8, 0 or 1.
        y_test: int8, -1 where the target is unknown.
        test_ids: int64, position of each test row in the table it comes from, from 0.
        dropped: rows of the table left out because their target is missing.
        said: sentences on how an out-of-time split came about.
    """

    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame
    y_train: np.ndarray
    y_validation: np.ndarray
    y_test: np.ndarray
    test_ids: np.ndarray
    dropped: int
    said: tuple[str, ...] = ()

    @property
    def positive_rate(self) -> float:
        """Share of positives among all labelled rows."""
        labelled = np.concatenate([self.y_train, self.y_validation, self.y_test[self.y_test >= 0]])
        return float(labelled.mean())

    def warnings(self) -> list[str]:
        """Sentences on a target that is scarce or partly missing."""
        found = []
        if self.dropped:
            found.append(f"{self.dropped:,} rows without a target were left out.")
        found += self.said
        y = np.concatenate([self.y_train, self.y_validation])
        for value, word in ((1, "positive"), (0, "negative")):
            rows = int((y == value).sum())
            if rows < FEW_ROWS_OF_A_CLASS:
                found.append(f"Only {rows} {word} rows to learn from: every figure of this run is uncertain.")
        return found


def split_rows(spec: Spec, table: pd.DataFrame, test_table: pd.DataFrame | None) -> Rows:
    """Split as the spec says; with a test table, all of the table is for training and validation.

    Raises:
        BadInput: a column of the spec is lacking, a class has fewer than two rows, the rows cannot be split
            by time, or the test table's target has a value that the table's target does not have.
    """
    require_columns(spec, table)
    y = binary_target(table[spec.target], spec.positive)
    split, said = split_positions(spec, table, y, tested=test_table is None)
    _check_learnable(y, split)
    if test_table is None:
        test, y_test, test_ids = table.iloc[split.test], y[split.test], split.test
    else:
        test, y_test, test_ids = test_table, _test_target(spec, table, test_table), np.arange(len(test_table))
    return Rows(
        train=table.iloc[split.train].reset_index(drop=True),
        validation=table.iloc[split.validation].reset_index(drop=True),
        test=test.reset_index(drop=True),
        y_train=y[split.train],
        y_validation=y[split.validation],
        y_test=y_test,
        test_ids=np.asarray(test_ids, dtype=np.int64),
        dropped=int((y < 0).sum()),
        said=said,
    )


def split_positions(
    spec: Spec, table: pd.DataFrame, y: np.ndarray, tested: bool = True
) -> tuple[Split, tuple[str, ...]]:
    """Positions of the rows of each part, and sentences on how an out-of-time split came about.

    Args:
        table: at least the columns with the roles time and group.
        y: int (N,), 1, 0 or -1.
        tested: whether a test part is held out.

    Raises:
        BadInput: a class has fewer than two rows, or the rows cannot be split by time.
    """
    if spec.split == OUT_OF_TIME:
        timed = _by_time(spec, table, y)
        return timed.split, _told(spec, timed)
    share, most = (spec.test_share, spec.test_rows_max) if tested else (0.0, None)
    return stratified_split(y, share, spec.validation_share, spec.seed, most, _groups(spec, table)), ()


def _by_time(spec: Spec, table: pd.DataFrame, y: np.ndarray) -> TimedSplit:
    return out_of_time_split(
        y,
        read_times(table[time_column(spec)]),
        spec.test_share,
        spec.validation_share,
        spec.seed,
        spec.test_rows_max,
        _groups(spec, table),
    )


def _told(spec: Spec, timed: TimedSplit) -> tuple[str, ...]:
    """What the analyst should know of an out-of-time split."""
    column, rows = time_column(spec), len(timed.split.test)
    found = [f"The test is {rows:,} rows from {timed.first} on by {column!r}; training comes before."]
    if timed.undated:
        found.append(f"{timed.undated:,} rows without a time in {column!r} were left out.")
    if timed.seen:
        found.append(
            f"{timed.seen:,} earlier rows of customers who are also in the test period were left out: "
            "to have seen them already would flatter the model."
        )
    if timed.spare:
        found.append(
            f"{timed.spare:,} rows of {timed.first} were left out: one date holds more than "
            f"{spec.test_rows_max:,} test rows, so a stratified sample of it is the test."
        )
    return tuple(found)


def time_column(spec: Spec) -> str:
    """Name of the one column with the role time.

    Raises:
        BadInput: there is none, or more than one.
    """
    names = [column.name for column in spec.columns if column.role == "time"]
    if len(names) == 1:
        return names[0]
    raise BadInput(
        "The rows cannot be split by time.",
        f"{len(names)} columns have the role time: {', '.join(map(repr, names))}."
        if names
        else "No column has the role time.",
        "Give exactly one column the role time (--time COL), or split the rows at random.",
    )


def training_data(spec: Spec, rows: Rows) -> TrainingData:
    """The rows that may choose something, and what a backbone must know of them."""
    return TrainingData(
        frame_train=rows.train,
        y_train=rows.y_train,
        frame_validation=rows.validation,
        y_validation=rows.y_validation,
        columns=list(spec.feature_columns),
        positive=spec.positive,
        target=spec.target,
        groups=tuple(column.name for column in spec.columns if column.role == "group"),
        protected=spec.hidden_columns,
        mapping=spec.mapping,
    )


def require_columns(spec: Spec, table: pd.DataFrame) -> None:
    """Refuse a spec that does not fit its table.

    Raises:
        BadInput: a column is lacking, or there is no feature.
    """
    lacking = [column.name for column in spec.columns if column.name not in table.columns]
    if lacking:
        raise BadInput(
            "The spec does not fit the table.",
            f"The table lacks {', '.join(repr(name) for name in lacking[:20])}.",
            "Choose the roles again on the Data page, or give the table the spec was made for.",
        )
    if not spec.features:
        raise BadInput(
            "There is nothing to learn from.",
            "No column is left as a feature.",
            "Give at least one column the role feature, or drop fewer columns.",
        )


def _groups(spec: Spec, table: pd.DataFrame) -> np.ndarray | None:
    names = [column.name for column in spec.columns if column.role == "group"]
    if not names:
        return None
    lacking = table[names].isna().any(axis=1)
    joined = table[names].astype("str").fillna("").agg("\x1f".join, axis=1).astype("object")
    # A row without a group is a group of its own.
    return joined.mask(lacking, None).to_numpy()


def _check_learnable(y: np.ndarray, split: Split) -> None:
    """Both classes must occur among the training and among the validation rows."""
    for part, rows in (("training", split.train), ("validation", split.validation)):
        if len(np.unique(y[rows])) < 2:
            raise BadInput(
                "The table has too few rows to learn from.",
                f"Of the {len(rows):,} {part} rows none is of one of the two classes.",
                "Add labelled rows, or choose another target.",
            )


def _test_target(spec: Spec, table: pd.DataFrame, test_table: pd.DataFrame) -> np.ndarray:
    """Int8 (N,): the test table's target by the table's own classes; -1 where it is unknown."""
    if spec.target not in test_table.columns:
        return np.full(len(test_table), -1, dtype=np.int8)
    known = {value_text(value) for value in table[spec.target].dropna().unique()}
    given = {value_text(value) for value in test_table[spec.target].dropna().unique()}
    strange = sorted(str(value) for value in given - known)
    if strange:
        raise BadInput(
            "The test table's target is not the table's target.",
            f"{spec.target!r} holds {', '.join(repr(value) for value in strange[:5])} there, but only "
            f"{', '.join(repr(value) for value in sorted(map(str, known))[:5])} in the table.",
            "Spell the classes in both tables the same way; leave the cell empty where a target is unknown.",
        )
    column = test_table[spec.target]
    return map_values(column, lambda value: int(value_text(value) == spec.positive), -1).astype(np.int8)
