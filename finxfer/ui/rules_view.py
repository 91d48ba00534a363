"""The Data page's rules: folded away until somebody wants to hold the table to some."""

from __future__ import annotations

import hashlib
import json

import pandas as pd
import streamlit as st

from finxfer.errors import FinxferError
from finxfer.records.folder import RunFolder, list_runs
from finxfer.records.rules import PROBLEM, RuleSet
from finxfer.records.tables import Roles, TableMeta
from finxfer.runs import validating
from finxfer.ui import progress, rules_state, validation_view
from finxfer.ui.guard import show_error
from finxfer.ui.safe import plain
from finxfer.ui.text import validation as text

_RUNS = 10
_PROPOSED = "rules_proposed"


def show_rules(table: TableMeta, roles: Roles) -> None:
    """The folded section: whose rules, the editor of own ones, and what they find."""
    with st.expander(
        text.TITLE, icon=":material/rule:", on_change="rerun", key=f"rules_{table.sha256[:12]}"
    ) as box:
        if box.open:
            try:
                _section(table, roles)
            except FinxferError as error:
                show_error(error)


def _section(table: TableMeta, roles: Roles) -> None:
    run = _chosen_run(_runs_with_rules())
    if run is not None:
        rules = validating.rules_of(run)
        _found(table, rules or RuleSet(), learned=True)
        return
    st.caption(text.LEAD)
    _own(table, roles)


def _runs_with_rules() -> dict[str, RunFolder]:
    found: dict[str, RunFolder] = {}
    for run in list_runs():
        if len(found) < _RUNS and (run.path / validating.FILE).is_file():
            found[run.id] = run
    return found


def _chosen_run(runs: dict[str, RunFolder]) -> RunFolder | None:
    """The run whose rules are meant; None for the analyst's own. Nothing is asked where there is no run."""
    if not runs:
        return None
    chosen = st.selectbox(
        text.WHOSE,
        [None, *runs],
        format_func=lambda one: text.OWN if one is None else text.OF_RUN.format(name=_name(runs[one])),
        help=text.WHOSE_HELP,
        key="rules_whose",
    )
    return runs.get(chosen) if chosen else None


def _name(run: RunFolder) -> str:
    return plain(progress.run_name(run))


def _own(table: TableMeta, roles: Roles) -> None:
    kept = rules_state.rules_of(table)
    proposed = st.session_state.get(_PROPOSED, {}).get(table.sha256)
    shown = kept if proposed is None else proposed
    with st.form(f"rules_form_{table.sha256[:12]}", border=False):
        lines = _editor(roles, shown)
        with st.container(horizontal=True):
            check = st.form_submit_button(text.CHECK, type="primary")
            propose = st.form_submit_button(text.PROPOSE, help=text.PROPOSE_HELP)
    if propose:
        st.session_state[_PROPOSED] = {table.sha256: rules_state.proposed_rules(table, roles)}
        st.rerun()
    if check:
        rules_state.keep_rules(table, rules_state.from_lines(lines))
        st.session_state.pop(_PROPOSED, None)
        st.rerun()
    if not shown.rules:
        st.caption(text.NO_RULES)
    elif proposed is None:
        _found(table, kept, learned=False)


def _editor(roles: Roles, rules: RuleSet) -> pd.DataFrame:
    names = [column.name for column in roles.columns]
    column = st.column_config
    # Edits belong to the rules they were made on: with other rules the editor is a new one.
    digest = hashlib.sha256(json.dumps(rules.to_json()).encode()).hexdigest()
    return st.data_editor(
        rules_state.as_lines(rules),
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
        alt=text.EDITOR_ALT,
        key=f"rules_editor_{digest[:16]}",
        column_config={
            "column": column.SelectboxColumn(text.EDITOR["column"], options=names, required=True),
            "check": column.SelectboxColumn(
                text.EDITOR["check"], options=list(text.CHECKS.values()), required=True
            ),
            "value": column.TextColumn(text.EDITOR["value"], help=text.VALUE_HELP, width="large"),
            "severity": column.SelectboxColumn(
                text.EDITOR["severity"],
                options=list(text.SEVERITIES.values()),
                default=text.SEVERITIES[PROBLEM],
            ),
            "tolerance": column.NumberColumn(
                text.EDITOR["tolerance"],
                help=text.TOLERANCE_HELP,
                min_value=0.0,
                max_value=100.0,
                default=0.0,
                format="%.3g%%",
            ),
        },
    )


def _found(table: TableMeta, rules: RuleSet, learned: bool) -> None:
    with st.spinner(text.CHECKING):
        found = rules_state.held_to(table, rules)
    st.markdown(validation_view.outcome_line(found, text.HELD if learned else text.HELD_OWN))
    validation_view.show_failures(found, "own-rules", learned)
