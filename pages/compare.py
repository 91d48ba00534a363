"""Compare: two to ten runs on the same test rows."""

from __future__ import annotations

import streamlit as st

from finxfer.runs.compare import FEWEST
from finxfer.ui import compare_page
from finxfer.ui.forms import page_head
from finxfer.ui.guard import guard
from finxfer.ui.text import compare as text

guard()
page_head("compare", text.PAGE_LEAD)
runs = compare_page.finished_runs()
if len(runs) < FEWEST:
    st.info(text.PAGE_NONE)
    st.stop()
picked = compare_page.pick_runs(runs)
if len(picked) < FEWEST:
    st.info(text.PAGE_FEW)
    st.stop()
compare_page.show_comparison(picked, runs)
