"""The roles of the open table on the Data page: target, positive value, and the editable list of columns."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from finxfer.data.tasks import TaskChoice
from finxfer.errors import BadInput
from finxfer.records.spec import BINARY, ColumnSpec
from finxfer.records.tables import Roles, TableMeta
from finxfer.ui import roles_state
from finxfer.ui.guard import show_error
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count
from finxfer.ui.text import data as text

OFFERED_ROLES = ("target", "feature", "protected", "time", "group", "id", "excluded")
EDITOR_HEIGHT, EDITOR_ROWS = 430, 12  # pixels, and the rows that fit into them
POSITIVE_CHOICES = 200


def show_target(table: TableMeta, roles: Roles) -> None:
    """Target column, positive value and whether protected columns may be features."""
    target, positive = st.columns([3, 2], vertical_alignment="bottom")
    names = [column.name for column in roles.columns]
    chosen = target.selectbox(
        text.TARGET,
        names,
        index=names.index(roles.target) if roles.target in names else None,
        format_func=plain,
        placeholder=text.TARGET_PLACEHOLDER,
        help=text.TARGET_HELP,
        key=_key(table, "target"),
    )
    if chosen is not None and chosen != roles.target:
        _change(table, roles_state.with_target(table, roles, chosen))
    if roles.target:
        _task(table, roles)
    if roles.target and roles.task == BINARY:
        _positive(table, roles, positive)
    allowed = st.toggle(
        text.USE_PROTECTED,
        value=roles.use_protected,
        help=text.USE_PROTECTED_HELP,
        key=_key(table, "use_protected"),
    )
    if allowed != roles.use_protected:
        _change(table, replace(roles, use_protected=allowed))


def _task(table: TableMeta, roles: Roles) -> None:
    """What is predicted and why; a choice only where the target's values allow more than one reading."""
    readings = roles_state.readings_of(table.sha256, roles.target, roles_state.how_target(roles))
    if len(readings) < 2:
        if roles.task != BINARY:
            st.caption(
                text.TASK_LINE.format(task=text.TASK_NAMES[roles.task], reason=_reason(readings, roles))
            )
        return
    by_task = {one.task: one for one in readings}
    chosen = st.selectbox(
        text.TASK,
        list(by_task),
        index=list(by_task).index(roles.task) if roles.task in by_task else 0,
        format_func=lambda task: text.TASK_NAMES[task],
        help=text.TASK_HELP,
        key=_key(table, f"task_{names_hash(roles.target)}"),
    )
    if chosen != roles.task:
        _change(table, roles_state.with_task(roles, by_task[chosen]))
    if roles.task == readings[0].task:
        st.caption(text.TASK_WHY.format(reason=_reason(readings, roles)))


def _reason(readings: list[TaskChoice], roles: Roles) -> str:
    return next((md(one.reason, 200) for one in readings if one.task == roles.task), "")


def _positive(table: TableMeta, roles: Roles, place: st.delta_generator.DeltaGenerator) -> None:
    values = roles_state.values_of(table.sha256, roles.target, roles_state.how_target(roles))
    if len(values) < 2:
        st.warning(text.NOT_A_TARGET.format(column=md(roles.target)))
        return
    offered = list(values)[:POSITIVE_CHOICES]
    if roles.positive and roles.positive not in offered:
        offered.append(roles.positive)
    chosen = place.selectbox(
        text.POSITIVE,
        offered,
        index=offered.index(roles.positive) if roles.positive else None,
        format_func=lambda value: text.POSITIVE_OPTION.format(
            value=plain(value, 40), rows=count(values.get(value, 0))
        ),
        placeholder=text.POSITIVE_PLACEHOLDER,
        help=text.POSITIVE_HELP,
        key=_key(table, f"positive_{names_hash(roles.target)}"),
    )
    if len(values) > 2:
        st.caption(text.POSITIVE_MANY.format(target=md(roles.target), count=count(len(values))))
    if chosen is not None and chosen != roles.positive:
        _change(table, replace(roles, positive=chosen))


def names_hash(name: str) -> str:
    """A short, stable part of a widget key for a column's name, which may hold anything."""
    return f"{len(name)}_{sum(ord(letter) * (index + 1) for index, letter in enumerate(name)) % 1_000_003}"


