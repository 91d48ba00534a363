"""Fairness: whether groups of customers are treated differently."""

from __future__ import annotations

import streamlit as st

from finxfer.ui import fairness_view as view
from finxfer.ui import state
from finxfer.ui.fairness_settings import settings_part
from finxfer.ui.forms import Parts, lazy_tabs
from finxfer.ui.guard import guard
from finxfer.ui.mitigation_view import mitigation_part
from finxfer.ui.probe_view import probe_part
from finxfer.ui.run_files import need_file
from finxfer.ui.text import fairness as text
from finxfer.ui.text import mitigation as mitigation_text
from finxfer.ui.text import probe as probe_text
from finxfer.ui.text import shell
from finxfer.ui.text import worst as worst_text
from finxfer.ui.worst_view import worst_part

guard()
st.title(shell.TITLES["fairness"], anchor=False)
run, report = need_file("fairness.json", text.NOTHING)
if not report["columns"]:
    st.markdown(text.NO_COLUMNS)
    if st.button(text.TO_DATA, type="primary", key="fairness-data"):
        state.go("data")
    st.stop()

view.sentences(report)
entry = view.pick_column(report)
view.picture(entry, report)
view.over_all(entry)
view.table(entry, report)
view.reasons(entry, report)
settings_part(run, report)
view.export(report, run.id)
names = [one["column"] for one in report["columns"]]
PARTS: Parts = (
    *(
        ((mitigation_text.TITLE, lambda: mitigation_part(run, names)),)
        if report["threshold"] is not None
        else ()
    ),
    (probe_text.TITLE, lambda: probe_part(run)),
    (worst_text.TITLE, lambda: worst_part(run)),
)
lazy_tabs(PARTS, "fairness-parts")
