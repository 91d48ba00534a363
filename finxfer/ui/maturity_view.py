"""The Data page's word on the latest rows: whether they had time to show their outcome, and what to do."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from finxfer.records.tables import Roles, TableMeta
from finxfer.runs.immature import Maturity
from finxfer.ui import roles_state
from finxfer.ui.safe import md
from finxfer.ui.tables import count, share
from finxfer.ui.text import split as text


def show_maturity(table: TableMeta, roles: Roles, found: Maturity) -> None:
    """A warning with its remedy where rows are immature; what is left out; the outcome window, folded."""
    if roles.mature_until:
        st.caption(text.LEFT.format(rows=count(found.left_rows), until=md(roles.mature_until, 30)))
    if found.until:
        st.warning(_warning(roles, found), icon=":material/hourglass_top:")
    with st.container(horizontal=True):
        if found.until and st.button(
            text.LEAVE.format(until=md(found.until, 30)), key="leave_immature", help=text.LEAVE_HELP
        ):
            _change(table, replace(roles, mature_until=found.until))
        if roles.mature_until and st.button(
            text.TAKE_BACK, key="take_back_immature", type="tertiary", icon=":material/undo:"
        ):
            _change(table, replace(roles, mature_until=""))
        _window(table, roles)


def _warning(roles: Roles, found: Maturity) -> str:
    outcome = {"target": md(roles.target, 30), "positive": md(roles.positive, 30)}
    if found.tail is None:
        return text.DECLARED.format(
            rows=count(found.rows), until=md(found.until, 30), days=count(roles.outcome_days)
        )
    tail = found.tail
    return text.FALLING.format(
        start=md(found.start, 30),
        rate=share(tail.rate),
        rows=count(tail.rows),
        expected=share(tail.expected),
        ratio=f"{tail.ratio:.2f}",
        low=f"{max(tail.interval[0], 0):.2f}",
        high=f"{tail.interval[1]:.2f}",
        **outcome,
    )


def _window(table: TableMeta, roles: Roles) -> None:
    """How long an outcome takes, and when the table was extracted."""
    with st.popover(text.WINDOW, icon=":material/event:", help=text.WINDOW_HELP):
        key = f"{table.sha256[:12]}_{roles.outcome_days}_{roles.extracted}"
        with st.form(f"window_{key}", border=False):
            days = st.number_input(
                text.WINDOW_DAYS,
                0,
                36_500,
                roles.outcome_days,
                step=30,
                help=text.WINDOW_DAYS_HELP,
                key=f"window_days_{key}",
            )
            date = st.text_input(
                text.WINDOW_DATE,
                roles.extracted,
                max_chars=20,
                help=text.WINDOW_DATE_HELP,
                key=f"window_date_{key}",
            )
            if st.form_submit_button(text.WINDOW_APPLY, type="primary"):
                _change(table, replace(roles, outcome_days=int(days), extracted=date.strip()))


def _change(table: TableMeta, roles: Roles) -> None:
    roles_state.change(table, roles)
    st.rerun()
