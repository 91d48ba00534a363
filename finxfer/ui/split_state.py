"""Which rows test the model: what the analyst chose, else what is proposed, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from finxfer.data.splits import Split, binary_target
from finxfer.data.times import Periods, periods, read_times
from finxfer.errors import BadInput
from finxfer.records.spec import OUT_OF_TIME, RANDOM, ColumnSpec, Spec
from finxfer.records.tables import Roles, TableMeta
from finxfer.runs.rows import split_positions
from finxfer.settings import integer
from finxfer.ui import roles_state

MOST_KEPT = 8


@dataclass(frozen=True)
class Preview:
    """A split with the usual shares.

    Args:
        split: positions of the rows of each part.
        said: what an out-of-time split came to.
        before, after: share of positives before the test rows and among them.
    """

    split: Split
    said: tuple[str, ...]
    before: float
    after: float


def time_column(roles: Roles) -> str | None:
    """The one column with the role time; None where there is none, or more."""
    names = [column.name for column in roles.columns if column.role == "time"]
    return names[0] if len(names) == 1 else None


def split_of(table: TableMeta, roles: Roles) -> str:
    """random or out-of-time: as chosen; unless chosen, out-of-time where the rows can be split so."""
    if time_column(roles) is None:
        return RANDOM
    if roles.split is not None:
        return roles.split
    return RANDOM if why_not(table, roles) else OUT_OF_TIME


def why_not(table: TableMeta, roles: Roles) -> str | None:
    """Why the latest rows cannot be the test; None where they can."""
    try:
        preview(table, roles, OUT_OF_TIME)
    except BadInput as error:
        return f"{error.what} {error.why}"
    return None


def preview(table: TableMeta, roles: Roles, split: str) -> Preview:
    """What a split of that kind comes to.

    Raises:
        BadInput: the rows cannot be split so.
    """
    needed = tuple(
        (column.name, column.role, column.kind)
        for column in roles.columns
        if column.role in ("time", "group", "target")
    )
    return _preview(table.sha256, needed, roles.target, roles.positive, split, integer("test_rows_max"))


# A split is three arrays of positions: kept for the tables of a sitting, by the table's hash.
@st.cache_resource(max_entries=MOST_KEPT, show_spinner=False)
def _preview(
    sha256: str,
    columns: tuple[tuple[str, str, str], ...],
    target: str,
    positive: str,
    split: str,
    most: int,
) -> Preview:
    whole = roles_state.whole_of(sha256)
    frame = pd.DataFrame({name: whole[name] for name, _, _ in columns})
    spec = Spec(
        table=sha256,
        table_name="",
        target=target,
        positive=positive,
        columns=tuple(ColumnSpec(*column) for column in columns),
        split=split,
        test_rows_max=most,
    )
    y = binary_target(frame[target], positive)
    parts, said = split_positions(spec, frame, y)
    before = y[np.concatenate([parts.train, parts.validation])]
    return Preview(parts, said, float(before.mean()), float(y[parts.test].mean()))


@st.cache_resource(max_entries=MOST_KEPT, show_spinner=False)
def periods_of(sha256: str, column: str) -> Periods | None:
    """All rows by period; None where the column cannot order them."""
    try:
        times = read_times(roles_state.whole_of(sha256)[column])
    except BadInput:
        return None
    found = periods(times, np.arange(len(times.values)))
    return replace(found, codes=found.codes.astype(np.int16))
