"""Run: the live page of one run."""

from __future__ import annotations

import streamlit as st

from finxfer.records.folder import list_runs
from finxfer.ui import progress, run_view, runs_list, state
from finxfer.ui.forms import page_head
from finxfer.ui.guard import guard
from finxfer.ui.safe import md
from finxfer.ui.text import run as text
from finxfer.ui.text import shell

guard()
run = state.current_run()
if run is None:
    asked = state.run_id()
    if asked:
        st.warning(shell.UNKNOWN_RUN.format(name=md(asked)))
    page_head("run", text.EMPTY if list_runs() else text.EMPTY_NONE)
    runs_list.show_runs()
    if st.button(text.GO_BACKBONE, key="run_go_backbone"):
        state.open_run(None)
        state.go("backbone")
    st.stop()

line = runs_list.run_line(run)
page_head(
    "run",
    text.WHAT.format(
        name=md(line.name),
        synthetic=text.SYNTHETIC if line.synthetic else "",
        what=" · ".join(filter(None, [md(line.backbone), line.depth])),
    ),
)
if progress.spec_of(run) is None:
    st.error(text.NO_SPEC)
else:
    run_view.show_run(run)
    if st.context.url:
        st.caption(text.SHARE.format(url=md(f"{st.context.url.split('?')[0]}?run={run.id}", 200)))
