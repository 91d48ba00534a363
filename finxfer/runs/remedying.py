"""The remedies of a spec in a run: the one place where the rows of a run become what models read.

Learned from training rows alone. Rows that repeat or lack something are left out of those that are learned
from; test rows and customers to score are all kept. The target is read first of all, for every row alike,
since an outcome must mean the same in every part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from finxfer.data.remedies import Change, FittedRemedies
from finxfer.data.remedy_rows import RowsLeft, rows_left_out
from finxfer.data.remedy_wording import cell_sentence, row_sentence
from finxfer.data.splits import Split
from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.records.remedy_spec import CELL_KINDS, DROP_ROWS, NUMBER, PARSE, ROW_KINDS, RemedySpec
from finxfer.records.spec import REGRESSION, ColumnSpec, Spec

FILE = "model/remedies.json"


@dataclass(frozen=True)
class Remedied:
    """What the remedies of a run came to.

    Args:
        fitted: those of features and protected columns.
        target: those of the target.
        changes: part of the rows ("target", "train", "validation", "test") -> what was changed in it.
        left: what was left out of the training and validation rows.
    """

    fitted: FittedRemedies
    target: FittedRemedies
    changes: dict[str, list[Change]]
    left: tuple[RowsLeft, ...]

    def sentences(self) -> list[str]:
        """One sentence for each remedy, with counts of the training rows (of the target, of all rows)."""
        found = [
            cell_sentence(step, change)
            for fitted, part in ((self.target, "target"), (self.fitted, "train"))
            for step, change in zip(fitted.steps, self.changes[part], strict=True)
        ]
        return found + [row_sentence(one) for one in self.left]

    def to_json(self) -> dict[str, Any]:
        """``model/remedies.json``: ``steps`` and ``target`` as learned, counts by part, sentences; no row."""
        return {
            "steps": self.fitted.to_json(),
            "target": self.target.to_json(),
            "changes": {part: [one.to_json() for one in found] for part, found in self.changes.items()},
            "left_out": [
                {
                    "kind": one.kind,
                    "columns": list(one.columns),
                    "rows": int(one.out.sum()),
                    "seen_in_test": one.seen,
                    "test_rows_kept": one.kept_test,
                }
                for one in self.left
            ],
            "sentences": self.sentences(),
        }


def with_read_target(
    spec: Spec, table: pd.DataFrame, test_table: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame | None, FittedRemedies, list[Change]]:
    """Both tables with the target as its remedies read it, these remedies, and what they changed.

    Learned from every row of the table: how an outcome is spelled is no estimate. The test table's outcomes
    are read the same way.

    Raises:
        BadInput: the target cannot be read so.
    """
    fitted = target_remedies(spec.remedies, spec.target, spec.task, table)
    if not fitted.steps:
        return table, test_table, fitted, []
    table, changes = fitted.changes(table, counted=True)
    return table, None if test_table is None else fitted.apply(test_table), fitted, changes


def target_remedies(
    remedies: Sequence[RemedySpec], target: str, task: str, table: pd.DataFrame
) -> FittedRemedies:
    """The remedies of the target. Rows whose amount is no number are dropped by reading them as unknown.

    Raises:
        BadInput: the target cannot be read so.
    """
    chosen = [one for one in remedies if target in one.columns]
    asked = [RemedySpec(one.kind, (target,), one.arguments) for one in chosen if one.kind in CELL_KINDS]
    dropped = any(one.kind == DROP_ROWS for one in chosen) and task == REGRESSION
    numbers = pd.api.types.is_numeric_dtype(table[target].dtype)
    if dropped and not numbers and not any(one.kind == PARSE for one in asked):
        asked.append(RemedySpec(PARSE, (target,), {"as": NUMBER}))
    kind = "numeric" if task == REGRESSION else "category"
    return FittedRemedies.fit(table, asked, [ColumnSpec(target, "target", kind)])


def without_left_out(
    spec: Spec, table: pd.DataFrame, test: pd.DataFrame, split: Split
) -> tuple[Split, tuple[RowsLeft, ...]]:
    """The split without the training and validation rows that the remedies of rows leave out.

    Raises:
        BadInput: no training or no validation row would be left.
    """
    remedies = _of_rows(spec)
    if not remedies:
        return split, ()
    # In the order of the table, in which the later of two rows is the one further down.
    rows = np.sort(np.concatenate([split.train, split.validation]))
    naming = [column.name for column in spec.columns if column.role in ("id", "group")]
    known = [column.name for column in spec.columns]
    left = rows_left_out(table.iloc[rows][known], test, remedies, naming)
    out = rows[np.any([one.out for one in left], axis=0)]
    kept = Split(np.setdiff1d(split.train, out), np.setdiff1d(split.validation, out), split.test)
    if not len(kept.train) or (len(split.validation) and not len(kept.validation)):
        raise BadInput(
            "The remedies leave no rows to learn from.",
            f"Of {len(rows):,} training and validation rows {len(out):,} would be left out, "
            f"by {' and '.join(dict.fromkeys(one.kind for one in left if one.out.any()))}.",
            "Take one of these remedies back.",
        )
    return kept, tuple(left)


def _of_rows(spec: Spec) -> list[RemedySpec]:
    """The remedies of rows; a row without a target is left out whatever they say."""
    found = []
    for one in spec.remedies:
        names = tuple(name for name in one.columns if not (one.kind == DROP_ROWS and name == spec.target))
        if one.kind in ROW_KINDS and (names or not one.columns):
            found.append(RemedySpec(one.kind, names, one.arguments))
    return found


def fit_cells(spec: Spec, train: pd.DataFrame) -> FittedRemedies:
    """The remedies of features and protected columns, learned from the training rows. Raises BadInput."""
    asked = []
    for one in spec.remedies:
        names = tuple(name for name in one.columns if name != spec.target)
        if names and one.kind in CELL_KINDS:
            asked.append(RemedySpec(one.kind, names, one.arguments))
    return FittedRemedies.fit(train, asked, spec.columns)


def write_remedies(folder: RunFolder, remedied: Remedied | None) -> None:
    """Keep them beside the model, where scoring finds them; nothing where there are none."""
    if remedied is not None:
        folder.write_json(FILE, remedied.to_json())


def stored_remedies(folder: RunFolder) -> FittedRemedies:
    """Those of features, as the run learned them; empty where it has none.

    Raises:
        Damaged: the file is not what was written, or is gone.
    """
    spec = folder.spec()
    if not (isinstance(spec, Spec) and spec.remedies):
        return FittedRemedies()
    content = folder.read_json(FILE)
    return FittedRemedies.from_json(content.get("steps") if isinstance(content, dict) else None)
