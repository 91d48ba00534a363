"""Which rows a run trains, validates and tests on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from finxfer.backbones.protocol import TrainingData
from finxfer.data.groups import group_labels
from finxfer.data.out_of_time import TimedSplit, out_of_time_split
from finxfer.data.remedies import Change, FittedRemedies
from finxfer.data.remedy_rows import RowsLeft
from finxfer.data.splits import CLASS_WORDS, Split, stratified_split
from finxfer.data.tasks import UNKNOWN, is_known, strata_of, target_values
from finxfer.data.times import read_times
from finxfer.data.values import value_text
from finxfer.errors import BadInput
from finxfer.records.spec import BINARY, OUT_OF_TIME, REGRESSION, Spec
from finxfer.records.stored_columns import Columns
from finxfer.runs.immature import maturity
from finxfer.runs.remedying import Remedied, fit_cells, with_read_target, without_left_out

FEW_ROWS_OF_A_CLASS = 30


@dataclass(frozen=True)
class Rows:
    """The rows of a run, as raw frames with their targets (:func:`finxfer.data.tasks.target_values`).

    Args:
        train, validation: labelled rows of the table.
        test: rows of the test table in its order, or the held-out rows of the table in its order.
        y_train, y_validation: known targets.
        y_test: -1 (of a regression NaN) where the target is unknown.
        test_ids: int64, position of each test row in the table it comes from, from 0.
        dropped: rows of the table left out because their target is missing.
        said: sentences on how an out-of-time split came about.
        classes: a word for each class; empty for a regression.
        remedied: what the spec's remedies came to; None where it has none.
        given_test: the test rows as the table has them, where remedies changed `test`.
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
    classes: tuple[str, ...] = CLASS_WORDS
    remedied: Remedied | None = None
    given_test: pd.DataFrame | None = None

    @property
    def tested(self) -> np.ndarray:
        """bool (N,): the test rows whose target is known."""
        return is_known(self.y_test)

    @property
    def positive_rate(self) -> float:
        """Share of positives among all labelled rows of a binary task."""
        labelled = np.concatenate([self.y_train, self.y_validation, self.y_test[self.tested]])
        return float(labelled.mean())

    def read(self, table: pd.DataFrame) -> pd.DataFrame:
        """All rows of the table as the remedies of this run read them."""
        if self.remedied is None:
            return table
        return self.remedied.fitted.apply(self.remedied.target.apply(table))

    def warnings(self) -> list[str]:
        """Sentences on a target that is scarce or partly missing."""
        found = []
        if self.dropped:
            found.append(f"{self.dropped:,} rows without a target were left out.")
        found += self.said
        if self.remedied is not None:
            found += self.remedied.sentences()
        y = np.concatenate([self.y_train, self.y_validation])
        if not self.classes and len(y) < FEW_ROWS_OF_A_CLASS:
            found.append(f"Only {len(y)} rows to learn from: every figure of this run is uncertain.")
        for value, word in reversed(list(enumerate(self.classes))):
            rows = int((y == value).sum())
            if rows < FEW_ROWS_OF_A_CLASS:
                found.append(f"Only {rows} {word} rows to learn from: every figure of this run is uncertain.")
        return found


def split_rows(spec: Spec, table: pd.DataFrame, test_table: pd.DataFrame | None) -> Rows:
    """Split as the spec says; with a test table, all of the table is for training and validation.

    Raises:
        BadInput: a column of the spec is lacking, a class has fewer than two rows, the rows cannot be split
            by time, the test table's target has a value that the table's target does not have, or a remedy
            does not fit its column or would leave nothing.
    """
    require_columns(spec, table)
    table, test_table, target, changed = with_read_target(spec, table, test_table)
    y = target_values(table[spec.target], spec.task, spec.positive, spec.classes)
    split, said = split_positions(spec, table, y, tested=test_table is None)
    if spec.task != REGRESSION:
        _check_learnable(y, split)
    if test_table is None:
        test, y_test, test_ids = table.iloc[split.test], y[split.test], split.test
    else:
        test, y_test, test_ids = test_table, test_target(spec, table, test_table), np.arange(len(test_table))
    split, left = without_left_out(spec, table, test, split)
    rows = Rows(
        train=table.iloc[split.train].reset_index(drop=True),
        validation=table.iloc[split.validation].reset_index(drop=True),
        test=test.reset_index(drop=True),
        y_train=y[split.train],
        y_validation=y[split.validation],
        y_test=y_test,
        test_ids=np.asarray(test_ids, dtype=np.int64),
        dropped=int((~is_known(y)).sum()),
        said=said,
        classes=class_words(spec),
    )
    if left and spec.task != REGRESSION:
        _check_learnable(y, split)
    return _remedied(spec, rows, target, changed, left) if spec.remedies else rows


