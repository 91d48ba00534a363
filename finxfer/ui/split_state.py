"""Which rows test the model: what the analyst chose, else what is proposed, and what comes of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from finxfer.data.splits import Split
from finxfer.data.tasks import is_known, target_values
from finxfer.data.times import Periods, periods, read_times
from finxfer.errors import BadInput
from finxfer.records.spec import BINARY, MULTICLASS, OUT_OF_TIME, RANDOM, ColumnSpec, Spec
from finxfer.records.tables import Roles, TableMeta
from finxfer.runs.immature import Maturity, maturity
from finxfer.runs.rows import split_positions, test_target
from finxfer.settings import integer
from finxfer.ui import roles_state, state
from finxfer.ui.text import split as text

MOST_KEPT = 8


@dataclass(frozen=True)
class Preview:
    """A split with the usual shares, in numbers: pages keep no positions of rows.

    Args:
        rows: of train, validation and test.
        by_period: the same by period, and `left` of the rows in no part, where a column orders them.
        names, unit: of the periods.
        said: what an out-of-time split came to.
        before, after: share of positives (mean of a number) before the test rows and among them; `after` is
            NaN where another table is the test, both where there are several classes.
        latest: what is known of how mature the latest rows are.
    """

    rows: dict[str, int]
    by_period: dict[str, list[int]]
    names: tuple[str, ...]
    unit: str
    said: tuple[str, ...]
    before: float
    after: float
    latest: Maturity


@dataclass(frozen=True)
class OtherTest:
    """Another table as the test: its rows, those with a known outcome, and their share of positives."""

    name: str
    rows: int
    known: int
    rate: float | None


def time_column(roles: Roles) -> str | None:
    """The one column with the role time; None where there is none, or more."""
    names = [column.name for column in roles.columns if column.role == "time"]
    return names[0] if len(names) == 1 else None


def split_of(table: TableMeta, roles: Roles) -> str:
    """random or out-of-time: as chosen; unless chosen, out-of-time where the rows can be split so."""
    if time_column(roles) is None or roles.test_table is not None:
        return RANDOM
    if roles.split is not None:
        return roles.split
    return RANDOM if why_not(table, roles) or _starved(table, roles) else OUT_OF_TIME


def _starved(table: TableMeta, roles: Roles) -> bool:
    """Whether more than half of the rows before the test period are customers who come back in it.

    In a log of transactions or a panel they nearly all do, and leaving them out leaves nothing to learn from.
    """
    rows = preview(table, roles, OUT_OF_TIME).rows
    grouped = any(column.role == "group" for column in roles.columns)
    return grouped and rows["train"] + rows["validation"] < (table.rows - rows["test"]) / 2


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
    needed = [
        [column.name, column.role, column.kind]
        for column in roles.columns
        if column.role in ("time", "group", "target")
    ]
    latest = (roles.outcome_days, roles.extracted, roles.mature_until)
    whole = roles.test_table is not None
    most = integer("test_rows_max")
    how = roles_state.how_target(roles)
    read = (roles.positive, roles.task, roles.classes)
    # One text is the quickest key to find again.
    return _preview(table.sha256, json.dumps([needed, roles.target, read, split, most, latest, whole, how]))


def other_test(table: TableMeta, roles: Roles) -> OtherTest:
    """The test table that was chosen, checked against this one.

    Raises:
        BadInput: it is not stored any more, lacks a feature, or spells a class in another way.
    """
    assert roles.test_table is not None
    if not state.store().has(roles.test_table):
        raise BadInput(text.OTHER_GONE, text.OTHER_GONE_WHY, text.OTHER_GONE_NEXT)
    columns = tuple((column.name, column.role, column.kind) for column in roles.columns)
    spec = (roles.target, roles.positive, roles.task, roles.classes, roles.use_protected)
    return _other(table.sha256, roles.test_table, columns, *spec)


@st.cache_resource(max_entries=MOST_KEPT, show_spinner=False)
def _other(
    sha256: str,
    other: str,
    columns: tuple[tuple[str, str, str], ...],
    target: str,
    positive: str,
    task: str,
    classes: tuple[str, ...],
    use_protected: bool,
) -> OtherTest:
    spec = Spec(
        table=sha256,
        table_name="",
        target=target,
        positive=positive,
        columns=tuple(ColumnSpec(*column) for column in columns),
        task=task,
        classes=classes,
        use_protected=use_protected,
    )
    own = pd.DataFrame({target: roles_state.whole_of(sha256)[target]})
    y = test_target(spec, own, state.store().columns(other))
    known = is_known(y)
    rate = float(y[known].mean()) if task == BINARY and known.any() else None
    return OtherTest(state.store().meta(other).name, len(y), int(known.sum()), rate)


@st.cache_resource(max_entries=32, show_spinner=False)
def _preview(sha256: str, asked: str) -> Preview:
    columns, target, read, split, most, latest, whole_trains, how = json.loads(asked)
    whole = roles_state.whole_of(sha256)
    frame = pd.DataFrame({name: whole[name] for name, _, _ in columns})
    frame[target] = roles_state.read_column(sha256, target, how)
    positive, task, classes = read
    spec = Spec(
        table=sha256,
        table_name="",
        target=target,
        positive=positive,
        task=task,
        classes=tuple(classes),
        columns=tuple(ColumnSpec(*column) for column in columns),
        split=split,
        test_rows_max=most,
        outcome_days=latest[0],
        extracted=latest[1],
        mature_until=latest[2],
    )
    y = target_values(frame[target], task, positive, spec.classes)
    parts, said = split_positions(spec, frame, y, tested=not whole_trains)
    known = maturity(spec, frame, y)
    said = said[: len(said) - len(known.said)]
    before = y[np.concatenate([parts.train, parts.validation])]
    after = float(y[parts.test].mean()) if len(parts.test) and task != MULTICLASS else float("nan")
    share = float("nan") if task == MULTICLASS else float(before.mean())
    times = [name for name, role, _ in columns if role == "time"]
    by = periods_of(sha256, times[0]) if len(times) == 1 and not whole_trains else None
    return Preview(
        {"train": len(parts.train), "validation": len(parts.validation), "test": len(parts.test)},
        _by_period(parts, by) if by is not None else {},
        by.names if by is not None else (),
        by.unit if by is not None else "",
        said,
        share,
        after,
        replace(known, left=np.zeros(0, dtype=bool)),
    )


def _by_period(parts: Split, by: Periods) -> dict[str, list[int]]:
    """Rows of each part by period, and of those in no part."""
    named = {"train": parts.train, "validation": parts.validation, "test": parts.test}
    rows = {name: _counted(by.codes[part], by) for name, part in named.items()}
    rows["left"] = _counted(by.codes, by) - sum(rows.values())
    return {name: found.tolist() for name, found in rows.items()}


def _counted(codes: np.ndarray, by: Periods) -> np.ndarray:
    return np.bincount(codes[codes >= 0], minlength=len(by.names))


# The codes of a large table's rows are kept for those in use alone.
@st.cache_resource(max_entries=4, show_spinner=False)
def periods_of(sha256: str, column: str) -> Periods | None:
    """All rows by period; None where the column cannot order them."""
    try:
        times = read_times(roles_state.whole_of(sha256)[column])
    except BadInput:
        return None
    found = periods(times, np.arange(len(times.values)))
    return replace(found, codes=found.codes.astype(np.int16))
