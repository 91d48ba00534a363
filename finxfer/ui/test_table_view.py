"""The Data page's separate test table: chosen among the stored ones or uploaded, checked at once."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from finxfer.errors import FinxferError
from finxfer.records.tables import Roles, TableMeta
from finxfer.settings import integer
from finxfer.ui import roles_state, split_state, state, table_choice, uploading
from finxfer.ui.guard import show_error
from finxfer.ui.safe import md
from finxfer.ui.split_state import OtherTest
from finxfer.ui.tables import count, share
from finxfer.ui.text import split as text


def offer_other(table: TableMeta, roles: Roles) -> None:
    """A folded choice of a table to test on; what is in it is drawn once it is opened."""
    fold = st.popover(
        text.OTHER,
        icon=":material/table_view:",
        help=text.OTHER_HELP,
        on_change="rerun",
        key=f"test_fold_{table.sha256[:12]}",
    )
    if not fold.open:
        return
    with fold:
        tables = {one.sha256: one for one in state.store().list() if one.sha256 != table.sha256}
        if tables:
            chosen = st.selectbox(
                text.OTHER_PICK,
                list(tables),
                index=None,
                format_func=lambda sha256: table_choice.option(tables[sha256]),
                placeholder=text.OTHER_PICK_PLACEHOLDER,
                key=f"test_table_{table.sha256[:12]}",
            )
            if chosen in tables:
                _take(table, roles, chosen)
        else:
            st.caption(text.OTHER_NONE)
        upload = st.file_uploader(text.OTHER_UPLOAD, key=f"test_upload_{table.sha256[:12]}")
        if upload is None:
            return
        if upload.size > integer("direct_upload_mb") * 1_000_000:
            st.info(text.OTHER_LARGE.format(name=md(upload.name, 60)))
            return
        try:
            sha256 = uploading.stored_upload(upload)
        except FinxferError as error:
            show_error(error)
            return
        if sha256 is not None:
            _take(table, roles, sha256)


def _take(table: TableMeta, roles: Roles, sha256: str) -> None:
    """Keep it as the test table, unless it does not fit."""
    changed = replace(roles, test_table=sha256)
    try:
        split_state.other_test(table, changed)
    except FinxferError as error:
        show_error(error)
        return
    roles_state.change(table, changed)
    st.rerun()


def show_other(table: TableMeta, roles: Roles, own: float) -> OtherTest | None:
    """What the chosen test table is, and the way back; None where it does not fit any more. own: share of
    positives in the table."""
    found: OtherTest | None = None
    try:
        found = split_state.other_test(table, roles)
    except FinxferError as error:
        show_error(error)
    if found is not None:
        st.markdown(_line(roles, found, own))
    if st.button(text.OTHER_BACK, key="test_table_back", type="tertiary", icon=":material/undo:"):
        roles_state.change(table, replace(roles, test_table=None))
        st.rerun()
    return found


def _line(roles: Roles, found: OtherTest, own: float) -> str:
    said = text.OTHER_LINE.format(name=md(found.name, 60), rows=count(found.rows), known=count(found.known))
    if not found.known:
        return said + text.OTHER_NO_OUTCOME
    if found.rate is None:
        return said
    outcome = {"target": md(roles.target, 30), "positive": md(roles.positive, 30)}
    return said + text.OTHER_RATE.format(share=share(found.rate), own=share(own), **outcome)
