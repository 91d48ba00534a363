"""Training a backbone of one's own on the open table: the form, and what became of it."""

from __future__ import annotations

import re

import streamlit as st

from finxfer.records.spec import JobSpec
from finxfer.records.tables import Roles, TableMeta
from finxfer.runs import launcher
from finxfer.ui import backbone_jobs
from finxfer.ui.text import backbone as text


def show_source(table: TableMeta, roles: Roles) -> None:
    """The form, and what became of earlier ones."""
    backbone_jobs.show_jobs("pretrain-source")
    with st.expander(text.SOURCE_TITLE, icon=":material/school:"):
        st.markdown(text.SOURCE_NOTE)
        name_field, button = st.columns([2, 3], vertical_alignment="bottom")
        name = name_field.text_input(
            text.SOURCE_NAME, max_chars=40, help=text.SOURCE_NAME_HELP, key="source_name"
        )
        if button.button(text.SOURCE_START, key="source_start"):
            if not re.search(r"[A-Za-z0-9]", name):
                st.error(text.SOURCE_NAME_EMPTY)
            else:
                launcher.launch(source_job(table, roles, name.strip()))
                st.rerun()


def source_job(table: TableMeta, roles: Roles, name: str) -> JobSpec:
    """The job that trains a backbone of that name on the whole table."""
    return JobSpec(
        "pretrain-source",
        {
            "table": table.sha256,
            "target": roles.target,
            "positive": roles.positive,
            "columns": [
                {"name": column.name, "role": column.role, "kind": column.kind} for column in roles.columns
            ],
            "family": "tabm",
            "name": name,
            "seed": 0,
            "device": "auto",
        },
    )
