"""Remedies of single columns: learned from training rows, applied to any rows, one cell at a time.

No row is added or left out here, and no cell depends on another row's. Applied twice they give what they give
once, so that rows which have been through them already (a what-if of a test customer) may come again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from finxfer.data.remedy_fitting import FITS
from finxfer.data.remedy_steps import STEPS, as_floats, is_written
from finxfer.data.values import text_values
from finxfer.errors import BadInput, Damaged
from finxfer.records.remedy_spec import CELL_KINDS, PARSE, RemedySpec
from finxfer.records.spec import ColumnSpec

MOST_UNREAD = 0.5


@dataclass(frozen=True)
class FittedRemedy:
    """One remedy of one column with what it learned.

    Args:
        kind, column: see :class:`finxfer.records.remedy_spec.RemedySpec`.
        learned: plain JSON: a median, two quantiles, a list of levels, ... no customer's row.
    """

    kind: str
    column: str
    learned: dict[str, Any]

    def apply(self, series: pd.Series) -> pd.Series:
        """The column after the remedy, with its index.

        Raises:
            BadInput: more than half of the known cells cannot be read as what training rows were (parse).
        """
        made = STEPS[self.kind](series, self.learned)
        if self.kind == PARSE:
            _check_read(series, made, self.learned["as"])
        return made


@dataclass(frozen=True)
class Change:
    """What a remedy did to one column of some rows.

    Args:
        kind, column: of the remedy.
        rows: how many rows there are.
        changed: cells that are other than before, lost ones included.
        lost: cells that were known and are missing now.
        levels: different values before and after.
    """

    kind: str
    column: str
    rows: int
    changed: int
    lost: int
    levels: tuple[int, int]

    def to_json(self) -> dict[str, Any]:
        """A plain object."""
        return {**vars(self), "levels": list(self.levels)}


@dataclass(frozen=True)
class FittedRemedies:
    """The remedies of a table's columns, in the order in which they are applied."""

    steps: tuple[FittedRemedy, ...] = ()

    @classmethod
    def fit(
        cls, frame: pd.DataFrame, remedies: Sequence[RemedySpec], columns: Sequence[ColumnSpec]
    ) -> FittedRemedies:
        """Learn them from training rows; remedies of rows are none of this.

        Args:
            frame: the training rows as in the table.
            remedies: as in the spec.
            columns: with the kinds that they have after the remedies.

        Raises:
            BadInput: a remedy does not fit the kind of its column, or would leave nothing of it.
        """
        kinds = {column.name: column.kind for column in columns}
        asked = {(one.kind, name): one for one in remedies for name in one.columns if one.kind in CELL_KINDS}
        steps = []
        for name in dict.fromkeys(column for _, column in asked):
            if name not in frame.columns:
                raise BadInput(
                    "A remedy cannot be applied.",
                    f"The table has no column {name[:60]!r}.",
                    "Give the column as the table spells it, or take the remedy back.",
                )
            series = frame[name]
            before: list[FittedRemedy] = []
            for kind in CELL_KINDS:
                if (kind, name) in asked:
                    spec = asked[kind, name]
                    learned = FITS[kind](series, spec.arguments, kinds.get(name, "numeric"), before)
                    before.append(FittedRemedy(kind, name, learned))
                    series = before[-1].apply(series)
            steps += before
        return cls(tuple(steps))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are changed."""
        return tuple(dict.fromkeys(step.column for step in self.steps))

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The same rows with remedied columns; a column that is not there is passed over.

        Raises:
            BadInput: see :meth:`FittedRemedy.apply`.
        """
        return self.changes(frame)[0] if self.steps else frame

    def changes(self, frame: pd.DataFrame, counted: bool = False) -> tuple[pd.DataFrame, list[Change]]:
        """:meth:`apply`, and with ``counted`` what each remedy did."""
        made, found = frame.copy(deep=False), []
        for step in self.steps:
            if step.column not in frame.columns:
                continue
            before = made[step.column]
            after = step.apply(before)
            made[step.column] = after
            if counted:
                found.append(_change(step, before, after))
        return made, found

    def to_json(self) -> list[dict[str, Any]]:
        """A plain object for ``json.dumps``; :meth:`from_json` gives equal remedies back."""
        return [{"kind": s.kind, "column": s.column, "learned": s.learned} for s in self.steps]

    @classmethod
    def from_json(cls, content: Any) -> FittedRemedies:
        """Read back what :meth:`to_json` gave. Raises Damaged where it is something else."""
        try:
            steps = [FittedRemedy(one["kind"], one["column"], dict(one["learned"])) for one in content]
            found = cls(tuple(steps))
            empty = pd.DataFrame({name: pd.Series([], dtype="str") for name in found.columns})
            found.apply(empty)
        except (KeyError, TypeError, ValueError) as error:
            raise Damaged(
                "The stored remedies cannot be read.",
                f"They are not as finxfer writes them ({error!r}).",
                "Run the fine-tuning again.",
            ) from None
        return found


def _check_read(before: pd.Series, after: pd.Series, wanted: str) -> None:
    known = is_written(before)
    lost = known & after.isna().to_numpy()
    if lost.sum() > MOST_UNREAD * known.sum():
        example = str(before.iloc[int(np.flatnonzero(lost)[0])])[:40]
        raise BadInput(
            f"The column {str(before.name)[:60]!r} cannot be read as {wanted}.",
            f"{int(lost.sum()):,} of its {int(known.sum()):,} known cells are not, such as {example!r}.",
            "Take the remedy back, or correct the column at its source.",
        )


def _change(step: FittedRemedy, before: pd.Series, after: pd.Series) -> Change:
    gone, missing = before.isna().to_numpy(), after.isna().to_numpy()
    known, lost = ~gone, ~gone & missing
    if step.kind == PARSE:
        # A word for missing was no value: it is not lost when it is read as missing.
        lost &= is_written(before)
        same = missing & ~lost
    elif pd.api.types.is_numeric_dtype(after.dtype):
        same = (as_floats(before) == as_floats(after)) | (gone & missing)
    else:
        same = text_values(before) == text_values(after)
    changed = int((~same).sum())
    levels = (before[known].nunique(), after[~missing].nunique())
    return Change(step.kind, step.column, len(before), changed, int(lost.sum()), levels)
