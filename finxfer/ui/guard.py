"""The first call of every page: nothing is shown unless the shell has let the visitor in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from finxfer.errors import FinxferError
from finxfer.records.folder import RunFolder
from finxfer.records.tables import TableMeta
from finxfer.ui import state
from finxfer.ui.safe import md
from finxfer.ui.text import shell as text

_INSIDE = "inside_shell"


@contextmanager
def admitted() -> Iterator[None]:
    """Held by the shell while it runs a page; `guard` stops a page that runs outside of it."""
    st.session_state[_INSIDE] = True
    try:
        yield
    finally:
        st.session_state[_INSIDE] = False


def guard() -> None:
    """Stop unless the shell is running this page.

    Streamlit can run a file of a folder named pages/ by its address alone, without navigation, sign-in or
    theme; a page that starts with this call then shows a way back and nothing else.
    """
    if not st.session_state.get(_INSIDE, False):
        st.error(text.NEEDS_SHELL)
        st.link_button(text.GO_HOME, "/")
        st.stop()


def need_run() -> RunFolder:
    """The open run; where there is none, the page says so with a way on, and stops."""
    run = state.current_run()
    if run is not None:
        return run
    asked = state.run_id()
    st.info(text.UNKNOWN_RUN.format(name=md(asked)) if asked else text.NEEDS_RUN)
    if st.button(text.GO_HOME, type="primary", key="guard_home"):
        state.open_run(None)
        state.go("home")
    st.stop()


def need_table() -> TableMeta:
    """The open table; where there is none, the page says so with a way on, and stops."""
    table = state.current_table()
    if table is not None:
        return table
    asked = state.table_id()
    st.info(text.UNKNOWN_TABLE.format(name=md(asked[:12])) if asked else text.NEEDS_TABLE)
    if st.button(text.GO_DATA, type="primary", key="guard_data"):
        state.open_table(None)
        state.go("data")
    st.stop()


def show_error(error: FinxferError) -> None:
    """What happened, why, and what to do next; its parts may quote customer text."""
    st.error(
        text.ERROR.format(what=md(error.what, 400), why=md(error.why, 600), next=md(error.next, 600)),
        icon=":material/error:",
    )
