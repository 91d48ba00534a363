"""A remedy chosen by hand: column, kind and what the kind asks for."""

from __future__ import annotations

from typing import Any

import streamlit as st

from finxfer.data.remedy_choice import best_reading, usual_fill
from finxfer.errors import BadInput
from finxfer.records.remedy_spec import (
    BLANK,
    CAP,
    CONSTANT,
    DEDUPLICATE,
    FILL,
    FILLS,
    KINDS,
    LEVEL,
    MERGE,
    MISSING_LEVEL,
    PARSE,
    READ_AS,
    STANDARDISE,
    RemedySpec,
    check_remedies,
)
from finxfer.records.spec import ColumnSpec
from finxfer.records.tables import Roles, TableMeta
from finxfer.ui import roles_state
from finxfer.ui.guard import show_error
from finxfer.ui.safe import plain
from finxfer.ui.text import remedies as text

_FOR = {
    PARSE: ("category", "text"),
    STANDARDISE: ("category", "text"),
    MERGE: ("category", "text"),
    CAP: ("numeric",),
}
_LEARNED = {"numeric": FILLS[:4], "date": ("median", "mode"), "boolean": ("mode",)}


def kinds_for(column: ColumnSpec, roles: Roles) -> list[str]:
    """The kinds of remedy that the column can have."""
    found = []
    for kind in KINDS:
        if column.kind not in _FOR.get(kind, (column.kind,)):
            continue
        arguments = {"values": ["?"]} if kind == BLANK else {}
        try:
            check_remedies(
                [RemedySpec(kind, (column.name,), arguments)], {c.name: c.role for c in roles.columns}
            )
        except BadInput:
            continue
        found.append(kind)
    return found


def choose(table: TableMeta, roles: Roles) -> RemedySpec | None:
    """The form; None until it says a remedy."""
    columns = {column.name: column for column in roles.columns}
    name = st.selectbox(text.COLUMN, list(columns), index=None, format_func=plain, key="remedy_column")
    if name is None:
        return None
    column = columns[name]
    kinds = kinds_for(column, roles)
    if not kinds:
        st.caption(text.NO_KIND)
        return None
    kind = st.selectbox(text.KIND, kinds, format_func=lambda one: text.KINDS[one], key=f"remedy_kind_{name}")
    try:
        arguments = _arguments(table, roles, column, str(kind))
        return None if arguments is None else RemedySpec(str(kind), (name,), arguments)
    except BadInput as error:
        show_error(error)
        return None


def _arguments(table: TableMeta, roles: Roles, column: ColumnSpec, kind: str) -> dict[str, Any] | None:
    """What the kind asks for beside the column; None while something is lacking."""
    if kind == PARSE:
        usual = best_reading(roles_state.frame_of(table.sha256)[column.name]) or READ_AS[0]
        index = READ_AS.index(usual)
        chosen = st.selectbox(text.AS, READ_AS, index=index, format_func=lambda one: text.READ_AS[one])
        return {"as": chosen}
    if kind == BLANK:
        typed = st.text_input(text.VALUES, help=text.VALUES_HELP)
        values = [one.strip() for one in typed.split(",") if one.strip()]
        return {"values": values} if values else None
    if kind == FILL:
        return _fill(column)
    if kind == CAP:
        low, high = st.columns(2)
        lower = low.number_input(text.LOWER, 0.1, 40.0, 1.0, 0.5, help=text.QUANTILE_HELP)
        upper = high.number_input(text.UPPER, 60.0, 99.9, 99.0, 0.5, help=text.QUANTILE_HELP)
        return {"lower": round(lower / 100, 6), "upper": round(upper / 100, 6)}
    if kind == MERGE:
        return {"min_rows": int(st.number_input(text.MIN_ROWS, 2, 10**6, 20, 5, help=text.MIN_ROWS_HELP))}
    if kind == DEDUPLICATE:
        times = ["", *(one.name for one in roles.columns if one.role == "time")]
        by = st.selectbox(
            text.BY, times, index=len(times) - 1, format_func=lambda one: plain(one) or text.BY_NONE
        )
        return {"by": by}
    return {}


def _fill(column: ColumnSpec) -> dict[str, Any] | None:
    ways = (*_LEARNED.get(column.kind, ("mode",)), *((LEVEL,) if column.kind in ("category", "text") else ()))
    usual = usual_fill(column.kind)["method"]
    ways = tuple(dict.fromkeys((*ways, CONSTANT)))
    method = st.selectbox(
        text.METHOD, ways, index=ways.index(usual), format_func=lambda one: text.METHODS[one],
        key=f"remedy_fill_{column.name}",
    )  # fmt: skip
    if method not in (CONSTANT, LEVEL):
        return {"method": method}
    value = st.text_input(text.VALUE, MISSING_LEVEL if method == LEVEL else "", key=f"remedy_value_{method}")
    return {"method": method, "value": value.strip()} if value.strip() else None