def show_columns(table: TableMeta, roles: Roles) -> None:
    """The editable list of columns with undo and reset."""
    facts = roles_state.facts_of(table.sha256)
    labels = text.EDITOR_COLUMNS
    base = pd.DataFrame(
        {
            "column": [column.name for column in roles.columns],
            "role": [column.role for column in roles.columns],
            "kind": [column.kind for column in roles.columns],
            "reason": roles_state.reasons(table, roles),
            "missing": facts["missing"].to_numpy(),
            "examples": facts["examples"].to_numpy(),
        }
    )
    present = {column.role for column in roles.columns}
    offered = [role for role in text.ROLE_NAMES if role in OFFERED_ROLES or role in present]
    key = _key(table, "editor")
    st.data_editor(
        base,
        key=key,
        alt=text.EDITOR_ALT,
        hide_index=True,
        height=EDITOR_HEIGHT if len(base) > EDITOR_ROWS else "content",
        disabled=["column", "reason", "missing", "examples"],
        on_change=_apply_edits,
        args=(table, key),
        column_config={
            "column": st.column_config.TextColumn(labels["column"], pinned=True),
            "role": st.column_config.SelectboxColumn(
                labels["role"],
                options=offered,
                format_func=lambda role: text.ROLE_NAMES.get(str(role), str(role)),
                required=True,
                help=text.ROLE_HELP,
            ),
            "kind": st.column_config.SelectboxColumn(
                labels["kind"],
                options=list(text.KIND_NAMES),
                format_func=lambda kind: text.KIND_NAMES.get(str(kind), str(kind)),
                required=True,
                help=text.KIND_HELP,
            ),
            "reason": st.column_config.TextColumn(labels["reason"], width="large"),
            "missing": st.column_config.NumberColumn(labels["missing"], format="percent", width="small"),
            "examples": st.column_config.TextColumn(labels["examples"]),
        },
    )
    refused = st.session_state.pop(_refusal(table), None)
    if refused is not None:
        show_error(refused)
    _history(table, roles)


def _history(table: TableMeta, roles: Roles) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            text.UNDO,
            icon=":material/undo:",
            help=text.UNDO_HELP,
            key="roles_undo",
            disabled=not roles_state.can_undo(table),
            on_click=_undo,
            args=(table,),
        )
        st.button(
            text.RESET,
            help=text.RESET_HELP,
            key="roles_reset",
            disabled=roles == roles_state.proposed(table),
            on_click=_reset,
            args=(table,),
        )
        st.caption(counts_line(roles))


def counts_line(roles: Roles) -> str:
    """How many columns are features, protected, not used."""
    features, protected = _with_role(roles, "feature"), _with_role(roles, "protected")
    out = len(roles.columns) - len(features) - len(protected) - bool(roles.target)
    words = text.ROLES_COUNT_USED if roles.use_protected and protected else text.ROLES_COUNT
    return words.format(features=len(features), protected=len(protected), out=out)


def leave_out(table: TableMeta, column: str) -> None:
    """The remedy of a quality finding: the column is used for nothing (callback of a button)."""
    roles_state.change(table, roles_state.with_role(roles_state.settled(table), column, "excluded"))
    remount(table)


def _with_role(roles: Roles, role: str) -> list[ColumnSpec]:
    return [column for column in roles.columns if column.role == role]


def _apply_edits(table: TableMeta, key: str) -> None:
    """Callback of the editor. A refused edit is said below it, and the editor shows the old value again."""
    edits = st.session_state[key]["edited_rows"]
    now = roles_state.settled(table)
    try:
        changed = roles_state.with_edits(table, now, edits)
    except BadInput as error:
        st.session_state[_refusal(table)] = error
        remount(table)
        return
    roles_state.change(table, changed)
    if changed.target != now.target:
        # Earlier edits would be applied again on top of the new target.
        remount(table)


def _undo(table: TableMeta) -> None:
    roles_state.undo(table)
    remount(table)


def _reset(table: TableMeta) -> None:
    roles_state.change(table, roles_state.proposed(table))
    remount(table)


def _change(table: TableMeta, roles: Roles) -> None:
    roles_state.change(table, roles)
    remount(table)
    st.rerun()


def remount(table: TableMeta) -> None:
    """Give the widgets new keys, so that they show what is kept and not what was typed."""
    name = f"roles_version_{table.sha256}"
    st.session_state[name] = st.session_state.get(name, 0) + 1


def _key(table: TableMeta, widget: str) -> str:
    version = st.session_state.get(f"roles_version_{table.sha256}", 0)
    return f"{widget}_{table.sha256[:12]}_{version}"


def _refusal(table: TableMeta) -> str:
    return f"roles_refused_{table.sha256}"
