"""The roles of the open table: proposed, corrected, undone; kept on disk at every change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.data.roles import JudgedColumn, RoleProposal, judge_columns, proposals
from finxfer.data.targets import TargetProposal, target_candidates
from finxfer.data.tasks import TaskChoice, choose_task
from finxfer.data.values import value_counts, value_text
from finxfer.errors import BadInput, Damaged
from finxfer.records.remedy_spec import read_remedies
from finxfer.records.spec import BINARY, MULTICLASS, REGRESSION, ColumnSpec
from finxfer.records.stored_columns import Columns
from finxfer.records.tables import Roles, TableMeta
from finxfer.runs.remedying import target_remedies
from finxfer.ui import state
from finxfer.ui.text import data as text

EXAMPLES = 3
MOST_VALUES = 1000


# Keyed on the table's hash alone: Streamlit hashes a large frame by a sample of its rows only. Kept as a
# resource, so that a rerun does not copy every row; nothing may write into the frame.
@st.cache_resource(max_entries=3, show_spinner=False)
def frame_of(sha256: str) -> pd.DataFrame:
    """The rows that are looked at, read once: all, or a sample of a large table. Not to be changed."""
    return state.store().looked_at(sha256)


def whole_of(sha256: str) -> Columns:
    """Every row of the table; a large one column by column, as they are asked for. Not to be changed."""
    frame, columns = frame_of(sha256), state.store().columns(sha256)
    return frame if len(frame) == len(columns) else columns


@st.cache_data(max_entries=32, show_spinner=False)
def proposals_of(sha256: str, target: str | None) -> list[RoleProposal]:
    """The proposed role of every column; `target` None proposes the target too."""
    judged, candidates = _judged(sha256)
    return proposals(judged, candidates, target)


@st.cache_data(max_entries=8, show_spinner=False)
def _judged(sha256: str) -> tuple[list[JudgedColumn], list[TargetProposal]]:
    columns = whole_of(sha256)
    return judge_columns(columns), target_candidates(columns)


@st.cache_data(max_entries=32, show_spinner=False)
def values_of(sha256: str, column: str, how: str = "") -> dict[str, int]:
    """Rows per value of a column, the `MOST_VALUES` most frequent first; `how` as `how_target` gives it."""
    return value_counts(read_column(sha256, column, how), most=MOST_VALUES)


def how_target(roles: Roles) -> str:
    """How the target is read, as a key for caches: its remedies as JSON, "" where it has none."""
    found = [one for one in roles.remedies if roles.target in one.columns]
    return json.dumps([roles.task, [one.to_json() for one in found]]) if found else ""


def read_column(sha256: str, column: str, how: str = "") -> pd.Series:
    """A column of every row; the target as its remedies read it.

    Raises:
        BadInput: it cannot be read so.
    """
    series = whole_of(sha256)[column]
    if not how:
        return series
    task, remedies = json.loads(how)
    frame = pd.DataFrame({column: series})
    return target_remedies(read_remedies(remedies), column, task, frame).apply(frame)[column]


@st.cache_data(max_entries=8, show_spinner=False)
def facts_of(sha256: str) -> pd.DataFrame:
    """Per column: `missing`, the share of missing cells (0 to 1), and `examples`, its commonest values."""
    frame, whole = frame_of(sha256), whole_of(sha256)
    head = frame.head(1000)
    examples = []
    for column in frame.columns:
        found = [value_text(value) or "" for value in head[column].dropna().value_counts().index[:EXAMPLES]]
        examples.append(", ".join(found))
    return pd.DataFrame(
        {"missing": [whole[column].isna().mean() for column in whole.columns], "examples": examples}
    )


def proposed(table: TableMeta) -> Roles:
    """The roles that finxfer proposes; target and positive are empty where nothing speaks for any."""
    columns = tuple(proposal.spec for proposal in proposals_of(table.sha256, None))
    target = next((column.name for column in columns if column.role == "target"), "")
    return _with_choice(Roles(columns, target, ""), readings_of(table.sha256, target) if target else [])


@st.cache_data(max_entries=32, show_spinner=False)
def readings_of(sha256: str, target: str, how: str = "") -> list[TaskChoice]:
    """The tasks that a target's values allow, what they say themselves first; empty where they allow none."""
    values = read_column(sha256, target, how)
    found: list[TaskChoice] = []
    two = len(values_of(sha256, target, how)) <= 2
    for task in (None,) if two else (None, BINARY, MULTICLASS, REGRESSION):
        try:
            choice = choose_task(values, task)
        except BadInput:
            if task != BINARY:
                continue
            # Which of many values is the event, only the analyst knows.
            choice = TaskChoice(BINARY, "", (), "")
        if choice.task not in [one.task for one in found]:
            found.append(choice)
    return found


