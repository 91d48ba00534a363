"""Data: upload a table, settle what each column is for, look at its quality, use it."""

from __future__ import annotations

import streamlit as st

from finxfer.records.spec import BINARY
from finxfer.ui import (
    database_view,
    files_view,
    outcome_view,
    quality_view,
    read_view,
    remedies_view,
    roles_state,
    roles_view,
    rules_view,
    source_view,
    split_view,
    state,
    table_choice,
    uploading,
    windows_view,
)
from finxfer.ui.forms import page_head, section
from finxfer.ui.guard import guard
from finxfer.ui.safe import md
from finxfer.ui.tables import count
from finxfer.ui.text import data as text
from finxfer.ui.text import shell

guard()
job = uploading.ingest_job()
table = state.current_table()
if job is not None:
    page_head("data", text.LEAD_EMPTY)
    uploading.follow_ingest(job)
    st.stop()
if table is None:
    page_head("data", text.LEAD_EMPTY)
    if state.table_id():
        st.warning(shell.UNKNOWN_TABLE.format(name=md(str(state.table_id())[:12])))
    uploading.upload_field("data")
    table_choice.choose_stored("data")
    files_view.from_folder()
    database_view.from_database()
    st.stop()

st.title(shell.TITLES["data"], anchor=False)
with st.skeleton(height=600):
    roles = roles_state.settled(table)
    ready = roles_state.ready(roles)
    binary = ready and roles.task == BINARY
    how = roles_state.how_target(roles)
    counts = read_view.target_counts(table.sha256, roles.target, roles.positive, how) if binary else (0, 0, 0)
    findings = quality_view.findings_of(table, roles)

lead, actions = st.columns([9, 4], vertical_alignment="center")
lead.markdown(
    text.LEAD.format(
        name=md(table.name),
        synthetic=text.SYNTHETIC if table.synthetic else "",
        rows=count(table.rows),
        columns=count(table.columns),
        verdict=outcome_view.verdict(table, roles, findings)
        if ready and not binary
        else quality_view.verdict(roles, findings, counts),
    )
)
with actions.container(horizontal=True, horizontal_alignment="right"):
    if st.button(text.OTHER_TABLE, key="other_table", icon=":material/upload_file:"):
        state.open_table(None)
        st.rerun()
    if st.button(
        text.USE,
        key="use_table",
        type="primary",
        help=text.USE_HELP,
        disabled=not roles_state.complete(roles),
    ):
        state.store().save_roles(table.sha256, roles)
        state.go("backbone")

windows_view.show_offer(table, roles)
columns, quality = st.columns([8, 5], gap="large")
with columns:
    section(text.ROLES_TITLE)
    roles_view.show_target(table, roles)
    roles_view.show_columns(table, roles)
    if ready and not roles_state.complete(roles):
        st.warning(text.NO_FEATURE)
    read_view.show_read(table)
with quality:
    section(text.QUALITY_TITLE)
    if ready:
        if binary:
            quality_view.show_outcome(roles, counts[:2])
        else:
            outcome_view.show_outcome(table, roles)
    quality_view.show_findings(table, roles, findings)
    if ready:
        remedies_view.show_by_hand(table)
    if ready:
        split_view.show_split(table, roles)
rules_view.show_rules(table, roles)
source_view.show_source(table, roles)
if st.button(text.DELETE_TABLE, key="delete_table", type="tertiary", icon=":material/delete:"):
    table_choice.confirm_delete(table)