def _remedied(
    spec: Spec, rows: Rows, target: FittedRemedies, changed: list[Change], left: tuple[RowsLeft, ...]
) -> Rows:
    """The rows as models read them; what is learned is learned from the training rows."""
    fitted, changes = fit_cells(spec, rows.train), {"target": changed}
    train, changes["train"] = fitted.changes(rows.train, counted=True)
    validation, changes["validation"] = fitted.changes(rows.validation, counted=True)
    test, changes["test"] = fitted.changes(rows.test, counted=True)
    remedied = Remedied(fitted, target, changes, left)
    return replace(
        rows, train=train, validation=validation, test=test, given_test=rows.test, remedied=remedied
    )


def split_positions(
    spec: Spec, table: pd.DataFrame, y: np.ndarray, tested: bool = True
) -> tuple[Split, tuple[str, ...]]:
    """Positions of the rows of each part, and sentences on how an out-of-time split came about.

    Args:
        table: at least the columns with the roles time and group.
        y: (N,), as :func:`finxfer.data.tasks.target_values` gives it.
        tested: whether a test part is held out.

    Raises:
        BadInput: a class has fewer than two rows, or the rows cannot be split by time.
    """
    latest = maturity(spec, table, y)
    strata = np.where(latest.left, -1, strata_of(y))
    if spec.split == OUT_OF_TIME:
        timed = _by_time(spec, table, strata)
        return timed.split, (*_told(spec, timed), *latest.said)
    share, most = (spec.test_share, spec.test_rows_max) if tested else (0.0, None)
    groups, names = _groups(spec, table), class_words(spec)
    return stratified_split(strata, share, spec.validation_share, spec.seed, most, groups, names), latest.said


def class_words(spec: Spec) -> tuple[str, ...]:
    """How messages name the classes in order; empty for a regression."""
    if spec.task == BINARY:
        return CLASS_WORDS
    return tuple(f"{spec.target} = {text}" for text in spec.classes)


def _by_time(spec: Spec, table: pd.DataFrame, strata: np.ndarray) -> TimedSplit:
    return out_of_time_split(
        strata,
        read_times(table[time_column(spec)]),
        spec.test_share,
        spec.validation_share,
        spec.seed,
        spec.test_rows_max,
        _groups(spec, table),
        class_words(spec),
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
        task=spec.task,
        classes=spec.classes,
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
    # A row without a group is a group of its own.
    return group_labels(table, names)


def _check_learnable(y: np.ndarray, split: Split) -> None:
    """Two classes must occur among the training and among the validation rows."""
    for part, rows in (("training", split.train), ("validation", split.validation)):
        if len(np.unique(y[rows])) < 2:
            raise BadInput(
                "The table has too few rows to learn from.",
                f"Of the {len(rows):,} {part} rows all are of one class.",
                "Add labelled rows, or choose another target.",
            )


def test_target(spec: Spec, table: pd.DataFrame, test_table: Columns) -> np.ndarray:
    """(N,): the test table's target by the table's own classes; unknown where it is empty or not there.

    table: at least its target. test_table: only its target is read.

    Raises:
        BadInput: the test table lacks a feature, or its target has a value that the table's does not have.
    """
    lacking = [name for name in spec.features if name not in test_table.columns]
    if lacking:
        raise BadInput(
            "The test table does not fit the table.",
            f"It lacks {', '.join(repr(name) for name in lacking[:20])}, which the model reads.",
            "Give a test table with the same columns, or leave these columns out of the model.",
        )
    if spec.target not in test_table.columns:
        if spec.task == REGRESSION:
            return np.full(len(test_table), np.nan)
        return np.full(len(test_table), UNKNOWN, dtype=np.int8)
    column = test_table[spec.target]
    if spec.task == BINARY:
        _check_classes(spec, table, column)
        if not (column.map(value_text, na_action="ignore") == spec.positive).any():
            return np.where(column.isna(), UNKNOWN, 0).astype(np.int8)
    return target_values(column, spec.task, spec.positive, spec.classes)


def _check_classes(spec: Spec, table: pd.DataFrame, column: pd.Series) -> None:
    """Of a binary task every value but the positive one is negative: a new spelling would pass unseen."""
    known = {value_text(value) for value in table[spec.target].dropna().unique()}
    given = {value_text(value) for value in column.dropna().unique()}
    strange = sorted(str(value) for value in given - known)
    if strange:
        raise BadInput(
            "The test table's target is not the table's target.",
            f"{spec.target!r} holds {', '.join(repr(value) for value in strange[:5])} there, but only "
            f"{', '.join(repr(value) for value in sorted(map(str, known))[:5])} in the table.",
            "Spell the classes in both tables the same way; leave the cell empty where a target is unknown.",
        )