def _with_choice(roles: Roles, readings: list[TaskChoice]) -> Roles:
    """The roles with the first of the target's readings; a binary one without event where it has none."""
    choice = readings[0] if readings else TaskChoice(BINARY, "", (), "")
    return with_task(roles, choice)


def with_task(roles: Roles, choice: TaskChoice) -> Roles:
    """The same roles with another reading of the target."""
    return replace(roles, task=choice.task, positive=choice.positive, classes=choice.classes)


def ready(roles: Roles) -> bool:
    """Whether it is settled what is predicted."""
    return bool(roles.target and (roles.positive or roles.task != BINARY))


def settled(table: TableMeta) -> Roles:
    """The roles as they are now: what was kept, else what is proposed."""
    try:
        kept = state.store().roles(table.sha256)
    except Damaged:
        kept = None
    return kept if kept is not None else proposed(table)


def complete(roles: Roles) -> bool:
    """Whether a run can start from these roles."""
    return ready(roles) and any(column.role == "feature" for column in roles.columns)


def reasons(table: TableMeta, roles: Roles) -> list[str]:
    """One sentence per column: the proposal's reason, or that the analyst chose otherwise."""
    first = proposals_of(table.sha256, roles.target or None)
    return [
        proposal.reason if (proposal.role, proposal.kind) == (column.role, column.kind) else text.YOUR_CHOICE
        for proposal, column in zip(first, roles.columns, strict=True)
    ]


def change(table: TableMeta, roles: Roles) -> None:
    """Keep new roles; the old ones can be had back by `undo`."""
    now = settled(table)
    if roles == now:
        return
    st.session_state.setdefault(_undo_key(table), []).append(now)
    state.store().save_roles(table.sha256, roles)


def can_undo(table: TableMeta) -> bool:
    """Whether a change of this session can be taken back."""
    return bool(st.session_state.get(_undo_key(table)))


def undo(table: TableMeta) -> None:
    """Take back the last change of this session."""
    past = st.session_state.get(_undo_key(table), [])
    if past:
        state.store().save_roles(table.sha256, past.pop())


def with_role(roles: Roles, name: str, role: str) -> Roles:
    """The same roles with another role for one column."""
    columns = tuple(replace(column, role=role) if column.name == name else column for column in roles.columns)
    return replace(roles, columns=columns)


def with_target(table: TableMeta, roles: Roles, target: str) -> Roles:
    """The same roles with another target; the old target gets the role it would have had."""
    usual = {proposal.column: proposal.role for proposal in proposals_of(table.sha256, target)}
    columns = tuple(
        replace(column, role="target")
        if column.name == target
        else replace(column, role=usual[column.name])
        if column.role == "target"
        else column
        for column in roles.columns
    )
    chosen = replace(roles, columns=columns, target=target)
    return _with_choice(chosen, readings_of(table.sha256, target))


def with_edits(table: TableMeta, roles: Roles, edits: Mapping[int, Mapping[str, Any]]) -> Roles:
    """Apply what the editor reports: row position -> {"role": ..., "kind": ...}.

    Raises:
        BadInput: the only target would go, or a kind does not fit the values.
    """
    for position, fields in edits.items():
        column = roles.columns[int(position)]
        role, kind = fields.get("role") or column.role, fields.get("kind") or column.kind
        if kind != column.kind:
            _check_kind(table, column, kind)
            columns = list(roles.columns)
            columns[int(position)] = replace(column, kind=kind)
            roles = replace(roles, columns=tuple(columns))
        if role == column.role:
            continue
        if column.role == "target":
            raise BadInput(text.KEEP_ONE_TARGET)
        roles = (
            with_target(table, roles, column.name)
            if role == "target"
            else with_role(roles, column.name, role)
        )
    return roles


def _check_kind(table: TableMeta, column: ColumnSpec, kind: str) -> None:
    series = frame_of(table.sha256)[column.name]
    numbers = pd.api.types.is_numeric_dtype(series.dtype)
    dates = pd.api.types.is_datetime64_any_dtype(series.dtype)
    if (kind in ("numeric", "boolean") and not numbers) or (kind == "date" and not dates):
        raise BadInput(text.KIND_REFUSED.format(column=column.name, kind=text.KIND_NAMES[kind]))


def _undo_key(table: TableMeta) -> str:
    return f"undo_{table.sha256}"
