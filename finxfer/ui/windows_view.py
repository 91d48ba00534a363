"""The offer to add windows to a transaction log; it appears only where a table looks like one."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import streamlit as st

from finxfer.data.transaction_log import propose_windows
from finxfer.data.windows import new_columns
from finxfer.errors import FinxferError
from finxfer.records.spec import ColumnSpec, JobSpec
from finxfer.records.tables import Roles, TableMeta
from finxfer.records.window_settings import LONGEST_DAYS, WindowSettings, parse_windows
from finxfer.runs import launcher
from finxfer.runs.windows import KEY, add_windows
from finxfer.ui import state, uploading
from finxfer.ui.guard import show_error
from finxfer.ui.safe import plain
from finxfer.ui.tables import count, show_table
from finxfer.ui.text import windows as text

DIRECT_ROWS = 200_000
"""Larger logs are worked on by a job of their own."""


def show_offer(table: TableMeta, roles: Roles) -> None:
    """The folded offer with the columns to confirm; nothing where the table is no log."""
    if KEY in table.report:
        return
    columns = json.dumps([[column.name, column.role, column.kind] for column in roles.columns])
    found = _proposed(table.sha256, columns, table.rows)
    if found is None:
        return
    fold = st.expander(
        text.OFFER, icon=":material/history:", on_change="rerun", key=f"windows_{table.sha256[:12]}"
    )
    if fold.open:
        with fold:
            st.markdown(text.NOTE)
            settings = _form(table, roles, found)
            if settings is not None:
                _confirm(table, roles, settings)


# What is asked is the number of different values of one or two columns, read without the others.
@st.cache_data(max_entries=16, show_spinner=False)
def _proposed(sha256: str, columns: str, rows: int) -> WindowSettings | None:
    """columns: name, role and kind of each as JSON, the quickest key to find again."""
    path = state.store().file(sha256)

    def distinct(name: str) -> int:
        return int(pc.count_distinct(pq.read_table(path, columns=[name])[name]).as_py())

    return propose_windows([ColumnSpec(*column) for column in json.loads(columns)], rows, distinct)


def _form(table: TableMeta, roles: Roles, found: WindowSettings) -> WindowSettings | None:
    """The settings as confirmed; None where they mean nothing, which is said beside the fields."""
    place = table.sha256[:12]
    names = [column.name for column in roles.columns]
    fields = st.columns(4)
    chosen: dict[str, str] = {}
    for number, (field, label) in enumerate(text.FIELDS.items()):
        needed = field in ("customer", "time")
        options = names if needed else ["", *names]
        chosen[field] = fields[number % 4].selectbox(
            label,
            options,
            index=options.index(getattr(found, field)),
            format_func=lambda name: plain(name) if name else text.NONE,
            help=text.HELPS[field],
            key=f"windows_{field}_{place}",
        )
    lengths = fields[3].text_input(
        text.LENGTHS, ", ".join(f"{days:g}" for days in found.windows), help=text.LENGTHS_HELP,
        key=f"windows_lengths_{place}", max_chars=80,
    )  # fmt: skip
    delay = found.label_delay_days
    if chosen["target"]:
        delay = fields[0].number_input(
            text.DELAY,
            0.0,
            LONGEST_DAYS,
            delay,
            1.0,
            "%g",
            help=text.DELAY_HELP,
            key=f"windows_delay_{place}",
        )
    positive = roles.positive if chosen["target"] == roles.target else ""
    try:
        return WindowSettings(
            **chosen, positive=positive, label_delay_days=delay, windows=parse_windows(lengths)
        )
    except FinxferError as error:
        st.error(f"{error.what} {error.why} {error.next}")
        return None


def _confirm(table: TableMeta, roles: Roles, settings: WindowSettings) -> None:
    """The new columns, and the button that makes them."""
    made = new_columns(settings)
    st.markdown(f"**{text.NEW_COLUMNS.format(count=len(made))}**")
    listed = pd.DataFrame({text.COLUMN: list(made), text.MEANING: list(made.values())})
    show_table(listed, key=f"windows_columns_{table.sha256[:12]}", alt=text.TABLE_ALT, height=220)
    if st.button(
        text.ADD,
        key="windows_add",
        type="primary",
        icon=":material/history:",
        help=text.ADD_HELP.format(rows=count(table.rows)),
    ):
        try:
            _make(table, roles, settings)
        except FinxferError as error:
            show_error(error)
            return
        st.rerun()


def _make(table: TableMeta, roles: Roles, settings: WindowSettings) -> None:
    """Small logs at once, large ones by a job; what comes of it is opened."""
    name = text.NAME.format(name=table.name)
    if table.rows <= DIRECT_ROWS:
        with st.spinner(text.WORKING):
            state.open_table(add_windows(table.sha256, settings, name, roles).sha256)
        return
    state.store().save_roles(table.sha256, roles)
    arguments = {"table": table.sha256, "settings": settings.to_json(), "name": name}
    uploading.watch(launcher.launch(JobSpec("windows", arguments)))
