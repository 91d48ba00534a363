"""The remedies of the open table: kept with its roles, tried on its rows before they are applied."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from finxfer.data.leaks import rank_scores
from finxfer.data.remedy_choice import columns_after, together
from finxfer.data.tasks import choose_task
from finxfer.data.values import value_text
from finxfer.errors import BadInput
from finxfer.evaluation.delong import delong
from finxfer.evaluation.placements import Placements
from finxfer.records.remedy_spec import RemedySpec, applicable, read_remedies
from finxfer.records.spec import BINARY, OUT_OF_TIME, RANDOM, ColumnSpec, Spec
from finxfer.records.tables import Roles, TableMeta
from finxfer.runs.rows import Rows, split_rows
from finxfer.ui import roles_state

EXAMPLES = 3
LONGEST_EXAMPLE = 30


@dataclass(frozen=True)
class Effect:
    """What remedies would do to the training rows of the rows that are looked at.

    Args:
        sentences: what each remedy does, with counts.
        column: the first column that it is about; "" for rows only.
        before, after: that column of the training rows; without a column one number, of rows to learn from.
        examples: cells before and after, of cells that change.
        strength: single-feature AUC before and after, and the interval of their difference; None where the
            rows are others, the column is no feature or the task is not binary.
    """

    sentences: tuple[str, ...]
    column: str
    before: pd.Series
    after: pd.Series
    examples: tuple[tuple[str, str], ...] = ()
    strength: tuple[float, float, tuple[float, float] | None] | None = None


def remedies_of(roles: Roles) -> tuple[RemedySpec, ...]:
    """The remedies that a run would have: those whose columns still have a role for them."""
    return applicable(roles.remedies, {column.name: column.role for column in roles.columns})


def key_of(roles: Roles) -> str:
    """The remedies that a run would have, as a key for caches."""
    return _key(remedies_of(roles))


def with_remedies(table: TableMeta, roles: Roles, chosen: Sequence[RemedySpec]) -> Roles:
    """The roles with these remedies beside those that are there."""
    after = replace(
        roles,
        remedies=together(roles.remedies, chosen),
        columns=columns_after(roles.columns, chosen),
    )
    return _retargeted(table, after, chosen)


def without(table: TableMeta, roles: Roles, taken: Sequence[RemedySpec]) -> Roles:
    """The roles without these remedies; what was parsed has the kind and role again that were proposed."""
    parsed = {name for one in taken if one.kind == "parse" for name in one.columns}
    first = {one.column: one.spec for one in roles_state.proposals_of(table.sha256, roles.target or None)}
    columns = tuple(
        first[column.name] if column.name in parsed and column.name != roles.target else column
        for column in roles.columns
    )
    left = tuple(one for one in roles.remedies if one not in taken)
    return _retargeted(table, replace(roles, columns=columns, remedies=left), taken)


def _retargeted(table: TableMeta, roles: Roles, changed: Sequence[RemedySpec]) -> Roles:
    """Task and positive value of a target that is read another way now."""
    if not any(roles.target in one.columns for one in changed):
        return roles
    how = roles_state.how_target(roles)
    counts = roles_state.values_of(table.sha256, roles.target, how)
    if roles.task == BINARY and roles.positive in counts and len(counts) >= 2:
        return roles
    try:
        choice = choose_task(roles_state.read_column(table.sha256, roles.target, how))
    except BadInput:
        return replace(roles, task=BINARY, positive="", classes=())
    return replace(roles, task=choice.task, positive=choice.positive, classes=choice.classes)


def rows_of(table: TableMeta, roles: Roles) -> Rows | None:
    """The rows that are looked at, split and remedied as a run would; None without remedies.

    Raises:
        BadInput: a remedy does not fit any more, or the rows cannot be split.
    """
    remedies = remedies_of(roles)
    if not remedies:
        return None
    return _rows(table, roles, remedies)


def _rows(table: TableMeta, roles: Roles, remedies: Sequence[RemedySpec]) -> Rows:
    columns = tuple((column.name, column.role, column.kind) for column in roles.columns)
    times = [column.name for column in roles.columns if column.role == "time"]
    split = OUT_OF_TIME if roles.split == OUT_OF_TIME and len(times) == 1 else RANDOM
    task = (roles.task, roles.positive, roles.classes)
    return _split(table.sha256, columns, roles.target, task, split, roles.use_protected, _key(remedies))


def _key(remedies: Sequence[RemedySpec]) -> str:
    return json.dumps([one.to_json() for one in remedies], sort_keys=True)


@st.cache_resource(max_entries=4, show_spinner=False)
def _split(
    sha256: str,
    columns: tuple[tuple[str, str, str], ...],
    target: str,
    task: tuple[str, str, tuple[str, ...]],
    split: str,
    use_protected: bool,
    remedies: str,
) -> Rows:
    spec = Spec(
        table=sha256,
        table_name="",
        target=target,
        positive=task[1],
        columns=tuple(ColumnSpec(*column) for column in columns),
        task=task[0],
        classes=task[2],
        split=split,
        use_protected=use_protected,
        remedies=read_remedies(json.loads(remedies)),
    )
    return split_rows(spec, roles_state.frame_of(sha256), None)


def looked_at(table: TableMeta, roles: Roles) -> pd.DataFrame:
    """The rows that are looked at as a run with these remedies would read them."""
    try:
        rows = rows_of(table, roles)
    except BadInput:  # said where the applied remedies are listed
        rows = None
    frame = roles_state.frame_of(table.sha256)
    return frame if rows is None else rows.read(frame)


def effect_of(table: TableMeta, roles: Roles, chosen: Sequence[RemedySpec]) -> Effect:
    """What these remedies would do on top of those that are applied.

    Raises:
        BadInput: they do not fit, or would leave nothing.
    """
    after = with_remedies(table, roles, chosen)
    first = _rows(table, roles, remedies_of(roles)) if roles.positive or roles.classes else None
    then = _rows(table, after, remedies_of(after))
    assert then.remedied is not None
    known = first.remedied.sentences() if first is not None and first.remedied is not None else []
    said = tuple(one for one in then.remedied.sentences() if one not in known)
    name = next((name for one in chosen for name in one.columns), "")
    if all(one.kind in ("deduplicate", "drop_rows") for one in chosen):
        counts = [pd.Series([len(rows.train) + len(rows.validation)]) for rows in (first or then, then)]
        return Effect(said, "", counts[0], counts[1])
    if name == roles.target or first is None:
        raw = roles_state.read_column(table.sha256, name, roles_state.how_target(roles))
        read = roles_state.read_column(table.sha256, name, roles_state.how_target(after))
        return Effect(said, name, raw, read, _examples(raw, read))
    before, made = first.train[name], then.train[name]
    same = len(before) == len(made)
    strength = _strength(name, roles, after, first, then) if same and roles.task == BINARY else None
    return Effect(said, name, before, made, _examples(before, made) if same else (), strength)


def _examples(before: pd.Series, after: pd.Series) -> tuple[tuple[str, str], ...]:
    found: dict[tuple[str, str], None] = {}
    for old, new in zip(before.head(2_000).tolist(), after.head(2_000).tolist(), strict=True):
        pair = tuple((value_text(one) or "")[:LONGEST_EXAMPLE] for one in (old, new))
        if pair[0] != pair[1]:
            found.setdefault((pair[0], pair[1]))
        if len(found) == EXAMPLES:
            break
    return tuple(found)


def _strength(
    name: str, before: Roles, after: Roles, first: Rows, then: Rows
) -> tuple[float, float, tuple[float, float] | None] | None:
    """How well the column alone ranks the training rows, each half judged by the other's rates."""
    kinds = [next(c.kind for c in roles.columns if c.name == name) for roles in (before, after)]
    y = np.asarray(first.y_train, dtype=np.int64)
    found = []
    for rows, kind in zip((then, first), reversed(kinds), strict=True):
        scores, half = rank_scores(rows.train[name], kind, y)
        if len(np.unique(y[half == 0])) < 2 or len(np.unique(y[half == 1])) < 2:
            return None
        found.append(Placements.of(scores, y, half))
    lead = delong(found[0], found[1])
    areas = [float(np.mean(one.values[y == 1])) for one in found]
    ends = lead["interval"]
    return areas[1], areas[0], (float(ends[0]), float(ends[1])) if ends else None
