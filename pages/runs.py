"""Runs: all of them, searched, named, compared, moved; and the room they take."""

from __future__ import annotations

import streamlit as st

from finxfer.records import storage
from finxfer.ui import runs_actions, runs_table, storage_view
from finxfer.ui.forms import page_head
from finxfer.ui.guard import guard
from finxfer.ui.tables import size
from finxfer.ui.text import runs as text

guard()
rows, items = runs_table.rows(), storage.used()
active = sum(row.state in ("queued", "running") for row in rows)
page_head(
    "runs",
    text.LEAD.format(
        runs=text.RUNS.get(len(rows), text.RUNS_MANY.format(count=len(rows))),
        active=text.ACTIVE.get(active, text.ACTIVE_MANY.format(count=active)) if active else "",
        size=size(sum(item.bytes for item in items)),
        free=size(storage.free_bytes()),
    ),
)
if rows:
    runs_table.show_runs(rows)
else:
    st.info(text.NONE)
runs_actions.show_import()
storage_view.show_storage(items)
