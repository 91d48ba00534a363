"""What is open: one table and one run, by id, in the address bar. Everything else comes from disk.

The ids live in the query parameters, so that a refresh, a second browser or a shared link shows the same
thing. Streamlit drops them when the user clicks another page, therefore a copy waits in the session.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import streamlit as st

from finxfer.errors import FinxferError
from finxfer.records.folder import RunFolder, find_run
from finxfer.records.spec import Spec
from finxfer.records.tables import TableMeta, TableStore
from finxfer.ui.walk import step

RUN, TABLE = "run", "table"
COMPARED = "runs"
"""In the address of the page Compare: the ids of its runs."""
PICKED = "compare_picked"
"""In the session: the same."""


def _kept(name: str) -> str:
    return f"open_{name}"


def sync() -> None:
    """Bring address bar and session together; the address wins. The shell calls this on every rerun."""
    for name in (RUN, TABLE):
        value = st.query_params.get(name)
        if value:
            st.session_state[_kept(name)] = value
        elif st.session_state.get(_kept(name)):
            st.query_params[name] = st.session_state[_kept(name)]


def _get(name: str) -> str | None:
    value = st.query_params.get(name) or st.session_state.get(_kept(name))
    return str(value) if value else None


def _put(name: str, value: str | None) -> None:
    if value is None:
        st.session_state.pop(_kept(name), None)
        if name in st.query_params:
            del st.query_params[name]
    else:
        st.session_state[_kept(name)] = value
        st.query_params[name] = value


def run_id() -> str | None:
    """The id of the open run as the address says it, whether or not such a run exists."""
    return _get(RUN)


def table_id() -> str | None:
    """The SHA-256 of the open table as the address says it, whether or not it is stored here."""
    return _get(TABLE)


def current_run() -> RunFolder | None:
    """The open run, or None when none is open or it no longer exists."""
    identifier = run_id()
    if identifier is None:
        return None
    try:
        return find_run(identifier)
    except FinxferError:
        return None


def current_table() -> TableMeta | None:
    """The open table's description: the one in the address, else the open run's; None where there is none."""
    identifier = table_id()
    if identifier is None:
        run = current_run()
        identifier = run_table(run) if run is not None else None
    if identifier is None:
        return None
    try:
        return store().meta(identifier)
    except FinxferError:
        return None


def run_table(run: RunFolder) -> str | None:
    """The SHA-256 of the run's table, or None where its spec cannot be read."""
    try:
        spec = run.spec()
    except FinxferError:
        return None
    return spec.table if isinstance(spec, Spec) else None


def store() -> TableStore:
    """The tables of this machine."""
    return TableStore()


def open_run(identifier: str | None) -> None:
    """Make a run the open one (None closes it)."""
    _put(RUN, identifier)


def open_table(sha256: str | None) -> None:
    """Make a table the open one (None closes it)."""
    _put(TABLE, sha256)


def parameters() -> dict[str, str]:
    """The query parameters that carry what is open to another page or another browser."""
    found = {RUN: run_id(), TABLE: table_id()}
    return {name: value for name, value in found.items() if value}


def compare_runs(identifiers: Sequence[str]) -> NoReturn:
    """Leave for the page that compares these runs; the address carries them."""
    st.session_state[PICKED] = list(identifiers)
    st.switch_page(step("compare").target, query_params=parameters() | {COMPARED: ",".join(identifiers)})


def go(page: str) -> NoReturn:
    """Leave for another page of the walk, taking the open table and run along."""
    st.switch_page(step(page).target, query_params=parameters())
