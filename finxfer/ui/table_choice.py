"""Choosing a table that is already stored, and deleting one."""

from __future__ import annotations

import streamlit as st

from finxfer.records.tables import TableMeta
from finxfer.ui import state
from finxfer.ui.forms import ago, confirmed
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count
from finxfer.ui.text import data as text


def option(table: TableMeta) -> str:
    """One stored table as a line of the list."""
    words = text.OPTION_SYNTHETIC if table.synthetic else text.OPTION
    part = str(table.report.get("part") or "")
    name = f"{table.name}: {part}" if part else table.name
    return words.format(name=plain(name), rows=count(table.rows), when=ago(table.uploaded))


def choose_stored(place: str) -> None:
    """A list of the stored tables; choosing one opens it on the Data page. Nothing while there is none."""
    tables = {table.sha256: table for table in state.store().list()}
    if not tables:
        return
    chosen = st.selectbox(
        text.CHOOSE,
        list(tables),
        index=None,
        format_func=lambda sha256: option(tables[sha256]),
        placeholder=text.CHOOSE_PLACEHOLDER,
        key=f"stored_{place}",
    )
    if chosen in tables:
        state.open_table(chosen)
        state.go("data")


@st.dialog(text.DELETE_TITLE)
def confirm_delete(table: TableMeta) -> None:
    """Ask once, then delete the table with its roles."""
    st.markdown(text.DELETE_QUESTION.format(name=md(table.name)))
    if confirmed(text.DELETE_NO, text.DELETE_YES, "table_keep", "table_delete"):
        state.store().delete(table.sha256)
        state.open_table(None)
        st.toast(text.DELETED)
        st.rerun()
